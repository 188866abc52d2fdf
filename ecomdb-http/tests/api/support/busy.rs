//! A database whose writer is busy.

use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;

use ecomdb::Database;

/// A transaction that blocks all other writes until told to finish.
pub(crate) struct Busy {
    finish: mpsc::Sender<()>,
    writer: JoinHandle<ecomdb::Result<()>>,
}

impl Busy {
    /// Returns when the transaction has begun.
    pub(crate) fn make(db: &Database) -> Self {
        let (begun, wait) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let (db, finished) = (db.clone(), Mutex::new(finished));
        let writer = std::thread::spawn(move || {
            db.write(move |_| {
                begun.send(()).unwrap();
                finished.lock().unwrap().recv().unwrap();
                Ok(())
            })
        });
        wait.recv().unwrap();
        Self { finish, writer }
    }

    pub(crate) fn finish(self) {
        self.finish.send(()).unwrap();
        self.writer.join().unwrap().unwrap();
    }
}

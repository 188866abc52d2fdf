//! An open database, shared by its Python objects until it is closed. It belongs to the process that opened it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use pyo3::prelude::*;

use crate::errors::plain;

pub(crate) struct Handle {
    database: Mutex<Option<ecomdb::Database>>,
    engine: &'static str,
    is_read_only: bool,
    /// Id of the process that opened it. A forked process can use neither its threads nor its connections.
    process: u32,
    /// Threads with an open transaction.
    busy: Mutex<Vec<ThreadId>>,
    /// Their number, to be read without the lock.
    busy_count: AtomicUsize,
}

impl Handle {
    pub(crate) fn new(database: ecomdb::Database) -> Self {
        Self {
            engine: database.engine().as_str(),
            is_read_only: database.is_read_only(),
            database: Mutex::new(Some(database)),
            process: std::process::id(),
            busy: Mutex::default(),
            busy_count: AtomicUsize::new(0),
        }
    }

    pub(crate) fn engine(&self) -> &'static str {
        self.engine
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// The database, for one operation outside of any transaction.
    pub(crate) fn database(&self, py: Python<'_>) -> PyResult<ecomdb::Database> {
        self.refuse_other_process(py)?;
        if self.busy_count.load(Ordering::Relaxed) > 0 && lock(&self.busy).contains(&std::thread::current().id()) {
            return Err(plain(
                py,
                "TransactionError",
                "this thread has a transaction open on this database: use what `with db.transaction() as tx` gave, such \
                 as tx.orders, or leave the block first",
            ));
        }
        lock(&self.database)
            .clone()
            .ok_or_else(|| plain(py, "ClosedError", "the database is closed: open it again with connect"))
    }

    /// Raises `ForkedError` in a process that inherited the database.
    pub(crate) fn refuse_other_process(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_inherited() {
            return Err(plain(
                py,
                "ForkedError",
                "the database was opened before this process was forked: open it here with connect, or use \
                 multiprocessing's \"spawn\"",
            ));
        }
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.database).is_none()
    }

    /// Closes it, after the running operations.
    pub(crate) fn close(&self, py: Python<'_>) {
        let database = lock(&self.database).take();
        py.detach(|| self.let_go(database));
    }

    /// Records that this thread has an open transaction.
    pub(crate) fn enter(&self) -> ThreadId {
        let thread = std::thread::current().id();
        lock(&self.busy).push(thread);
        self.busy_count.fetch_add(1, Ordering::Relaxed);
        thread
    }

    /// Records that its transaction has ended.
    pub(crate) fn leave(&self, thread: ThreadId) {
        let mut busy = lock(&self.busy);
        if let Some(place) = busy.iter().position(|it| *it == thread) {
            busy.swap_remove(place);
            self.busy_count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn is_inherited(&self) -> bool {
        std::process::id() != self.process
    }

    /// A forked process must not close the database: it would wait for threads that it does not have, and end connections
    /// that its parent uses.
    fn let_go(&self, database: Option<ecomdb::Database>) {
        if self.is_inherited() {
            std::mem::forget(database);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let database = lock(&self.database).take();
        self.let_go(database);
    }
}

/// A panic leaves the state valid, because nothing here is changed in two steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

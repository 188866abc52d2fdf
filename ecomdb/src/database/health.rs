//! Whether the database can be used, as the last attempts showed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::sql_types::BigInt;

use super::Database;
use crate::analytics::sales;
use crate::backend::sql;
use crate::error::{Error, Result, Unavailable};

/// What keeps the database from being used, if anything does. A change of it is logged once, not for each caller.
#[derive(Debug, Default)]
pub(super) struct Health {
    is_failing: AtomicBool,
    reason: Mutex<Option<&'static str>>,
}

impl Health {
    /// Notes how a read went. One that succeeds says nothing about writes.
    pub(super) fn note_read<T>(&self, outcome: &Result<T>) {
        if let Err(Error::Unavailable(why)) = outcome {
            self.fail(why);
        }
    }

    /// Notes how a write went.
    pub(super) fn note_write<T>(&self, outcome: &Result<T>) {
        match outcome {
            Ok(_) if self.is_failing() => self.recover(),
            Err(Error::Unavailable(why)) => self.fail(why),
            _ => {}
        }
    }

    fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    fn fail(&self, why: &Unavailable) {
        let mut reason = self.reason();
        if *reason != Some(why.reason()) {
            tracing::error!(reason = why.reason(), "the database is unavailable: {why}");
        }
        *reason = Some(why.reason());
        self.is_failing.store(true, Ordering::Relaxed);
    }

    fn recover(&self) {
        let mut reason = self.reason();
        if reason.take().is_some() {
            tracing::info!("the database is available again");
        }
        self.is_failing.store(false, Ordering::Relaxed);
    }

    fn reason(&self) -> MutexGuard<'_, Option<&'static str>> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Database {
    /// Finds out whether the database can be used: it reads, compares the files of a SQLite database with those that were
    /// opened, and, if the last write could not be done, writes again. A health check that succeeds writes nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what keeps it from being used; those of [`Database::read`].
    ///
    /// ```
    /// let db = ecomdb::Database::open("sqlite::memory:")?;
    /// db.ready()?;
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn ready(&self) -> Result<()> {
        let inner = &self.inner;
        if !inner.url.read_only && (inner.health.is_failing() || inner.url.verify().is_err()) {
            self.transact(sales::lock)?;
        }
        self.read(|conn| Ok(sql("SELECT id FROM sales_folds").rows::<BigInt, i64>(conn)?))?;
        Ok(())
    }
}

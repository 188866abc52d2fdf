//! Whether the database can be used, as the last attempts showed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use diesel::sql_types::BigInt;

use super::Database;
use crate::analytics::sales;
use crate::backend::sql;
use crate::error::{Error, Result, Unavailable};

/// What keeps the database from being used, if anything does. A change of it is logged once, not for each caller.
#[derive(Debug, Default)]
pub(super) struct Health {
    is_failing: AtomicBool,
    /// How often it has changed.
    changes: AtomicU64,
    reason: Mutex<Option<&'static str>>,
}

/// When an attempt began: it says nothing about what has changed since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began(u64);

impl Health {
    pub(super) fn begin(&self) -> Began {
        Began(self.changes.load(Ordering::Acquire))
    }

    /// Notes how a read went. One that succeeds says nothing about writes.
    pub(super) fn note_read<T>(&self, began: Began, outcome: &Result<T>) {
        if let Err(Error::Unavailable(why)) = outcome {
            self.change(began, Some(why));
        }
    }

    /// Notes how a write went.
    pub(super) fn note_write<T>(&self, began: Began, outcome: &Result<T>) {
        match outcome {
            Ok(_) if self.is_failing() => self.change(began, None),
            Err(Error::Unavailable(why)) => self.change(began, Some(why)),
            _ => {}
        }
    }

    fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    fn was_full(&self) -> bool {
        let full = Unavailable::DiskFull(String::new()).reason();
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) == Some(full)
    }

    fn change(&self, Began(changes): Began, why: Option<&Unavailable>) {
        let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let now = why.map(Unavailable::reason);
        if *reason == now || self.changes.load(Ordering::Acquire) != changes {
            return;
        }
        match why {
            Some(why) => tracing::error!(reason = why.reason(), "the database is unavailable: {why}"),
            None => tracing::info!("the database is available again"),
        }
        *reason = now;
        self.is_failing.store(why.is_some(), Ordering::Relaxed);
        self.changes.fetch_add(1, Ordering::Release);
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
            if inner.health.was_full() {
                // A small write would find room where an order does not.
                inner.url.find_room()?;
            }
            self.transact(sales::lock)?;
        }
        self.read(|conn| Ok(sql("SELECT id FROM sales_folds").rows::<BigInt, i64>(conn)?))?;
        Ok(())
    }

    /// Whether a write may succeed, as far as is known without one: for writes that can be left out.
    pub(crate) fn takes_writes(&self) -> bool {
        !self.inner.url.read_only && !self.inner.health.is_failing()
    }
}

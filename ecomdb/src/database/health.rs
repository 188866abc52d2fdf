//! Health checks.

use super::Database;
use crate::analytics::sales;
use crate::error::Result;

impl Database {
    /// Checks whether the database is usable. It reads, and compares the files of a SQLite database with those that
    /// were opened. If the last write failed, it also writes. A check of a healthy database writes nothing.
    ///
    /// On a server, it uses a separate connection to test whether the shop can be written, or only read if it was
    /// opened read-only. It waits 2 seconds for the connection, and a second for each response.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) with the reason. Those of [`Database::read`].
    ///
    /// ```
    /// let db = ecomdb::Database::open("sqlite::memory:")?;
    /// db.ready()?;
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn ready(&self) -> Result<()> {
        let inner = &self.inner;
        if let Some(watch) = inner.pool.watch() {
            let began = inner.health.begin();
            let outcome = inner.settings.during(|| watch.ready(inner.health.is_failing()));
            if outcome.is_err() || inner.health.is_failing() {
                inner.health.note_write(began, &outcome);
            }
            return outcome;
        }
        if !inner.url.read_only && (inner.health.is_failing() || inner.url.verify().is_err()) {
            if inner.health.was_full() {
                // Test for free space, because a small write may succeed where an order does not.
                inner.url.find_room()?;
            }
            self.transact(sales::lock)?;
        }
        self.run_read(sales::read_lock)
    }

    /// Whether a write may succeed, judged without writing; for optional writes.
    pub(crate) fn takes_writes(&self) -> bool {
        !self.is_read_only() && !self.inner.health.is_failing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Unavailable};

    #[test]
    fn who_writes_where_one_may_only_read_says_nothing_about_the_database() {
        let db = Database::open("sqlite::memory:").unwrap();
        let refused = db.read(|conn| conn.users().create(crate::NewUser::new("ada@example.com", "Ada", "Lovelace")?));
        assert!(matches!(refused, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{refused:?}");
        assert!(!db.inner.health.is_failing());
    }
}

//! Whether the database can be used.

use super::Database;
use crate::analytics::sales;
use crate::error::Result;

impl Database {
    /// Finds out whether the database can be used: it reads, compares the files of a SQLite database with those that were
    /// opened, and, if the last write could not be done, writes again. A health check that succeeds writes nothing.
    ///
    /// On a server it asks over a connection of its own whether the shop can be written, or read if it was opened to be read
    /// only. It waits 2 seconds for the server to accept a connection, and a second for each answer.
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
                // A small write would find room where an order does not.
                inner.url.find_room()?;
            }
            self.transact(sales::lock)?;
        }
        self.read(sales::read_lock)
    }

    /// Whether a write may succeed, as far as is known without one: for writes that can be left out.
    pub(crate) fn takes_writes(&self) -> bool {
        !self.is_read_only() && !self.inner.health.is_failing()
    }
}

#[cfg(all(test, feature = "sqlite"))]
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

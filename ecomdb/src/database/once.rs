//! Transactions that must not be retried.

#[cfg(feature = "sqlite")]
use std::cell::Cell;

use super::Database;
use crate::engine::{self, Attempts, Connection};
use crate::error::Result;

impl Database {
    /// Like [`Database::write`], but runs the closure at most once, so it may have side effects, such as a dialogue
    /// with a user. Where `write` would retry, it returns [`Error::Contention`](crate::Error::Contention).
    ///
    /// On SQLite, all other writes wait meanwhile. MariaDB and PostgreSQL abort a transaction that has written and is
    /// then idle for 60 seconds, because others may wait for its locks.
    ///
    /// # Errors
    /// As [`Database::write`].
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use ecomdb::{Database, NewUser};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let (names, asked) = channel();
    /// names.send("Ada").unwrap();
    /// let ada = db.write_once(move |tx| {
    ///     let name = asked.recv().unwrap();
    ///     tx.users().create(NewUser::new("ada@example.com", name, "Lovelace")?)
    /// })?;
    /// assert_eq!(ada.first_name, "Ada");
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn write_once<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = self.transact_once(body)?;
        self.count_write();
        Ok(outcome)
    }

    fn transact_once<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            #[cfg(feature = "sqlite")]
            if let Some(writer) = &self.inner.writer {
                let (url, body) = (self.inner.url.clone(), Cell::new(Some(body)));
                return writer.exclusive(move |conn| match body.take() {
                    Some(body) => engine::alone(conn, |conn| {
                        let outcome = body(conn)?;
                        url.verify()?;
                        Ok(outcome)
                    }),
                    None => Err(crate::error::Error::NestedWrite),
                });
            }
            engine::write_once(&self.inner.pool, Attempts::of(&self.inner.pool), body)
        })
    }
}

//! Transactions that must not be retried.

use std::cell::Cell;

use super::Database;
use super::own_error::OwnError;
use crate::engine::{self, Attempts, Connection};
use crate::error::{Error, Result};

impl Database {
    /// Like [`Database::write`], but runs the closure at most once, so it may have side effects, such as a dialogue
    /// with a user. Where `write` would retry, it returns [`Error::Contention`].
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
    pub fn write_once<T, E>(&self, body: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let own = OwnError::new();
        let kept = own.clone();
        let outcome = self.transact_once(move |conn| kept.run(conn, body));
        if outcome.is_ok() {
            self.count_write();
        }
        own.restore(outcome)
    }

    fn transact_once<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                let (url, body) = (self.inner.url.clone(), Cell::new(Some(body)));
                return writer.exclusive(move |conn| match body.take() {
                    Some(body) => engine::alone(conn, |conn| {
                        let outcome = body(conn)?;
                        url.verify()?;
                        Ok(outcome)
                    }),
                    None => Err(Error::NestedWrite),
                });
            }
            engine::write_once(&self.inner.pool, Attempts::of(&self.inner.pool), body)
        })
    }
}

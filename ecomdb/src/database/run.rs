//! Running transactions and reads, and recording their outcomes.

use super::Database;
use super::pending::Answer;
use crate::engine::{self, Attempts, Began, Connection};
use crate::error::{Error, Result, Unavailable};
use crate::tables::targets;

impl Database {
    /// [`Database::read`] with an error of this library.
    pub(super) fn run_read<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(|| self.inner.pool.read(&body));
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_read(began, &outcome);
        }
        outcome
    }

    /// [`Database::snapshot`] with an error of this library.
    pub(super) fn run_snapshot<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        self.run_read(|conn| engine::snapshot(conn, &body))
    }

    /// [`Database::write`] with an error of this library.
    pub(super) fn run_write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = self.transact(body)?;
        self.count_write();
        Ok(outcome)
    }

    /// Records the outcome of a write that no thread waits for, and sends it.
    pub(super) fn finish_later<T>(self, began: Began, outcome: Result<T>, answer: Answer<T>) {
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_write(began, &outcome);
        }
        if outcome.is_ok() && self.fold_is_due() {
            let db = self.clone();
            self.inner.workers.go_on(move || db.fold_or_warn());
        }
        // The caller may close the database once it has the result.
        drop(self);
        answer.send(Ok(outcome));
    }

    pub(super) fn transact<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                return writer.call(body);
            }
            engine::write(&self.inner.pool, Attempts::of(&self.inner.pool), body)
        })
    }

    /// Runs a write and records its outcome. All writes use it.
    pub(super) fn writing<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        self.refuse_read_only()?;
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(write);
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_write(began, &outcome);
        }
        outcome
    }

    /// Whether the error may concern a table of the application. [`Database::ready`] tells whether the shop lacks a
    /// privilege.
    pub(super) fn is_own_lack<T>(&self, outcome: &Result<T>) -> bool {
        self.inner.pool.watch().is_some() && matches!(outcome, Err(Error::Unavailable(Unavailable::NoAccess(_))))
    }

    /// Fails early on a read-only database, for operations with long work before the first write.
    pub(crate) fn refuse_read_only(&self) -> Result<()> {
        match self.is_read_only() {
            true => Err(Unavailable::ReadOnly("it was opened to be read only".to_owned()).into()),
            false => Ok(()),
        }
    }

    /// Runs a write-heavy transaction on a connection reserved for it.
    pub(crate) fn bulk_write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                self.inner.pool.close_idle();
                let url = self.inner.url.clone();
                return writer.exclusive(move |conn| {
                    // The load may leave WAL mode and return to it.
                    let _log = url.without_log();
                    conn.bulk_transaction(&targets(), |conn| {
                        let outcome = body(conn)?;
                        url.verify()?;
                        Ok(outcome)
                    })
                });
            }
            let pool = &self.inner.pool;
            engine::write(pool, Attempts::of(pool), move |conn| conn.bulk_transaction(&targets(), &body))
        })
    }
}

//! Errors of an application's closure, which undo its transaction and reach the caller unchanged.
//!
//! From the error of a closure, the engine decides whether to retry it, whether the connection can be used again, and
//! whether the database is available. An application's own error does not show that, so the connection records what its
//! statements revealed about the database. The engine uses this record, and the caller gets the application's error.

use std::any::Any;
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::Connection;
use crate::error::{Error, Result};

/// Error of the closure's last run, kept while the engine rolls back.
pub(super) struct OwnError<E>(Arc<Mutex<Option<Kept<E>>>>);

struct Kept<E> {
    error: E,
    /// The kind of error that the engine got in its place.
    stands_for: Discriminant<Error>,
}

impl<E> Clone for OwnError<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: From<Error> + 'static> OwnError<E> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Runs a closure for the engine, which rolls back on any error.
    pub(super) fn run<T>(
        &self,
        conn: &mut Connection,
        body: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T> {
        // Discard the failure of an earlier transaction.
        let _ = conn.take_failure();
        self.set(None);
        body(conn).map_err(|error| match as_library_error(error) {
            Ok(error) => error,
            Err(error) => {
                let for_engine = conn.take_failure().unwrap_or(Error::RolledBack);
                self.set(Some(Kept { error, stands_for: discriminant(&for_engine) }));
                for_engine
            }
        })
    }

    /// The outcome for the caller: the own error, unless the engine has failed otherwise since, or has given up after
    /// conflicts.
    pub(super) fn restore<T>(&self, outcome: Result<T>) -> Result<T, E> {
        outcome.map_err(|error| match self.set(None) {
            Some(own) if own.stands_for == discriminant(&error) && !matches!(error, Error::Contention { .. }) => {
                own.error
            }
            _ => error.into(),
        })
    }

    fn set(&self, error: Option<Kept<E>>) -> Option<Kept<E>> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), error)
    }
}

/// The error itself if `E` is [`Error`].
fn as_library_error<E: 'static>(error: E) -> Result<Error, E> {
    let mut error = Some(error);
    match (&mut error as &mut dyn Any).downcast_mut::<Option<Error>>().and_then(Option::take) {
        Some(library) => Ok(library),
        // It is `None` only in the other case.
        None => Err(error.unwrap_or_else(|| unreachable!("the error was not taken"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_errors_of_this_library_are_seen_by_the_engine() {
        assert!(matches!(as_library_error(Error::NestedWrite), Ok(Error::NestedWrite)));
        assert_eq!(as_library_error("mine").unwrap_err(), "mine");
    }

    /// An error that hides where it comes from.
    #[derive(Debug)]
    struct Own;

    impl From<Error> for Own {
        fn from(_: Error) -> Self {
            Self
        }
    }

    #[test]
    fn the_engine_learns_of_a_full_disk_within_an_own_error() {
        use diesel::connection::SimpleConnection as _;

        let db = crate::Database::open(":memory:").unwrap();
        let full =
            "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END";
        db.write(move |tx| Ok::<_, Error>(tx.batch_execute(full)?)).unwrap();
        let outcome = db.write(|tx| {
            let ada = crate::NewUser::new("ada@example.com", "Ada", "Lovelace").map_err(Error::from)?;
            Ok::<_, Own>(tx.users().create(ada)?)
        });
        assert!(outcome.is_err());
        assert!(db.inner.health.is_failing());
    }
}

//! Errors of an application's closure, which undo its transaction and reach the caller unchanged.
//!
//! The engine retries a closure after a conflict or on a closed connection. It cannot see these within an error of the
//! application, so the connection remembers them: whatever error the closure then returns, the closure is retried.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::Connection;
use crate::error::{Error, Result};

/// Error of the closure's last run, kept while the engine rolls back.
pub(super) struct OwnError<E>(Arc<Mutex<Option<E>>>);

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
        // One of an earlier transaction.
        let _ = conn.take_retryable();
        body(conn).map_err(|error| match as_library_error(error) {
            Ok(error) => error,
            Err(error) => conn.take_retryable().unwrap_or_else(|| {
                self.set(Some(error));
                Error::RolledBack
            }),
        })
    }

    /// The outcome for the caller.
    pub(super) fn restore<T>(&self, outcome: Result<T>) -> Result<T, E> {
        outcome.map_err(|error| match (error, self.set(None)) {
            (Error::RolledBack, Some(own)) => own,
            (error, _) => error.into(),
        })
    }

    fn set(&self, error: Option<E>) -> Option<E> {
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
}

//! Results of asynchronous operations.

use std::fmt;
use std::future::{Future, ready};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use super::own_error::OwnError;
use crate::error::{Error, Result};

/// An asynchronous operation: a future of its result, for any runtime. See [`Database::asynchronous`].
///
/// The operation begins at once, also if the future is never polled. Dropping the future does not undo it: a transaction
/// that has begun is finished, and only its result is lost. What has not begun may be left out. (A report of sales that
/// must be folded first has several steps, which go on as the future is polled.)
///
/// A panic of a closure within a read is resumed where the future is polled; within a transaction it is
/// [`Error::Panicked`].
///
/// [`Database::asynchronous`]: crate::Database::asynchronous
#[must_use = "the result of the operation is known only when the future is awaited"]
pub struct Pending<T, E = Error>(Pin<Box<dyn Future<Output = Result<T, E>> + Send>>);

/// Sends the result of an operation to its future.
pub(super) struct Answer<T>(oneshot::Sender<thread::Result<Result<T>>>);

impl<T: Send + 'static> Pending<T> {
    /// A result that is known already.
    pub(super) fn known(outcome: Result<T>) -> Self {
        Self(Box::pin(ready(outcome)))
    }

    /// A future of several steps, which go on as it is polled.
    pub(super) fn of(outcome: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(Box::pin(outcome))
    }

    /// A future, and the sender of its result.
    pub(super) fn new() -> (Answer<T>, Self) {
        let (sender, receiver) = oneshot::async_channel();
        let outcome = async {
            match receiver.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(panic)) => resume_unwind(panic),
                // The thread panicked while it dropped what the operation held.
                Err(_) => Err(Error::UnknownOutcome),
            }
        };
        (Answer(sender), Self(Box::pin(outcome)))
    }

    /// A future of the result as `change` makes it.
    pub(super) fn map<U: Send + 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Pending<U> {
        Pending(Box::pin(async { self.await.map(change) }))
    }

    /// A future of work that has an error of its own.
    pub(super) fn flattened<U, E: From<Error>>(self) -> Pending<U, E>
    where
        T: Into<Result<U, E>>,
    {
        Pending(Box::pin(async { self.await?.into() }))
    }

    /// A future with an application's own error.
    pub(super) fn restored<E: From<Error> + Send + 'static>(self, own: OwnError<E>) -> Pending<T, E> {
        Pending(Box::pin(async move { own.restore(self.await) }))
    }
}

impl<T> Answer<T> {
    /// Whether the future was dropped.
    pub(super) fn is_unwanted(&self) -> bool {
        self.0.is_closed()
    }

    /// Sends a result, or the payload of a panic.
    pub(super) fn send(self, outcome: thread::Result<Result<T>>) {
        // The future may have been dropped.
        let _ = self.0.send(outcome);
    }
}

impl<T, E> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T, E> fmt::Debug for Pending<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

//! Operations of requests in the database.

use std::pin::Pin;
use std::task::{Context, Poll};

use ecomdb::Pending;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument as _, Span};

use crate::current;
use crate::problem::Problem;

/// A started operation with its permit. The task of the request polls it. If the request is abandoned, a task of its
/// own finishes the operation, and keeps the permit until then.
pub(super) struct Operation<T: Send + 'static> {
    /// `None` after the end.
    begun: Option<Begun<T>>,
}

struct Begun<T> {
    pending: Pending<T>,
    _permit: OwnedSemaphorePermit,
}

impl<T: Send + 'static> Operation<T> {
    pub(super) fn new(pending: Pending<T>, permit: OwnedSemaphorePermit) -> Self {
        Self { begun: Some(Begun { pending, _permit: permit }) }
    }
}

impl<T: Send + 'static> Future for Operation<T> {
    type Output = Result<T, Problem>;

    /// A panic of the operation is resumed here, and its request gets 500.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Taken out, so that an operation that panicked is not polled again on drop.
        let Some(mut begun) = self.begun.take() else { return Poll::Pending };
        let Poll::Ready(outcome) = Pin::new(&mut begun.pending).poll(context) else {
            self.begun = Some(begun);
            return Poll::Pending;
        };
        Poll::Ready(outcome.map_err(Problem::from))
    }
}

impl<T: Send + 'static> Drop for Operation<T> {
    fn drop(&mut self) {
        let (Some(begun), Ok(runtime)) = (self.begun.take(), Handle::try_current()) else { return };
        let (request, span) = (current::Context::current(), Span::current());
        let finished = async move {
            let Begun { pending, _permit } = begun;
            let outcome = pending.await;
            // A problem may log an event, which names client and caller.
            request.run(|| drop(outcome.map_err(Problem::from)));
        };
        runtime.spawn(finished.instrument(span));
    }
}

//! The current request and its caller, in task-locals: the log and problems name them wherever they are made.

use std::sync::Arc;

use axum::http::header::HeaderValue;
use ecomdb::Caller;

use crate::client::Client;

tokio::task_local! {
    static REQUEST: CurrentRequest;
    /// Absent on a route without authentication.
    static CALLER: Arc<Caller>;
}

/// The properties of the current request that are known before it is authenticated.
#[derive(Clone)]
pub(crate) struct CurrentRequest {
    /// The request id: always ASCII.
    pub(crate) id: HeaderValue,
    pub(crate) client: Client,
    /// Whether its method is a safe one.
    pub(crate) only_reads: bool,
}

impl CurrentRequest {
    /// Answers this request, as the current one.
    pub(crate) fn scope<F: Future>(self, answering: F) -> impl Future<Output = F::Output> {
        REQUEST.scope(self, answering)
    }
}

/// Answers the current request, with this caller as the current one.
pub(crate) fn acting_for<F: Future>(caller: Arc<Caller>, answering: F) -> impl Future<Output = F::Output> {
    CALLER.scope(caller, answering)
}

/// Runs `work` with this caller as the current one, on this thread.
pub(crate) fn run_for<T>(caller: Arc<Caller>, work: impl FnOnce() -> T) -> T {
    CALLER.sync_scope(caller, work)
}

/// The current request and its caller, to be carried to another thread.
pub(crate) struct Context {
    request: Option<CurrentRequest>,
    caller: Option<Arc<Caller>>,
}

impl Context {
    pub(crate) fn current() -> Self {
        Self { request: REQUEST.try_with(CurrentRequest::clone).ok(), caller: caller() }
    }

    /// Runs `work` as part of the request, on this thread.
    pub(crate) fn run<T>(self, work: impl FnOnce() -> T) -> T {
        let for_caller = || match self.caller {
            Some(caller) => run_for(caller, work),
            None => work(),
        };
        match self.request {
            Some(request) => REQUEST.sync_scope(request, for_caller),
            None => for_caller(),
        }
    }

    /// Awaits `work` as part of the request, in a task of its own.
    pub(crate) async fn scope<F: Future>(self, work: F) -> F::Output {
        match (self.request, self.caller) {
            (Some(request), Some(caller)) => request.scope(acting_for(caller, work)).await,
            (Some(request), None) => request.scope(work).await,
            (None, Some(caller)) => acting_for(caller, work).await,
            (None, None) => work.await,
        }
    }
}

/// The caller of the current request; `None` on an open route.
pub(crate) fn caller() -> Option<Arc<Caller>> {
    CALLER.try_with(Arc::clone).ok()
}

/// The client of the current request.
pub(crate) fn client() -> Client {
    REQUEST.try_with(|request| request.client).unwrap_or_default()
}

/// The id of the current request.
pub(crate) fn request_id() -> String {
    REQUEST.try_with(|request| text(&request.id).to_owned()).unwrap_or_default()
}

/// Whether the method of the current request is a safe one.
pub(crate) fn only_reads() -> bool {
    REQUEST.try_with(|request| request.only_reads).unwrap_or_default()
}

/// A request id as text.
pub(crate) fn text(id: &HeaderValue) -> &str {
    id.to_str().unwrap_or_default()
}

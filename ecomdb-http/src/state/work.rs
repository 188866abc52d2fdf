//! Runs database work for handlers.

use std::sync::Arc;
use std::time::Duration;

use ecomdb::{Asynchronous, Caller, Database, OnBehalf, Pending};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tracing::Span;

use super::App;
use super::operation::Operation;
use crate::current::{self, Context};
use crate::problem::{Problem, kinds};

impl App {
    /// Runs an operation on behalf of the caller, without a waiting thread. Handlers reach the database only through
    /// here or [`App::run_blocking`], so that none can forget the caller. On a route without authentication, which has
    /// no caller, both fail.
    ///
    /// An operation that has begun is finished, and keeps its permit, even if the client disconnects or the request
    /// times out.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(Asynchronous) -> Pending<T>,
    ) -> Result<T, Problem> {
        let caller = caller()?;
        self.finish(current::only_reads(), || operation(self.database.on_behalf_of(&caller).asynchronous())).await
    }

    /// Like [`App::run`], for a request whose caller is not known yet. The operation may only read, because the request
    /// is not admitted yet.
    pub(crate) async fn read_as_operator<T: Send + 'static>(
        &self,
        operation: impl FnOnce(Asynchronous) -> Pending<T>,
    ) -> Result<T, Problem> {
        self.finish(true, || operation(self.database.asynchronous())).await
    }

    async fn finish<T: Send + 'static>(
        &self,
        only_reads: bool,
        begin: impl FnOnce() -> Pending<T>,
    ) -> Result<T, Problem> {
        let permit = self.permit()?;
        let operation = Operation::new(begin(), permit);
        timeout(self.patience, operation).await.unwrap_or_else(|_| Err(self.took_too_long(only_reads)))
    }

    /// Runs work of several steps, or with passwords, on behalf of the caller, on the blocking pool.
    ///
    /// Audit events of a change are logged inside `work`: the client may disconnect at any time, and code after
    /// `run_blocking` is then not executed.
    pub(crate) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = caller()?;
        self.in_database(move |database| work(database.on_behalf_of(&caller))).await
    }

    /// Like [`App::run_blocking`], without a caller.
    ///
    /// The events that the work logs name client and caller.
    pub(crate) async fn in_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (permit, context, span) = (self.permit()?, Context::current(), Span::current());
        let database = self.database.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| context.run(|| work(&database).map_err(Problem::from)))
        });
        match timeout(self.patience, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Problem::internal(panic)),
            Err(_) => Err(self.took_too_long(current::only_reads())),
        }
    }

    /// The database, if it can be used. Takes no permit, so that a probe is not refused under load and adds none.
    pub(crate) async fn ready(&self) -> Result<&Database, Problem> {
        if self.permits.available_permits() == 0 {
            return Err(too_many());
        }
        let database = self.database.clone();
        let mut probe = self.readiness.probe(move || database.ready());
        let answer = async { probe.wait_for(Option::is_some).await.map(|ended| ended.clone()) };
        match timeout(self.readiness_patience, answer).await {
            Ok(Ok(Some(ended))) => match &*ended {
                Ok(Ok(())) => Ok(&self.database),
                Ok(Err(error)) => Err(Problem::of_server(error)),
                Err(panic) => Err(Problem::internal(panic)),
            },
            Ok(_) => Err(Problem::internal("the server has stopped")),
            // The probe continues, and the next request shares its result.
            Err(_) => Err(Problem::new(&kinds::OVERLOADED, "the database does not answer")),
        }
    }

    fn took_too_long(&self, only_reads: bool) -> Problem {
        let words = format!("the database took more than {} seconds", self.patience.as_secs());
        if only_reads {
            return Problem::new(&kinds::OVERLOADED, words);
        }
        let remedy = "repeat the request with the same Idempotency-Key, or read the resource to see whether it was \
            changed";
        Problem::new(&kinds::UNKNOWN_OUTCOME, format!("{words}: {remedy}"))
    }

    /// A handle to wait for operations in the database before the process ends, because some continue after their
    /// requests have been abandoned. Call it before the application serves.
    #[must_use]
    pub fn operations(&self) -> Operations {
        let all = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
        Operations { permits: Arc::clone(&self.permits), all }
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| too_many())
    }
}

/// The operations in the database, from [`App::operations`].
#[derive(Debug)]
pub struct Operations {
    permits: Arc<Semaphore>,
    /// Number of permits while no operation is in progress.
    all: u32,
}

impl Operations {
    /// Waits until all operations are finished. Returns false if some are not finished in time.
    pub async fn finished(self, within: Duration) -> bool {
        timeout(within, self.permits.acquire_many(self.all)).await.is_ok()
    }
}

fn too_many() -> Problem {
    Problem::new(&kinds::OVERLOADED, "too many requests in progress; try again in a moment")
}

fn caller() -> Result<Arc<Caller>, Problem> {
    current::caller().ok_or_else(|| Problem::internal("an open route uses the database"))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn a_panic_in_the_database_is_an_error_of_its_request_alone() {
        let app = Arc::new(App::new(Database::open("sqlite::memory:").unwrap()));
        let permits = app.permits.available_permits();
        let panics = |db: Asynchronous| db.run(|_| -> ecomdb::Result<()> { panic!("on purpose") });
        let shared = Arc::clone(&app);
        let answering = tokio::spawn(async move { shared.read_as_operator(panics).await });
        // The layer that catches panics answers it with 500.
        assert!(answering.await.unwrap_err().is_panic());
        assert_eq!(app.permits.available_permits(), permits);
        let problem = app.in_database(|_| -> ecomdb::Result<()> { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(problem.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let engine = app.read_as_operator(|db| db.run(|shop| Ok(shop.engine()))).await.unwrap();
        assert_eq!(engine, ecomdb::Engine::Sqlite);
    }

    /// Without a current request, assume one that may write.
    #[tokio::test]
    async fn who_waits_too_long_for_a_look_up_knows_that_nothing_has_begun() {
        let app = App::new(Database::open("sqlite::memory:").unwrap()).within(Duration::ZERO);
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let waits = move |db: Asynchronous| db.run(move |_| Ok(may_go_on.recv().is_ok()));
        let problem = app.read_as_operator(waits).await.unwrap_err();
        assert!(problem.is(&kinds::OVERLOADED));
        drop(go_on);
    }

    #[tokio::test]
    async fn operations_whose_requests_were_given_up_are_waited_for() {
        let app = App::new(Database::open("sqlite::memory:").unwrap()).within(Duration::ZERO);
        let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
        let waits = move |db: Asynchronous| db.run(move |_| Ok(may_go_on.recv().is_ok()));
        let (at_once, patiently) = (app.operations(), app.operations());
        app.read_as_operator(waits).await.unwrap_err();
        assert!(!at_once.finished(Duration::ZERO).await);
        drop(go_on);
        assert!(patiently.finished(Duration::from_secs(60)).await);
    }
}

//! Runs database work for handlers.

use std::sync::Arc;

use ecomdb::{Caller, Database, OnBehalf};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;

use super::App;
use crate::current::{self, Context};
use crate::problem::{Problem, kinds};

impl App {
    /// Runs database work on behalf of the caller. Handlers reach the database only through here or [`App::look_up`],
    /// so that none can forget the caller; on an open route, which has no caller, both fail.
    ///
    /// Audit events of a change are logged inside `work`: the client may disconnect at any time, and code after `run`
    /// is then not executed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = caller()?;
        self.in_database(move |database| work(database.on_behalf_of(&caller))).await
    }

    /// Like [`App::run`], for work of microseconds: a lookup by id.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = caller()?;
        self.quickly_in_database(move |database| work(database.on_behalf_of(&caller))).await
    }

    /// Runs database work without a caller, on the blocking pool.
    ///
    /// Work that has begun is finished, and keeps its permit, even after the client has disconnected or got a timeout.
    pub(crate) async fn in_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = self.permit()?;
        let work = self.of_request(work);
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        match timeout(self.patience, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Problem::internal(panic)),
            Err(_) => Err(self.took_too_long(current::only_reads())),
        }
    }

    /// Like [`App::in_database`], for reads of microseconds. A few busy threads serve several times as many of these as
    /// a blocking thread per request.
    pub(crate) async fn quickly_in_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let Some(threads) = &self.lookups else { return self.in_database(work).await };
        let permit = self.permit()?;
        let work = self.of_request(work);
        let (caller, answer) = oneshot::channel();
        threads.spawn(move || {
            let _permit = permit;
            // The receiver is gone if the client has disconnected.
            let _ = caller.send(work());
        });
        match timeout(self.patience, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Problem::internal("a look-up panicked")),
            Err(_) => Err(self.took_too_long(true)),
        }
    }

    /// Wraps work for another thread, with its request as context, so that the events it logs name client and caller.
    /// Errors become problems there, since that may log an event too.
    fn of_request<T>(
        &self,
        work: impl FnOnce(&Database) -> ecomdb::Result<T> + Send + 'static,
    ) -> impl FnOnce() -> Result<T, Problem> + Send + 'static {
        let database = self.database.clone();
        let (span, context) = (tracing::Span::current(), Context::current());
        move || {
            let work = || work(&database).map_err(Problem::from);
            span.in_scope(|| context.run(work))
        }
    }

    /// The database, if it can be used. Takes no permit, so that a probe neither is refused for load nor adds to it.
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

    fn permit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| too_many())
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
        let app = App::new(Database::open("sqlite::memory:").unwrap());
        let problem = app.quickly_in_database(|_| -> ecomdb::Result<()> { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(problem.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem = app.in_database(|_| -> ecomdb::Result<()> { panic!("on purpose") }).await.unwrap_err();
        assert_eq!(problem.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(app.quickly_in_database(|db| Ok(db.engine())).await.unwrap(), ecomdb::Engine::Sqlite);
    }
}

//! What every handler shares, and the one way from it into the database.

use std::net::SocketAddr;
use std::sync::Arc;

use ecomdb::{Database, OnBehalf};
use tokio::sync::Semaphore;

use crate::auth::{self, Attempts};
use crate::guard::Hosts;
use crate::problem::{Problem, kinds};

/// How many requests are in the database at once. Most of them wait: on SQLite for the group of writes they are
/// committed with, on a server for one of its connections. Tokio's pool for blocking work has 512 threads.
const IN_FLIGHT: usize = 256;

/// What the server serves, and to whom.
#[derive(Debug, Clone)]
pub struct App {
    database: Database,
    permits: Arc<Semaphore>,
    hosts: Arc<Hosts>,
    attempts: Arc<Attempts>,
    authenticates: bool,
}

impl App {
    /// Serves this database to requests that name the local machine as their host, and to everybody who sends them: see
    /// [`App::authenticate`].
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            hosts: Arc::new(Hosts::local()),
            attempts: Arc::new(Attempts::new()),
            authenticates: false,
        }
    }

    /// Serves also requests that name this address as their host.
    #[must_use]
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        self.hosts = Arc::new((*self.hosts).clone().and(address));
        self
    }

    /// Serves also requests that name one of these as their host, on any port.
    #[must_use]
    pub fn also_called(mut self, names: &[String]) -> Self {
        self.hosts = Arc::new((*self.hosts).clone().called(names));
        self
    }

    /// Lets so many requests into the database at once, 256 unless told otherwise; the others are turned away at once
    /// with 503 and Retry-After.
    #[must_use]
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.permits = Arc::new(Semaphore::new(requests));
        self
    }

    /// Serves only those who log in or have an API key, and to each what the role allows. Without it, everybody who
    /// reaches the server can do everything.
    #[must_use]
    pub fn authenticate(mut self, authenticate: bool) -> Self {
        self.authenticates = authenticate;
        self
    }

    pub(crate) fn authenticates(&self) -> bool {
        self.authenticates
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Runs database work on behalf of the caller. Every handler comes through here, so that none can forget whom it
    /// works for; one whose route says that it needs nobody finds nothing.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(OnBehalf<'_>) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let Some(caller) = auth::caller() else {
            return Err(Problem::internal("a route is open that works on the shop"));
        };
        self.in_database(move |database| work(database.on_behalf_of(&caller))).await
    }

    /// Runs database work of the server's own, where it may block.
    ///
    /// Work that has begun is finished even when the client has gone, and holds its place until then.
    pub(crate) async fn in_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> ecomdb::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return Err(Problem::new(
                &kinds::OVERLOADED,
                "too many requests are in the database; try again in a moment",
            ));
        };
        let database = self.database.clone();
        let span = tracing::Span::current();
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| work(&database))
        });
        match work.await {
            Ok(outcome) => outcome.map_err(Problem::from),
            Err(panic) => Err(Problem::internal(panic)),
        }
    }
}

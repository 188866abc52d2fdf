//! The state that all handlers share.

mod operation;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use ecomdb::{ApiKey, Database, Engine, Password, Token, User};
use tokio::sync::Semaphore;

pub use self::work::Operations;

use crate::budget::Budget;
use crate::checks::{Check, Checks};
use crate::client::{Client, Proxies, TrustedProxy};
use crate::cors::Origin;
use crate::guard::Hosts;
use crate::limits::{Attempts, PasswordChecks, RateLimit};
use crate::live::{Listener, Live};
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::readiness::Readiness;
use crate::repeats::Repeats;

/// How many requests may be in the database at once. Most of them wait: on SQLite for their group commit, on a server
/// for a connection.
const IN_FLIGHT: usize = 256;

/// The time limit for reading a request body, and then for the response.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long `/readyz` waits for the database: less than the usual probe timeout of one second.
const READY: Duration = Duration::from_millis(900);

/// How long a page waits for the check that it has started.
const SOON: Duration = Duration::from_secs(2);

/// The largest request body: 1 MiB.
const LARGEST_BODY: usize = 1024 * 1024;

/// The most bytes of request bodies in memory at once: 64 MiB.
const ALL_BODIES: usize = 64 * 1024 * 1024;

/// The state, as handlers extract it.
pub(crate) type Shared = Arc<App>;

/// Configuration and state of the application.
#[derive(Debug)]
pub struct App {
    database: Database,
    permits: Arc<Semaphore>,
    readiness: Readiness,
    hosts: Hosts,
    origins: Vec<Origin>,
    attempts: Arc<Attempts>,
    password_checks: Arc<PasswordChecks>,
    rate_limit: Option<RateLimit>,
    metrics: Metrics,
    authenticates: bool,
    has_dashboard: bool,
    proxies: Proxies,
    hsts: Option<HeaderValue>,
    patience: Duration,
    readiness_patience: Duration,
    largest_body: usize,
    budget: Budget,
    live: Arc<Live>,
    checks: Checks,
    new_keys: Arc<Repeats<(Token, ApiKey)>>,
    new_members: Arc<Repeats<(User, Password)>>,
}

impl App {
    /// Serves this database to requests whose Host is the local machine, without authentication: see
    /// [`App::authenticate`].
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            readiness: Readiness::default(),
            hosts: Hosts::local(),
            origins: Vec::new(),
            attempts: Arc::new(Attempts::new()),
            password_checks: Arc::new(PasswordChecks::new()),
            rate_limit: None,
            metrics: Metrics::new(),
            authenticates: false,
            has_dashboard: true,
            proxies: Proxies::none(),
            hsts: None,
            patience: PATIENCE,
            readiness_patience: READY,
            largest_body: LARGEST_BODY,
            budget: Budget::new(ALL_BODIES),
            live: Arc::new(Live::new()),
            checks: Checks::default(),
            new_keys: Arc::default(),
            new_members: Arc::default(),
        }
    }

    /// Also accepts this address as the Host of requests.
    #[must_use]
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        self.hosts = self.hosts.and(address);
        self
    }

    /// Also accepts these names as the Host of requests, on any port.
    #[must_use]
    pub fn also_called(mut self, names: &[String]) -> Self {
        self.hosts = self.hosts.called(names);
        self
    }

    /// Allows pages of these origins to use the API (CORS). Without it, browsers block all pages but the server's own.
    #[must_use]
    pub fn open_to(mut self, origins: Vec<Origin>) -> Self {
        self.origins = origins;
        self
    }

    /// Time limit for reading a request body (408), and then for the response (503). Default: 30 seconds.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long `/readyz` waits for the database before it answers 503. Default: 900 milliseconds.
    #[must_use]
    pub fn ready_within(mut self, patience: Duration) -> Self {
        self.readiness_patience = patience;
        self
    }

    /// The largest request body in bytes; a larger one gets 413. Default: 1 MiB.
    #[must_use]
    pub fn limit_bodies(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// The most bytes of request bodies in memory at once; beyond it requests get 503 with Retry-After. Default: 64
    /// MiB. One half is reserved for the first 4 KiB of each body, the other for the rest of larger ones.
    #[must_use]
    pub fn limit_all_bodies(mut self, bytes: usize) -> Self {
        self.budget = Budget::new(bytes);
        self
    }

    /// How many requests may be in the database at once; further ones get 503 with Retry-After. Default: 256.
    #[must_use]
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.permits = Arc::new(Semaphore::new(requests));
        self
    }

    /// Requires a session or an API key, and grants what the user's role allows. Without it, everyone who reaches the
    /// server can do everything.
    #[must_use]
    pub fn authenticate(mut self, authenticate: bool) -> Self {
        self.authenticates = authenticate;
        self
    }

    /// Serves the dashboard at `/` (default), or the API alone, whose page is then at `/`, too.
    #[must_use]
    pub fn dashboard(mut self, dashboard: bool) -> Self {
        self.has_dashboard = dashboard;
        self
    }

    /// Treats every request as one that came over TLS. For a server that only a TLS-terminating proxy can reach. The
    /// session cookie is then `__Host-ecomdb_session`, and the server's own origin is https.
    #[must_use]
    pub fn behind_tls_proxy(mut self, is_behind: bool) -> Self {
        self.proxies.end_tls = is_behind;
        self
    }

    /// Trusts these proxies to name the client in `Forwarded` or `X-Forwarded-For`. Limits and log then use the
    /// client's address instead of the proxy's.
    #[must_use]
    pub fn trust_proxies(mut self, proxies: Vec<TrustedProxy>) -> Self {
        self.proxies.trusted = proxies;
        self
    }

    /// Limits each caller to this number of requests a second, with a burst of twice as many; further ones get 429. A
    /// caller is a user, over all sessions and keys, or an address if the request is not authenticated. 0 means no
    /// limit.
    #[must_use]
    pub fn limit_rate(mut self, requests_a_second: u32) -> Self {
        self.rate_limit = RateLimit::new(requests_a_second);
        self
    }

    /// Sends HTTP Strict Transport Security with this `max-age` on every response over TLS.
    #[must_use]
    pub fn strict_transport(mut self, max_age: Duration) -> Self {
        self.hsts = HeaderValue::try_from(format!("max-age={}", max_age.as_secs())).ok();
        self
    }

    /// Listens for changes of the shop.
    pub(crate) fn listen(&self, client: Client) -> Result<Listener, Problem> {
        self.live.listen(&self.database, client.address)
    }

    /// Starts a check of the shop, unless one is running, and waits a moment for its end.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        self.checks.begin(self.database.clone()).map_err(Problem::internal)?;
        self.checks.ended(SOON).await;
        Ok(())
    }

    /// The running check, or else the last one since the start of the server.
    pub(crate) fn latest_check(&self) -> Option<Check> {
        self.checks.latest()
    }

    /// Recently sent forms for API keys, with the secrets.
    pub(crate) const fn new_keys(&self) -> &Arc<Repeats<(Token, ApiKey)>> {
        &self.new_keys
    }

    /// Recently sent forms for members, with the passwords.
    pub(crate) const fn new_members(&self) -> &Arc<Repeats<(User, Password)>> {
        &self.new_members
    }

    pub(crate) fn engine(&self) -> Engine {
        self.database.engine()
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.database.is_read_only()
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    pub(crate) fn hsts(&self) -> Option<&HeaderValue> {
        self.hsts.as_ref()
    }

    pub(crate) fn authenticates(&self) -> bool {
        self.authenticates
    }

    pub(crate) fn has_dashboard(&self) -> bool {
        self.has_dashboard
    }

    pub(crate) fn attempts(&self) -> &Arc<Attempts> {
        &self.attempts
    }

    pub(crate) fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }

    pub(crate) fn password_checks(&self) -> &Arc<PasswordChecks> {
        &self.password_checks
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(crate) fn origins(&self) -> &[Origin] {
        &self.origins
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn largest_body(&self) -> usize {
        self.largest_body
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }
}

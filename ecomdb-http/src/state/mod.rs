//! What every handler shares.

mod work;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;

use axum::http::HeaderValue;
use ecomdb::Database;
use rayon_core::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::client::TrustedProxy;
use crate::cors::Origin;
use crate::guard::Hosts;
use crate::limits::{Attempts, RateLimit, Turns};
use crate::metrics::Metrics;
use crate::readiness::Readiness;

/// How many requests are in the database at once. Most of them wait: on SQLite for the group of writes they are
/// committed with, on a server for one of its connections. Tokio's pool for blocking work has 512 threads.
const IN_FLIGHT: usize = 256;

/// How long an answer, and before it the body of a request, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long `/readyz` waits for the database: whoever watches the server gets an answer in a second.
const READY: Duration = Duration::from_millis(900);

/// The largest body that is read: 1 MiB.
const LARGEST_BODY: usize = 1024 * 1024;

/// How many bytes of bodies are held at once: 64 MiB.
const ALL_BODIES: usize = 64 * 1024 * 1024;

/// The application, as its handlers share it.
pub(crate) type Shared = Arc<App>;

/// What the server serves, and to whom.
#[derive(Debug)]
pub struct App {
    database: Database,
    permits: Arc<Semaphore>,
    readiness: Readiness,
    hosts: Hosts,
    origins: Vec<Origin>,
    /// `None` where the system grants no more threads.
    lookups: Option<ThreadPool>,
    attempts: Arc<Attempts>,
    turns: Arc<Turns>,
    rate_limit: Option<RateLimit>,
    metrics: Metrics,
    authenticates: bool,
    is_behind_tls_proxy: bool,
    trusted_proxies: Vec<TrustedProxy>,
    contradiction: Once,
    hsts: Option<HeaderValue>,
    patience: Duration,
    readiness_patience: Duration,
    largest_body: usize,
    budget: Budget,
}

impl App {
    /// Serves this database to requests that name the local machine as their host, and to everybody who sends them: see
    /// [`App::authenticate`].
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            lookups: lookup_threads(&database),
            database,
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            readiness: Readiness::default(),
            hosts: Hosts::local(),
            origins: Vec::new(),
            attempts: Arc::new(Attempts::new()),
            turns: Arc::new(Turns::new()),
            rate_limit: None,
            metrics: Metrics::new(),
            authenticates: false,
            is_behind_tls_proxy: false,
            trusted_proxies: Vec::new(),
            contradiction: Once::new(),
            hsts: None,
            patience: PATIENCE,
            readiness_patience: READY,
            largest_body: LARGEST_BODY,
            budget: Budget::new(ALL_BODIES),
        }
    }

    /// Serves also requests that name this address as their host.
    #[must_use]
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        self.hosts = self.hosts.and(address);
        self
    }

    /// Serves also requests that name one of these as their host, on any port.
    #[must_use]
    pub fn also_called(mut self, names: &[String]) -> Self {
        self.hosts = self.hosts.called(names);
        self
    }

    /// Lets pages of these origins use the API, besides its own: a browser keeps all others away.
    #[must_use]
    pub fn open_to(mut self, origins: Vec<Origin>) -> Self {
        self.origins = origins;
        self
    }

    /// How long the body of a request may take to come, and then its answer: 30 seconds unless told otherwise. What takes
    /// longer is answered with 408 or 503.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long `/readyz` waits for the database before it answers with 503: 900 milliseconds unless told otherwise.
    #[must_use]
    pub fn ready_within(mut self, patience: Duration) -> Self {
        self.readiness_patience = patience;
        self
    }

    /// How many bytes the body of a request has at the most, 1 MiB unless told otherwise; a larger one is answered with
    /// 413.
    #[must_use]
    pub fn limit_bodies(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// How many bytes the bodies that are being received have together at the most, 64 MiB unless told otherwise; what goes
    /// beyond it is answered with 503 and Retry-After. The first 4 KiB of each body come from one half of them, and the
    /// rest of larger bodies from the other half.
    #[must_use]
    pub fn limit_all_bodies(mut self, bytes: usize) -> Self {
        self.budget = Budget::new(bytes);
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

    /// Takes every request for one that came over TLS: for a server that only a proxy reaches, which ends TLS. Sessions
    /// are then kept in the cookie `__Host-ecomdb_session`, and the scheme of the server's own pages is https.
    #[must_use]
    pub fn behind_tls_proxy(mut self, is_behind: bool) -> Self {
        self.is_behind_tls_proxy = is_behind;
        self
    }

    /// Trusts these proxies to say whom they pass requests on for, with `Forwarded` or `X-Forwarded-For`. Limits and the
    /// log then go by the address of the client behind them.
    #[must_use]
    pub fn trust_proxies(mut self, proxies: Vec<TrustedProxy>) -> Self {
        self.trusted_proxies = proxies;
        self
    }

    /// Lets a caller make so many requests a second, and twice as many at once; the next ones are answered with 429. A caller
    /// is a user, with whatever session or key, and the address where nobody is known. 0 is no limit.
    #[must_use]
    pub fn limit_rate(mut self, requests_a_second: u32) -> Self {
        self.rate_limit = RateLimit::new(requests_a_second);
        self
    }

    /// Tells browsers to use nothing but TLS for this long (HTTP Strict Transport Security): a header of every answer
    /// that goes over TLS.
    #[must_use]
    pub fn strict_transport(mut self, max_age: Duration) -> Self {
        self.hsts = HeaderValue::try_from(format!("max-age={}", max_age.as_secs())).ok();
        self
    }

    pub(crate) fn is_behind_tls_proxy(&self) -> bool {
        self.is_behind_tls_proxy
    }

    pub(crate) fn trusted_proxies(&self) -> &[TrustedProxy] {
        &self.trusted_proxies
    }

    /// Logs, once, that a proxy passes on two headers that name different clients: strangers could fill the log with it.
    pub(crate) fn warn_of_contradiction(&self, proxy: IpAddr) {
        self.contradiction.call_once(|| {
            tracing::warn!(
                %proxy,
                "Forwarded and X-Forwarded-For contradict each other, so the proxy is taken for the client: have it drop \
                 the header that it does not write (this is logged once)"
            );
        });
    }

    pub(crate) fn hsts(&self) -> Option<&HeaderValue> {
        self.hsts.as_ref()
    }

    pub(crate) fn authenticates(&self) -> bool {
        self.authenticates
    }

    pub(crate) fn attempts(&self) -> &Arc<Attempts> {
        &self.attempts
    }

    pub(crate) fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }

    pub(crate) fn turns(&self) -> &Arc<Turns> {
        &self.turns
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

/// On SQLite a look-up computes for some microseconds, and half of the processors are enough for all of them: more threads
/// only wake each other. On a server it waits for one of the connections.
fn lookup_threads(database: &Database) -> Option<ThreadPool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if database.engine() == "SQLite" { cores.div_ceil(2) } else { 16 };
    let threads = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|n| format!("lookup-{n}"))
        // Its caller hears of it; without this the process would end.
        .panic_handler(|_| {});
    threads.build().ok()
}

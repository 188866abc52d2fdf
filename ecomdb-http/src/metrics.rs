//! What the server counts, in the form that Prometheus reads.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Method;
use ecomdb::Statistics;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the times that are counted together, in seconds.
const BOUNDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What is counted, under the names that docs/operations.md explains.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Asked, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    connections: Gauge,
    idle_connections: Gauge,
    max_connections: Gauge,
    writes: Counter,
    commits: Counter,
    waiting_writes: Gauge,
    waiting_sales: Gauge,
}

/// The route as it stands in the router, so that there are as many as there are routes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

/// A request on its way; it is over when this is dropped, answered or not.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let durations = Family::new_with_constructor((|| Histogram::new(BOUNDS)) as fn() -> Histogram);
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations,
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            idle_connections: Gauge::default(),
            max_connections: Gauge::default(),
            writes: Counter::default(),
            commits: Counter::default(),
            waiting_writes: Gauge::default(),
            waiting_sales: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests that were answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests that are being answered", self.in_flight.clone());
        let registry = registry.sub_registry_with_prefix("ecomdb");
        registry.register("connections", "Connections to the database that are open", self.connections.clone());
        registry.register("connections_idle", "Those of them that nobody uses", self.idle_connections.clone());
        registry.register("connections_max", "Connections that may be open", self.max_connections.clone());
        registry.register("writes", "Transactions that were committed", self.writes.clone());
        registry.register("commits", "Commits that made them durable", self.commits.clone());
        registry.register(
            "writes_waiting",
            "Transactions that wait for SQLite's writer, or orders that wait to be placed together",
            self.waiting_writes.clone(),
        );
        registry.register("sales_waiting", "Sales that no report has folded in yet", self.waiting_sales.clone());
    }

    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a request that was answered; `route` is `None` where there is none.
    pub(crate) fn count(&self, method: &Method, route: Option<&str>, status: u16, elapsed: Duration) {
        let method = name(method);
        let route = route.unwrap_or("none").to_owned();
        self.durations.get_or_create(&Asked { method, route: route.clone() }).observe(elapsed.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// The text, with what the database says of itself.
    pub(crate) fn text(&self, database: Statistics) -> Result<String, fmt::Error> {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.connections.set(database.connections.into());
        self.idle_connections.set(database.idle_connections.into());
        self.max_connections.set(database.max_connections.into());
        self.waiting_writes.set(whole(database.waiting_writes));
        self.waiting_sales.set(whole(database.waiting_sales));
        raise(self.writes.inner(), database.writes);
        raise(self.commits.inner(), database.commits);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Of two that ask at once, the earlier answer may come last.
fn raise(counter: &AtomicU64, value: u64) {
    counter.fetch_max(value, Ordering::Relaxed);
}

/// Whatever a client calls its method, there are only so many.
fn name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

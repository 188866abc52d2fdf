//! The server's metrics, in the format that Prometheus reads.

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

/// Bucket bounds of the duration histogram, in seconds.
const BOUNDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The metrics; docs/operations.md explains each.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<ResponseLabels, Counter>,
    durations: Family<RequestLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    connections: Gauge,
    idle_connections: Gauge,
    max_connections: Gauge,
    writes: Counter,
    commits: Counter,
    waiting_writes: Gauge,
    waiting_sales: Gauge,
}

/// Labels of the duration histogram. `route` is the router's template, so the number of series is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: String,
    status: u16,
}

/// A request in flight; dropping it decrements the gauge, also when no response was sent.
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
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the request head to the response head",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests in flight", self.in_flight.clone());
        let registry = registry.sub_registry_with_prefix("ecomdb");
        registry.register("connections", "Open database connections", self.connections.clone());
        registry.register("connections_idle", "Idle database connections", self.idle_connections.clone());
        registry.register("connections_max", "Maximum number of database connections", self.max_connections.clone());
        registry.register("writes", "Write transactions committed", self.writes.clone());
        registry.register("commits", "Commits; a group commit counts once", self.commits.clone());
        registry.register(
            "writes_waiting",
            "Writes queued for SQLite's writer, or orders queued for a batch",
            self.waiting_writes.clone(),
        );
        registry.register("sales_waiting", "Sales events not yet folded into the rollups", self.waiting_sales.clone());
    }

    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a finished request; `route` is `None` if no route matched.
    pub(crate) fn count(&self, method: &Method, route: Option<&str>, status: u16, elapsed: Duration) {
        let method = name(method);
        let route = route.unwrap_or("none").to_owned();
        self.durations.get_or_create(&RequestLabels { method, route: route.clone() }).observe(elapsed.as_secs_f64());
        self.requests.get_or_create(&ResponseLabels { method, route, status }).inc();
    }

    /// The metrics as text, with the database's statistics.
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

/// Raises a counter to a value read from the database. Concurrent scrapes may arrive out of order, and a counter must
/// not fall.
fn raise(counter: &AtomicU64, value: u64) {
    counter.fetch_max(value, Ordering::Relaxed);
}

/// Maps unknown methods to `other`, so that clients cannot create new series.
fn name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

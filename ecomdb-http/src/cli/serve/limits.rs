//! The server's limits and timeouts.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use ecomdb::DatabaseBuilder;

use crate::cli::{Failure, Outcome};

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Time limit for receiving a request, for answering it, and for the client to read the response.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_TIMEOUT", default_value_t = 30, value_parser = seconds())]
    timeout: u64,

    /// How long a request waits for a connection to the database server, pooled or new. At most --timeout.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_DATABASE_WAIT", default_value_t = 10, value_parser = seconds())]
    database_wait: u64,

    /// How long requests in flight may take after a stop signal.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_GRACE", default_value_t = 30, value_parser = seconds())]
    grace: u64,

    /// Concurrent connections; further ones wait.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = count(1_000_000))]
    max_connections: usize,

    /// Concurrent connections of one address; further ones are closed. Raise it if all connections come from a proxy.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 256, value_parser = count(1_000_000))]
    max_connections_per_address: usize,

    /// Concurrent requests that use the database; further ones get 503.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_IN_FLIGHT", default_value_t = 256, value_parser = count(100_000))]
    max_in_flight: usize,

    /// Largest request body in bytes; a larger one gets 413.
    #[arg(long, value_name = "BYTES", env = "ECOMDB_MAX_BODY", default_value_t = 1024 * 1024, value_parser = count(1 << 30))]
    max_body: usize,

    /// Total bytes of request bodies in memory; beyond it requests get 503.
    #[arg(long, value_name = "BYTES", env = "ECOMDB_MAX_BODY_TOTAL", default_value_t = 64 * 1024 * 1024, value_parser = count(1 << 40))]
    max_body_total: usize,

    /// Requests per second and caller, with a burst of twice as many; further ones get 429. 0 means no limit. Default:
    /// 200 with --auth on, otherwise no limit.
    #[arg(long, value_name = "N", env = "ECOMDB_RATE_LIMIT", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    rate_limit: Option<u32>,
}

/// The default rate limit: 200 requests per second and caller with authentication, otherwise none.
pub(in crate::cli) const fn usual_rate_limit(authenticates: bool) -> u32 {
    if authenticates { 200 } else { 0 }
}

fn seconds() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=86_400)
}

fn count(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}

impl Limits {
    /// A body of the largest size must fit into the total limit.
    pub(super) fn refuse_contradiction(&self) -> Outcome {
        let least = self.max_body.saturating_mul(2);
        if self.max_body_total >= least {
            return Ok(());
        }
        let (one, all) = (self.max_body, self.max_body_total);
        Err(Failure::Usage(format!(
            "--max-body-total must be at least twice --max-body ({one}), so {least}, not {all}"
        )))
    }

    pub(super) const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Bounds every statement by the request timeout.
    pub(super) fn database(&self, database: DatabaseBuilder) -> DatabaseBuilder {
        let wait = Duration::from_secs(self.database_wait).min(self.patience());
        database.wait(wait).statement_timeout(self.patience())
    }

    pub(super) fn app(&self, app: ecomdb_http::App, authenticates: bool) -> ecomdb_http::App {
        let rate_limit = self.rate_limit.unwrap_or(usual_rate_limit(authenticates));
        let app = app.within(self.patience()).in_flight(self.max_in_flight).limit_rate(rate_limit);
        app.limit_bodies(self.max_body).limit_all_bodies(self.max_body_total)
    }

    pub(super) fn server(&self) -> ecomdb_http::Server {
        let server = ecomdb_http::Server::new().patience(self.patience()).connections(self.max_connections);
        let server = server.connections_per_address(self.max_connections_per_address);
        server.grace(Duration::from_secs(self.grace))
    }

    /// Raises the limit of open files, since each connection needs one.
    pub(super) fn make_room(&self) {
        // Reserved for the database, the log and the runtime.
        const OTHERS: u64 = 256;
        let wanted = self.max_connections as u64 + OTHERS;
        match rlimit::increase_nofile_limit(wanted) {
            Ok(allowed) if allowed >= wanted => {}
            Ok(allowed) => tracing::warn!(
                "the system allows {allowed} open files, too few for {} connections: raise its limit (ulimit -n), or lower \
                 --max-connections",
                self.max_connections
            ),
            Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
        }
    }
}

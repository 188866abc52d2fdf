//! How much the server takes on, and how long it waits.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use ecomdb::DatabaseBuilder;

use crate::cli::{Failure, Outcome};

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// How long a client may take to send a request, and to take the answer, and how long the answer may take.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_TIMEOUT", default_value_t = 30, value_parser = seconds())]
    timeout: u64,

    /// How long a request waits for a connection to the server of the database: for a free one, and for the server to accept
    /// one. No longer than --timeout.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_DATABASE_WAIT", default_value_t = 10, value_parser = seconds())]
    database_wait: u64,

    /// How long requests that were accepted may take after the server was asked to stop.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_GRACE", default_value_t = 30, value_parser = seconds())]
    grace: u64,

    /// How many connections are open at once; the next ones wait.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_CONNECTIONS", default_value_t = 10_000, value_parser = count(1_000_000))]
    max_connections: usize,

    /// How many connections one address has open at once; the next ones are closed at once. Raise it where a proxy makes all
    /// connections.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 256, value_parser = count(1_000_000))]
    max_connections_per_address: usize,

    /// How many requests are in the database at once; the next ones are answered with 503.
    #[arg(long, value_name = "N", env = "ECOMDB_MAX_IN_FLIGHT", default_value_t = 256, value_parser = count(100_000))]
    max_in_flight: usize,

    /// How large the body of a request may be; a larger one is answered with 413.
    #[arg(long, value_name = "BYTES", env = "ECOMDB_MAX_BODY", default_value_t = 1024 * 1024, value_parser = count(1 << 30))]
    max_body: usize,

    /// How many bytes the bodies that are being received have together; what goes beyond it is answered with 503.
    #[arg(long, value_name = "BYTES", env = "ECOMDB_MAX_BODY_TOTAL", default_value_t = 64 * 1024 * 1024, value_parser = count(1 << 40))]
    max_body_total: usize,

    /// How many requests a second a caller makes, and twice as many at once; the next ones are answered with 429. 0 is no limit.
    /// Unless given, 200 with --auth on, and none without.
    #[arg(long, value_name = "N", env = "ECOMDB_RATE_LIMIT", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    rate_limit: Option<u32>,
}

/// Requests a second of a caller where nothing else is said: 200 where callers are known, and no limit elsewhere.
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
    /// A body that the limit of one allows must fit into that of all.
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

    /// Nobody waits for the database when the request has been answered: a statement takes no longer than an answer.
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

    /// Each connection is a file to the system, which allows few of them unless it is asked for more.
    pub(super) fn make_room(&self) {
        // Those of the database, of the log and of the runtime.
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

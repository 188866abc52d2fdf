//! The log, on the standard error.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: a JSON object.
    Json,
}

/// Starts the log. `ECOMDB_LOG`, or else `RUST_LOG`, says what goes into it.
pub(crate) fn start(format: Format) {
    let wanted = std::env::var("ECOMDB_LOG").or_else(|_| std::env::var("RUST_LOG"));
    let filter = EnvFilter::new(wanted.as_deref().unwrap_or("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        Format::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        Format::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).init(),
    }
}

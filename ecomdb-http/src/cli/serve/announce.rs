//! The lines that a server prints at its start: addresses and authentication.

use std::net::{IpAddr, SocketAddr};

use ecomdb::Database;

use crate::cli::Outcome;
use crate::cli::terminal::say;

/// What the server serves, and to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served {
    pub(super) authenticates: bool,
    pub(super) has_dashboard: bool,
}

/// Prints the addresses of the page, the API and the documentation, and a line on authentication.
pub(super) fn announce(database: &Database, served: Served, address: SocketAddr, scheme: &str) -> Outcome {
    let how = if database.is_read_only() { " read-only" } else { "" };
    let root = format!("{scheme}://{}", reachable(address));
    say(format_args!("serving the {} database{how} at {root}/", database.engine()))?;
    say(format_args!("  API   {root}/api"))?;
    say(format_args!("  docs  {root}/docs"))?;
    say(authentication(database, served)?)?;
    say("Ctrl-C stops it")
}

/// An address that a browser on this machine can open; the unspecified address becomes localhost.
fn reachable(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    }
}

const FIRST_ACCOUNT: &str = "`ecomdb user create --role admin --email ...` creates the first account";

fn authentication(database: &Database, served: Served) -> ecomdb::Result<String> {
    Ok(if !served.authenticates {
        format!("no authentication: everyone on this machine has full access; {FIRST_ACCOUNT} for --auth on")
    } else if database.is_read_only() {
        "with authentication: login is unavailable; existing sessions and API keys are accepted".to_owned()
    } else if database.accounts().anybody_has_a_password()? {
        let page = if served.has_dashboard { "on the page or " } else { "" };
        format!(
            "with authentication: users log in {page}at POST /api/auth/login, programs send a key from `ecomdb api-key \
             create`; the docs are public"
        )
    } else {
        format!("with authentication: no account can log in yet; {FIRST_ACCOUNT}")
    })
}

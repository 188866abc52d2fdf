//! What a server says when it starts: where it is, and who can use it.

use std::net::{IpAddr, SocketAddr};

use ecomdb::Database;

use crate::cli::Outcome;
use crate::cli::terminal::say;

/// Prints the addresses of the page, the API and the documentation, and a line on authentication.
pub(super) fn announce(database: &Database, authenticates: bool, address: SocketAddr, scheme: &str) -> Outcome {
    let how = if database.is_read_only() { " read-only" } else { "" };
    let root = format!("{scheme}://{}", reachable(address));
    say(format_args!("serving the {} database{how} at {root}/", database.engine()))?;
    say(format_args!("  API   {root}/api"))?;
    say(format_args!("  docs  {root}/docs"))?;
    say(authentication(database, authenticates)?)?;
    say("Ctrl-C stops it")
}

/// An address that a browser on this machine can open: the one that stands for all addresses is none.
fn reachable(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    }
}

const FIRST_ACCOUNT: &str = "`ecomdb user create --role admin --email ...` makes the first account";

fn authentication(database: &Database, authenticates: bool) -> ecomdb::Result<String> {
    Ok(if !authenticates {
        format!("no authentication: everybody on this machine can do everything; {FIRST_ACCOUNT} for --auth on")
    } else if database.is_read_only() {
        "with authentication: nobody can log in here, sessions and API keys that were made elsewhere are good"
            .to_owned()
    } else if database.accounts().anybody_has_a_password()? {
        "with authentication: people log in at POST /api/auth/login, programs send a key of `ecomdb api-key create`; the \
         page and the docs are open to all"
            .to_owned()
    } else {
        format!("with authentication: nobody can log in yet, {FIRST_ACCOUNT}")
    })
}

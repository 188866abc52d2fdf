//! `ecomdb serve`

use std::net::SocketAddr;

use clap::Args;
use clap::builder::BoolishValueParser;
use ecomdb::Database;
use ecomdb_http::{App, app};
use tokio::net::TcpListener;

use super::terminal::say;
use super::{Failure, Outcome, generate, log, stop};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", env = "ECOMDB_BIND", default_value = "127.0.0.1:8080", value_parser = address)]
    bind: SocketAddr,

    /// Fill the database with a shop of 12,000 orders first, if it is empty.
    #[arg(long, env = "ECOMDB_DEMO", value_parser = BoolishValueParser::new())]
    demo: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| "an address and a port are needed, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    refuse_network(arguments.bind)?;
    log::start();
    let database = Database::open(url)?;
    if arguments.demo {
        generate::demo(&database)?;
    }
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("the server cannot start: {error}")))?;
    runtime.block_on(serve(database, arguments.bind))
}

/// Whoever reaches the server can do everything, so only this machine may reach it.
fn refuse_network(bind: SocketAddr) -> Outcome {
    if bind.ip().is_loopback() {
        return Ok(());
    }
    let port = bind.port();
    Err(Failure::Usage(format!(
        "{bind} can be reached from other machines, and the server has no authentication yet: use --bind \
         127.0.0.1:{port}, and a tunnel or an authenticating proxy on this machine for others"
    )))
}

async fn serve(database: Database, bind: SocketAddr) -> Outcome {
    let cannot_listen = |error| {
        Failure::Failed(format!("cannot listen on {bind}: {error}; choose another address with --bind ADDR:PORT"))
    };
    let listener = TcpListener::bind(bind).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let stop = stop::asked().map_err(|error| Failure::Failed(format!("cannot listen for signals: {error}")))?;
    say(format_args!("serving the {} database at http://{address}/", database.engine()));
    say("everyone on this machine can use it, without authentication; Ctrl-C stops it");
    let served = ecomdb_http::serve(listener, app(App::new(database).bound_to(address)), stop).await;
    served.map_err(|error| Failure::Failed(format!("the server failed: {error}")))
}

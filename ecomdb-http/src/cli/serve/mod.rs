//! `ecomdb serve`

mod announce;
mod limits;
mod tls;

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{ArgAction, Args};
use ecomdb::Database;
use ecomdb_http::{App, Origin, Server, Tls, TrustedProxy};
use tokio::net::{TcpListener, TcpSocket};

use self::announce::{Served, announce};
pub(super) use self::limits::usual_rate_limit;
use super::{Failure, Outcome, expire, generate, log, on_or_off, stop};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDR:PORT", env = "ECOMDB_BIND", default_value = "127.0.0.1:8080", value_parser = address)]
    bind: SocketAddr,

    /// Require authentication. Without it, everyone who reaches the server can do everything, so it listens on this
    /// machine only.
    #[arg(long, value_name = "on|off", env = "ECOMDB_AUTH", default_value = "off", value_parser = on_or_off, action = ArgAction::Set)]
    auth: bool,

    /// Further host names of the server, besides its address and localhost, separated by commas. Requests with another
    /// Host are refused.
    #[arg(long = "host", value_name = "NAME", env = "ECOMDB_HOST", value_delimiter = ',', value_parser = host)]
    hosts: Vec<String>,

    /// Origins whose pages may use the API from a browser, such as `https://shop.example.com`, separated by commas.
    #[arg(long = "cors-origin", value_name = "ORIGIN", env = "ECOMDB_CORS_ORIGIN", value_delimiter = ',')]
    origins: Vec<Origin>,

    /// Addresses or networks of proxies that are trusted to name the client in Forwarded or X-Forwarded-For, such as
    /// `10.0.0.0/8`, separated by commas.
    #[arg(long = "trusted-proxy", value_name = "CIDR", env = "ECOMDB_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxies: Vec<TrustedProxy>,

    /// Fill the database with a shop of 12,000 orders first, if it is empty.
    #[arg(long, env = "ECOMDB_DEMO", value_parser = on_or_off)]
    demo: bool,

    /// Open the database read-only: for a standby, a replica, or a user with read privileges only. Writes, and so
    /// logins, get 503.
    #[arg(long, env = "ECOMDB_READ_ONLY", value_parser = on_or_off)]
    read_only: bool,

    /// Serve the API alone, without the dashboard.
    #[arg(long, env = "ECOMDB_NO_DASHBOARD", value_parser = on_or_off)]
    no_dashboard: bool,

    /// Days that an idempotency key is kept; a later repetition counts as a new request.
    #[arg(long, value_name = "DAYS", env = "ECOMDB_IDEMPOTENCY_RETENTION", default_value_t = 30, value_parser = days())]
    idempotency_retention: u64,

    /// Log filter: `error`, `warn`, `info`, `debug` or `trace`, or a list such as `info,ecomdb=debug`.
    #[arg(long, value_name = "FILTER", env = "ECOMDB_LOG", default_value = "info", value_parser = log::filter)]
    log: String,

    /// Log format: text for people, or one JSON object per line.
    #[arg(long, value_enum, env = "ECOMDB_LOG_FORMAT", default_value_t = log::Format::Text)]
    log_format: log::Format,

    /// Print the effective settings as a configuration file, with the source of each, and exit; passwords are masked.
    #[arg(long)]
    pub(super) print_config: bool,

    #[command(flatten)]
    limits: limits::Limits,

    #[command(flatten)]
    tls: tls::Files,
}

fn days() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=3_650)
}

/// A name to compare with the Host header, where patterns would never match.
fn host(name: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        name.split('.').all(is_label)
    };
    let is_address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if is_name(name) || is_address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()) {
        return Ok(name.to_owned());
    }
    let hint = if name.contains('*') { "; name each host, * stands for nothing" } else { "" };
    Err(format!("a name without port is needed, such as shop.example.com{hint}"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| "an address and a port are needed, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    refuse_network(arguments)?;
    if arguments.demo && arguments.read_only {
        return Err(Failure::Usage("--demo fills the database, which --read-only forbids: use one of them".to_owned()));
    }
    arguments.limits.refuse_contradiction()?;
    let tls = arguments.tls.read()?;
    arguments.tls.refuse_hsts_without_tls()?;
    log::start(&arguments.log, arguments.log_format);
    arguments.limits.make_room();
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("the server cannot start: {error}")))?;
    // Do this first: if the address is taken, nothing must be written.
    let listener = {
        let _context = runtime.enter();
        listen(arguments.bind)?
    };
    let retention = Duration::from_secs(arguments.idempotency_retention * 86_400);
    let database = Database::builder(url).idempotency_retention(retention).read_only(arguments.read_only);
    let database = arguments.limits.database(database).open()?;
    if arguments.demo {
        generate::demo(&database)?;
    }
    runtime.block_on(serve(listener, database, tls, arguments))
}

/// Without authentication, only loopback addresses are allowed.
fn refuse_network(&Arguments { bind, auth, .. }: &Arguments) -> Outcome {
    if bind.ip().is_loopback() || auth {
        return Ok(());
    }
    let port = bind.port();
    Err(Failure::Usage(format!(
        "{bind} can be reached from other machines, and authentication is off: use --auth on, and create \
         an account with `ecomdb user create --role admin`; or use --bind 127.0.0.1:{port}"
    )))
}

async fn serve(listener: TcpListener, database: Database, tls: Option<Tls>, arguments: &Arguments) -> Outcome {
    let Arguments { bind, auth, .. } = *arguments;
    let address = listener.local_addr().map_err(|error| cannot_listen(bind, &error))?;
    let stop = stop::asked().map_err(|error| Failure::Failed(format!("cannot listen for signals: {error}")))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let served = Served { authenticates: auth, has_dashboard: !arguments.no_dashboard };
    announce(&database, served, address, scheme)?;
    warn_of_plain_text(auth, address, tls.is_some() || arguments.tls.behind_tls_proxy);
    let sweeping = (!arguments.read_only).then(|| tokio::spawn(expire::sweep(database.clone())));
    let app = App::new(database).authenticate(auth).dashboard(served.has_dashboard).bound_to(address);
    let app = arguments.tls.app(app).trust_proxies(arguments.trusted_proxies.clone());
    let app = app.also_called(&arguments.hosts).open_to(arguments.origins.clone());
    let app = arguments.limits.app(app, auth);
    let operations = app.operations();
    let server = arguments.limits.server().trust_proxies(arguments.trusted_proxies.clone());
    let server = tls.into_iter().fold(server, Server::tls);
    let is_served = server.serve(listener, ecomdb_http::app(app), stop).await;
    if let Some(sweeping) = sweeping {
        sweeping.abort();
    }
    // The end of the process would break off what a client no longer waits for.
    if !operations.finished(LAST_OPERATIONS).await {
        tracing::warn!("some operations in the database were given up");
    }
    if is_served {
        return Ok(());
    }
    Err(Failure::Failed("some requests took longer than --grace and were given up".to_owned()))
}

/// How long to wait for operations that are still in the database after all requests have been answered or abandoned.
const LAST_OPERATIONS: Duration = Duration::from_secs(10);

/// Length of the listen queue; the system's default is too small for bursts.
const BACKLOG: u32 = 4096;

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("cannot listen on {address}: {error}; choose another address with --bind ADDR:PORT"))
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Allows a restart while old connections are in TIME_WAIT.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Warns if passwords cross the network in plain text.
fn warn_of_plain_text(authenticates: bool, address: SocketAddr, tls: bool) {
    if authenticates && !address.ip().is_loopback() && !tls {
        tracing::warn!(
            "passwords cross the network in plain text: use --tls-certificate, or a proxy with TLS and --behind-tls-proxy"
        );
    }
}

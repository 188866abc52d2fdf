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

use self::announce::announce;
pub(super) use self::limits::usual_rate_limit;
use super::{Failure, Outcome, generate, log, on_or_off, stop};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", env = "ECOMDB_BIND", default_value = "127.0.0.1:8080", value_parser = address)]
    bind: SocketAddr,

    /// Whether whoever uses the server has to log in. Without it, everybody who reaches the server can do everything, so
    /// it listens on this machine only.
    #[arg(long, value_name = "on|off", env = "ECOMDB_AUTH", default_value = "off", value_parser = on_or_off, action = ArgAction::Set)]
    auth: bool,

    /// A name that the server is called by, besides its address and localhost: what a request names as its host. Several
    /// with commas between them.
    #[arg(long = "host", value_name = "NAME", env = "ECOMDB_HOST", value_delimiter = ',', value_parser = host)]
    hosts: Vec<String>,

    /// An origin whose pages may use the API from a browser, such as `https://shop.example.com`. Several with commas between
    /// them.
    #[arg(long = "cors-origin", value_name = "ORIGIN", env = "ECOMDB_CORS_ORIGIN", value_delimiter = ',')]
    origins: Vec<Origin>,

    /// A proxy, or a network of them, that is trusted to say whom it passes requests on for, with Forwarded or
    /// X-Forwarded-For, such as `10.0.0.0/8`. Several with commas between them.
    #[arg(long = "trusted-proxy", value_name = "CIDR", env = "ECOMDB_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxies: Vec<TrustedProxy>,

    /// Fill the database with a shop of 12,000 orders first, if it is empty.
    #[arg(long, env = "ECOMDB_DEMO", value_parser = on_or_off)]
    demo: bool,

    /// Only read the database: for a standby, a replica, or a user who may only read. Reports, lists and exports are served,
    /// and whatever would write, a login too, is answered with 503.
    #[arg(long, env = "ECOMDB_READ_ONLY", value_parser = on_or_off)]
    read_only: bool,

    /// How long an idempotency key is kept: a request that is repeated later with its key is a new one.
    #[arg(long, value_name = "DAYS", env = "ECOMDB_IDEMPOTENCY_RETENTION", default_value_t = 30, value_parser = days())]
    idempotency_retention: u64,

    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or by where it comes from, such as `info,ecomdb=debug`.
    #[arg(long, value_name = "FILTER", env = "ECOMDB_LOG", default_value = "info", value_parser = log::filter)]
    log: String,

    /// How the log is written: for people, or a JSON object a line.
    #[arg(long, value_enum, env = "ECOMDB_LOG_FORMAT", default_value_t = log::Format::Text)]
    log_format: log::Format,

    /// Print the settings that the server would go by, as a configuration file, and where each comes from; passwords are
    /// hidden.
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

/// A name that can be compared with the header Host. Patterns would never match there.
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
    // Before anything is written: where another server listens, this one has nothing to do.
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

/// Where whoever reaches the server can do everything, only this machine may reach it.
fn refuse_network(&Arguments { bind, auth, .. }: &Arguments) -> Outcome {
    if bind.ip().is_loopback() || auth {
        return Ok(());
    }
    let port = bind.port();
    Err(Failure::Usage(format!(
        "{bind} can be reached from other machines, and there would be no authentication: say --auth on, and make \
         somebody who can log in with `ecomdb user create --role admin`; or use --bind 127.0.0.1:{port}"
    )))
}

async fn serve(listener: TcpListener, database: Database, tls: Option<Tls>, arguments: &Arguments) -> Outcome {
    let Arguments { bind, auth, .. } = *arguments;
    let address = listener.local_addr().map_err(|error| cannot_listen(bind, &error))?;
    let stop = stop::asked().map_err(|error| Failure::Failed(format!("cannot listen for signals: {error}")))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    announce(&database, auth, address, scheme)?;
    warn_of_plain_text(auth, address, tls.is_some() || arguments.tls.behind_tls_proxy);
    let app = App::new(database).authenticate(auth).bound_to(address);
    let app = arguments.tls.app(app).trust_proxies(arguments.trusted_proxies.clone());
    let app = app.also_called(&arguments.hosts).open_to(arguments.origins.clone());
    let app = arguments.limits.app(app, auth);
    let server = arguments.limits.server().trust_proxies(arguments.trusted_proxies.clone());
    let server = tls.into_iter().fold(server, Server::tls);
    if server.serve(listener, ecomdb_http::app(app), stop).await {
        return Ok(());
    }
    Err(Failure::Failed("some requests took longer than --grace and were given up".to_owned()))
}

/// How many connections may wait to be accepted; the system's usual number is too small for many that come at once.
const BACKLOG: u32 = 4096;

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("cannot listen on {address}: {error}; choose another address with --bind ADDR:PORT"))
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again does not wait until the connections of the last one are forgotten.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Warns of passwords that go over the network in plain text.
fn warn_of_plain_text(authenticates: bool, address: SocketAddr, tls: bool) {
    if authenticates && !address.ip().is_loopback() && !tls {
        tracing::warn!(
            "passwords can be read on their way here unless this server or a proxy in front of it speaks TLS"
        );
    }
}

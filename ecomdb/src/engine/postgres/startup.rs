//! Connecting: choice of a server, TLS, authentication, and session settings.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{DataRowBody, Message};
use postgres_protocol::message::frontend;

use super::error::{Failure, ServerError};
use super::options::{Options, Place, Target, TlsMode};
use super::session::Session;
use super::socket::Socket;
use super::tls;
use crate::engine::failure::NEXT_HOST;
use crate::engine::resolve;

/// SQLSTATE for a server that responds, but has the wrong role.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// Session settings: names and values.
pub(super) type Settings = [(&'static str, String)];

/// Connects to the first suitable server, within `patience` in total.
pub(super) fn connect(
    options: &Options,
    target: Target,
    patience: Duration,
    session: &Settings,
    transaction: &Settings,
) -> Result<Session, String> {
    let end = Instant::now() + options.connect_timeout.unwrap_or(patience);
    let mut failures = Vec::new();
    for target in target.in_turn() {
        for (tried, place) in options.places.iter().enumerate() {
            let untried = options.places.len() - tried;
            let mut said = Vec::new();
            for address in addresses(place, share(end, untried)) {
                let attempt = Attempt { options, place, end: share(end, untried) };
                let made = address.and_then(|address| attempt.connect(&address));
                match made.and_then(|made| made.set_up(*target, session, transaction)) {
                    Ok(session) => return Ok(session),
                    Err(failure) => said.push(failure.to_string()),
                }
            }
            said.dedup();
            failures.push(format!("{} (at {place})", said.join(", ")));
        }
    }
    failures.dedup();
    Err(failures.join(NEXT_HOST))
}

/// Deadline for one server, which leaves time for the untried ones.
fn share(end: Instant, untried: usize) -> Instant {
    let now = Instant::now();
    now + end.saturating_duration_since(now) / u32::try_from(untried).unwrap_or(u32::MAX)
}

impl Target {
    fn in_turn(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
            Self::PreferStandby => &[Self::Standby, Self::Any],
        }
    }

    /// Reason why a server has the wrong role, if it has.
    fn refuse(self, is_read_only: bool, is_standby: bool) -> Option<&'static str> {
        match self {
            Self::ReadWrite if is_read_only => Some("it is read-only"),
            Self::ReadOnly if !is_read_only => Some("it is not read-only"),
            Self::Primary if is_standby => Some("it is a standby"),
            Self::Standby | Self::PreferStandby if !is_standby => Some("it is not a standby"),
            _ => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { .. } => f.write_str(&self.socket_file()),
        }
    }
}

impl Place {
    fn socket_file(&self) -> String {
        match self {
            Self::Tcp { .. } => String::new(),
            Self::Unix { folder, port } => format!("{}/.s.PGSQL.{port}", folder.trim_end_matches('/')),
        }
    }
}

/// Network address of a server.
enum Address {
    Tcp(SocketAddr),
    Unix(String),
}

/// Resolves the addresses of a place.
fn addresses(place: &Place, end: Instant) -> Vec<Result<Address, Failure>> {
    let Place::Tcp { host, port } = place else { return vec![Ok(Address::Unix(place.socket_file()))] };
    match resolve::addresses(host, *port, end) {
        Ok(found) => found.into_iter().map(|address| Ok(Address::Tcp(address))).collect(),
        Err(error) => vec![Err(Failure::Lost(error.to_string()))],
    }
}

struct Attempt<'a> {
    options: &'a Options,
    place: &'a Place,
    end: Instant,
}

/// A session with the process id that the server announced.
struct Made {
    session: Session,
    process: i32,
    end: Instant,
}

impl Attempt<'_> {
    /// Connects with or without TLS, as the mode requires.
    fn connect(&self, address: &Address) -> Result<Made, Failure> {
        if matches!(address, Address::Unix(_)) {
            return self.log_in(self.open(address)?);
        }
        match self.options.tls.mode {
            TlsMode::Disable => self.log_in(self.open(address)?),
            TlsMode::Allow => match self.log_in(self.open(address)?) {
                Err(failure) if failure.is_refused_login() => self.log_in(self.open_tls(address, true)?),
                made => made,
            },
            TlsMode::Prefer => match self.open_tls(address, false).and_then(|socket| self.log_in(socket)) {
                Err(failure) if failure.is_refused_login() || failure.is_of_tls() => self.log_in(self.open(address)?),
                made => made,
            },
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => self.log_in(self.open_tls(address, true)?),
        }
    }

    fn open(&self, address: &Address) -> Result<Socket, Failure> {
        let socket = match address {
            Address::Tcp(address) => Socket::connect_tcp(*address, &self.options.keep_alive, self.end),
            Address::Unix(file) => Socket::connect_unix(Path::new(file), self.end),
        };
        socket.map_err(|error| Failure::Lost(error.to_string()))
    }

    /// Requests TLS. The response is a single byte; nothing more is read in plain text.
    fn open_tls(&self, address: &Address, is_required: bool) -> Result<Socket, Failure> {
        let mut socket = self.open(address)?;
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        let mut answer = [0];
        let asked = socket.write_all(&request).and_then(|()| socket.read(&mut answer));
        let read = asked.map_err(|error| Failure::Lost(error.to_string()))?;
        match answer[0] {
            b'S' if read == 1 => {
                let Place::Tcp { host, .. } = self.place else { return Ok(socket) };
                let connection = tls::connection(&self.options.tls, host).map_err(Failure::Tls)?;
                socket.start_tls(connection).map_err(|error| Failure::Tls(format!("TLS failed: {error}")))
            }
            b'N' if read == 1 && !is_required => Ok(socket),
            b'N' if read == 1 => {
                Err(Failure::Tls("the server does not support TLS, which sslmode requires".to_owned()))
            }
            _ => Err(Failure::Tls("the server sent an invalid answer to the TLS request".to_owned())),
        }
    }

    fn log_in(&self, socket: Socket) -> Result<Made, Failure> {
        let mut session = Session::new(socket);
        session.until(self.end);
        match self.introduce(&mut session) {
            Ok(Ok(process)) => {
                session.note_login();
                Ok(Made { session, process, end: self.end })
            }
            Ok(Err(error)) => Err(Failure::Server(Box::new(error))),
            Err(error) => Err(Failure::Lost(error.to_string())),
        }
    }

    fn introduce(&self, session: &mut Session) -> io::Result<Result<i32, ServerError>> {
        let Options { user, database, startup, .. } = self.options;
        let first = [("user", user.as_str()), ("database", database), ("client_encoding", "UTF8")];
        let all = first.into_iter().chain(startup.iter().map(|(name, value)| (*name, value.as_str())));
        frontend::startup_message(all, session.out())?;
        session.transmit()?;
        let (mut scram, mut is_welcome, mut process) = (None, false, 0);
        loop {
            match session.receive()? {
                Message::AuthenticationOk if scram.is_none() => is_welcome = true,
                Message::AuthenticationCleartextPassword => {
                    frontend::password_message(self.password()?.as_bytes(), session.out())?;
                    session.transmit()?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let hash = md5_hash(user.as_bytes(), self.password()?.as_bytes(), body.salt());
                    frontend::password_message(hash.as_bytes(), session.out())?;
                    session.transmit()?;
                }
                Message::AuthenticationSasl(body) => {
                    if !body.mechanisms().any(|mechanism| Ok(mechanism == SCRAM_SHA_256))? {
                        return Err(io::Error::other(
                            "the server wants to authenticate in a way that is not supported",
                        ));
                    }
                    let own = ScramSha256::new(self.password()?.as_bytes(), ChannelBinding::unsupported());
                    frontend::sasl_initial_response(SCRAM_SHA_256, own.message(), session.out())?;
                    session.transmit()?;
                    scram = Some(own);
                }
                Message::AuthenticationSaslContinue(body) => {
                    let own = scram.as_mut().ok_or_else(unexpected)?;
                    own.update(body.data())?;
                    frontend::sasl_response(own.message(), session.out())?;
                    session.transmit()?;
                }
                // The server has proved that it knows the password, too.
                Message::AuthenticationSaslFinal(body) => scram.take().ok_or_else(unexpected)?.finish(body.data())?,
                Message::BackendKeyData(body) => process = body.process_id(),
                Message::ReadyForQuery(_) if is_welcome => return Ok(Ok(process)),
                Message::ErrorResponse(body) => return Ok(Err(ServerError::read(body.fields())?)),
                _ => return Err(unexpected()),
            }
        }
    }

    fn password(&self) -> io::Result<&str> {
        let password = self.options.password.as_deref();
        password.ok_or_else(|| io::Error::other("the server asks for a password, and the database URL has none"))
    }
}

fn unexpected() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the server sent an unexpected message during login")
}

impl Made {
    /// Checks the role of the server and applies the session settings, in one round trip.
    ///
    /// A pooler such as PgBouncer runs each transaction on another server connection, and thus announces another
    /// process id than the query reports. In that case, settings are applied to each transaction.
    fn set_up(mut self, target: Target, session: &Settings, transaction: &Settings) -> Result<Session, Failure> {
        let text = format!(
            "SELECT current_setting('transaction_read_only'), pg_is_in_recovery()::text; SELECT {} WHERE pg_backend_pid() = {}",
            set(session, false),
            self.process,
        );
        let mut rows = Vec::new();
        self.session.set_limit(Some(self.end.saturating_duration_since(Instant::now())));
        self.session.batch(&text, |row| rows.push(row.clone()))?;
        let words = |row: Option<&DataRowBody>| match row {
            Some(row) => {
                row.ranges().map(|range| Ok(range.map(|range| row.buffer()[range].to_vec()))).collect::<Vec<_>>()
            }
            None => Ok(Vec::new()),
        };
        let state = words(rows.first()).map_err(|error| Failure::Lost(error.to_string()))?;
        let is = |index: usize, word: &str| state.get(index).and_then(Option::as_deref) == Some(word.as_bytes());
        if let Some(why) = target.refuse(is(0, "on"), is(1, "true")) {
            return Err(Failure::Server(Box::new(ServerError::new(CANNOT_CONNECT_NOW, why))));
        }
        if rows.len() < 2 {
            let settings = (!transaction.is_empty()).then(|| format!("SELECT {}", set(transaction, true)));
            self.session.share(settings);
        }
        self.session.set_limit(None);
        Ok(self.session)
    }
}

/// Calls of `set_config` for each setting, for a transaction or the session.
fn set(settings: &Settings, is_local: bool) -> String {
    let calls = settings.iter().map(|(name, value)| format!("set_config('{name}', '{value}', {is_local})"));
    calls.collect::<Vec<_>>().join(", ")
}

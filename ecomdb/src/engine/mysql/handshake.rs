//! Connecting: greeting, encryption and login.

use std::time::{Duration, Instant};

use mysql_common::auth::plugins::{AuthProc, ChallengeResponsePlugin as _, Context};
use mysql_common::constants::{CapabilityFlags, MariadbCapabilities};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse, SslRequest};
use mysql_common::proto::MySerialize;
use rustls::pki_types::ServerName;

use super::client::Client;
use super::error::Failure;
use super::options::{Options, Place};
use super::tls::Tls;
use super::wire::Wire;

/// Maximum packet size, as allowed by the protocol.
const LARGEST: u32 = 1 << 30;
/// Number of utf8mb4_general_ci.
const COLLATION: u8 = 45;

const CAPABILITIES: CapabilityFlags = CapabilityFlags::CLIENT_PROTOCOL_41
    .union(CapabilityFlags::CLIENT_SECURE_CONNECTION)
    .union(CapabilityFlags::CLIENT_LONG_PASSWORD)
    .union(CapabilityFlags::CLIENT_LONG_FLAG)
    .union(CapabilityFlags::CLIENT_TRANSACTIONS)
    .union(CapabilityFlags::CLIENT_LOCAL_FILES)
    .union(CapabilityFlags::CLIENT_MULTI_STATEMENTS)
    .union(CapabilityFlags::CLIENT_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PS_MULTI_RESULTS)
    .union(CapabilityFlags::CLIENT_PLUGIN_AUTH)
    .union(CapabilityFlags::CLIENT_CONNECT_WITH_DB)
    // UPDATE returns the number of matched rows, not of changed rows.
    .union(CapabilityFlags::CLIENT_FOUND_ROWS);

/// Connects to a server and logs in. The time limit applies until [`Client::settle`].
pub(super) fn connect(options: &Options, place: &Place, patience: Duration) -> Result<Client, Failure> {
    let deadline = Instant::now() + patience;
    let late = |failure| match failure {
        Failure::Lost(_) if Instant::now() >= deadline => {
            Failure::Lost(format!("it did not answer within {patience:?}"))
        }
        failure => failure,
    };
    log_in(options, place, deadline).map_err(late)
}

fn log_in(options: &Options, place: &Place, deadline: Instant) -> Result<Client, Failure> {
    let mut wire = match place {
        Place::Host { name, port } => Wire::tcp(name, *port, deadline)?,
        Place::Socket(path) => Wire::unix(path, deadline)?,
    };
    let greeting = match wire.receive()? {
        [0xff, error @ ..] => return Err(Failure::parse(error)),
        greeting => greeting.to_vec(),
    };
    let greeting = parse_greeting(&greeting).ok_or_else(|| Failure::protocol("a greeting"))?;
    if greeting.protocol_version() != 10 || !greeting.capabilities().contains(CapabilityFlags::CLIENT_PROTOCOL_41) {
        return Err(Failure::protocol("an unknown version of its greeting"));
    }
    let mut session = Session::new(&greeting);
    // A Unix socket needs no encryption.
    if let (Some(tls), Place::Host { name, .. }) = (&options.tls, place) {
        if greeting.capabilities().contains(CapabilityFlags::CLIENT_SSL) {
            session.capabilities.insert(CapabilityFlags::CLIENT_SSL);
            encrypt(&mut wire, &session, tls, name)?;
        } else if tls.is_required {
            return Err(Failure::Lost("the server does not offer TLS, and the URL requires it (ssl_mode)".to_owned()));
        }
    }
    authenticate(&mut wire, &greeting, &session, options, matches!(place, Place::Socket(_)))?;
    Ok(Client::new(wire, session.extended.contains(MariadbCapabilities::MARIADB_CLIENT_CACHE_METADATA)))
}

/// Checks the length of the nonce first, because `mysql_common` treats it as a signed byte, which could overflow.
fn parse_greeting(payload: &[u8]) -> Option<HandshakePacket<'_>> {
    let version = payload.get(1..)?;
    let behind_version = version.get(version.iter().position(|&byte| byte == 0)? + 1..)?;
    let [.., length_of_nonce] = behind_version.first_chunk::<{ 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 }>()?;
    if *length_of_nonce > 0x7f {
        return None;
    }
    ParseBuf(payload).parse::<HandshakePacket<'_>>(()).ok()
}

/// Capabilities of both sides.
struct Session {
    capabilities: CapabilityFlags,
    extended: MariadbCapabilities,
}

impl Session {
    fn new(greeting: &HandshakePacket<'_>) -> Self {
        let capabilities = greeting.capabilities() & CAPABILITIES;
        // MariaDB clears the oldest flag to announce its extended capabilities.
        let extended = match capabilities.contains(CapabilityFlags::CLIENT_LONG_PASSWORD) {
            true => MariadbCapabilities::empty(),
            false => greeting.mariadb_ext_capabilities() & MariadbCapabilities::MARIADB_CLIENT_CACHE_METADATA,
        };
        Self { capabilities, extended }
    }
}

fn encrypt(wire: &mut Wire, session: &Session, tls: &Tls, host: &str) -> Result<(), Failure> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Failure::Lost(format!("{host} is neither a name nor an address that TLS could verify")))?;
    let request = SslRequest::new(session.capabilities, LARGEST, COLLATION).with_mariadb_capabilities(session.extended);
    send(wire, &request)?;
    wire.encrypt(tls.config.clone(), name)
}

fn send(wire: &mut Wire, packet: &impl MySerialize) -> Result<(), Failure> {
    let mut payload = Vec::new();
    packet.serialize(&mut payload);
    wire.packet(&payload);
    wire.flush()
}

struct Login<'a> {
    password: &'a [u8],
    nonce: Vec<u8>,
    is_encrypted: bool,
    is_local: bool,
}

impl Context for &Login<'_> {
    fn pass(&self) -> &[u8] {
        self.password
    }

    fn is_ipc_transport(&self) -> bool {
        self.is_local
    }

    fn is_tls_transport(&self) -> bool {
        self.is_encrypted
    }

    fn scramble(&self) -> &[u8] {
        &self.nonce
    }

    fn server_key_pem(&self) -> Option<&[u8]> {
        None
    }
}

/// Authenticates the user, answering the server's challenges.
fn authenticate(
    wire: &mut Wire,
    greeting: &HandshakePacket<'_>,
    session: &Session,
    options: &Options,
    is_local: bool,
) -> Result<(), Failure> {
    let mut login = Login {
        password: options.password.as_bytes(),
        nonce: greeting.nonce(),
        is_encrypted: wire.is_encrypted(),
        is_local,
    };
    // The server may request another method for the account.
    let first = match greeting.auth_plugin() {
        Some(AuthPlugin::CachingSha2Password) => AuthPlugin::CachingSha2Password,
        _ => AuthPlugin::MysqlNativePassword,
    };
    let mut method = method_of(&first)?;
    let proof = run(&mut method, &login, &login.nonce)?;
    let response = HandshakeResponse::new(
        proof,
        // Relevant only for servers before 5.5.
        (5, 7, 0),
        Some(options.user.as_bytes()),
        options.database.as_ref().map(|name| name.as_bytes()),
        Some(first),
        session.capabilities,
        None,
        LARGEST,
    );
    send(wire, &response.with_mariadb_ext_capabilities(session.extended))?;
    loop {
        let answer = match wire.receive()? {
            [0x00, ..] => return Ok(()),
            [0xff, error @ ..] => return Err(Failure::parse(error)),
            payload @ [0xfe, _, ..] => {
                let request = ParseBuf(payload)
                    .parse::<AuthSwitchRequest<'_>>(())
                    .map_err(|_| Failure::protocol("a method of authentication"))?;
                method = method_of(&request.auth_plugin())?;
                login.nonce = request.plugin_data().to_vec();
                run(&mut method, &login, &login.nonce)?
            }
            // The first byte distinguishes challenges from the packets above; early servers of one method omit it.
            [0x01, challenge @ ..] | challenge => {
                let challenge = challenge.to_vec();
                run(&mut method, &login, &challenge)?
            }
        };
        if let Some(answer) = answer {
            wire.packet(&answer);
            wire.flush()?;
        }
    }
}

/// Byte with which caching_sha2_password requests the password itself. Usually the server has a
/// cached hash, and does not request it.
const FULL_AUTHENTICATION: u8 = 4;

/// Whether the response would contain the password, in plain text or encrypted with the server's key, which may be an
/// attacker's.
fn asks_for_password(method: &AuthProc, login: &Login<'_>, challenge: &[u8]) -> bool {
    match method {
        _ if login.password.is_empty() || login.is_encrypted => false,
        AuthProc::CachingSha2Password(_) => !login.is_local && challenge == [FULL_AUTHENTICATION],
        // This method requires a key even over a Unix socket.
        AuthProc::Sha256Password(_) => true,
        _ => false,
    }
}

/// Supported authentication methods. Methods that would send the password to any server are excluded.
fn method_of(plugin: &AuthPlugin<'_>) -> Result<AuthProc, Failure> {
    let known = match plugin {
        AuthPlugin::MysqlOldPassword | AuthPlugin::MysqlClearPassword => None,
        plugin => AuthProc::init(plugin).ok(),
    };
    known.ok_or_else(|| {
        let name = String::from_utf8_lossy(plugin.as_bytes());
        Failure::Lost(format!("the account uses {name}, a method of authentication that ecomdb does not know"))
    })
}

fn run(method: &mut AuthProc, login: &Login<'_>, challenge: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    if asks_for_password(method, login, challenge) {
        return Err(Failure::Lost(
            "the server asks for the password itself, which is not sent over a connection without TLS: enable TLS on the \
             server and use ssl_mode=required, or better ssl_mode=verify_identity, in the URL"
                .to_owned(),
        ));
    }
    match method.run(login, challenge) {
        Ok(response) => Ok(response.data().map(<[u8]>::to_vec)),
        Err(error) => Err(Failure::Lost(format!("the server requested an unsupported proof of the password: {error}"))),
    }
}

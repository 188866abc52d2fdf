//! Connection options in a URL, named as by PostgreSQL's own tools.

use std::env;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use socket2::TcpKeepalive;

use crate::engine::server_url::ServerUrl;

pub(super) struct Options {
    /// Servers in the order of connection attempts.
    pub(super) places: Vec<Place>,
    pub(super) target: Option<Target>,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: String,
    /// Parameters passed to the server: `application_name` and `options`.
    pub(super) startup: Vec<(&'static str, String)>,
    pub(super) tls: TlsOptions,
    pub(super) keep_alive: KeepAlive,
    pub(super) connect_timeout: Option<Duration>,
}

/// Address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Tcp { host: String, port: u16 },
    Unix { folder: String, port: u16 },
}

/// Required role of the server, if there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TlsOptions {
    pub(super) mode: TlsMode,
    /// File of trusted certificates, or `system` for those of the operating system.
    pub(super) root: Option<String>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// Encryption, and verification of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum TlsMode {
    Disable,
    /// Encrypted if the server requires it.
    Allow,
    /// Encrypted if the server supports it.
    #[default]
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Detection of a server that vanished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeepAlive {
    enabled: bool,
    idle: Duration,
    interval: Duration,
    count: u32,
    /// Maximum time for which sent data may remain unacknowledged.
    user_timeout: Duration,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self {
            enabled: true,
            idle: Duration::from_secs(30),
            interval: Duration::from_secs(10),
            count: 3,
            user_timeout: Duration::from_secs(30),
        }
    }
}

impl KeepAlive {
    pub(super) fn apply(&self, socket: &socket2::Socket) -> std::io::Result<()> {
        if self.enabled {
            let settings = TcpKeepalive::new().with_time(self.idle).with_interval(self.interval);
            socket.set_tcp_keepalive(&settings.with_retries(self.count))?;
        }
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

const SUPPORTED: &str = "host, port, user, password, dbname, application_name, options, connect_timeout, \
     target_session_attrs, sslmode, sslrootcert, sslcert, sslkey, keepalives, keepalives_idle, keepalives_interval, \
     keepalives_count, tcp_user_timeout, client_encoding, channel_binding and gssencmode";

impl Options {
    /// Parses a URL. An error names the parameter.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let url = ServerUrl::parse(url).map_err(|what| format!("the database URL {what}"))?;
        let mut options = Self {
            places: places(&url)?,
            target: None,
            user: String::new(),
            password: url.password.clone(),
            database: url.database.clone(),
            startup: Vec::new(),
            tls: TlsOptions::default(),
            keep_alive: KeepAlive::default(),
            connect_timeout: None,
        };
        let mut user = url.user.clone();
        for (name, value) in &url.parameters {
            match name.as_str() {
                "user" => user = Some(value.clone()),
                _ => options.set(name, value)?,
            }
        }
        options.user =
            user.or_else(own_name).ok_or("the database URL names no user: write postgres://USER@HOST/DATABASE")?;
        options.password = options.password.or_else(|| env::var("PGPASSWORD").ok()).filter(|it| !it.is_empty());
        options.tls.check(url.parameter("sslmode").is_some())?;
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        const TARGETS: [(&str, Target); 6] = [
            ("any", Target::Any),
            ("read-write", Target::ReadWrite),
            ("read-only", Target::ReadOnly),
            ("primary", Target::Primary),
            ("standby", Target::Standby),
            ("prefer-standby", Target::PreferStandby),
        ];
        const MODES: [(&str, TlsMode); 6] = [
            ("disable", TlsMode::Disable),
            ("allow", TlsMode::Allow),
            ("prefer", TlsMode::Prefer),
            ("require", TlsMode::Require),
            ("verify-ca", TlsMode::VerifyCa),
            ("verify-full", TlsMode::VerifyFull),
        ];
        let only =
            |allowed: &[&'static str]| word(name, value, &allowed.iter().map(|it| (*it, ())).collect::<Vec<_>>());
        let seconds = |most| within(name, value, 1..=most).map(Duration::from_secs);
        match name {
            // Handled with the hosts.
            "host" | "port" => {}
            "password" => self.password = Some(value.to_owned()),
            "dbname" => self.database = value.to_owned(),
            "application_name" => self.startup.push(("application_name", value.to_owned())),
            "options" => self.startup.push(("options", value.to_owned())),
            "connect_timeout" => {
                let timeout = within(name, value, 0..=86_400).map(Duration::from_secs)?;
                self.connect_timeout = Some(timeout).filter(|timeout| !timeout.is_zero());
            }
            "target_session_attrs" => self.target = Some(word(name, value, &TARGETS)?),
            "sslmode" => self.tls.mode = word(name, value, &MODES)?,
            "sslrootcert" => self.tls.root = Some(value.to_owned()),
            "sslcert" => self.tls.certificate = Some(value.into()),
            "sslkey" => self.tls.key = Some(value.into()),
            "keepalives" => self.keep_alive.enabled = word(name, value, &[("0", false), ("1", true)])?,
            "keepalives_idle" => self.keep_alive.idle = seconds(32_767)?,
            "keepalives_interval" => self.keep_alive.interval = seconds(32_767)?,
            "keepalives_count" => self.keep_alive.count = within(name, value, 1..=127)?,
            "tcp_user_timeout" => {
                self.keep_alive.user_timeout = within(name, value, 0..=86_400_000).map(Duration::from_millis)?;
            }
            "client_encoding" => only(&["UTF8", "utf8", "UTF-8", "utf-8", "auto"])?,
            "channel_binding" | "gssencmode" => only(&["disable", "prefer"])?,
            _ => {
                return Err(format!(
                    "the database URL has the parameter {name}, which is not supported; these are: {SUPPORTED}"
                ));
            }
        }
        Ok(())
    }
}

impl TlsOptions {
    /// Refuses combinations that would be less secure than they look. The given certificates determine the mode, as in
    /// PostgreSQL's own tools.
    fn check(&mut self, has_mode: bool) -> Result<(), String> {
        if self.certificate.is_some() != self.key.is_some() {
            return Err("the database URL has only one of sslcert and sslkey: a certificate needs its key".to_owned());
        }
        if self.root.as_deref() == Some("system") && !has_mode {
            self.mode = TlsMode::VerifyFull;
        }
        if self.root.as_deref() == Some("system") && self.mode != TlsMode::VerifyFull {
            return Err("the database URL has sslrootcert=system, which needs sslmode=verify-full: anyone can have a \
                        certificate that the system trusts"
                .to_owned());
        }
        // Like libpq: a root certificate turns sslmode=require into verify-ca.
        if self.root.is_some() && self.mode == TlsMode::Require {
            self.mode = TlsMode::VerifyCa;
        }
        Ok(())
    }
}

fn word<T: Copy>(name: &str, value: &str, allowed: &[(&str, T)]) -> Result<T, String> {
    match allowed.iter().find(|(word, _)| *word == value) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let words: Vec<&str> = allowed.iter().map(|(word, _)| *word).collect();
            Err(format!("the database URL has a {name} that does not exist: it is one of {}", words.join(", ")))
        }
    }
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String>
where
    T::Err: Display,
{
    value.parse().map_err(|error| format!("the database URL has a {name} that is not a number: {error}"))
}

/// Parses a number in the range that system and clock support.
fn within<T: FromStr + Display + PartialOrd>(name: &str, value: &str, allowed: RangeInclusive<T>) -> Result<T, String>
where
    T::Err: Display,
{
    let given = number(name, value)?;
    if !allowed.contains(&given) {
        let (least, most) = allowed.into_inner();
        return Err(format!("the database URL has a {name} that is not from {least} to {most}"));
    }
    Ok(given)
}

/// Hosts of the URL or of the parameter `host`, with their ports.
fn places(url: &ServerUrl) -> Result<Vec<Place>, String> {
    const PORT: u16 = 5432;
    let port = |text: &str| match text {
        "" => Ok(PORT),
        text => number::<u16>("port", text),
    };
    let listed = url.parameter("port").map(|ports| ports.split(',').map(port).collect::<Result<Vec<_>, _>>());
    let ports = listed.transpose()?.unwrap_or_default();
    let hosts: Vec<(&str, Option<u16>)> = match url.parameter("host") {
        Some(hosts) => hosts.split(',').map(|host| (host, None)).collect(),
        None => url.hosts.iter().map(|host| (host.name.as_str(), host.port)).collect(),
    };
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err("the database URL has another number of ports than of hosts".to_owned());
    }
    let place = |(i, (host, port)): (usize, (&str, Option<u16>))| {
        let port = port.or_else(|| ports.get(i).or(ports.first()).copied()).unwrap_or(PORT);
        match host {
            "" => Err("the database URL has an empty host".to_owned()),
            folder if folder.starts_with('/') => Ok(Place::Unix { folder: folder.to_owned(), port }),
            host => Ok(Place::Tcp { host: host.to_owned(), port }),
        }
    };
    hosts.into_iter().enumerate().map(place).collect()
}

/// Default user name of PostgreSQL's own tools.
fn own_name() -> Option<String> {
    ["PGUSER", "USER", "LOGNAME"].iter().find_map(|name| env::var(name).ok()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Options {
        Options::parse(&format!("postgres://ada:secret@{rest}")).unwrap()
    }

    #[test]
    fn hosts_and_ports_are_taken_from_the_url_or_from_parameters() {
        let tcp = |host: &str, port| Place::Tcp { host: host.to_owned(), port };
        let unix = |port| Place::Unix { folder: "/run/postgresql".to_owned(), port };
        assert_eq!(parse("a,b:5433/shop").places, [tcp("a", 5432), tcp("b", 5433)]);
        assert_eq!(parse("/shop?host=a,b&port=1,2").places, [tcp("a", 1), tcp("b", 2)]);
        assert_eq!(parse("/shop?host=a,b&port=7").places, [tcp("a", 7), tcp("b", 7)]);
        assert_eq!(parse("/shop?host=/run/postgresql").places, [unix(5432)]);
        assert_eq!(parse("localhost/shop?host=%2Frun%2Fpostgresql&port=5433").places, [unix(5433)]);
        assert_eq!(parse("%2Frun%2Fpostgresql:5433/shop").places, [unix(5433)]);
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        for (query, says) in [
            ("sslcrl=a.crl", "the parameter sslcrl, which is not supported"),
            ("sslpassword=x", "the parameter sslpassword"),
            ("channel_binding=require", "a channel_binding that does not exist: it is one of disable, prefer"),
            (
                "sslmode=verify",
                "a sslmode that does not exist: it is one of disable, allow, prefer, require, verify-ca, verify-full",
            ),
            ("target_session_attrs=master", "a target_session_attrs that does not exist"),
            ("connect_timeout=soon", "a connect_timeout that is not a number"),
            ("connect_timeout=18446744073709551615", "a connect_timeout that is not from 0 to 86400"),
            ("keepalives_idle=0", "a keepalives_idle that is not from 1 to 32767"),
            ("keepalives_count=128", "a keepalives_count that is not from 1 to 127"),
            ("tcp_user_timeout=86400001", "a tcp_user_timeout that is not from 0 to 86400000"),
            ("client_encoding=LATIN1", "a client_encoding that does not exist"),
            ("sslcert=a.crt", "only one of sslcert and sslkey"),
            ("sslrootcert=system&sslmode=require", "needs sslmode=verify-full"),
            ("sslrootcert=system&sslmode=prefer", "needs sslmode=verify-full"),
            ("sslrootcert=system&sslmode=verify-ca", "needs sslmode=verify-full"),
            ("host=a,b&port=1,2,3", "another number of ports than of hosts"),
            ("host=a&port=70000", "a port that is not a number"),
        ] {
            let error = Options::parse(&format!("postgres://ada:secret@h/shop?{query}")).err().unwrap();
            assert!(error.contains(says), "{query}: {error}");
        }
    }

    #[test]
    fn certificates_that_are_named_are_checked() {
        assert_eq!(parse("h/shop").tls.mode, TlsMode::Prefer);
        assert_eq!(parse("h/shop?sslmode=require").tls.mode, TlsMode::Require);
        assert_eq!(parse("h/shop?sslmode=require&sslrootcert=ca.crt").tls.mode, TlsMode::VerifyCa);
        assert_eq!(parse("h/shop?sslmode=verify-full&sslrootcert=ca.crt").tls.mode, TlsMode::VerifyFull);
        for system in ["h/shop?sslrootcert=system", "h/shop?sslmode=verify-full&sslrootcert=system"] {
            let tls = parse(system).tls;
            assert_eq!((tls.mode, tls.root.as_deref()), (TlsMode::VerifyFull, Some("system")), "{system}");
        }
    }
}

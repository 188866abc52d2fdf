//! Connection options in a URL: `mysql://user:password@host:3306,other/database?ssl_mode=required`.

use std::fmt;
use std::path::PathBuf;

use super::tls::{Files, Mode, Tls};
use crate::engine::server_url::{Host, ServerUrl};

pub(super) const PORT: u16 = 3306;
const PARAMETERS: &str = "ssl_mode, ssl_ca, ssl_cert, ssl_key and unix_socket";

/// Servers, encryption and login of a connection.
pub(crate) struct Options {
    /// Servers in the order of connection attempts; at least one.
    pub(super) places: Vec<Place>,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) database: Option<String>,
    /// `None` for an unencrypted connection.
    pub(super) tls: Option<Tls>,
}

/// Address of a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Host { name: String, port: u16 },
    Socket(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { name, port } if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Host { name, port } => write!(f, "{name}:{port}"),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

impl Options {
    /// Parses a URL and reads the files it names. The error continues the sentence "the database URL ...".
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        if !url.starts_with("mysql://") && !url.starts_with("mariadb://") {
            return Err("has another scheme than mysql://".to_owned());
        }
        let url = ServerUrl::parse(url)?;
        if url.database.contains('/') && !url.database.starts_with('/') {
            return Err("names more than one database".to_owned());
        }
        let (mut mode, mut files, mut socket) = (None, Files::default(), None);
        for (name, value) in &url.parameters {
            let file = || Some(PathBuf::from(value));
            match name.as_str() {
                "ssl_mode" => mode = Some(Mode::parse(value)?),
                "ssl_ca" => files.authority = file(),
                "ssl_cert" => files.certificate = file(),
                "ssl_key" => files.key = file(),
                "unix_socket" => socket = file(),
                other => return Err(format!("has the parameter {other}, where there are {PARAMETERS}")),
            }
        }
        let places: Vec<_> = match socket {
            Some(path) => vec![Place::Socket(path)],
            None => url.hosts.into_iter().map(Place::from).collect(),
        };
        if places.is_empty() {
            return Err("names no host".to_owned());
        }
        Ok(Self {
            places,
            user: url.user.unwrap_or_default(),
            password: url.password.unwrap_or_default(),
            database: Some(url.database).filter(|name| !name.is_empty()),
            tls: Tls::new(mode, &files)?,
        })
    }
}

impl From<Host> for Place {
    fn from(host: Host) -> Self {
        Self::Host { name: host.name, port: host.port.unwrap_or(PORT) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        Options::parse(url).err().expect(url)
    }

    #[test]
    fn hosts_are_tried_in_the_order_of_the_url() {
        let options = Options::parse("mysql://anna:p%40w@a,b:3307,[::1]/shop").unwrap();
        assert_eq!((options.user.as_str(), options.password.as_str()), ("anna", "p@w"));
        assert_eq!(options.database.as_deref(), Some("shop"));
        let places: Vec<_> = options.places.iter().map(ToString::to_string).collect();
        assert_eq!(places, ["a:3306", "b:3307", "[::1]:3306"]);
    }

    #[test]
    fn a_socket_takes_the_place_of_the_host() {
        let options = Options::parse("mysql://anna@localhost/shop?unix_socket=/run/a%20b.sock").unwrap();
        assert_eq!(options.places, [Place::Socket(PathBuf::from("/run/a b.sock"))]);
        assert_eq!(options.password, "");
    }

    #[test]
    fn parameters_that_would_be_ignored_are_refused_by_name() {
        let error = refused("mysql://h/shop?sslmode=required");
        assert!(error.contains("sslmode") && error.contains("ssl_mode"), "{error}");
        let error = refused("mysql://h/shop?ssl_mode=verify");
        assert!(error.contains("ssl_mode=verify") && error.contains("verify_identity"), "{error}");
    }

    #[test]
    fn files_that_would_not_be_used_are_refused() {
        for (parameters, says) in [
            ("ssl_mode=verify_identity", "without ssl_ca"),
            ("ssl_mode=required&ssl_ca=/ca.pem", "has ssl_ca"),
            ("ssl_ca=/no/such/file.pem", "ssl_ca=/no/such/file.pem, which cannot be used"),
            ("ssl_cert=/cert.pem", "has one of ssl_cert and ssl_key"),
            ("ssl_mode=disabled&ssl_cert=/cert.pem&ssl_key=/key.pem", "ssl_mode=disabled"),
        ] {
            let error = refused(&format!("mysql://h/shop?{parameters}"));
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn malformed_urls_are_refused() {
        for url in ["postgres://h/shop", "mysql:///shop", "mysql://h:x/shop", "mysql://h/a/b", "mysql://h/%ff"] {
            refused(url);
        }
    }
}

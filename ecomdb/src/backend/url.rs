//! Database URLs: which engine, and where.

use std::path::Path;
use std::time::Duration;

use super::Purpose;
use crate::error::{Error, Result};

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Mysql,
    Postgres,
}

impl Engine {
    /// The error for an engine that this program was built without.
    pub(crate) fn missing(self) -> Error {
        let (name, feature, package) = match self {
            Self::Sqlite => ("SQLite", "sqlite", "a C compiler"),
            Self::Mysql => ("MariaDB/MySQL", "mysql", "libmariadb-dev"),
            Self::Postgres => ("PostgreSQL", "postgres", "libpq-dev"),
        };
        Error::Configuration(format!(
            "this program was built without {name}: build it with the cargo feature `{feature}` \
             (`--features {feature}`), which needs {package}"
        ))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Mysql => "MySQL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// SQLite has one writer, so the pooled connections only read.
    pub(crate) const fn pool_purpose(self) -> Purpose {
        match self {
            Self::Sqlite => Purpose::Read,
            Self::Mysql | Self::Postgres => Purpose::Write,
        }
    }

    fn is_compiled_in(self) -> bool {
        match self {
            Self::Sqlite => cfg!(feature = "sqlite"),
            Self::Mysql => cfg!(feature = "mysql"),
            Self::Postgres => cfg!(feature = "postgres"),
        }
    }
}

/// A checked database URL.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    pub(crate) engine: Engine,
    /// What the engine's driver wants: a path or the URL itself. May hold a password: never shown.
    pub(crate) target: String,
    /// How long a server may take to answer when it is connected to.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), expect(dead_code, reason = "SQLite is no server"))]
    pub(crate) patience: Duration,
}

const PATIENCE: Duration = Duration::from_secs(10);

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let parsed = Self::parse_form(url)?;
        if !parsed.engine.is_compiled_in() {
            return Err(parsed.engine.missing());
        }
        Ok(parsed)
    }

    fn parse_form(url: &str) -> Result<Self> {
        if url == "sqlite::memory:" || url == "sqlite://:memory:" {
            return Ok(Self { engine: Engine::Sqlite, target: memory_target(), patience: PATIENCE });
        }
        if let Some(path) = url.strip_prefix("sqlite://") {
            return sqlite_file(path);
        }
        if url.starts_with("mysql://") || url.starts_with("mariadb://") {
            let target = url.replacen("mariadb://", "mysql://", 1);
            return server(Engine::Mysql, target, "mysql://user:password@host:3306/database");
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return server(Engine::Postgres, url.to_owned(), "postgres://user:password@host/database");
        }
        let scheme = url.split_once("://").map_or("no scheme", |(scheme, _)| scheme);
        Err(Error::Configuration(format!(
            "the database URL has {scheme:?} where it needs one of sqlite://FILE, sqlite::memory:, \
             mysql://USER:PASSWORD@HOST:PORT/DATABASE or postgres://USER:PASSWORD@HOST/DATABASE"
        )))
    }

    /// Waits so long for a server to answer when it is connected to.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A driver's message without the password that it may quote.
    pub(crate) fn redact(&self, message: &str) -> String {
        let message = message.replace(&self.target, "the database URL");
        match url::Url::parse(&self.target).ok().and_then(|url| url.password().map(str::to_owned)) {
            Some(password) if !password.is_empty() => {
                let decoded = percent_encoding::percent_decode_str(&password).decode_utf8_lossy();
                message.replace(&password, "***").replace(decoded.as_ref(), "***")
            }
            _ => message,
        }
    }
}

/// A command line for a shell.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn shell_line(words: &[impl AsRef<str>]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
    let quoted = |word: &str| match word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// Each in-memory database has a name of its own, under which the connections of one pool find it.
fn memory_target() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("file:/ecomdb-{}?vfs=memdb", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn sqlite_file(path: &str) -> Result<DatabaseUrl> {
    if path.is_empty() || path.ends_with('/') || path.contains(['?', '\0']) {
        return Err(Error::Configuration(format!("sqlite://{path} names no file: write sqlite://shop.db")));
    }
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(Error::Configuration(format!(
            "sqlite://{path} cannot be opened: there is no folder {}",
            folder.display()
        ))),
        _ if Path::new(path).is_dir() => {
            Err(Error::Configuration(format!("sqlite://{path} is a folder: name a file in it")))
        }
        _ => Ok(DatabaseUrl { engine: Engine::Sqlite, target: path.to_owned(), patience: PATIENCE }),
    }
}

fn server(engine: Engine, target: String, form: &str) -> Result<DatabaseUrl> {
    let malformed = |what: &str| Error::Configuration(format!("the database URL {what}: write {form}"));
    let parsed = url::Url::parse(&target).map_err(|error| malformed(&format!("cannot be read ({error})")))?;
    if parsed.host_str().is_none_or(str::is_empty) && !target.contains("host=") {
        return Err(malformed("names no host"));
    }
    if parsed.path().trim_matches('/').is_empty() {
        return Err(malformed("names no database"));
    }
    Ok(DatabaseUrl { engine, target, patience: PATIENCE })
}

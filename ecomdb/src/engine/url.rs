//! Database URLs: engine and location.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::identity::{AtRest, Files};
use super::redacted::split_scheme;
use super::server_url::{ServerUrl, with_hosts};
use super::{Purpose, STATEMENT};
use crate::error::{Error, Result};

/// A database engine, from [`Database::engine`](crate::Database::engine).
///
/// ```
/// use ecomdb::{Database, Engine};
///
/// let db = Database::open("sqlite::memory:")?;
/// assert_eq!(db.engine(), Engine::Sqlite);
/// assert_eq!(db.engine().to_string(), "SQLite");
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// MariaDB or MySQL.
    Mysql,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    /// Error for an engine that was not compiled in.
    pub(crate) fn missing(self) -> Error {
        let (name, feature, package) = match self {
            Self::Sqlite => ("SQLite", "sqlite", ", which needs a C compiler"),
            Self::Mysql => ("MariaDB/MySQL", "mysql", ""),
            Self::Postgres => ("PostgreSQL", "postgres", ""),
        };
        Error::Configuration(format!(
            "this program was built without {name}: build it with the cargo feature `{feature}` \
             (`--features {feature}`){package}"
        ))
    }

    /// Name of the engine: `"SQLite"`, `"MySQL"` or `"PostgreSQL"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Mysql => "MySQL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// On SQLite, pooled connections only read, because there is one writer.
    pub(crate) const fn pool_purpose(self) -> Purpose {
        match self {
            Self::Sqlite => Purpose::Read,
            Self::Mysql | Self::Postgres => Purpose::Pool,
        }
    }

    /// Whether the engine is a server.
    pub(crate) const fn is_server(self) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Mysql | Self::Postgres => true,
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

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A validated database URL.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    pub(crate) engine: Engine,
    /// Input of the engine's driver: a path, or the URL. May contain a password, so it is never shown.
    pub(crate) target: String,
    /// Files of a SQLite database; `None` in memory.
    pub(crate) files: Option<Arc<Files>>,
    /// Whether the database is read-only.
    pub(crate) read_only: bool,
    /// Maximum time for a server to accept a connection.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), allow(dead_code, reason = "SQLite is no server"))]
    pub(crate) patience: Duration,
    /// Maximum duration of a statement on a server.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), allow(dead_code, reason = "SQLite is no server"))]
    pub(crate) statement: Duration,
}

/// Default time for a server to accept a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Additional time for a server to report a cancelled statement.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const MARGIN: Duration = Duration::from_secs(5);

impl DatabaseUrl {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let parsed = Self::parse_form(url)?;
        if !parsed.engine.is_compiled_in() {
            return Err(parsed.engine.missing());
        }
        Ok(parsed)
    }

    /// Parses a URL, with its hosts replaced by `hosts` unless that is empty.
    pub(crate) fn parse_with_hosts(url: &str, hosts: &[String]) -> Result<Self> {
        if hosts.is_empty() {
            return Self::parse(url);
        }
        if is_in_memory(url) || sqlite_file(url).is_some() {
            return Err(Error::Configuration("`hosts` are for a server; a SQLite database has none".to_owned()));
        }
        let url = with_hosts(url, hosts).map_err(|why| Error::Configuration(format!("the database URL {why}")))?;
        Self::parse(&url)
    }

    fn parse_form(url: &str) -> Result<Self> {
        if is_in_memory(url) {
            return Ok(Self::of(Engine::Sqlite, memory_target()));
        }
        if let Some(path) = sqlite_file(url) {
            return Self::of_file(path);
        }
        if url.starts_with("mysql://") || url.starts_with("mariadb://") {
            let target = url.replacen("mariadb://", "mysql://", 1);
            return server(Engine::Mysql, target, "mysql://user:password@host:3306/database");
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return server(Engine::Postgres, url.to_owned(), "postgres://user:password@host/database");
        }
        let scheme = match split_scheme(url).0 {
            "" => "no scheme".to_owned(),
            scheme => format!("the scheme {scheme}"),
        };
        Err(Error::Configuration(format!(
            "the database URL has {scheme} where it needs one of sqlite://FILE, sqlite::memory:, \
             mysql://USER:PASSWORD@HOST:PORT/DATABASE or postgres://USER:PASSWORD@HOST/DATABASE; without a scheme, it is \
             :memory: or a path that contains none of `:`, `=` and `?`"
        )))
    }

    fn of_file(path: &str) -> Result<Self> {
        if path.is_empty() || path.ends_with('/') || path.contains('\0') {
            return Err(Error::Configuration(format!("sqlite://{path} names no file: write sqlite://shop.db")));
        }
        let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
        let cannot = |why: String| Err(Error::Configuration(format!("sqlite://{path} cannot be opened: {why}")));
        // Requires permission to search the folder.
        let found = std::fs::metadata(path);
        match (folder, &found) {
            (_, Ok(file)) if file.is_dir() => {
                Err(Error::Configuration(format!("sqlite://{path} is a folder: name a file in it")))
            }
            (Some(folder), Err(error)) if error.kind() == ErrorKind::NotFound && !folder.is_dir() => {
                cannot(format!("there is no folder {}", folder.display()))
            }
            (_, Err(error)) if error.kind() != ErrorKind::NotFound => cannot(error.to_string()),
            _ => Ok(Self { files: Some(Arc::new(Files::new(path))), ..Self::of(Engine::Sqlite, path.to_owned()) }),
        }
    }

    fn of(engine: Engine, target: String) -> Self {
        Self { engine, target, files: None, read_only: false, patience: PATIENCE, statement: STATEMENT }
    }

    /// Compares the files of a SQLite database with those that were opened.
    pub(crate) fn verify(&self) -> Result<()> {
        if let Some(files) = &self.files {
            files.verify()?;
        }
        Ok(())
    }

    /// Creates a missing SQLite file.
    pub(crate) fn create_missing_file(&self) -> Result<()> {
        if let Some(files) = &self.files {
            files.create_missing()?;
        }
        Ok(())
    }

    /// Logs a warning if others can read the SQLite file.
    pub(crate) fn warn_of_readers(&self) {
        if let Some(files) = &self.files {
            files.warn_of_readers();
        }
    }

    /// Fails if a SQLite file is missing that must exist, because it is opened read-only or without migrations.
    pub(crate) fn refuse_missing_file(&self) -> Result<()> {
        if self.files.is_some() && !Path::new(&self.target).exists() {
            return Err(Error::Configuration(format!("there is no database file {}", self.target)));
        }
        Ok(())
    }

    /// State of a read-only SQLite file that can be read without leaving a trace; see [`Files::at_rest`].
    pub(crate) fn at_rest(&self) -> Option<AtRest> {
        self.files.as_ref().filter(|_| self.read_only)?.at_rest()
    }

    /// Fails if the file has changed since it was at rest, which invalidates the data read.
    pub(crate) fn verify_at_rest(&self, before: Option<AtRest>) -> Result<()> {
        if before.is_none() || self.at_rest() == before {
            return Ok(());
        }
        Err(Error::unreachable("another program changed the database while it was read: try again"))
    }

    /// While the guard exists, SQLite may replace the log.
    pub(crate) fn without_log(&self) -> WithoutLog<'_> {
        if let Some(files) = &self.files {
            files.forget_log();
        }
        WithoutLog(self)
    }

    /// Whether only the log of a SQLite database was deleted.
    pub(crate) fn log_is_deleted(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.log_is_deleted())
    }

    /// Whether the last connection to a SQLite database can be closed safely. Closing checkpoints the log into the
    /// database and deletes it by name, which must be this database's own.
    pub(crate) fn may_be_closed(&self) -> bool {
        self.verify().is_ok() || self.log_is_deleted()
    }

    /// Checks for free space on the disk of a SQLite file. Servers are tested by a write.
    pub(crate) fn find_room(&self) -> Result<()> {
        if let Some(files) = &self.files {
            files.find_room()?;
        }
        Ok(())
    }

    /// Records the identity of the SQLite file.
    pub(crate) fn note_file(&self) -> Result<()> {
        if let Some(files) = &self.files {
            files.note()?;
        }
        Ok(())
    }

    /// Records the identity of the log, if the file is unchanged. Not for read-only connections, which do not own the
    /// log.
    pub(crate) fn note_log(&self) -> Result<()> {
        if let Some(files) = &self.files {
            files.verify()?;
            files.note_log();
        }
        Ok(())
    }

    /// Sets the maximum time for a server to accept a connection.
    pub(crate) fn connect_within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Maximum time without a response: the statement timeout, plus time for the server to report it.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub(crate) fn silence(&self) -> Duration {
        self.statement + self.statement.min(MARGIN)
    }

    /// Sets the maximum duration of a statement.
    pub(crate) fn limit_statements(self, statement: Duration) -> Self {
        Self { statement, ..self }
    }

    /// Removes the URL from a driver's message. No driver quotes the password alone, so a password that is a common
    /// word need not be removed.
    pub(crate) fn redact(&self, message: &str) -> String {
        message.replace(&self.target, "the database URL")
    }
}

/// Guard of [`DatabaseUrl::without_log`].
pub(crate) struct WithoutLog<'a>(&'a DatabaseUrl);

impl Drop for WithoutLog<'_> {
    fn drop(&mut self) {
        if let Some(files) = &self.0.files {
            files.note_log();
        }
    }
}

/// Formats a command line for a shell.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn shell_line(words: &[impl AsRef<str>]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
    let quoted = |word: &str| match word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn is_in_memory(url: &str) -> bool {
    [":memory:", "sqlite::memory:", "sqlite://:memory:"].contains(&url)
}

/// A unique name for an in-memory database, shared by the connections of its pool.
fn memory_target() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("file:/ecomdb-{}?vfs=memdb", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The file of a URL for SQLite: `sqlite://shop.db`, or a plain path.
///
/// A plain path contains none of `:`, `=` and `?`, so that a mistyped URL or a connection string creates no file.
#[doc(hidden)]
#[must_use]
pub fn sqlite_file(url: &str) -> Option<&str> {
    let file = url.strip_prefix("sqlite://").or_else(|| (!url.contains([':', '=', '?'])).then_some(url));
    file.filter(|file| *file != ":memory:")
}

fn server(engine: Engine, target: String, form: &str) -> Result<DatabaseUrl> {
    let malformed = |what: &str| Error::Configuration(format!("the database URL {what}: write {form}"));
    let url = ServerUrl::parse(&target).map_err(|what| malformed(&what))?;
    if url.hosts.is_empty() && url.parameter("host").is_none() {
        return Err(malformed("names no host"));
    }
    if url.database.is_empty() {
        return Err(malformed("names no database"));
    }
    #[cfg(feature = "mysql")]
    if engine == Engine::Mysql {
        super::mysql::Options::parse(&target).map_err(|what| malformed(&what))?;
    }
    #[cfg(feature = "postgres")]
    if engine == Engine::Postgres {
        super::postgres::check(&target)?;
    }
    Ok(DatabaseUrl::of(engine, target))
}

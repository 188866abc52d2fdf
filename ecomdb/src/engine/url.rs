//! Database URLs: which engine, and where.

use std::io::ErrorKind;
use std::path::Path;
#[cfg(feature = "sqlite")]
use std::sync::Arc;
use std::time::Duration;

use super::redacted::split_scheme;
use super::server_url::ServerUrl;
#[cfg(feature = "sqlite")]
use super::sqlite::{AtRest, Files, Mode};
use super::{Purpose, STATEMENT};
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
            Self::Sqlite => ("SQLite", "sqlite", ", which needs a C compiler"),
            Self::Mysql => ("MariaDB/MySQL", "mysql", ""),
            Self::Postgres => ("PostgreSQL", "postgres", ""),
        };
        Error::Configuration(format!(
            "this program was built without {name}: build it with the cargo feature `{feature}` \
             (`--features {feature}`){package}"
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

    /// Whether it is a server, to which one connects.
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

/// A checked database URL.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    pub(crate) engine: Engine,
    /// What the engine's driver wants: a path or the URL itself. May hold a password: never shown.
    pub(crate) target: String,
    /// The files of a SQLite database; none in memory.
    #[cfg(feature = "sqlite")]
    pub(crate) files: Option<Arc<Files>>,
    /// Whether nothing may be written.
    pub(crate) read_only: bool,
    /// How long a server may take to answer when it is connected to.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), expect(dead_code, reason = "SQLite is no server"))]
    pub(crate) patience: Duration,
    /// How long a server may take for one statement.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), expect(dead_code, reason = "SQLite is no server"))]
    pub(crate) statement: Duration,
}

/// How long a server may take to answer unless something else is said.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// The longest moment that a server's word for a statement that it has ended may take.
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

    fn parse_form(url: &str) -> Result<Self> {
        if url == "sqlite::memory:" || url == "sqlite://:memory:" {
            return Ok(Self::of(Engine::Sqlite, memory_target()));
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
        let scheme = match split_scheme(url).0 {
            "" => "no scheme".to_owned(),
            scheme => format!("the scheme {scheme}"),
        };
        Err(Error::Configuration(format!(
            "the database URL has {scheme} where it needs one of sqlite://FILE, sqlite::memory:, \
             mysql://USER:PASSWORD@HOST:PORT/DATABASE or postgres://USER:PASSWORD@HOST/DATABASE"
        )))
    }

    fn of(engine: Engine, target: String) -> Self {
        Self {
            engine,
            target,
            #[cfg(feature = "sqlite")]
            files: None,
            read_only: false,
            patience: PATIENCE,
            statement: STATEMENT,
        }
    }

    /// Compares the files of a SQLite database with those that were opened.
    pub(crate) fn verify(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.verify()?;
        }
        Ok(())
    }

    /// Creates the file of a SQLite database that is not there.
    pub(crate) fn create_missing_file(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.create_missing()?;
        }
        Ok(())
    }

    /// Warns of a SQLite database that others can read.
    pub(crate) fn warn_of_readers(&self) {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.warn_of_readers();
        }
    }

    /// A SQLite database that is only to be read, or not to be migrated, has to be there.
    pub(crate) fn refuse_missing_file(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if self.files.is_some() && !Path::new(&self.target).exists() {
            return Err(Error::Configuration(format!("there is no database file {}", self.target)));
        }
        Ok(())
    }

    /// What SQLite is to open: the file, or the database in memory.
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite_target(&self, mode: Mode) -> Result<String> {
        match &self.files {
            Some(files) => files.uri(mode),
            None => Ok(self.target.clone()),
        }
    }

    /// The state of a SQLite file that is to be read only and can be read without a trace: see [`Files::at_rest`].
    #[cfg(feature = "sqlite")]
    pub(crate) fn at_rest(&self) -> Option<AtRest> {
        self.files.as_ref().filter(|_| self.read_only)?.at_rest()
    }

    /// What was read of a file at rest counts only if it still is.
    #[cfg(feature = "sqlite")]
    pub(crate) fn verify_at_rest(&self, before: Option<AtRest>) -> Result<()> {
        if before.is_none() || self.at_rest() == before {
            return Ok(());
        }
        Err(Error::unreachable("another program changed the database while it was read: try again"))
    }

    /// As long as the guard lives, SQLite may replace the log.
    #[cfg(feature = "sqlite")]
    pub(crate) fn without_log(&self) -> WithoutLog<'_> {
        if let Some(files) = &self.files {
            files.forget_log();
        }
        WithoutLog(self)
    }

    /// Whether the log of a SQLite database was deleted, and nothing else.
    #[cfg(feature = "sqlite")]
    pub(crate) fn log_is_deleted(&self) -> bool {
        self.files.as_ref().is_some_and(|files| files.log_is_deleted())
    }

    /// Whether closing the last connection to a SQLite database touches no other file than its own: SQLite then copies the
    /// log into the database and deletes it, by its name.
    #[cfg(feature = "sqlite")]
    pub(crate) fn may_be_closed(&self) -> bool {
        self.verify().is_ok() || self.log_is_deleted()
    }

    /// Whether the disk of a SQLite file has room for more than a few rows. A server is asked by writing to it.
    pub(crate) fn find_room(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.find_room()?;
        }
        Ok(())
    }

    /// Notes which file a SQLite database is.
    pub(crate) fn note_file(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.note()?;
        }
        Ok(())
    }

    /// Notes which log a SQLite database has, if the file is still the same. The log is not that of whoever only reads.
    pub(crate) fn note_log(&self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(files) = &self.files {
            files.verify()?;
            files.note_log();
        }
        Ok(())
    }

    /// Waits so long for a server to answer when it is connected to.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a server may say nothing: it ends a statement by itself, and its word for it takes a moment.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub(crate) fn silence(&self) -> Duration {
        self.statement + self.statement.min(MARGIN)
    }

    /// Has a server end statements that take longer.
    pub(crate) fn limit_statements(self, statement: Duration) -> Self {
        Self { statement, ..self }
    }

    /// A driver's message without the URL that it may quote. No driver quotes the password alone, which may be a word of the
    /// message.
    pub(crate) fn redact(&self, message: &str) -> String {
        message.replace(&self.target, "the database URL")
    }
}

/// Guard of [`DatabaseUrl::without_log`].
#[cfg(feature = "sqlite")]
pub(crate) struct WithoutLog<'a>(&'a DatabaseUrl);

#[cfg(feature = "sqlite")]
impl Drop for WithoutLog<'_> {
    fn drop(&mut self) {
        if let Some(files) = &self.0.files {
            files.note_log();
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
    if path.is_empty() || path.ends_with('/') || path.contains('\0') {
        return Err(Error::Configuration(format!("sqlite://{path} names no file: write sqlite://shop.db")));
    }
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    let cannot = |why: String| Err(Error::Configuration(format!("sqlite://{path} cannot be opened: {why}")));
    // Looks through the folder, which needs the permission to do so.
    let found = std::fs::metadata(path);
    match (folder, &found) {
        (_, Ok(file)) if file.is_dir() => {
            Err(Error::Configuration(format!("sqlite://{path} is a folder: name a file in it")))
        }
        (Some(folder), Err(error)) if error.kind() == ErrorKind::NotFound && !folder.is_dir() => {
            cannot(format!("there is no folder {}", folder.display()))
        }
        (_, Err(error)) if error.kind() != ErrorKind::NotFound => cannot(error.to_string()),
        _ => Ok(DatabaseUrl {
            #[cfg(feature = "sqlite")]
            files: Some(Arc::new(Files::new(path))),
            ..DatabaseUrl::of(Engine::Sqlite, path.to_owned())
        }),
    }
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

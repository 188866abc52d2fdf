//! SQLite: connections, WAL mode, backup and migrations.

mod driver;
mod times;

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{DatabaseUrl, LOCK_WAIT, Purpose, sql};
use crate::error::{Error, Result};

/// Older versions can corrupt a database in WAL mode.
const OLDEST_SAFE_VERSION: (u32, u32, u32) = (3, 51, 3);

/// Open mode of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Reading and writing.
    ReadWrite,
    /// Reading only.
    ReadOnly,
    /// Reading only, ignoring locks and the write-ahead log; only for a file that is [at rest](super::identity::Files::at_rest).
    Immutable,
}

/// Name of the database for SQLite: the URI of its file, which SQLite never creates, or the database in memory.
pub(super) fn target(url: &DatabaseUrl, mode: Mode) -> Result<String> {
    let Some(files) = &url.files else { return Ok(url.target.clone()) };
    files.verify()?;
    let mode = match mode {
        Mode::ReadWrite => "rw",
        Mode::ReadOnly => "ro",
        Mode::Immutable => "ro&immutable=1",
    };
    Ok(format!("{}?mode={mode}", file_uri(files.path())))
}

/// The path as a URI, with special characters escaped.
fn file_uri(file: &Path) -> String {
    format!("file:{}", percent_encode(file.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC))
}

/// Connects to the files that were opened first; never creates any.
pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<SqliteConnection> {
    open(url, if url.read_only { Mode::ReadOnly } else { Mode::ReadWrite }, purpose)
}

/// Connects to a file that is [at rest](super::identity::Files::at_rest), leaving no trace.
pub(super) fn connect_at_rest(url: &DatabaseUrl) -> Result<SqliteConnection> {
    open(url, Mode::Immutable, Purpose::Read)
}

fn open(url: &DatabaseUrl, mode: Mode, purpose: Purpose) -> Result<SqliteConnection> {
    let path = &url.target;
    let target = target(url, mode)?;
    let mut conn = SqliteConnection::establish(&target)
        .map_err(|error| Error::Configuration(format!("the SQLite file {path} cannot be opened: {error}")))?;
    // The file is open but nothing was written yet; check that it was not moved before opening.
    url.verify()?;
    prepare(&mut conn, mode, purpose).map_err(|error| explain(error, path))?;
    // The first statement opened the log by name, so check again.
    url.verify()?;
    Ok(conn)
}

/// Applies the session settings that the library relies on.
fn prepare(conn: &mut SqliteConnection, mode: Mode, purpose: Purpose) -> Result<()> {
    // Set the timeout first, so that later statements wait for locks of other processes.
    wait_for_locks(conn)?;
    refuse_unsafe_version(conn)?;
    // Switching to WAL changes the file. A database with tables is switched only once its schema was accepted.
    if mode == Mode::ReadWrite && (purpose == Purpose::Read || is_empty(conn)?) {
        switch_to_wal(conn)?;
    }
    configure(conn)?;
    if purpose == Purpose::Read {
        // There are many reading connections, and each commit of another connection empties their caches.
        conn.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096;")?;
    }
    Ok(())
}

fn is_empty(conn: &mut SqliteConnection) -> Result<bool> {
    Ok(sql("SELECT COUNT(*) FROM sqlite_schema").one_on::<BigInt, i64, _>(conn)? == 0)
}

pub(super) fn wait_for_locks(conn: &mut SqliteConnection) -> Result<()> {
    Ok(conn.batch_execute(&format!("PRAGMA busy_timeout = {};", LOCK_WAIT.as_millis()))?)
}

/// The log is checkpointed at 16 MiB, so that a page changed by many groups is copied once. The page cache of 64 MiB
/// holds the inner pages of all indexes in a shop with millions of orders.
pub(super) fn configure(conn: &mut SqliteConnection) -> Result<()> {
    Ok(conn.batch_execute(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA threads = 0;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA cache_size = -65536;",
    )?)
}

/// Retries the switch to WAL, because SQLite ignores the busy timeout when two connections switch a new file at once.
///
/// Ends with a read, because SQLite creates the log on first use and [`Files::note_log`](super::identity::Files::note_log) must find it.
pub(super) fn switch_to_wal(conn: &mut SqliteConnection) -> Result<()> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        let switch = "PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema LIMIT 1;";
        match conn.batch_execute(switch).map_err(Error::from) {
            Err(Error::Contention { .. }) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
            outcome => return outcome,
        }
    }
}

/// SQLite opens any file; the first statement that reads it detects that it is not a database.
fn explain(error: Error, path: &str) -> Error {
    match &error {
        Error::Storage(DieselError::DatabaseError(_, info)) if info.message() == "file is not a database" => {
            Error::Configuration(format!(
                "the file {path} is no SQLite database: choose another file, or move this one away for a new database \
                 to be made there"
            ))
        }
        _ => error,
    }
}

fn refuse_unsafe_version(conn: &mut SqliteConnection) -> Result<()> {
    let version: String = sql("SELECT sqlite_version()").one_on::<Text, String, _>(conn)?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (oldest_major, oldest_minor, oldest_patch) = OLDEST_SAFE_VERSION;
    if (next(), next(), next()) < OLDEST_SAFE_VERSION {
        return Err(Error::Configuration(format!(
            "SQLite {version} can corrupt a database in WAL mode: link {oldest_major}.{oldest_minor}.{oldest_patch} \
             or newer (the bundled one is)"
        )));
    }
    Ok(())
}

/// Copies a snapshot of the database to an empty file.
pub(super) fn copy(url: &DatabaseUrl, file: &Path) -> Result<()> {
    let at_rest = url.at_rest();
    let mut conn = if at_rest.is_some() { connect_at_rest(url) } else { connect(url, Purpose::Read) }?;
    // `query_only` would also prevent writing to the new file.
    conn.batch_execute("PRAGMA query_only = OFF;")?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(on_the_disk(file)).execute(&mut conn)?;
    url.verify_at_rest(at_rest)
}

/// URI of a file on disk, even if the database is in memory.
fn on_the_disk(file: &Path) -> String {
    format!("{}?vfs={}", file_uri(file), if cfg!(windows) { "win32" } else { "unix" })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::Database;
    use crate::engine::{Connection, Engine};

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        opcode: String,
    }

    #[test]
    fn no_check_makes_a_temporary_table_for_each_row() {
        let url = DatabaseUrl::parse("sqlite::memory:").unwrap();
        let mut conn = Connection::Sqlite(connect(&url, Purpose::Write).unwrap());
        conn.migrate(&url, crate::migrations::of(Engine::Sqlite)).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK%'";
        let tables: Vec<String> = sql(tables).rows::<Text, _>(&mut conn).unwrap();
        assert!(tables.len() > 5, "{tables:?}");
        for table in tables {
            let explain = format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES");
            let steps: Vec<Step> = diesel::sql_query(explain).load(&mut conn).unwrap();
            assert!(steps.iter().any(|step| step.opcode == "Halt"), "{table} has a check");
            assert!(steps.iter().all(|step| step.opcode != "OpenEphemeral"), "{table}");
        }
        let whole: String = sql("SELECT * FROM pragma_integrity_check").one::<Text, _>(&mut conn).unwrap();
        assert_eq!(whole, "ok");
    }

    #[test]
    fn every_table_view_and_index_of_the_shop_is_known_as_its_own() {
        let url = DatabaseUrl::parse("sqlite::memory:").unwrap();
        let mut conn = Connection::Sqlite(connect(&url, Purpose::Write).unwrap());
        let schema = crate::migrations::of(Engine::Sqlite);
        conn.migrate(&url, schema).unwrap();
        let query = "SELECT name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
                     AND name NOT LIKE 'ecomdb_%'";
        let mut names: Vec<String> = sql(query).rows::<Text, _>(&mut conn).unwrap();
        names.sort();
        let made = schema.steps.iter().flat_map(|step| step.makes).copied();
        let mut own: Vec<&str> = made.chain(schema.views.iter().map(|view| view.name)).collect();
        own.sort_unstable();
        assert_eq!(names, own);
    }

    #[test]
    fn all_that_open_a_new_file_at_once_get_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..25 {
            let url = format!("sqlite://{}", folder.path().join(format!("{round}.db")).display());
            let start = Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        Database::open(&url).unwrap();
                    });
                }
            });
        }
    }
}

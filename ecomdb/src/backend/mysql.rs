//! MariaDB and MySQL.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::deserialize::{self, FromSql};
use diesel::mysql::Mysql;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, Timestamp};
use diesel::{Connection as _, MysqlConnection, QueryResult};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::migrations::{Schema, steps};
use super::url::shell_line;
use super::{GROUP_LOCK_WAIT, LOCK_WAIT, Merge, Purpose, STATEMENT, sql, transaction};
use crate::error::{Error, Result};
use crate::types::time::Stamp;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/mysql");
pub(super) static SCHEMA: Schema = Schema {
    steps: steps::MYSQL,
    names: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
    references: "SELECT IF(constraint_schema = DATABASE(), table_name, CONCAT(constraint_schema, '.', table_name)), \
                 CONCAT('constraint ', constraint_name), referenced_table_name \
                 FROM information_schema.referential_constraints WHERE unique_constraint_schema = DATABASE()",
    // The server knows of references from tables that this user may not see.
    dropping: Some(("SET SESSION foreign_key_checks = 1", "SET SESSION foreign_key_checks = 0")),
};
pub(super) const INT: &str = "SIGNED";
pub(super) const MOMENT: &str = "CAST(? AS DATETIME(6))";

/// At most so many threads wait for servers that accepted a connection and have not said a word since.
const CONNECTING: usize = 64;

pub(super) fn connect(url: &str, patience: Duration, purpose: Purpose) -> Result<MysqlConnection> {
    let mut conn = establish(url, patience)?;
    let lock_wait = if purpose == Purpose::Group { GROUP_LOCK_WAIT } else { LOCK_WAIT };
    // MariaDB knows one of the limits of a statement, and skips the comment; MySQL knows the other one.
    conn.batch_execute(&format!(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                                 NO_ENGINE_SUBSTITUTION',
             time_zone = '+00:00', innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}
             /*M! , max_statement_time = {} */ /*!50708 , max_execution_time = {} */",
        STATEMENT.as_secs(),
        STATEMENT.as_millis(),
        lock = lock_wait.as_secs(),
    ))?;
    conn.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
    if purpose == Purpose::Read {
        conn.batch_execute("SET SESSION TRANSACTION READ ONLY")?;
    }
    Ok(conn)
}

/// The client library waits for ever for a server's first word unless it is told otherwise, which Diesel has no way to
/// do. So a thread of its own connects, and is left alone when it takes too long.
fn establish(url: &str, patience: Duration) -> Result<MysqlConnection> {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    if THREADS.fetch_add(1, Ordering::Relaxed) >= CONNECTING {
        THREADS.fetch_sub(1, Ordering::Relaxed);
        return Err(Error::unreachable(format!("{CONNECTING} connections still wait for an answer")));
    }
    let (caller, answer) = sync_channel(1);
    let url = url.to_owned();
    let connect = move || {
        let outcome = MysqlConnection::establish(&url);
        THREADS.fetch_sub(1, Ordering::Relaxed);
        // A caller that has given up does not want it any more.
        let _ = caller.send(outcome);
    };
    if let Err(error) = std::thread::Builder::new().name("ecomdb-connect".to_owned()).spawn(connect) {
        THREADS.fetch_sub(1, Ordering::Relaxed);
        return Err(Error::unreachable(format!("no thread could be started to connect: {error}")));
    }
    match answer.recv_timeout(patience) {
        Ok(outcome) => outcome.map_err(|error| Error::unreachable(error.to_string())),
        Err(_) => Err(Error::unreachable(format!("it did not answer within {patience:?}"))),
    }
}

/// Takes a named lock, which keeps a second process out, since MySQL's DDL commits step by step. Without checks of foreign
/// keys, adding one does not read every row.
pub(super) fn begin_migrating(conn: &mut MysqlConnection) -> Result<()> {
    // Less than a statement may take.
    const WAIT_SECONDS: i64 = 540;
    let locked = sql("SELECT CAST(GET_LOCK(CONCAT('ecomdb.migrate.', LEFT(DATABASE(), 40)), ?) AS SIGNED)")
        .int(WAIT_SECONDS)
        .one_on::<Nullable<BigInt>, Option<i64>, _>(conn)?;
    if locked != Some(1) {
        return Err(Error::Overloaded("another process is still migrating this database"));
    }
    let settings = format!("SET SESSION foreign_key_checks = 0, lock_wait_timeout = {WAIT_SECONDS}");
    if let Err(error) = conn.batch_execute(&settings) {
        end_migrating(conn)?;
        return Err(error.into());
    }
    Ok(())
}

pub(super) fn end_migrating(conn: &mut MysqlConnection) -> Result<()> {
    conn.batch_execute(&format!("SET SESSION foreign_key_checks = 1, lock_wait_timeout = {}", LOCK_WAIT.as_secs()))?;
    Ok(conn.batch_execute("DO RELEASE_LOCK(CONCAT('ecomdb.migrate.', LEFT(DATABASE(), 40)))")?)
}

/// How an INSERT ends that adds to the row with the same keys, or replaces its values.
pub(super) fn on_duplicate_key(values: &[&str], merge: Merge) -> String {
    let set = |value: &&str| match merge {
        Merge::Add => format!("{value} = {value} + VALUES({value})"),
        Merge::Replace => format!("{value} = VALUES({value})"),
    };
    let sets: Vec<String> = values.iter().map(set).collect();
    format!("ON DUPLICATE KEY UPDATE {}", sets.join(", "))
}

/// How `mariadb-dump` backs up the database in one moment, asking for the password.
pub(super) fn dump_command(url: &str, file: &Path) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut words = vec!["mariadb-dump".to_owned(), "--single-transaction".to_owned()];
    if let Some((_, socket)) = url.query_pairs().find(|(name, _)| name == "unix_socket") {
        words.push(format!("--socket={socket}"));
    } else {
        words.push(format!("--host={}", url.host_str()?.trim_matches(['[', ']'])));
        words.extend(url.port().map(|port| format!("--port={port}")));
    }
    if !url.username().is_empty() {
        words.push(format!("--user={}", decoded(url.username())));
    }
    words.push("--password".to_owned());
    words.push(format!("--result-file={}", file.display()));
    words.push(url.path().trim_start_matches('/').to_owned());
    Some(shell_line(&words))
}

/// Diesel begins and ends a transaction in three round trips, since it allows many statements in one before, and forbids
/// that behind them. As a prepared statement it takes one. (MySQL cannot prepare BEGIN.)
pub(super) fn begin(conn: &mut MysqlConnection) -> QueryResult<()> {
    static PREPARED: AtomicBool = AtomicBool::new(true);
    if PREPARED.load(Ordering::Relaxed) && transaction::depth(conn) == 0 {
        match transaction::begin(conn, "BEGIN") {
            Ok(()) => return Ok(()),
            Err(error) if !error.to_string().contains("not supported in the prepared statement protocol") => {
                return Err(error);
            }
            Err(_) => PREPARED.store(false, Ordering::Relaxed),
        }
    }
    AnsiTransactionManager::begin_transaction(conn)
}

pub(super) fn commit(conn: &mut MysqlConnection) -> QueryResult<()> {
    if transaction::depth(conn) != 1 {
        return AnsiTransactionManager::commit_transaction(conn);
    }
    transaction::end(conn, "COMMIT")
}

pub(super) fn begin_snapshot(conn: &mut MysqlConnection) -> QueryResult<()> {
    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
    AnsiTransactionManager::begin_transaction_sql(conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
}

impl ToSql<Timestamp, Mysql> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        ToSql::<Timestamp, Mysql>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, Mysql> for Stamp {
    fn from_sql(value: <Mysql as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Mysql>::from_sql(value).map(Self)
    }
}

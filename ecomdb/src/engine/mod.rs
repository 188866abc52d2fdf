//! The engines behind one connection type. Their differences are in their own folders; shared code is written once,
//! using [`Connection`].

mod attempts;
mod bulk;
mod cells;
mod connection;
mod constraints;
pub(crate) mod decimal;
mod failure;
#[cfg(feature = "mysql")]
mod groups;
mod health;
#[cfg(feature = "mysql")]
mod lane;
mod later;
mod migrations;
mod pool;
mod redacted;
mod requirements;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod resolve;
mod server;
mod server_url;
mod snapshot;
mod sql;
mod times;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod tls;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod transaction;
mod url;
mod watch;
mod workers;
#[cfg(feature = "sqlite")]
mod writer;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub(crate) use self::attempts::Attempts;
pub(crate) use self::bulk::{Bulk, Load};
pub use self::cells::{Cell, CellKind, Cells, TableColumn};
pub(crate) use self::cells::{Record, Stored, Target};
pub use self::connection::AnyConnection as Connection;
pub(crate) use self::connection::MultiBackend;
pub(crate) use self::connection::{insert_returning_id, on_engine, send};
pub(crate) use self::constraints::Rule;
pub(crate) use self::failure::meaning_of;
use self::failure::{Answer, of_commit};
#[cfg(feature = "mysql")]
pub(crate) use self::groups::Locks;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use self::health::Began;
pub(crate) use self::health::Health;
#[cfg(feature = "mysql")]
pub(crate) use self::lane::{Lane, Work};
pub(crate) use self::later::Later;
pub(crate) use self::migrations::{Applied, Schema, Step, View};
#[cfg(feature = "mysql")]
pub use self::mysql::MysqlConnection;
pub(crate) use self::pool::Pool;
#[cfg(feature = "postgres")]
pub use self::postgres::PgConnection;
pub(crate) use self::redacted::HiddenUrl;
pub use self::redacted::redacted;
pub(crate) use self::server::{snapshot, write, write_once};
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::sql::{Merge, Sql, StatementKey, fixed, marks, rows, sql, sql_for_rows, text_of_moment};
pub(crate) use self::url::DatabaseUrl;
pub use self::url::{Engine, sqlite_file};
pub(crate) use self::watch::{Probe, Watch};
pub(crate) use self::workers::Workers;
#[cfg(feature = "sqlite")]
pub(crate) use self::writer::{Writer, alone};

use std::path::Path;
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::TransactionManager;
use diesel::sql_types::BigInt;

use crate::error::{Error, Result, Unavailable};

/// Maximum wait for a lock of another transaction.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(20);
/// Maximum wait for a lock, for connections that must not wait long.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const SHORT_LOCK_WAIT: Duration = Duration::from_secs(1);

/// Default maximum duration of a statement on a server, except for DDL on PostgreSQL.
pub(crate) const STATEMENT: Duration = Duration::from_secs(600);
/// Time after which a server aborts an idle transaction. Its client may have vanished, and others wait for its locks.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const IDLE_TRANSACTION: Duration = Duration::from_secs(60);

/// Purpose of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading; enforced if the engine can.
    Read,
    /// Reading and writing.
    Write,
    /// Reading, and writing only in transactions.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    Pool,
    /// Probing whether the database can be read and written, with short waits.
    Probe,
    /// Writing for several callers in one transaction, with short waits for locks.
    #[cfg(feature = "mysql")]
    Group,
}

impl Purpose {
    /// Maximum wait for a lock of another transaction.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    const fn lock_wait(self) -> Duration {
        match self {
            #[cfg(feature = "mysql")]
            Self::Group => SHORT_LOCK_WAIT,
            Self::Probe => SHORT_LOCK_WAIT,
            Self::Read | Self::Write | Self::Pool => LOCK_WAIT,
        }
    }

    /// Whether writes occur only in transactions.
    #[cfg(feature = "mysql")]
    const fn writes_in_transactions_alone(self) -> bool {
        matches!(self, Self::Pool | Self::Group)
    }
}

/// Command line of the server's backup tool, without the password; `None` if [`copy`] makes the backup.
pub(crate) fn dump_command(url: &DatabaseUrl, file: &Path) -> Option<String> {
    match url.engine {
        #[cfg(feature = "mysql")]
        Engine::Mysql => mysql::dump_command(&url.target, file),
        #[cfg(feature = "postgres")]
        Engine::Postgres => postgres::dump_command(&url.target, file),
        _ => {
            let _ = file;
            None
        }
    }
}

/// Copies a snapshot of the database to an empty file.
pub(crate) fn copy(url: &DatabaseUrl, file: &Path) -> Result<()> {
    match url.engine {
        #[cfg(feature = "sqlite")]
        Engine::Sqlite => sqlite::copy(url, file),
        _ => {
            let _ = file;
            Err(url.engine.missing())
        }
    }
}

impl Connection {
    /// Connects, and applies the session settings that the library relies on.
    pub(crate) fn open(url: &DatabaseUrl, purpose: Purpose) -> Result<Self> {
        match url.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => sqlite::connect(url, purpose).map(Self::Sqlite),
            #[cfg(feature = "mysql")]
            Engine::Mysql => mysql::connect(url, purpose).map(Self::Mysql),
            #[cfg(feature = "postgres")]
            Engine::Postgres => postgres::connect(url, purpose).map(Self::Postgres),
            #[allow(unreachable_patterns, reason = "reachable unless every engine is compiled in")]
            _ => {
                let _ = purpose;
                Err(url.engine.missing())
            }
        }
    }

    /// Connects to a SQLite file that is [at rest](sqlite::Files::at_rest), leaving no trace.
    #[cfg(feature = "sqlite")]
    pub(crate) fn open_at_rest(url: &DatabaseUrl) -> Result<Self> {
        sqlite::connect_at_rest(url).map(Self::Sqlite)
    }

    /// Suffix of a SELECT that locks its rows until the end of the transaction. SQLite needs none, because it has a
    /// single writer.
    pub(crate) fn for_update(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "",
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => " FOR UPDATE",
        }
    }

    /// Integer type for CAST. Servers return sums of integers as decimals.
    pub(crate) fn int_type(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::INT,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => mysql::INT,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::INT,
        }
    }

    /// Placeholder for a time in a comparison, bound by [`Sql::moment`].
    pub(crate) fn moment(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::MOMENT,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => mysql::MOMENT,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::MOMENT,
        }
    }

    /// The text as converted by the engine's LOWER. MariaDB converts all letters, SQLite and PostgreSQL (with the
    /// columns' collation) only ASCII.
    pub(crate) fn lower(&self, text: &str) -> String {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => text.to_lowercase(),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => text.to_ascii_lowercase(),
        }
    }

    /// The column, hidden from the choice of an index. Most orders are completed, and SQLite has no statistics by
    /// default, so it would scan all completed orders instead of using a better index.
    pub(crate) fn unindexed(&self, column: &str) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::unindexed(column),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => column.to_owned(),
        }
    }

    /// Suffix of an INSERT that adds to an existing row with the same keys, or replaces its values.
    pub(crate) fn on_conflict(&self, table: &str, keys: &[&str], values: &[&str], merge: Merge) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sql::on_conflict(table, keys, values, merge),
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => {
                let _ = (table, keys);
                mysql::on_duplicate_key(values, merge)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => sql::on_conflict(table, keys, values, merge),
        }
    }

    /// Locks rows that the transaction also writes if it changes anything. To decide about other rows, use
    /// [`Connection::lock_by_writing`]. `select` must return the keys in the same order for all callers.
    pub(crate) fn lock_rows(&mut self, select: &'static str, id: i64) -> Result<()> {
        let lock = self.for_update();
        if !lock.is_empty() {
            sql(format!("{select}{lock}")).int(id).rows::<BigInt, i64>(self)?;
        }
        Ok(())
    }

    /// Locks a row by a write, sent before the next statement that is waited for: `update` increments its `revision`.
    /// Of two transactions that write the row, the second waits and sees the changes of the first, or fails and is
    /// retried. It fails between nodes of a Galera cluster, whose locks are local to a node, and at snapshot isolation,
    /// where later commits are invisible. SQLite has one writer, so it needs no lock.
    ///
    /// The value must change, because MariaDB does not replicate an update without changes.
    pub(crate) fn lock_by_writing(&mut self, update: &'static str, id: i64) -> Result<()> {
        if !self.for_update().is_empty() {
            sql(update).int(id).send(self)?;
        }
        Ok(())
    }

    /// After rows were inserted with explicit ids into these tables, makes the engine continue after them.
    pub(crate) fn continue_ids(&mut self, tables: &[Target]) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::continue_ids(conn, tables)?,
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {
                let _ = tables;
            }
        }
        Ok(())
    }

    /// Whether savepoints can be prepared statements: on SQLite, inside a transaction that Diesel knows of.
    pub(crate) fn steps_are_cached(&mut self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::is_in_transaction(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => false,
        }
    }

    /// Waits for the responses of all statements sent so far, and returns the first failure.
    pub(crate) fn await_responses(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => Ok(conn.catch_up()?),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => Ok(()),
        }
    }

    /// Tells Diesel that the open transaction is lost, so that it begins nothing else on this connection.
    pub(crate) fn mark_as_broken(&mut self) {
        <Self as diesel::Connection>::TransactionManager::transaction_manager_status_mut(self).set_in_error();
    }

    /// The error of a transaction that the server aborted. No result or error of its body is valid.
    pub(crate) fn loss(&mut self) -> Option<diesel::result::Error> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => conn.loss(),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => None,
        }
    }

    /// The last error after which the engine retries, if a statement has failed with one since the last call. SQLite
    /// retries none.
    pub(crate) fn take_retryable(&mut self) -> Option<Error> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => conn.retryable.take(),
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => conn.retryable.take(),
            #[allow(unreachable_patterns, reason = "reachable when SQLite is compiled in")]
            _ => None,
        }
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self) -> QueryResult<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::begin(conn),
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::begin(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => <Self as diesel::Connection>::TransactionManager::begin_transaction(conn),
        }
    }

    /// Begins a transaction and waits for the response, which detects a connection closed while idle.
    pub(crate) fn begin_at_once(&mut self) -> QueryResult<()> {
        self.begin()?;
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::send_begin(conn),
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::send_begin(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => Ok(()),
        }
    }

    /// Commits the transaction.
    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::commit(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => <Self as diesel::Connection>::TransactionManager::commit_transaction(conn),
        }
    }

    /// Begins a read-only transaction with a snapshot.
    pub(crate) fn begin_snapshot(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::begin_snapshot(conn)?,
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::begin_snapshot(conn)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::begin_snapshot(conn)?,
        }
        Ok(())
    }

    /// Disables the idle timeout of the open transaction, for a snapshot or a bulk load.
    pub(crate) fn allow_idleness(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::allow_idleness(conn)?,
            // MariaDB aborts only idle transactions that have written.
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {}
        }
        Ok(())
    }

    /// Ends the snapshot.
    pub(crate) fn end_snapshot(&mut self) -> QueryResult<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::end_snapshot(conn),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            conn => <Self as diesel::Connection>::TransactionManager::rollback_transaction(conn),
        }
    }
}

/// Error for a closure that panicked.
fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
    let words = payload.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| payload.downcast_ref::<String>().cloned());
    Error::Panicked(words.unwrap_or_else(|| "without words".to_owned()))
}

/// Removes the password from an error, because some drivers quote the URL.
pub(crate) fn without_password(error: Error, url: &DatabaseUrl) -> Error {
    match error {
        Error::Unavailable(Unavailable::Unreachable(message)) => Error::unreachable(url.redact(&message)),
        other => other,
    }
}

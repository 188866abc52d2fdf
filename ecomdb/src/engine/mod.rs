//! The three engines behind one connection type. What differs between them is in the file of each; what they share
//! is written once, against [`Connection`].

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
use self::failure::{Answer, of_commit};
#[cfg(feature = "mysql")]
pub(crate) use self::groups::Locks;
pub(crate) use self::health::Health;
#[cfg(feature = "mysql")]
pub(crate) use self::lane::{Lane, Work};
#[cfg(feature = "mysql")]
pub use self::mysql::MysqlConnection;
pub(crate) use self::pool::Pool;
#[cfg(feature = "postgres")]
pub use self::postgres::PgConnection;
pub(crate) use self::redacted::HiddenUrl;
pub use self::redacted::redacted;
pub(crate) use self::server::{snapshot, write, write_once};
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::sql::{Later, Merge, Sql, StatementKey, fixed, marks, rows, sql, sql_for_rows, text_of_moment};
pub(crate) use self::url::{DatabaseUrl, Engine};
pub(crate) use self::watch::{Probe, Watch};
#[cfg(feature = "sqlite")]
pub(crate) use self::writer::{Writer, alone};

use std::path::Path;
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::TransactionManager;
use diesel::sql_types::BigInt;

use crate::error::{Error, Result, Unavailable};

/// How long anything waits for a lock that another transaction holds.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(20);
/// The same for those who must not wait long.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const SHORT_LOCK_WAIT: Duration = Duration::from_secs(1);

/// How long one statement may take on a server unless it is told otherwise, or changes tables on PostgreSQL.
pub(crate) const STATEMENT: Duration = Duration::from_secs(600);
/// After this time a server ends a transaction whose client sends nothing: the client may be gone without a word, and
/// others wait for the rows that it holds.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const IDLE_TRANSACTION: Duration = Duration::from_secs(60);

/// What a connection is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Only reads: where the engine can, it enforces that.
    Read,
    /// Reads and writes.
    Write,
    /// Reads, and writes in transactions alone.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    Pool,
    /// Finds out whether the database can be read and written, and waits for nothing long.
    Probe,
    /// Writes for several callers in one transaction, so it does not wait long for what others hold.
    #[cfg(feature = "mysql")]
    Group,
}

impl Purpose {
    /// How long it waits for a lock that another transaction holds.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    const fn lock_wait(self) -> Duration {
        match self {
            #[cfg(feature = "mysql")]
            Self::Group => SHORT_LOCK_WAIT,
            Self::Probe => SHORT_LOCK_WAIT,
            Self::Read | Self::Write | Self::Pool => LOCK_WAIT,
        }
    }

    /// Whether nothing is written outside of transactions.
    #[cfg(feature = "mysql")]
    const fn writes_in_transactions_alone(self) -> bool {
        matches!(self, Self::Pool | Self::Group)
    }
}

/// How the tools of a server back up a database, as a command line without the password; `None` where [`copy`] does.
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
    /// Connects, with the session settings that the library relies on.
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

    /// Connects to a SQLite file that is [at rest](sqlite::Files::at_rest), to read it without a trace.
    #[cfg(feature = "sqlite")]
    pub(crate) fn open_at_rest(url: &DatabaseUrl) -> Result<Self> {
        sqlite::connect_at_rest(url).map(Self::Sqlite)
    }

    /// What a SELECT ends with to hold its rows until the end of the transaction. SQLite has a single writer, so there
    /// they are held already.
    pub(crate) fn for_update(&self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "",
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => " FOR UPDATE",
        }
    }

    /// The integer type of CAST. The sum of integers is a decimal on the servers.
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

    /// What stands for a time in a comparison, given as [`Sql::moment`].
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

    /// What the engine's LOWER makes of a text. That of MariaDB knows all letters; SQLite's, and PostgreSQL's in the
    /// collation that the columns have, those of ASCII.
    pub(crate) fn lower(&self, text: &str) -> String {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => text.to_lowercase(),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => text.to_ascii_lowercase(),
        }
    }

    /// The column, in a condition that is not worth an index: most orders are completed, and SQLite, which keeps no
    /// statistics unless told to, would read all of them rather than those of a quarter of an hour.
    pub(crate) fn unindexed(&self, column: &str) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::unindexed(column),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => column.to_owned(),
        }
    }

    /// How an INSERT ends that adds to the row with the same keys, or replaces its values.
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

    /// Locks rows that the transaction also writes unless it changes nothing. To decide about other rows, use
    /// [`Connection::lock_by_writing`]. `select` gives the keys, in an order that all callers share.
    pub(crate) fn lock_rows(&mut self, select: &'static str, id: i64) -> Result<()> {
        let lock = self.for_update();
        if !lock.is_empty() {
            sql(format!("{select}{lock}")).int(id).rows::<BigInt, i64>(self)?;
        }
        Ok(())
    }

    /// Locks a row by writing it, before the next statement that is waited for: `update` increments its `revision`. Of two transactions that write a row, the second one
    /// waits and sees what the first one did, or fails and runs again. The latter happens between the nodes of a Galera
    /// cluster, which know nothing of each other's locks, and at snapshot isolation, where a transaction does not see what
    /// was committed after it began. SQLite has one writer, so there is nothing to lock.
    ///
    /// The new value must differ from the old one: MariaDB replicates no update that changes nothing.
    pub(crate) fn lock_by_writing(&mut self, update: &'static str, id: i64) -> Result<()> {
        if !self.for_update().is_empty() {
            sql(update).int(id).send(self)?;
        }
        Ok(())
    }

    /// After rows were inserted with ids of their own: the engine goes on counting behind them.
    pub(crate) fn continue_ids(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::continue_ids(conn)?,
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {}
        }
        Ok(())
    }

    /// Whether savepoints can be prepared statements here: on SQLite, inside a transaction that Diesel knows of.
    pub(crate) fn steps_are_cached(&mut self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::is_in_transaction(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => false,
        }
    }

    /// Tells Diesel that the open transaction is lost: it begins nothing on this connection any more.
    pub(crate) fn mark_as_broken(&mut self) {
        <Self as diesel::Connection>::TransactionManager::transaction_manager_status_mut(self).set_in_error();
    }

    /// The error of a transaction that the server ended before its time. No result of such a transaction counts, nor does
    /// any error of its caller's.
    pub(crate) fn loss(&mut self) -> Option<diesel::result::Error> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => conn.loss(),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
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

    /// Begins it, and hears of it from the server before anything else is done: a connection that was closed while it was
    /// idle shows it now.
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

    /// Commits it.
    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => mysql::commit(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => <Self as diesel::Connection>::TransactionManager::commit_transaction(conn),
        }
    }

    /// Begins a transaction that reads one moment and writes nothing.
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

    /// Lets the open transaction be idle for as long as it likes, in a snapshot or a bulk load.
    pub(crate) fn allow_idleness(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::allow_idleness(conn)?,
            // MariaDB ends only transactions that have written.
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {}
        }
        Ok(())
    }

    /// Ends it.
    pub(crate) fn end_snapshot(&mut self) -> QueryResult<()> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::end_snapshot(conn),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            conn => <Self as diesel::Connection>::TransactionManager::rollback_transaction(conn),
        }
    }
}

/// The error of a closure that panicked.
fn panicked(payload: &(dyn std::any::Any + Send)) -> Error {
    let words = payload.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| payload.downcast_ref::<String>().cloned());
    Error::Panicked(words.unwrap_or_else(|| "without words".to_owned()))
}

/// Drivers quote the URL in some of their errors.
pub(crate) fn without_password(error: Error, url: &DatabaseUrl) -> Error {
    match error {
        Error::Unavailable(Unavailable::Unreachable(message)) => Error::unreachable(url.redact(&message)),
        other => other,
    }
}

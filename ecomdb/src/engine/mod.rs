//! The engines behind one connection type. Their differences are in their own folders; shared code is written once,
//! using [`Connection`].

mod attempts;
mod bulk;
mod cells;
mod connection;
mod constraints;
mod count;
mod dialect;
mod distance;
mod driver;
mod failure;
mod groups;
mod health;
mod identity;
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
mod transaction;
mod url;
mod watch;
mod workers;
mod writer;

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub(crate) use self::attempts::Attempts;
pub(crate) use self::bulk::{Bulk, Load};
pub use self::cells::{Cell, CellKind, Cells, Column};
pub(crate) use self::cells::{Record, Stored, Target};
pub use self::connection::AnyConnection as Connection;
pub(crate) use self::connection::MultiBackend;
pub(crate) use self::connection::{insert_returning_id, on_engine, send};
pub(crate) use self::constraints::Rule;
pub(crate) use self::count::count_rows;
pub(crate) use self::failure::meaning_of;
use self::failure::{Answer, of_commit};
pub(crate) use self::groups::Locks;
pub(crate) use self::health::{Began, Health};
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
pub(crate) use self::sql::{
    ColumnsOf, Merge, Sql, StatementKey, arrays, fixed, marks, rows, sql, sql_for_rows, sql_for_values,
};
pub use self::times::Moment;
pub(crate) use self::url::DatabaseUrl;
pub use self::url::{Engine, sqlite_file};
pub(crate) use self::watch::{Probe, Watch};
pub(crate) use self::workers::Workers;
pub(crate) use self::writer::{Writer, alone};

use std::path::Path;
use std::time::Duration;

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
    Pool,
    /// Probing whether the database can be read and written, with short waits.
    Probe,
    /// Writing for several callers in one transaction, with short waits for locks.
    Group,
}

impl Purpose {
    /// Maximum wait for a lock of another transaction.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    const fn lock_wait(self) -> Duration {
        match self {
            Self::Group | Self::Probe => SHORT_LOCK_WAIT,
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

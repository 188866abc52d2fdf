//! Getting many rows into a database, each engine in its own way.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use super::Connection;
use crate::error::Result;
use crate::tables::{Cells, Relation};

/// A connection that takes rows in bulk.
pub(crate) trait Bulk {
    /// Rows of one relation in the form in which the engine takes them. Any thread can fill it.
    type Buffer: Cells + Default + Send;
    type Loader<'a>: Load<Buffer = Self::Buffer>
    where
        Self: 'a;

    fn loader(&mut self) -> Result<Self::Loader<'_>>;
}

/// Takes rows into the open transaction.
pub(crate) trait Load: Sized {
    type Buffer;

    /// Inserts the rows, which have all columns, at once or in the end.
    fn insert(&mut self, relation: Relation, rows: u64, buffer: &Self::Buffer) -> Result<()>;

    /// Inserts what has waited, and asks between the pieces whether to go on.
    fn finish(self, go_on: impl FnMut() -> Result<()>) -> Result<()>;
}

impl Connection {
    /// Runs a transaction that writes more than it reads, on a connection that nobody else uses meanwhile. What the
    /// rows refer to is not checked: the caller knows that it is there.
    pub(crate) fn bulk_transaction<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::transaction(self, body),
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => mysql::within_transaction(self, body),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::within_transaction(self, body),
        }
    }

    /// Takes away what slows down inserting and can be made again at once, where the engine can do that within a
    /// transaction: indexes that no constraint needs, and foreign keys. Gives the statements that make it again.
    pub(crate) fn take_indexes_away(&mut self) -> Result<Vec<String>> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::take_indexes_away(conn),
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::take_indexes_away(conn),
            // Its DDL commits.
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => Ok(Vec::new()),
        }
    }

    /// Counts the rows for the planner, which would otherwise take full tables for empty ones.
    pub(crate) fn gather_statistics(&mut self) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::gather_statistics(conn),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => Ok(()),
        }
    }
}

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

    /// Inserts what has waited. Between the pieces it says what share of them is there, from 0 to 1, and asks whether to
    /// go on.
    fn finish(self, go_on: impl FnMut(f64) -> Result<()>) -> Result<()>;
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

    /// Whether others can go on reading after [`Connection::take_indexes_away`]. PostgreSQL locks them out until the end.
    pub(crate) fn can_be_read_without_indexes(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => true,
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

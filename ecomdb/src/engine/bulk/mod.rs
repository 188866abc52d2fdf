//! Bulk loading, implemented per engine.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use super::Connection;
use super::cells::{Cells, Record, Target};
use crate::error::Result;

/// A connection for bulk loading.
pub(crate) trait Bulk {
    /// Rows of one relation, encoded for the engine. Any thread can fill it.
    type Buffer: Cells + Default + Send;
    type Loader<'a>: Load<Buffer = Self::Buffer>
    where
        Self: 'a;

    /// Starts a load of these tables; each comes before those that reference it.
    fn loader(&mut self, tables: &[Target]) -> Result<Self::Loader<'_>>;
}

/// A bulk load within an open transaction.
pub(crate) trait Load: Sized {
    type Buffer;

    /// Inserts rows with values for all columns, immediately or in [`Load::finish`].
    fn insert<R: Record>(&mut self, rows: u64, buffer: &Self::Buffer) -> Result<()>;

    /// Inserts buffered rows. Calls `go_on` between steps with the share done, from 0 to 1; an error stops the load.
    fn finish(self, go_on: impl FnMut(f64) -> Result<()>) -> Result<()>;
}

impl Connection {
    /// Runs a transaction that writes to these tables, on a connection reserved for it. Foreign keys are not checked;
    /// the caller must ensure them.
    pub(crate) fn bulk_transaction<T>(
        &mut self,
        tables: &[Target],
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::transaction(self, tables, body),
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => {
                let _ = tables;
                mysql::within_transaction(self, body)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::within_transaction(self, tables, body),
        }
    }

    /// Drops indexes that no constraint needs, and foreign keys, to speed up inserts. Returns the statements that
    /// recreate them. Does nothing on an engine without transactional DDL.
    pub(crate) fn take_indexes_away(&mut self, tables: &[Target]) -> Result<Vec<String>> {
        let _ = tables;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(conn) => sqlite::take_indexes_away(conn),
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::take_indexes_away(conn, tables),
            // DDL would commit the transaction.
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => Ok(Vec::new()),
        }
    }

    /// Whether others can read after [`Connection::take_indexes_away`]. PostgreSQL locks the tables until the end of
    /// the transaction.
    pub(crate) fn can_be_read_without_indexes(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => true,
        }
    }

    /// Updates the planner's statistics, which would otherwise describe empty tables.
    pub(crate) fn gather_statistics(&mut self, tables: &[Target]) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(conn) => postgres::gather_statistics(conn, tables),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {
                let _ = tables;
                Ok(())
            }
        }
    }
}

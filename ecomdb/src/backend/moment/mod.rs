//! Reading whole tables from one snapshot, in chunks.

#[cfg(feature = "sqlite")]
mod sqlite;

use super::Connection;
#[cfg(feature = "sqlite")]
use super::DatabaseUrl;
#[cfg(feature = "sqlite")]
use super::sqlite::Mode;
use crate::error::Result;
use crate::tables::{Cells, Stored as _, Table, on_table};

/// Approximate number of rows in a chunk.
const CHUNK: usize = 32_768;

/// Rows read by one SELECT.
const ROWS: i64 = 4_096;

/// A snapshot of the database, from which any number of tables can be read.
pub(crate) enum Moment<'a> {
    /// Several connections with the same snapshot of a SQLite database.
    #[cfg(feature = "sqlite")]
    Readers(sqlite::Readers),
    /// A connection inside a snapshot transaction.
    Snapshot(&'a mut Connection),
}

impl Moment<'_> {
    /// A current snapshot on separate connections; `None` if the engine does not support sharing it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_readers(url: &DatabaseUrl, at_rest: bool) -> Result<Option<Self>> {
        match url.engine {
            super::Engine::Sqlite => {
                let mode = if at_rest { Mode::Immutable } else { Mode::ReadOnly };
                Ok(sqlite::Readers::open(url, mode)?.map(Self::Readers))
            }
            _ => Ok(None),
        }
    }

    /// Reads a table in chunks by ascending key and returns the number of rows. `make` creates the receiver of a chunk,
    /// which may be filled on another thread; `take` consumes it on this thread. An error of `take` ends the read.
    pub(crate) fn chunks<C: Cells + Send + 'static>(
        &mut self,
        table: Table,
        make: impl FnMut() -> C,
        take: impl FnMut(C) -> Result<()>,
    ) -> Result<u64> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Readers(readers) => readers.chunks(table, make, take),
            Self::Snapshot(conn) => chunks(conn, table, make, take),
        }
    }
}

/// Reads a table by ascending key with consecutive SELECTs.
fn chunks<C: Cells>(
    conn: &mut Connection,
    table: Table,
    mut make: impl FnMut() -> C,
    mut take: impl FnMut(C) -> Result<()>,
) -> Result<u64> {
    let mut total = 0;
    on_table!(table, R => {
        let (mut after, mut more) = ([i64::MIN; 2], true);
        while more {
            let (mut cells, mut rows) = (make(), 0);
            while more && rows < CHUNK {
                let some = R::read(conn, after, ROWS)?;
                for row in &some {
                    after = R::stored_cells(row, &mut cells);
                }
                rows += some.len();
                more = some.len() as i64 == ROWS;
            }
            if rows > 0 {
                take(cells)?;
                total += rows as u64;
            }
        }
    });
    Ok(total)
}

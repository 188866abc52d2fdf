//! Whole tables as they were at one moment, handed over in chunks.

#[cfg(feature = "sqlite")]
mod sqlite;

use super::Connection;
#[cfg(feature = "sqlite")]
use super::DatabaseUrl;
#[cfg(feature = "sqlite")]
use super::sqlite::Mode;
use crate::error::Result;
use crate::tables::{Cells, Stored as _, Table, on_table};

/// About as many rows has a chunk.
const CHUNK: usize = 32_768;

/// Rows that one SELECT reads.
const ROWS: i64 = 4_096;

/// One moment of the database, from which any number of tables can be read.
pub(crate) enum Moment<'a> {
    /// Several connections to the same SQLite database that see the same.
    #[cfg(feature = "sqlite")]
    Readers(sqlite::Readers),
    /// A connection in its snapshot.
    Snapshot(&'a mut Connection),
}

impl Moment<'_> {
    /// The present one with connections of its own, where the engine lets several of them see the same.
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

    /// Hands over a table: what `make` gives receives the rows of a chunk, perhaps on another thread; `take` gets it
    /// back on this one, by ascending key. An error of `take` ends it. Gives the number of rows.
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

/// Reads a table by its key, with one SELECT after the other.
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

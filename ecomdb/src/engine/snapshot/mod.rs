//! Reading whole tables from one snapshot, in chunks.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
use self::sqlite::Source;
use super::Connection;
use super::DatabaseUrl;
use super::cells::{Cells, Stored};
use crate::error::Result;

/// Approximate number of rows in a chunk.
const CHUNK: usize = 32_768;

/// Rows read by one SELECT.
const ROWS: i64 = 4_096;

/// A snapshot of the database, from which any number of tables can be read.
pub(crate) enum Snapshot<'a> {
    /// Several connections with the same snapshot of a SQLite database.
    #[cfg(feature = "sqlite")]
    Readers(sqlite::Readers),
    /// A connection inside a snapshot transaction.
    Connection(&'a mut Connection),
}

impl Snapshot<'_> {
    /// A current snapshot on separate connections; `None` if the engine does not support sharing it.
    pub(crate) fn of_readers(url: &DatabaseUrl, at_rest: bool) -> Result<Option<Self>> {
        #[cfg(feature = "sqlite")]
        if url.engine == super::Engine::Sqlite {
            return Ok(sqlite::Readers::open(url, at_rest)?.map(Self::Readers));
        }
        let _ = (url, at_rest);
        Ok(None)
    }

    /// Reads a table in chunks by ascending key and returns the number of rows. `make` creates the receiver of a chunk,
    /// which may be filled on another thread; `take` consumes it on this thread. An error of `take` ends the read.
    pub(crate) fn chunks<R: Stored, C: Cells + Send + 'static>(
        &mut self,
        make: impl FnMut() -> C,
        take: impl FnMut(C) -> Result<()>,
    ) -> Result<u64> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Readers(readers) => readers.chunks(Source::of::<R>(), make, take),
            Self::Connection(conn) => chunks::<R, C>(conn, make, take),
        }
    }
}

/// Reads a table by ascending key with consecutive SELECTs.
fn chunks<R: Stored, C: Cells>(
    conn: &mut Connection,
    mut make: impl FnMut() -> C,
    mut take: impl FnMut(C) -> Result<()>,
) -> Result<u64> {
    let (mut total, mut after, mut more) = (0, [i64::MIN; 2], true);
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
    Ok(total)
}

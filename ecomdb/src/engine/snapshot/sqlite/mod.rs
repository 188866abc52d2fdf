//! Parallel reading on SQLite: several connections with the same snapshot read different ranges of keys. Each passes
//! its rows to an aggregate function as arguments, which costs less than stepping through the rows.

mod hand_over;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope, available_parallelism, scope};
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use self::hand_over::Reader;
use super::CHUNK;
use crate::engine::cells::{Cells, Column, Stored};
use crate::engine::sqlite::{self, Mode};
use crate::engine::{DatabaseUrl, LOCK_WAIT};
use crate::error::{Error, Result};

/// Maximum number of readers; more would wait for the consumer.
const MOST_READERS: usize = 8;

/// Below this number of pages, one reader finishes before others have read the schema.
const FEW_PAGES: i64 = 512;

/// Maximum number of attempts to open equal snapshots between commits of others.
const ATTEMPTS: u32 = 100;

/// Number of keys in the first ranges; later ranges are sized by the rows found.
const FIRST_KEYS: i64 = 8_192;

/// Maximum number of keys in a range, even if it has few rows; later keys may be denser.
const MOST_KEYS: i64 = 8 * CHUNK as i64;

/// Name and columns of a table to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    name: &'static str,
    columns: &'static [&'static str],
    schema: &'static [Column],
}

impl Source {
    pub(super) const fn of<R: Stored>() -> Self {
        Self { name: R::NAME, columns: R::COLUMNS, schema: R::SCHEMA }
    }
}

/// Connections in transactions with the same snapshot.
pub(crate) struct Readers {
    /// Finds the starts of the ranges.
    index: Connection,
    readers: Vec<Connection>,
}

impl Readers {
    /// Returns `None` if others commit too often to open equal snapshots.
    pub(super) fn open(url: &DatabaseUrl, at_rest: bool) -> Result<Option<Self>> {
        let target = sqlite::target(url, if at_rest { Mode::Immutable } else { Mode::ReadOnly })?;
        let connect = || connect(&target).map_err(failed);
        let index = connect()?;
        let readers = match pages(&index).map_err(failed)? {
            ..FEW_PAGES => 1,
            _ => available_parallelism().map_or(1, usize::from).min(MOST_READERS),
        };
        let readers = (0..readers).map(|_| connect()).collect::<Result<_>>()?;
        // Check that the files were not moved meanwhile.
        url.verify()?;
        let opened = Self { index, readers };
        // From here on, do not wait for locks: these connections hold locks that others wait for.
        opened.connections().try_for_each(|conn| conn.busy_timeout(Duration::ZERO)).map_err(failed)?;
        for _ in 0..ATTEMPTS {
            match opened.begin() {
                Ok(true) => return Ok(Some(opened)),
                Ok(false) => {}
                // In memory, a writer blocks readers and readers block the writer: let it finish.
                Err(error) if is_busy(&error) => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => return Err(failed(error)),
            }
            opened.roll_back().map_err(failed)?;
        }
        Ok(None)
    }

    /// Begins a transaction on each connection, and returns whether all have the same snapshot. They have if the
    /// version seen by `index` before the first transaction equals that in its own, which begins last.
    fn begin(&self) -> rusqlite::Result<bool> {
        let before = version(&self.index)?;
        for reader in self.connections() {
            reader.execute_batch("BEGIN")?;
            touch(reader)?;
        }
        Ok(version(&self.index)? == before)
    }

    fn roll_back(&self) -> rusqlite::Result<()> {
        let mut begun = self.connections().filter(|reader| !reader.is_autocommit());
        begun.try_for_each(|reader| reader.execute_batch("ROLLBACK"))
    }

    /// Readers first, `index` last.
    fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.readers.iter().chain([&self.index])
    }

    /// See [`Snapshot::chunks`](super::Snapshot::chunks).
    pub(super) fn chunks<C: Cells + Send + 'static>(
        &mut self,
        table: Source,
        mut make: impl FnMut() -> C,
        mut take: impl FnMut(C) -> Result<()>,
    ) -> Result<u64> {
        let Self { index, readers } = self;
        let mut ranges = Ranges::new(index, table);
        let (Some(first), second) = (ranges.next()?, ranges.next()?) else { return Ok(0) };
        let mut readers = readers.iter_mut().map(|conn| Reader::new(conn, table).map_err(failed));
        let Some(second) = second else {
            let Some(reader) = readers.next() else { return Ok(0) };
            let (cells, rows) = reader?.read(&first, make()).map_err(failed)?;
            take(cells)?;
            return Ok(rows);
        };
        let mut known = vec![second, first];
        scope(|scope| {
            let lines = readers.map(|reader| Line::start(scope, reader?)).collect::<Result<Vec<_>>>()?;
            let (mut asked, mut taken, mut total) = (0, 0, 0);
            loop {
                while asked - taken < 2 * lines.len() {
                    let next = known.pop().map_or_else(|| ranges.next(), |range| Ok(Some(range)))?;
                    let Some(range) = next else { break };
                    lines[asked % lines.len()].ask(range, make());
                    asked += 1;
                }
                if taken == asked {
                    return Ok(total);
                }
                let chunk = lines[taken % lines.len()].answer()?;
                taken += 1;
                ranges.adapt(&chunk.range, chunk.rows);
                total += chunk.rows;
                take(chunk.cells)?;
            }
        })
    }
}

/// A read-only connection that reads each page once, so its cache is small.
fn connect(path: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(LOCK_WAIT)?;
    conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cache_size = -256;")?;
    // Read the schema now; it takes longer than the phase in which commits are blocked.
    version(&conn)?;
    touch(&conn)?;
    Ok(conn)
}

/// A number that changes when another connection commits.
fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT data_version FROM pragma_data_version")?.query_row([], |row| row.get(0))
}

fn pages(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("SELECT page_count FROM pragma_page_count", [], |row| row.get(0))
}

/// The first read of a transaction fixes its snapshot.
fn touch(conn: &Connection) -> rusqlite::Result<()> {
    conn.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.query_row([], |_| Ok(()))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

fn failed(error: rusqlite::Error) -> Error {
    DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(error.to_string())).into()
}

/// Ranges of keys of a table; gaps between ranges have no rows.
struct Ranges<'a> {
    conn: &'a Connection,
    next: String,
    after: Option<i64>,
    keys: i64,
}

impl<'a> Ranges<'a> {
    fn new(conn: &'a Connection, table: Source) -> Self {
        let (table, key) = (table.name, table.columns[0]);
        let next = format!("SELECT {key} FROM {table} WHERE {key} >= ?1 ORDER BY {key} LIMIT 1");
        Self { conn, next, after: Some(i64::MIN), keys: FIRST_KEYS }
    }

    fn next(&mut self) -> Result<Option<RangeInclusive<i64>>> {
        let Some(after) = self.after else { return Ok(None) };
        let first = self.conn.prepare_cached(&self.next).and_then(|mut next| next.query_row([after], |row| row.get(0)));
        let range = first.optional().map_err(failed)?.map(|first: i64| first..=first.saturating_add(self.keys - 1));
        self.after = range.as_ref().and_then(|range| range.end().checked_add(1));
        Ok(range)
    }

    /// Adapts the number of keys for the next range to fill a chunk, but at most doubles it.
    fn adapt(&mut self, range: &RangeInclusive<i64>, rows: u64) {
        let keys = range.end().saturating_sub(*range.start()).saturating_add(1).min(MOST_KEYS);
        let full = keys.saturating_mul(CHUNK as i64) / (rows as i64).max(1);
        self.keys = full.clamp(1, 2 * keys).min(MOST_KEYS);
    }
}

/// A thread that reads ranges in sequence.
struct Line<C> {
    ranges: Sender<(RangeInclusive<i64>, C)>,
    chunks: Receiver<Result<Chunk<C>>>,
}

struct Chunk<C> {
    range: RangeInclusive<i64>,
    cells: C,
    rows: u64,
}

impl<C: Cells + Send + 'static> Line<C> {
    /// The thread ends when its channels are closed.
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, mut reader: Reader<'scope, C>) -> Result<Self> {
        let (ranges, asked) = channel();
        let (answers, chunks) = channel();
        let read = move || {
            for (range, cells) in asked {
                let read = reader.read(&range, cells).map_err(failed);
                if answers.send(read.map(|(cells, rows)| Chunk { range, cells, rows })).is_err() {
                    return;
                }
            }
        };
        let started = Builder::new().name("ecomdb-reader".to_owned()).spawn_scoped(scope, read);
        started.map_err(|_| Error::Overloaded("no thread could be started"))?;
        Ok(Self { ranges, chunks })
    }

    fn ask(&self, range: RangeInclusive<i64>, cells: C) {
        // Fails only if the thread panicked, which `answer` reports.
        let _ = self.ranges.send((range, cells));
    }

    fn answer(&self) -> Result<Chunk<C>> {
        self.chunks.recv().unwrap_or_else(|_| Err(Error::Panicked("a reader thread ended".to_owned())))
    }
}

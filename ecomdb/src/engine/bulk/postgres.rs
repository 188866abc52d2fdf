//! Bulk loading on PostgreSQL: COPY in its binary format.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};

use super::{Bulk, Load};
use crate::engine::cells::{Cell, Cells, Record, Target};
use crate::engine::{Connection, PgConnection, sql};
use crate::error::Result;

/// Readers are not blocked. Writers are, because their new ids would collide with those of the load.
pub(super) fn within_transaction<T>(
    conn: &mut Connection,
    tables: &[Target],
    body: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let tables = in_words(tables, |table| table.to_owned());
    conn.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'")?;
    // The connection is idle while rows are made, so raise the idle timeouts.
    conn.allow_idleness()?;
    conn.batch_execute(&format!("LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))?;
    set_unlimited(conn, true);
    let outcome = body(conn);
    set_unlimited(conn, false);
    outcome
}

/// Sets whether responses may take unlimited time.
#[allow(irrefutable_let_patterns, reason = "refutable when another engine is compiled in")]
fn set_unlimited(conn: &mut Connection, is_unlimited: bool) {
    if let Connection::Postgres(own) = conn {
        own.set_unlimited(is_unlimited);
    }
}

/// Drops secondary indexes and foreign keys, and returns their definitions from the catalog. Keeps them if another role
/// owns the tables.
pub(super) fn take_indexes_away(conn: &mut PgConnection, tables: &[Target]) -> Result<Vec<String>> {
    let tables = in_words(tables, |table| format!("'{table}'"));
    let may = sql(format!(
        "SELECT COALESCE(BOOL_AND(pg_has_role(tableowner, 'USAGE')), FALSE) FROM pg_tables \
         WHERE schemaname = CURRENT_SCHEMA AND tablename IN ({tables})"
    ));
    if !may.one_on::<Bool, bool, _>(conn)? {
        return Ok(Vec::new());
    }
    let foreign_keys = sql(format!(
        "SELECT FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
         FORMAT('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
         FROM pg_constraint WHERE contype = 'f' AND connamespace = QUOTE_IDENT(CURRENT_SCHEMA)::regnamespace \
         AND conrelid IN (SELECT oid FROM pg_class WHERE relname IN ({tables})) ORDER BY conname"
    ));
    let indexes = sql(format!(
        "SELECT FORMAT('DROP INDEX %I', indexname), indexdef FROM pg_indexes \
         WHERE schemaname = CURRENT_SCHEMA AND tablename IN ({tables}) AND indexname NOT IN \
         (SELECT conname FROM pg_constraint WHERE connamespace = QUOTE_IDENT(CURRENT_SCHEMA)::regnamespace) \
         ORDER BY indexname"
    ));
    let mut statements: Vec<(String, String)> = indexes.rows_on::<(Text, Text), _, _>(conn)?;
    statements.extend(foreign_keys.rows_on::<(Text, Text), (String, String), _>(conn)?);
    for (drop, _) in &statements {
        conn.batch_execute(drop)?;
    }
    Ok(statements.into_iter().map(|(_, make)| make).collect())
}

pub(super) fn gather_statistics(conn: &mut PgConnection, tables: &[Target]) -> Result<()> {
    Ok(conn.batch_execute(&format!("ANALYZE {}", in_words(tables, |table| table.to_owned())))?)
}

fn in_words(tables: &[Target], word: impl Fn(&str) -> String) -> String {
    tables.iter().map(|table| word(table.name)).collect::<Vec<_>>().join(", ")
}

/// Rows in the binary format of COPY: number of values, then length and bytes of each.
#[derive(Debug, Default)]
pub(crate) struct Tuples {
    bytes: Vec<u8>,
    row: usize,
    values: i16,
}

/// Signature, flags (none) and length of the header extension (0).
const HEADER: &[u8] = b"PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = &(-1_i16).to_be_bytes();
const NULL: [u8; 4] = (-1_i32).to_be_bytes();
/// PostgreSQL's epoch 2000-01-01, in microseconds since 1970-01-01.
const EPOCH: i64 = 946_684_800_000_000;
/// The same in days.
const EPOCH_DAY: i32 = 10_957;

impl Cells for Tuples {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        let out = &mut self.bytes;
        if self.values == 0 {
            self.row = out.len();
            out.extend_from_slice(&[0; 2]);
        }
        self.values += 1;
        let mut value = |bytes: &[u8]| {
            out.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
            out.extend_from_slice(bytes);
        };
        match cell {
            Cell::Null => out.extend_from_slice(&NULL),
            Cell::Int(number) | Cell::Money(number) => value(&number.to_be_bytes()),
            Cell::Time(micros) => value(&(micros - EPOCH).to_be_bytes()),
            Cell::Date(days) => value(&(days - EPOCH_DAY).to_be_bytes()),
            Cell::Ratio(ratio) => value(&ratio.to_be_bytes()),
            Cell::Flag(flag) => value(&i16::from(flag).to_be_bytes()),
            Cell::Text(text) => value(text.as_bytes()),
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.bytes[self.row..self.row + 2].copy_from_slice(&self.values.to_be_bytes());
        self.values = 0;
    }
}

impl Bulk for PgConnection {
    type Buffer = Tuples;
    type Loader<'a> = Loader<'a>;

    fn loader(&mut self, tables: &[Target]) -> Result<Loader<'_>> {
        Ok(Loader { conn: self, waiting: tables.iter().map(|table| (*table, Vec::new())).collect() })
    }
}

/// Minimum size in bytes of a COPY.
const PIECE: usize = 4 << 20;

pub(crate) struct Loader<'a> {
    conn: &'a mut PgConnection,
    /// Buffered rows of each table.
    waiting: Vec<(Target, Vec<u8>)>,
}

impl Load for Loader<'_> {
    type Buffer = Tuples;

    fn insert<R: Record>(&mut self, _rows: u64, buffer: &Tuples) -> Result<()> {
        let (table, waiting) = &mut self.waiting[R::PLACE];
        waiting.extend_from_slice(&buffer.bytes);
        if waiting.len() < PIECE { Ok(()) } else { copy(self.conn, *table, waiting) }
    }

    fn finish(mut self, _go_on: impl FnMut(f64) -> Result<()>) -> Result<()> {
        self.waiting.iter_mut().try_for_each(|(table, waiting)| copy(self.conn, *table, waiting))
    }
}

fn copy(conn: &mut PgConnection, table: Target, waiting: &mut Vec<u8>) -> Result<()> {
    if !waiting.is_empty() {
        let copy = format!("COPY {} ({}) FROM STDIN (FORMAT BINARY)", table.name, table.columns.join(", "));
        conn.copy_in(&copy, &[HEADER, waiting, TRAILER])?;
        waiting.clear();
    }
    Ok(())
}

//! Cell-wise access to rows, shared by bulk loading and exports, independent of the tables.

use diesel::QueryResult;

use super::Connection;

/// A column of a [`Table`](crate::Table).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// Name of the column.
    pub name: &'static str,
    /// Type of the values.
    pub kind: CellKind,
    /// Whether values may be NULL.
    pub nullable: bool,
}

/// Type of the values of a [`TableColumn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// 64-bit integer.
    Int,
    /// Amount of money.
    Money,
    /// Text.
    Text,
    /// Point in time.
    Time,
    /// Boolean.
    Flag,
}

/// A value of an exported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// 64-bit integer.
    Int(i64),
    /// Amount in minor units (cents).
    Money(i64),
    /// Text.
    Text(&'a str),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    /// Boolean.
    Flag(bool),
}

/// Receiver of exported rows, value by value; see [`Database::export_chunks`](crate::Database::export_chunks).
pub trait Cells {
    /// Receives the next value of a row, in the order of [`Table::schema`](crate::Table::schema).
    fn cell(&mut self, cell: Cell<'_>);
    /// Ends the row.
    fn end_row(&mut self);
}

/// A row of a table for bulk loading.
pub(crate) trait Record: 'static {
    /// Position of the table; each comes before those that reference it.
    const PLACE: usize;
    const NAME: &'static str;
    const COLUMNS: &'static [&'static str];

    /// Passes the values of the row to `out`.
    fn cells(&self, out: &mut impl Cells);
}

/// A row that can be read from the database.
pub(crate) trait Stored: Record {
    /// Columns of the table.
    const SCHEMA: &'static [TableColumn];
    /// Number of leading columns that form the key.
    const KEYS: usize;
    /// A row as read from the database.
    type Row;

    /// Reads up to `limit` rows after a key, by ascending key.
    fn read(conn: &mut Connection, after: [i64; 2], limit: i64) -> QueryResult<Vec<Self::Row>>;
    /// Passes the values of a row to `out`, and returns its key.
    fn stored_cells(row: &Self::Row, out: &mut impl Cells) -> [i64; 2];
}

/// A table for bulk loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
}

impl Target {
    pub(crate) const fn of<R: Record>() -> Self {
        Self { name: R::NAME, columns: R::COLUMNS }
    }
}

//! Values of rows, shared by bulk loading, exports and reports, independent of the tables.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use serde::{Serialize, Serializer};

use super::Connection;
use crate::types::Money;
use crate::types::text_enum::text_enum;

/// A column of a [`Table`](crate::Table) or a [`Report`](crate::Report).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name of the column; for a report also the name of the field in Rust and in JSON.
    pub name: &'static str,
    /// Type of the values.
    pub kind: CellKind,
    /// Whether values may be NULL.
    pub nullable: bool,
}

text_enum! {
    /// Type of the values of a [`Column`].
    CellKind {
        /// 64-bit integer, such as an id.
        Int = "int",
        /// Amount of money.
        Money = "money",
        /// Quotient of two integers.
        Ratio = "ratio",
        /// Text.
        Text = "text",
        /// Point in time.
        Time = "time",
        /// Calendar day.
        Date = "date",
        /// Boolean.
        Flag = "flag",
    }
}

/// A value of a row of a table or report. [`Display`](fmt::Display) and [`Serialize`] write it as the REST API does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// 64-bit integer, such as an id.
    Int(i64),
    /// Amount in minor units (cents).
    Money(i64),
    /// Quotient of two integers.
    Ratio(f64),
    /// Text.
    Text(&'a str),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Boolean.
    Flag(bool),
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn date(days: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(days).unwrap_or_default()
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Null => Ok(()),
            Self::Int(number) => number.fmt(f),
            Self::Money(minor) => Money::from_minor(minor).fmt(f),
            // The shortest decimal that parses to the same number.
            Self::Ratio(ratio) => write!(f, "{ratio:?}"),
            Self::Text(text) => f.write_str(text),
            Self::Time(micros) => f.write_str(&time(micros).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            Self::Date(days) => date(days).fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_none(),
            Self::Int(number) => serializer.serialize_i64(number),
            Self::Money(minor) => Money::from_minor(minor).serialize(serializer),
            Self::Ratio(ratio) => serializer.serialize_f64(ratio),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(micros) => time(micros).serialize(serializer),
            Self::Date(days) => date(days).serialize(serializer),
            Self::Flag(flag) => serializer.serialize_bool(flag),
        }
    }
}

/// Receiver of rows, value by value; see [`Database::export_chunks`](crate::Database::export_chunks).
pub trait Cells {
    /// Receives the next value of a row, in the order of its columns.
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
    const SCHEMA: &'static [Column];
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

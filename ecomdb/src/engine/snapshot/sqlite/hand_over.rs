//! An SQL aggregate function that receives rows as its arguments.

use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use super::Source;
use crate::engine::cells::{Cell, CellKind, Cells, Column};

/// Reads a table by ranges of its key.
pub(super) struct Reader<'a, C> {
    conn: &'a mut Connection,
    query: String,
    slot: Slot<C>,
}

/// Receiver of the next rows, while no statement runs.
struct Slot<C>(Arc<Mutex<Option<C>>>);

impl<C> Slot<C> {
    fn open(&self) -> MutexGuard<'_, Option<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a, C: Cells + Send + 'static> Reader<'a, C> {
    pub(super) fn new(conn: &'a mut Connection, table: Source) -> Result<Self> {
        let (slot, columns) = (Arc::new(Mutex::new(None)), table.columns);
        let function = HandOver { table: table.name, columns: table.schema, slot: Slot(Arc::clone(&slot)) };
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        // Replaces the function registered for another table with the same number of columns.
        conn.create_aggregate_function("hand_over", columns.len() as i32, flags, function)?;
        // The range is read in key order, because no other index starts with the key.
        let (key, columns) = (columns[0], columns.join(", "));
        let query = format!("SELECT hand_over({columns}) FROM {} WHERE {key} BETWEEN ?1 AND ?2", table.name);
        Ok(Self { conn, query, slot: Slot(slot) })
    }

    /// Passes the rows of a range to `cells`, and returns their number.
    pub(super) fn read(&mut self, range: &RangeInclusive<i64>, cells: C) -> Result<(C, u64)> {
        *self.slot.open() = Some(cells);
        let mut query = self.conn.prepare_cached(&self.query)?;
        let rows: i64 = query.query_row([range.start(), range.end()], |row| row.get(0))?;
        let cells = self.slot.open().take().ok_or_else(taken)?;
        Ok((cells, rows.unsigned_abs()))
    }
}

fn taken() -> Error {
    Error::UserFunctionError("the rows have nowhere to go".into())
}

struct HandOver<C> {
    table: &'static str,
    columns: &'static [Column],
    slot: Slot<C>,
}

/// Receiver of a statement's rows, and their number. Discarded after a panic, so it is unwind safe.
type Receiving<C> = AssertUnwindSafe<(C, i64)>;

impl<C: Cells> Aggregate<Receiving<C>, i64> for HandOver<C> {
    fn init(&self, _: &mut Context<'_>) -> Result<Receiving<C>> {
        let cells = self.slot.open().take().ok_or_else(taken)?;
        Ok(AssertUnwindSafe((cells, 0)))
    }

    fn step(&self, row: &mut Context<'_>, receiving: &mut Receiving<C>) -> Result<()> {
        let (cells, rows) = &mut receiving.0;
        for (place, column) in self.columns.iter().enumerate() {
            let value = row.get_raw(place);
            hand(column, value, cells).ok_or_else(|| self.wrong(column, value))?;
        }
        cells.end_row();
        *rows += 1;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, receiving: Option<Receiving<C>>) -> Result<i64> {
        Ok(receiving.map_or(0, |AssertUnwindSafe((cells, rows))| {
            *self.slot.open() = Some(cells);
            rows
        }))
    }
}

impl<C> HandOver<C> {
    #[cold]
    fn wrong(&self, column: &Column, value: ValueRef<'_>) -> Error {
        let value = match value {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => format!("{number:?}"),
            ValueRef::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
            ValueRef::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
        };
        let kind = match column.kind {
            CellKind::Int => "a whole number",
            CellKind::Money => "an amount in cents",
            CellKind::Text => "text in UTF-8",
            CellKind::Time => "a time",
            CellKind::Date => "a day",
            CellKind::Ratio => "a number",
            CellKind::Flag => "0 or 1",
        };
        let (table, column) = (self.table, column.name);
        Error::UserFunctionError(format!("{table}.{column} has {value} where {kind} belongs").into())
    }
}

/// Passes a column's value to `cells`; `None` if its type does not fit the column. The kind is a constant in each arm,
/// so it is not checked again per value.
#[inline]
fn hand(column: &Column, value: ValueRef<'_>, cells: &mut impl Cells) -> Option<()> {
    match (column.kind, value) {
        (CellKind::Int, ValueRef::Integer(number)) => cells.cell(Cell::Int(number)),
        (CellKind::Money, ValueRef::Integer(minor)) => cells.cell(Cell::Money(minor)),
        (CellKind::Flag, ValueRef::Integer(number @ 0..=1)) => cells.cell(Cell::Flag(number == 1)),
        (CellKind::Text, ValueRef::Text(text)) => cells.cell(Cell::Text(str::from_utf8(text).ok()?)),
        (CellKind::Time, ValueRef::Integer(micros)) => cells.cell(Cell::Time(micros)),
        (CellKind::Date, ValueRef::Text(text)) => {
            let day: NaiveDate = str::from_utf8(text).ok()?.parse().ok()?;
            cells.cell(Cell::Date(day.to_epoch_days()));
        }
        (CellKind::Ratio, ValueRef::Real(ratio)) => cells.cell(Cell::Ratio(ratio)),
        (_, ValueRef::Null) if column.nullable => cells.cell(Cell::Null),
        _ => return None,
    }
    Some(())
}

//! The answer of any report as columns and rows of values, for tables, CSV, JSON and data frames.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};

use super::{FunnelStage, Report, RfmSegment};
use crate::engine::{Cell, CellKind, Column};
use crate::types::{CategoryId, Country, Money, OrderId, ProductId, UserId, VoucherId};

/// The rows of a report; each has one value per column. [`Serialize`] writes the JSON of the REST API.
pub struct ReportRows {
    report: Report,
    columns: &'static [Column],
    rows: Box<dyn Rows>,
}

impl ReportRows {
    pub(crate) fn of<A: Answer>(report: Report, is_compared: bool, answer: A) -> Self {
        let all = A::Row::COLUMNS;
        let first_compared = all.iter().position(|column| column.name.starts_with("previous_"));
        let shown = first_compared.filter(|_| !is_compared).unwrap_or(all.len());
        Self { report, columns: &all[..shown], rows: Box::new(answer.into_rows()) }
    }

    /// Columns, in order. A trend without comparison has no `previous_` columns.
    #[must_use]
    pub fn columns(&self) -> &'static [Column] {
        self.columns
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows, in order.
    #[must_use]
    pub fn iter(&self) -> RowsIter<'_> {
        let row = |place| {
            let mut cells = Vec::with_capacity(self.columns.len());
            self.rows.cells(place, &mut cells);
            cells.truncate(self.columns.len());
            cells
        };
        Box::new((0..self.len()).map(row))
    }

    /// The rows as JSON objects.
    pub(crate) fn objects(&self) -> impl Iterator<Item = impl Serialize> {
        self.iter().map(|row| Object { columns: self.columns, row })
    }
}

/// Iterator over the rows of [`ReportRows`].
type RowsIter<'a> = Box<dyn ExactSizeIterator<Item = Vec<Cell<'a>>> + 'a>;

impl<'a> IntoIterator for &'a ReportRows {
    type Item = Vec<Cell<'a>>;
    type IntoIter = RowsIter<'a>;

    fn into_iter(self) -> RowsIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for ReportRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportRows").field("columns", &self.columns).field("rows", &self.len()).finish()
    }
}

/// An object if the report has exactly one row, otherwise an array of objects.
impl Serialize for ReportRows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.objects().next() {
            Some(row) if self.report.is_one_row() => row.serialize(serializer),
            _ => serializer.collect_seq(self.objects()),
        }
    }
}

struct Object<'a> {
    columns: &'static [Column],
    row: Vec<Cell<'a>>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|column| column.name).zip(&self.row))
    }
}

/// The result of a report: one row, or any number.
pub(crate) trait Answer {
    type Row: ReportRow;
    const IS_ONE_ROW: bool;

    fn into_rows(self) -> Vec<Self::Row>;
}

impl<R: ReportRow> Answer for R {
    type Row = R;
    const IS_ONE_ROW: bool = true;

    fn into_rows(self) -> Vec<R> {
        vec![self]
    }
}

impl<R: ReportRow> Answer for Vec<R> {
    type Row = R;
    const IS_ONE_ROW: bool = false;

    fn into_rows(self) -> Self {
        self
    }
}

/// A row type of a report.
pub(crate) trait ReportRow: Send + 'static {
    const COLUMNS: &'static [Column];

    /// Appends the values.
    fn cells<'a>(&'a self, cells: &mut Vec<Cell<'a>>);
}

/// Rows of some type.
trait Rows: Send {
    fn len(&self) -> usize;

    /// Appends the values of the row at this place.
    fn cells<'a>(&'a self, place: usize, cells: &mut Vec<Cell<'a>>);
}

impl<R: ReportRow> Rows for Vec<R> {
    fn len(&self) -> usize {
        self.len()
    }

    fn cells<'a>(&'a self, place: usize, cells: &mut Vec<Cell<'a>>) {
        self[place].cells(cells);
    }
}

/// A field type of a report row.
pub(super) trait Field {
    const KIND: CellKind;
    const NULLABLE: bool = false;

    fn cell(&self) -> Cell<'_>;
}

macro_rules! fields {
    ($($kind:ident($this:ident): $($type:ty = $value:expr),+;)+) => {$($(
        impl Field for $type {
            const KIND: CellKind = CellKind::$kind;

            fn cell(&self) -> Cell<'_> {
                let $this = self;
                Cell::$kind($value)
            }
        }
    )+)+};
}

fields! {
    Int(number): i64 = *number, UserId = number.get(), ProductId = number.get(), OrderId = number.get(),
        CategoryId = number.get(), VoucherId = number.get();
    Money(amount): Money = amount.minor();
    Ratio(ratio): f64 = *ratio;
    Text(text): String = text, RfmSegment = text.as_str(), FunnelStage = text.as_str(), Country = text.code();
    Time(time): DateTime<Utc> = time.timestamp_micros();
    Date(day): NaiveDate = day.to_epoch_days();
}

impl<F: Field> Field for Option<F> {
    const KIND: CellKind = F::KIND;
    const NULLABLE: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, F::cell)
    }
}

//! Columns for data frames, handed over by the Arrow PyCapsule interface without a copy.
//!
//! Money is decimal128(19, 2), which holds every amount; times are timestamps of microseconds in UTC; days are date32.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use ecomdb::{CategoryId, FunnelStage, Money, OrderId, ProductId, RfmSegment, UserId};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const MONEY: (u8, i8) = (19, 2);

/// The bytes of a text for which there is room in a new column: most are words.
const TEXT: usize = 16;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Money,
    Text,
    Time,
    Date,
    Ratio,
    Flag,
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Int => DataType::Int64,
            Self::Money => DataType::Decimal128(MONEY.0, MONEY.1),
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Date => DataType::Date32,
            Self::Ratio => DataType::Float64,
            Self::Flag => DataType::Boolean,
        }
    }
}

/// A column's name, kind, and whether it can be null.
pub(crate) fn field(name: &str, kind: Kind, nullable: bool) -> Field {
    Field::new(name, kind.data_type(), nullable)
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Null,
    Int(i64),
    Money(i64),
    Text(&'a str),
    /// Microseconds since 1970.
    Time(i64),
    /// Days since 1970.
    Date(i32),
    Ratio(f64),
    Flag(bool),
}

/// A column that grows.
enum Column {
    Int(Int64Builder),
    Money(Decimal128Builder),
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    Ratio(Float64Builder),
    Flag(BooleanBuilder),
}

impl Column {
    fn new(data_type: &DataType, rows: usize) -> Self {
        let own = data_type.clone();
        match data_type {
            DataType::Int64 => Self::Int(Int64Builder::with_capacity(rows)),
            DataType::Decimal128(..) => Self::Money(Decimal128Builder::with_capacity(rows).with_data_type(own)),
            DataType::Timestamp(..) => Self::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(own)),
            DataType::Date32 => Self::Date(Date32Builder::with_capacity(rows)),
            DataType::Float64 => Self::Ratio(Float64Builder::with_capacity(rows)),
            DataType::Boolean => Self::Flag(BooleanBuilder::with_capacity(rows)),
            _ => Self::Text(StringBuilder::with_capacity(rows, TEXT * rows)),
        }
    }

    /// Who calls it knows the kind of the cell, and so needs one branch of this alone.
    #[inline(always)]
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Int(column), Cell::Int(number)) => column.append_value(number),
            (Self::Money(column), Cell::Money(minor)) => column.append_value(i128::from(minor)),
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Time(column), Cell::Time(micros)) => column.append_value(micros),
            (Self::Date(column), Cell::Date(days)) => column.append_value(days),
            (Self::Ratio(column), Cell::Ratio(ratio)) => column.append_value(ratio),
            (Self::Flag(column), Cell::Flag(flag)) => column.append_value(flag),
            (column, _) => column.push_null(),
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Int(column) => column.append_null(),
            Self::Money(column) => column.append_null(),
            Self::Text(column) => column.append_null(),
            Self::Time(column) => column.append_null(),
            Self::Date(column) => column.append_null(),
            Self::Ratio(column) => column.append_null(),
            Self::Flag(column) => column.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Int(mut column) => Arc::new(column.finish()),
            Self::Money(mut column) => Arc::new(column.finish()),
            Self::Text(mut column) => Arc::new(column.finish()),
            Self::Time(mut column) => Arc::new(column.finish()),
            Self::Date(mut column) => Arc::new(column.finish()),
            Self::Ratio(mut column) => Arc::new(column.finish()),
            Self::Flag(mut column) => Arc::new(column.finish()),
        }
    }
}

/// Rows that become columns, value by value.
pub(crate) struct Batch {
    schema: SchemaRef,
    columns: Vec<Column>,
    next: usize,
    rows: usize,
}

impl Batch {
    /// With room for about as many rows.
    pub(crate) fn new(schema: SchemaRef, rows: usize) -> Self {
        let columns = schema.fields().iter().map(|field| Column::new(field.data_type(), rows)).collect();
        Self { schema, columns, next: 0, rows: 0 }
    }

    /// The next value of the row.
    #[inline(always)]
    pub(crate) fn push(&mut self, cell: Cell<'_>) {
        if let Some(column) = self.columns.get_mut(self.next) {
            column.push(cell);
        }
        self.next += 1;
    }

    /// The row has no more values.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.next = 0;
        self.rows += 1;
    }

    /// The columns.
    pub(crate) fn finish(self) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.into_iter().map(Column::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(self.schema, columns, &options)
    }
}

/// A value that a column can hold.
pub(crate) trait Cellular {
    const KIND: Kind;
    const NULLABLE: bool = false;

    fn cell(&self) -> Cell<'_>;
}

impl Cellular for i64 {
    const KIND: Kind = Kind::Int;

    fn cell(&self) -> Cell<'_> {
        Cell::Int(*self)
    }
}

impl Cellular for f64 {
    const KIND: Kind = Kind::Ratio;

    fn cell(&self) -> Cell<'_> {
        Cell::Ratio(*self)
    }
}

impl Cellular for Money {
    const KIND: Kind = Kind::Money;

    fn cell(&self) -> Cell<'_> {
        Cell::Money(self.minor())
    }
}

impl Cellular for String {
    const KIND: Kind = Kind::Text;

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl Cellular for DateTime<Utc> {
    const KIND: Kind = Kind::Time;

    fn cell(&self) -> Cell<'_> {
        Cell::Time(self.timestamp_micros())
    }
}

impl Cellular for NaiveDate {
    const KIND: Kind = Kind::Date;

    fn cell(&self) -> Cell<'_> {
        Cell::Date(self.num_days_from_ce() - UNIX_EPOCH)
    }
}

/// 1970-01-01 in days from the common era.
const UNIX_EPOCH: i32 = 719_163;

impl<T: Cellular> Cellular for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, T::cell)
    }
}

macro_rules! ids_are_numbers {
    ($($id:ty)+) => {
        $(impl Cellular for $id {
            const KIND: Kind = Kind::Int;

            fn cell(&self) -> Cell<'_> {
                Cell::Int(self.get())
            }
        })+
    };
}
ids_are_numbers!(UserId ProductId CategoryId OrderId);

macro_rules! words_are_text {
    ($($word:ty)+) => {
        $(impl Cellular for $word {
            const KIND: Kind = Kind::Text;

            fn cell(&self) -> Cell<'_> {
                Cell::Text(self.as_str())
            }
        })+
    };
}
words_are_text!(RfmSegment FunnelStage);

/// Hands a stream of batches to whoever asked with `__arrow_c_stream__`.
pub(crate) fn capsule(
    py: Python<'_>,
    batches: impl RecordBatchReader + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
}

/// The schema of the columns.
pub(crate) fn schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

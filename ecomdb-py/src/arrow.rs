//! Columns for data frames, handed over by the Arrow PyCapsule interface without a copy.
//!
//! Money is decimal128(19, 2), which holds every amount; times are timestamps of microseconds in UTC; days are date32.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator, RecordBatchOptions, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::{Cell, CellKind};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};

use crate::money::amount;

const MONEY: (u8, i8) = (19, 2);

/// Bytes reserved for each text of a new column; most texts are words.
const TEXT: usize = 16;

fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Int => DataType::Int64,
        CellKind::Money => DataType::Decimal128(MONEY.0, MONEY.1),
        CellKind::Text => DataType::Utf8,
        CellKind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        CellKind::Date => DataType::Date32,
        CellKind::Ratio => DataType::Float64,
        CellKind::Flag => DataType::Boolean,
    }
}

/// A column's name, kind, and whether it can be null.
pub(crate) fn field(name: &str, kind: CellKind, nullable: bool) -> arrow_schema::Field {
    arrow_schema::Field::new(name, data_type(kind), nullable)
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

    /// Inlined: the caller knows the kind of the cell, so only one branch remains.
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
    /// With room for about `rows` rows.
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

/// A column's name, the name of its kind, and whether it can be null.
pub(crate) type Field = (String, String, bool);

/// The rows of a report as a stream of one batch.
#[pyfunction]
#[pyo3(name = "_stream")]
pub(crate) fn stream<'py>(
    py: Python<'py>,
    fields: Vec<Field>,
    rows: Vec<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let no_kind = || PyValueError::new_err("fields must name the kinds of columns");
    let kinds: Vec<CellKind> =
        fields.iter().map(|(_, kind, _)| kind.parse().map_err(|_| no_kind())).collect::<Result<_, _>>()?;
    let columns = fields.iter().zip(&kinds).map(|((name, _, nullable), kind)| field(name, *kind, *nullable));
    let schema = schema(columns.collect());
    let mut batch = Batch::new(SchemaRef::clone(&schema), rows.len());
    for row in rows {
        for ((name, ..), kind) in fields.iter().zip(&kinds) {
            push(&mut batch, *kind, &row.getattr(name.as_str())?)?;
        }
        batch.end_row();
    }
    let batch = batch.finish().map_err(|error| PyValueError::new_err(error.to_string()))?;
    capsule(py, RecordBatchIterator::new([Ok(batch)], schema))
}

/// A value of a row, as `Value` made it.
fn push(batch: &mut Batch, kind: CellKind, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let text;
    batch.push(match kind {
        _ if value.is_none() => Cell::Null,
        CellKind::Int => Cell::Int(value.extract()?),
        CellKind::Money => Cell::Money(amount("money", value)?.minor()),
        CellKind::Text => {
            text = value.cast::<PyString>()?.to_cow()?;
            Cell::Text(&text)
        }
        CellKind::Time => Cell::Time(value.extract::<DateTime<Utc>>()?.timestamp_micros()),
        CellKind::Date => Cell::Date(value.extract::<NaiveDate>()?.to_epoch_days()),
        CellKind::Ratio => Cell::Ratio(value.extract()?),
        CellKind::Flag => Cell::Flag(value.extract()?),
    });
    Ok(())
}

/// Passes a stream of batches to the caller of `__arrow_c_stream__`.
pub(crate) fn capsule(
    py: Python<'_>,
    batches: impl RecordBatchReader + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
}

/// The schema of the columns.
pub(crate) fn schema(fields: Vec<arrow_schema::Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

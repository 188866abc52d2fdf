//! An exported table row by row, as named tuples.

use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, DataType};
use chrono::DateTime;
use ecomdb::{Money, Table};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::batches::Batches;
use crate::errors::{exception, plain};
use crate::values::Value as _;

/// Iterator over the rows of an :class:`ArrowStream`. It must not be shared between threads.
#[pyclass(name = "_RowsOfTable", module = "ecomdb._ecomdb")]
pub(crate) struct RowsOfTable {
    /// Makes a named tuple of an iterable.
    make: Py<PyAny>,
    batches: Mutex<Batches>,
    rows: IntoIter<Py<PyAny>>,
}

impl RowsOfTable {
    pub(crate) fn new(py: Python<'_>, table: Table, batches: Batches) -> PyResult<Self> {
        let class = py
            .import("ecomdb.rows")?
            .getattr("named_tuple")?
            .call1((table.as_str(), PyTuple::new(py, table.columns())?))?;
        let make = class.getattr("_make")?.unbind();
        Ok(Self { make, batches: Mutex::new(batches), rows: Vec::new().into_iter() })
    }
}

#[pymethods]
impl RowsOfTable {
    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let batches = self.batches.get_mut().unwrap_or_else(PoisonError::into_inner);
            match py.detach(|| batches.next()) {
                None => return Ok(None),
                Some(batch) => {
                    self.rows = rows(py, &self.make, &batch.map_err(|error| failure(py, error))?)?.into_iter()
                }
            }
        }
    }
}

/// The error of the export.
fn failure(py: Python<'_>, error: ArrowError) -> PyErr {
    match error {
        ArrowError::ExternalError(error) => match error.downcast::<ecomdb::Error>() {
            Ok(error) => exception(py, &error),
            Err(error) => plain(py, "StorageError", &error.to_string()),
        },
        error => plain(py, "OverloadedError", &format!("no thread could be started: {error}")),
    }
}

fn rows(py: Python<'_>, make: &Py<PyAny>, batch: &RecordBatch) -> PyResult<Vec<Py<PyAny>>> {
    let row = |at| {
        let values = batch.columns().iter().map(|column| value(py, column, at)).collect::<PyResult<Vec<_>>>()?;
        make.call1(py, (PyTuple::new(py, values)?,))
    };
    (0..batch.num_rows()).map(row).collect()
}

fn value(py: Python<'_>, column: &dyn Array, at: usize) -> PyResult<Py<PyAny>> {
    if column.is_null(at) {
        return Ok(py.None());
    }
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().value(at).into_python(py),
        DataType::Decimal128(..) => {
            // The column consists of amounts, which fit.
            let minor = i64::try_from(column.as_primitive::<Decimal128Type>().value(at)).unwrap_or_default();
            Money::from_minor(minor).into_python(py)
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(at);
            DateTime::from_timestamp_micros(micros).into_python(py)
        }
        DataType::Boolean => column.as_boolean().value(at).into_python(py),
        _ => column.as_string::<i32>().value(at).to_owned().into_python(py),
    }
}

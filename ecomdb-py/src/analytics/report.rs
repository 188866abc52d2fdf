//! What every report is made of: rows as Python objects, and the same rows as columns.

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{Field, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::arrow::{self, Batch, Cellular};
use crate::errors::plain;
use crate::rows::{Row, Value};

/// A row of a report, as columns have it.
pub(super) trait Columnar: Value {
    type Row: Row;

    fn fields() -> Vec<Field>;
    fn push_to(&self, batch: &mut Batch);
}

/// Declares rows that reports are made of: classes as with `rows!`, and columns of the same names.
macro_rules! report_rows {
    ($($(#[$doc:meta])* $name:ident = $library:ty {
        $($(#[$field_doc:meta])* $field:ident $(= $library_field:ident)?),+ $(,)?
    })+) => {
        $crate::rows::rows! {
            $($(#[$doc])* $name = $library { $($(#[$field_doc])* $field $(= $library_field)?),+ })+
        }

        $(impl $crate::analytics::report::Columnar for $library {
            type Row = $name;

            fn fields() -> Vec<arrow_schema::Field> {
                vec![$($crate::analytics::report::field(stringify!($field), |row: &$library| {
                    &$crate::rows::rows!(@field row $field $($library_field)?)
                })),+]
            }

            fn push_to(&self, batch: &mut $crate::arrow::Batch) {
                use $crate::arrow::Cellular as _;
                $(batch.push($crate::rows::rows!(@field self $field $($library_field)?).cell());)+
                batch.end_row();
            }
        })+
    };
}
pub(super) use report_rows;

/// The column for a field of a struct, whose type tells what is in it.
pub(super) fn field<R, T: Cellular>(name: &str, _get: fn(&R) -> &T) -> Field {
    arrow::field(name, T::KIND, T::NULLABLE)
}

/// The columns of a report.
#[pyclass(frozen, module = "ecomdb._ecomdb", name = "_Columns")]
pub(crate) struct Columns {
    batch: RecordBatch,
}

#[pymethods]
impl Columns {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface leaves it to the producer whether to cast.
        let _ = requested_schema;
        let batches = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        arrow::capsule(py, batches)
    }
}

/// The object of `ecomdb.report` for some rows.
pub(super) fn report<T: Columnar>(py: Python<'_>, name: &'static str, rows: Vec<T>) -> PyResult<Py<PyAny>> {
    let schema: SchemaRef = arrow::schema(T::fields());
    let mut batch = Batch::new(schema, rows.len());
    rows.iter().for_each(|row| row.push_to(&mut batch));
    let batch = batch.finish().map_err(|error| plain(py, "StorageError", &error.to_string()))?;
    let values = PyDict::new(py);
    values.set_item("name", name)?;
    values.set_item("columns", T::Row::FIELDS)?;
    values.set_item("rows", rows.into_python(py)?)?;
    values.set_item("arrow", Py::new(py, Columns { batch })?)?;
    Ok(py.import("ecomdb.report")?.getattr("Report")?.call((), Some(&values))?.unbind())
}

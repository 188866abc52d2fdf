//! The object that every report gives.

use ecomdb::Report;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::rows::ReportRow;
use crate::arrow::Field;
use crate::rows::Row;
use crate::values::Value as _;

/// The object of `ecomdb.report` for some rows.
pub(super) fn report<T: ReportRow>(py: Python<'_>, report: Report, rows: Vec<T>) -> PyResult<Py<PyAny>> {
    let names = T::Row::FIELDS.iter().zip(report.columns());
    let fields: Vec<Field> =
        names.map(|(name, column)| ((*name).to_owned(), column.kind.to_string(), column.nullable)).collect();
    let values = PyDict::new(py);
    values.set_item("name", report.as_str().replace('-', "_"))?;
    values.set_item("fields", fields)?;
    values.set_item("rows", rows.into_python(py)?)?;
    Ok(py.import("ecomdb.report")?.getattr("Report")?.call((), Some(&values))?.unbind())
}

//! What every report is made of: rows as Python objects, and what the columns of the same names are.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrow::{Columnar, Field};
use crate::rows::Row;
use crate::values::Value;

/// A row of a report, as columns have it.
pub(super) trait ReportRow: Value {
    type Row: Row;

    fn fields() -> Vec<Field>;
}

/// Declares rows that reports are made of: classes as with `rows!`, and columns of the same names.
macro_rules! report_rows {
    ($($(#[$doc:meta])* $name:ident = $library:ty {
        $($(#[$field_doc:meta])* $field:ident $(= $library_field:ident)?),+ $(,)?
    })+) => {
        $crate::rows::rows! {
            $($(#[$doc])* $name = $library { $($(#[$field_doc])* $field $(= $library_field)?),+ })+
        }

        $(impl $crate::analytics::report::ReportRow for $library {
            type Row = $name;

            fn fields() -> Vec<$crate::arrow::Field> {
                vec![$($crate::analytics::report::field(stringify!($field), |row: &$library| {
                    &$crate::rows::rows!(@field row $field $($library_field)?)
                })),+]
            }
        })+
    };
}
pub(super) use report_rows;

/// The column for a field of a struct, whose type tells what is in it.
pub(super) fn field<R, T: Columnar>(name: &'static str, _get: fn(&R) -> &T) -> Field {
    (name.to_owned(), T::KIND.name().to_owned(), T::NULLABLE)
}

/// The object of `ecomdb.report` for some rows.
pub(super) fn report<T: ReportRow>(py: Python<'_>, name: &'static str, rows: Vec<T>) -> PyResult<Py<PyAny>> {
    let values = PyDict::new(py);
    values.set_item("name", name)?;
    values.set_item("fields", T::fields())?;
    values.set_item("rows", rows.into_python(py)?)?;
    Ok(py.import("ecomdb.report")?.getattr("Report")?.call((), Some(&values))?.unbind())
}

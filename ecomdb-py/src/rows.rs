//! Rows: frozen Python objects made from the library's structs, field by field.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use ecomdb::{ApiKeyId, CategoryId, Cursor, MovementId, OrderId, PaymentId, ProductId, RefundId, SessionId, UserId};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType, PyTzInfo};

/// What becomes a Python object.
pub(crate) trait Value {
    /// Makes it one.
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>>;
}

/// A Python object made of named values that never change.
pub(crate) trait Row {
    /// The name of its class.
    const CLASS: &'static str;
    /// The names of its fields, in order.
    const FIELDS: &'static [&'static str];

    /// Their values, in the same order.
    fn values(&self) -> Vec<&Py<PyAny>>;
}

/// Declares a class for each struct of the library, with the same fields, or such as `from_ = from` where Python reserves
/// the name. The doc comments are what `help` shows.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident = $library:ty {
        $($(#[$field_doc:meta])* $field:ident $(= $library_field:ident)?),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[pyo3::pyclass(frozen, module = "ecomdb")]
        pub(crate) struct $name {
            $($(#[$field_doc])* #[pyo3(get)] $field: pyo3::Py<pyo3::PyAny>,)+
        }

        impl $crate::rows::Row for $name {
            const CLASS: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn values(&self) -> Vec<&pyo3::Py<pyo3::PyAny>> {
                vec![$(&self.$field),+]
            }
        }

        #[pyo3::pymethods]
        impl $name {
            /// The names of the fields, in order.
            #[classattr]
            fn __match_args__() -> Vec<&'static str> {
                <Self as $crate::rows::Row>::FIELDS.to_vec()
            }

            /// The fields as a dict; rows in them become dicts as well.
            ///
            /// Returns:
            ///     dict[str, Any]: the fields in order.
            fn to_dict<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
                $crate::rows::to_dict(py, self)
            }

            fn __eq__(&self, py: pyo3::Python<'_>, other: &Self) -> pyo3::PyResult<bool> {
                $crate::rows::equal(py, self, other)
            }

            fn __hash__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<isize> {
                $crate::rows::hash(py, self)
            }

            fn __repr__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<String> {
                $crate::rows::repr(py, self)
            }

            fn __reduce__<'py>(
                &self,
                py: pyo3::Python<'py>,
            ) -> pyo3::PyResult<(pyo3::Bound<'py, pyo3::PyAny>, pyo3::Bound<'py, pyo3::types::PyTuple>)> {
                let again = pyo3::types::PyAnyMethods::getattr(py.get_type::<Self>().as_any(), "_of")?;
                Ok((again, pyo3::types::PyTuple::new(py, <Self as $crate::rows::Row>::values(self))?))
            }

            /// What pickle makes a row of.
            #[staticmethod]
            #[allow(clippy::too_many_arguments, reason = "one for each field")]
            fn _of($($field: pyo3::Py<pyo3::PyAny>),+) -> Self {
                Self { $($field),+ }
            }
        }

        impl $crate::rows::Value for $library {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let row = $name { $($field: $crate::rows::Value::into_python(
                    $crate::rows::rows!(@field self $field $($library_field)?), py)?),+ };
                Ok(pyo3::Py::new(py, row)?.into_any())
            }
        }
    )+};
    (@field $row:ident $field:ident) => { $row.$field };
    (@field $row:ident $field:ident $library_field:ident) => { $row.$library_field };
}
pub(crate) use rows;

pub(crate) fn to_dict<'py>(py: Python<'py>, row: &impl Row) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in names_and_values(row) {
        dict.set_item(*name, plain(value.bind(py))?)?;
    }
    Ok(dict)
}

/// Rows as dicts, and tuples of them as lists.
fn plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if let Ok(values) = value.cast::<PyTuple>() {
        let values: PyResult<Vec<_>> = values.iter().map(|value| plain(&value)).collect();
        return values?.into_bound_py_any(py);
    }
    match value.getattr_opt("to_dict")? {
        Some(to_dict) => to_dict.call0(),
        None => Ok(value.clone()),
    }
}

pub(crate) fn equal<R: Row>(py: Python<'_>, one: &R, other: &R) -> PyResult<bool> {
    for (one, other) in one.values().into_iter().zip(other.values()) {
        if !one.bind(py).eq(other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn hash(py: Python<'_>, row: &impl Row) -> PyResult<isize> {
    PyTuple::new(py, row.values())?.hash()
}

pub(crate) fn repr<R: Row>(py: Python<'_>, row: &R) -> PyResult<String> {
    let mut fields = Vec::new();
    for (name, value) in names_and_values(row) {
        fields.push(format!("{name}={}", value.bind(py).repr()?.to_cow()?));
    }
    Ok(format!("{}({})", R::CLASS, fields.join(", ")))
}

fn names_and_values<R: Row>(row: &R) -> impl Iterator<Item = (&'static &'static str, &Py<PyAny>)> {
    R::FIELDS.iter().zip(row.values())
}

macro_rules! as_python_has_it {
    ($($kind:ty)+) => {
        $(impl Value for $kind {
            fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
                self.into_py_any(python)
            }
        })+
    };
}
as_python_has_it!(bool i64 u32 u64 f64 String &'static str NaiveDate);

/// By position: the general conversion names the fold, which takes half as long again.
impl Value for DateTime<Utc> {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static UTC: PyOnceLock<Py<PyTzInfo>> = PyOnceLock::new();
        let utc = UTC.get_or_try_init(python, || PyTzInfo::utc(python).map(|utc| utc.to_owned().unbind()))?;
        let time = self.naive_utc();
        let date = (time.year(), time.month(), time.day());
        let clock = (time.hour(), time.minute(), time.second(), time.nanosecond() / 1_000 % 1_000_000);
        let arguments = (date.0, date.1, date.2, clock.0, clock.1, clock.2, clock.3, utc);
        Ok(DATETIME.import(python, "datetime", "datetime")?.call1(arguments)?.unbind())
    }
}

macro_rules! by_number {
    ($($id:ty)+) => {
        $(impl Value for $id {
            fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
                self.get().into_py_any(python)
            }
        })+
    };
}
by_number!(ApiKeyId UserId CategoryId ProductId MovementId OrderId PaymentId RefundId SessionId);

impl Value for Cursor {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        self.to_string().into_py_any(python)
    }
}

impl<T: Value> Value for Option<T> {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        self.map_or_else(|| Ok(python.None()), |value| value.into_python(python))
    }
}

/// A tuple, so that what holds it can be hashed.
impl<T: Value> Value for Vec<T> {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        let values: PyResult<Vec<_>> = self.into_iter().map(|value| value.into_python(python)).collect();
        Ok(PyTuple::new(python, values?)?.into_any().unbind())
    }
}

impl Value for () {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(python.None())
    }
}

//! Rows: frozen Python objects made from the library's structs, field by field.

use chrono::{DateTime, SecondsFormat, Utc};
use ecomdb::{Invalid, quoted};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict as _, PyDateTime, PyDict, PyFloat, PyInt, PyTuple};

use crate::errors::invalid;

/// An immutable Python object with named values.
pub(crate) trait Row {
    /// The name of its class.
    const CLASS: &'static str;
    /// The names of its fields, in order.
    const FIELDS: &'static [&'static str];

    /// Their values, in the same order.
    fn values(&self) -> Vec<&Py<PyAny>>;
}

/// Declares a class for each struct of the library, with the same fields; `from as "from_"` where Python reserves the name.
/// The doc comments are what `help` shows.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident = $library:ty {
        $($(#[$field_doc:meta])* $field:ident $(as $python:literal)?),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[pyo3::pyclass(frozen, module = "ecomdb")]
        pub(crate) struct $name {
            $($(#[$field_doc])* #[pyo3(get $(, name = $python)?)] $field: pyo3::Py<pyo3::PyAny>,)+
        }

        impl $crate::rows::Row for $name {
            const CLASS: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$($crate::rows::rows!(@name $field $($python)?)),+];

            fn values(&self) -> Vec<&pyo3::Py<pyo3::PyAny>> {
                vec![$(&self.$field),+]
            }
        }

        #[pyo3::pymethods]
        impl $name {
            /// The names of the fields, in order.
            #[classattr]
            fn __match_args__(py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::types::PyTuple>> {
                Ok(pyo3::types::PyTuple::new(py, <Self as $crate::rows::Row>::FIELDS)?.unbind())
            }

            /// Makes a row a dataclass for `dataclasses.asdict`, pandas and others.
            #[classattr]
            fn __dataclass_fields__(py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::rows::of_python(py, "FIELDS")
            }

            #[classattr]
            fn __dataclass_params__(py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::rows::of_python(py, "PARAMS")
            }

            /// The fields as a dict; rows in them become dicts as well.
            ///
            /// Args:
            ///     mode (Literal["python", "json"]): ``"python"`` keeps values as they are; ``"json"`` makes them what JSON has, as the REST API
            ///         does: money and days as text, times in RFC 3339, tuples as lists, and ``from`` for ``from_``.
            ///
            /// Returns:
            ///     dict[str, Any]: the fields in order.
            ///
            /// Raises:
            ///     ValidationError: there is no such mode.
            #[pyo3(signature = (*, mode="python"))]
            fn to_dict<'py>(
                &self,
                py: pyo3::Python<'py>,
                mode: &str,
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
                $crate::rows::to_dict(py, self, $crate::rows::Mode::read(py, mode)?)
            }

            /// The row as a JSON object: ``to_dict(mode="json")`` as text.
            ///
            /// Returns:
            ///     str: the JSON, on one line.
            fn to_json(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let plain = $crate::rows::to_dict(py, self, $crate::rows::Mode::Json)?;
                Ok(pyo3::types::PyAnyMethods::call1(&$crate::rows::of_python(py, "dumps")?.into_bound(py), (plain,))?.unbind())
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

            /// The table that notebooks show.
            fn _repr_html_(this: pyo3::Py<Self>, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::rows::html(this.bind(py).as_any())
            }

            fn __reduce__<'py>(
                &self,
                py: pyo3::Python<'py>,
            ) -> pyo3::PyResult<(pyo3::Bound<'py, pyo3::PyAny>, pyo3::Bound<'py, pyo3::types::PyTuple>)> {
                let again = pyo3::types::PyAnyMethods::getattr(py.get_type::<Self>().as_any(), "_of")?;
                Ok((again, pyo3::types::PyTuple::new(py, <Self as $crate::rows::Row>::values(self))?))
            }

            /// Support for pickle.
            #[staticmethod]
            #[allow(clippy::too_many_arguments, reason = "one for each field")]
            fn _of($($field: pyo3::Py<pyo3::PyAny>),+) -> Self {
                Self { $($field),+ }
            }
        }

        impl $crate::values::Value for $library {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                let row = $name { $($field: $crate::values::Value::into_python(
                    self.$field, py)?),+ };
                Ok(pyo3::Py::new(py, row)?.into_any())
            }
        }
    )+};
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $python:literal) => { $python };
}
pub(crate) use rows;

/// Form of the values in a dict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Python,
    Json,
}

impl Mode {
    pub(crate) fn read(py: Python<'_>, mode: &str) -> PyResult<Self> {
        match mode {
            "python" => Ok(Self::Python),
            "json" => Ok(Self::Json),
            other => {
                let message = format!("must be one of python, json, not {}", quoted(other));
                Err(invalid(py, &Invalid::new("mode", message)))
            }
        }
    }
}

/// An object of `ecomdb.rows`.
pub(crate) fn of_python(py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
    Ok(py.import("ecomdb.rows")?.getattr(name)?.unbind())
}

pub(crate) fn html(row: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    Ok(row.py().import("ecomdb.tables")?.getattr("row_html")?.call1((row,))?.unbind())
}

pub(crate) fn to_dict<'py>(py: Python<'py>, row: &impl Row, mode: Mode) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in names_and_values(row) {
        let name = if mode == Mode::Json { name.trim_end_matches('_') } else { name };
        dict.set_item(name, plain(value.bind(py), mode)?)?;
    }
    Ok(dict)
}

/// Rows as dicts, and tuples of them as lists.
fn plain<'py>(value: &Bound<'py, PyAny>, mode: Mode) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if let Ok(values) = value.cast::<PyTuple>() {
        let values: PyResult<Vec<_>> = values.iter().map(|value| plain(&value, mode)).collect();
        return values?.into_bound_py_any(py);
    }
    match value.getattr_opt("to_dict")? {
        Some(to_dict) => {
            let mode = if mode == Mode::Json { "json" } else { "python" };
            to_dict.call((), Some(&[("mode", mode)].into_py_dict(py)?))
        }
        None if mode == Mode::Json => json(value),
        None => Ok(value.clone()),
    }
}

/// A value as the REST API writes it.
fn json<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if value.is_none() || value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(value.clone());
    }
    if value.is_instance_of::<PyDateTime>() {
        let time: DateTime<Utc> = value.extract()?;
        return time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into_bound_py_any(py);
    }
    // Words and tokens are kinds of `str` that JSON need not know.
    Ok(value.str()?.into_any())
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
        fields.push(format!("{name}={}", shown(value.bind(py))?));
    }
    Ok(format!("{}({})", R::CLASS, fields.join(", ")))
}

/// The `repr` of a value; of a long tuple, that of its first and last ones.
fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(values) = value.cast::<PyTuple>().map_err(drop) else { return Ok(value.repr()?.to_cow()?.into_owned()) };
    let one = |at: usize| -> PyResult<String> { Ok(values.get_item(at)?.repr()?.to_cow()?.into_owned()) };
    let count = values.len();
    if count <= 2 * EDGE + 1 {
        return Ok(value.repr()?.to_cow()?.into_owned());
    }
    let mut parts = (0..EDGE).map(one).collect::<PyResult<Vec<_>>>()?;
    parts.push(format!("... {} more ...", count - 2 * EDGE));
    parts.extend((count - EDGE..count).map(one).collect::<PyResult<Vec<_>>>()?);
    Ok(format!("({})", parts.join(", ")))
}

/// Number of rows shown at each end of a long tuple.
const EDGE: usize = 2;

fn names_and_values<R: Row>(row: &R) -> impl Iterator<Item = (&'static &'static str, &Py<PyAny>)> {
    R::FIELDS.iter().zip(row.values())
}

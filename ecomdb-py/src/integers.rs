//! Whole numbers as arguments: ids and counts. `True` is refused, although Python treats it as 1.

use ecomdb::Invalid;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::errors::invalid;

/// An id; `None` for a number that does not fit 64 bits, which no row has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(Option<i64>);

/// A count. A number that does not fit 64 bits becomes the closest one that does; the library then refuses it, with the
/// bounds of the argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) i64);

impl Id {
    /// The id as a type of the library; `argument` is the name for errors.
    pub(crate) fn of<T>(self, py: Python<'_>, argument: &str, kind: impl FnOnce(i64) -> T) -> PyResult<T> {
        self.0.map(kind).ok_or_else(|| invalid(py, &Invalid::new(argument, "must fit 64 bits")))
    }
}

impl<'py> FromPyObject<'_, 'py> for Id {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        refuse_bool(value)?;
        match value.extract::<i64>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => Ok(Self(None)),
            outcome => outcome.map(|id| Self(Some(id))),
        }
    }
}

/// A [`Count`] for an argument whose default the signature shows.
pub(crate) fn count(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    value.extract().map(|Count(count)| count)
}

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        refuse_bool(value)?;
        match value.extract::<i64>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
                Ok(Self(if value.lt(0)? { i64::MIN } else { i64::MAX }))
            }
            outcome => outcome.map(Self),
        }
    }
}

fn refuse_bool(value: Borrowed<'_, '_, PyAny>) -> PyResult<()> {
    if value.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err("'bool' object cannot be interpreted as an integer"));
    }
    Ok(())
}

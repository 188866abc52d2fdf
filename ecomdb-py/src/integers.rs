//! Whole numbers as arguments: ids and counts. `True` is no number, though Python takes it for 1.

use ecomdb::Invalid;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::errors::invalid;

/// An id; `None` for a number that does not fit 64 bits, which no row has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(Option<i64>);

/// A number of things. What does not fit 64 bits becomes the largest or smallest number that does: the library knows
/// the bounds of each argument, and names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) i64);

impl Id {
    /// As the library's id of some kind; `argument` is what the error names.
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

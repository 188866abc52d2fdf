//! Money: `decimal.Decimal` out; `Decimal`, `int` and `str` in. A float is refused, because it is not exact.

use std::str::FromStr as _;

use bigdecimal::BigDecimal;
use ecomdb::{Invalid, Money, ParseMoneyError};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyType};

use crate::errors::invalid;
use crate::values::Value;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn decimal(python: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    DECIMAL.import(python, "decimal", "Decimal")
}

impl Value for Money {
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(decimal(python)?.call1((self.to_string(),))?.unbind())
    }
}

/// The amount given by an argument.
pub(crate) fn amount(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Money> {
    if value.is_instance_of::<PyFloat>() {
        return Err(PyTypeError::new_err(format!(
            "{field} must be a Decimal, int or str, not float: a float such as 0.1 is not exactly that amount; \
             write Decimal(\"0.10\") or \"0.10\""
        )));
    }
    let is_number = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let read = if is_number || value.is_instance(decimal(value.py())?)? {
        // Decimals have exponents; a str is read as the library reads text, which has none.
        let text = value.str()?;
        BigDecimal::from_str(&text.to_cow()?).map_err(|_| ParseMoneyError::NotDecimal).and_then(Money::try_from)
    } else if let Ok(text) = value.cast::<PyString>() {
        text.to_cow()?.parse()
    } else {
        let kind = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{field} must be a Decimal, int or str, not {kind}")));
    };
    read.map_err(|error| invalid(value.py(), &Invalid::new(field, error.to_string())))
}

/// The same for an argument that may be missing.
pub(crate) fn maybe_amount(field: &'static str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Money>> {
    value.map(|value| amount(field, value)).transpose()
}

//! Conversion of field values to Python objects.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use ecomdb::{
    ApiKeyId, CategoryId, Country, Currency, Cursor, MovementId, OrderId, PaymentId, ProductGroupId, ProductId,
    RefundId, SessionId, TimeZone, UserId, VoucherId,
};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType, PyTzInfo};

/// A value that can become a Python object.
pub(crate) trait Value {
    /// Converts it.
    fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>>;
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

/// By position: the general conversion passes `fold` by name, which takes 1.5 times as long.
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
by_number!(ApiKeyId UserId CategoryId ProductId ProductGroupId MovementId OrderId PaymentId RefundId SessionId VoucherId);

macro_rules! by_text {
    ($($kind:ty)+) => {
        $(impl Value for $kind {
            fn into_python(self, python: Python<'_>) -> PyResult<Py<PyAny>> {
                self.to_string().into_py_any(python)
            }
        })+
    };
}
by_text!(Country Currency Cursor TimeZone);

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

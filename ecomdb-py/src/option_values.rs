//! The option values of a product, to and from Python.

use ecomdb::{OptionValues, ProductGroup};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::errors::unlike;
use crate::values::Value;

/// A mapping that can be hashed: `ecomdb.OptionValues`. Products that are in no group share an empty one.
impl Value for OptionValues {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static NONE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let make = |values: Vec<(&str, &str)>| -> PyResult<Py<PyAny>> {
            Ok(CLASS.import(py, "ecomdb.options", "OptionValues")?.call1((values,))?.unbind())
        };
        if self.is_empty() {
            return Ok(NONE.get_or_try_init(py, || make(Vec::new()))?.clone_ref(py));
        }
        make(self.iter().collect())
    }
}

/// The values of a mapping from options.
pub(crate) fn option_values(options: &Bound<'_, PyAny>) -> PyResult<OptionValues> {
    let unlike = |error| unlike(OPTIONS, options, error);
    let Ok(items) = options.call_method0("items") else { return Err(unlike(PyTypeError::new_err(()))) };
    // An endless mapping ends at the first option too many.
    let items = items.try_iter().map_err(unlike)?.take(ProductGroup::MAX_OPTIONS + 1);
    items.map(|item| item?.extract::<(String, String)>().map_err(unlike)).collect()
}

const OPTIONS: &str = "options must be a mapping from names of options to values, both str";

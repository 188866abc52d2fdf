//! From the library's errors to Python's exceptions, in one match.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(ecomdb, Error, PyException, "The base of every exception of this package.");
create_exception!(ecomdb, ConfigurationError, Error, "The database cannot be opened as asked.");
create_exception!(ecomdb, UnavailableError, Error, "The database cannot be reached, or is overloaded.");
create_exception!(ecomdb, StorageError, Error, "The storage engine failed.");

/// The exceptions, under their public names.
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let python = module.py();
    module.add("Error", python.get_type::<Error>())?;
    module.add("ConfigurationError", python.get_type::<ConfigurationError>())?;
    module.add("UnavailableError", python.get_type::<UnavailableError>())?;
    module.add("StorageError", python.get_type::<StorageError>())
}

/// The exception for an error of the library.
pub(crate) fn exception(error: &ecomdb::Error) -> PyErr {
    let message = error.to_string();
    match error {
        ecomdb::Error::Configuration(_) => ConfigurationError::new_err(message),
        error if error.is_transient() => UnavailableError::new_err(message),
        _ => StorageError::new_err(message),
    }
}

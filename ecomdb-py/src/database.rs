//! `ecomdb.connect` and the database that it opens.

use pyo3::prelude::*;

use crate::errors::exception;

/// An open database. Use it in a `with` block, or close it when you are done.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Database {
    inner: std::sync::Mutex<Option<ecomdb::Database>>,
}

/// Opens the database at the URL, creating the SQLite file and applying migrations.
///
/// URLs: ``sqlite://shop.db``, ``sqlite::memory:``, ``mysql://user:password@host:3306/shop``,
/// ``postgres://user:password@host/shop``. Raises :class:`ConfigurationError` for a URL that names no database, and
/// :class:`UnavailableError` for a server that cannot be reached.
#[pyfunction]
pub(crate) fn connect(python: Python<'_>, url: &str) -> PyResult<Database> {
    let database = python.detach(|| ecomdb::Database::open(url)).map_err(|error| exception(&error))?;
    Ok(Database { inner: std::sync::Mutex::new(Some(database)) })
}

#[pymethods]
impl Database {
    /// The name of the engine: ``"SQLite"``, ``"MySQL"`` or ``"PostgreSQL"``.
    #[getter]
    fn engine(&self) -> PyResult<&'static str> {
        Ok(self.open()?.engine())
    }

    /// Closes the database, finishing what was begun. Closing twice does nothing.
    fn close(&self, python: Python<'_>) {
        let database = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        python.detach(|| drop(database));
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, python: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(python);
    }

    fn __repr__(&self) -> String {
        match self.open() {
            Ok(database) => format!("<ecomdb.Database on {}>", database.engine()),
            Err(_) => "<ecomdb.Database, closed>".to_owned(),
        }
    }
}

impl Database {
    fn open(&self) -> PyResult<ecomdb::Database> {
        let inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.clone().ok_or_else(|| {
            exception(&ecomdb::Error::Configuration("the database is closed: open it again with connect".to_owned()))
        })
    }
}

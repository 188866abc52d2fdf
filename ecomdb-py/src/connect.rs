//! `ecomdb.connect`.

use std::path::PathBuf;

use chrono::TimeDelta;
use ecomdb::Invalid;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::database::Database;
use crate::errors::{exception, invalid};
use crate::integers::Count;
use crate::times::{self, seconds};

/// Opens the database at the URL, creating the SQLite file and applying migrations.
///
/// Args:
///     url (str | os.PathLike[str]): ``sqlite://shop.db``, ``sqlite::memory:``, ``mysql://user:password@host:3306/shop`` or
///         ``postgres://user:password@host/shop``; or the path of a SQLite file. A path in a str has no ``:``, ``=`` or ``?``.
///     migrate (bool): whether to bring the schema up to date first. Without it, an older schema is an error.
///     connections (int): how many connections at the most. On SQLite they serve the readers: the writer has its own.
///         On MariaDB a quarter of them is reserved for placing orders; concurrent orders share a transaction.
///     wait (float): seconds to wait for a free connection before :class:`OverloadedError`, 86,400 at the most.
///     statement_timeout (float): seconds a server may take for one statement before :class:`OverloadedError`, from 1 to
///         86,400. Bulk loads have no limit. No effect on SQLite.
///     read_only (bool): whether the database is only read. It has to exist, and nothing is changed: no migrations, and
///         on SQLite not a byte of the file or its folder. Writes raise :class:`UnavailableError`.
///     clock (Callable[[], datetime] | None): source of the times in rows and of the expiry of sessions, API keys and
///         idempotency keys, for tests and replays. Default: the system's clock. It is called from other threads, and must
///         not use this database. If it raises, the exception goes to ``sys.unraisablehook``, and the system's time is
///         used.
///     idempotency_retention (timedelta | None): how long an idempotency key is kept, at least a minute. Default: 30 days.
///         An older key counts as unused.
///
/// Returns:
///     Database: the open database.
///
/// Raises:
///     ConfigurationError: the URL names no database, its engine is not compiled in, or its schema is newer; or
///         ``idempotency_retention`` is below a minute or ``statement_timeout`` below a second.
///     ValidationError: for a number of connections or of seconds that is not allowed.
///     UnavailableError: the server cannot be reached, or the files cannot be opened.
///     TypeError: the clock gives no datetime with a time zone.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
#[pyo3(signature = (url, *, migrate=true, connections=Count(16), wait=10.0, statement_timeout=600.0, read_only=false, clock=None, idempotency_retention=None),
    text_signature = "(url, *, migrate=True, connections=16, wait=10.0, statement_timeout=600.0, read_only=False, clock=None, idempotency_retention=None)")]
pub(crate) fn connect(
    py: Python<'_>,
    url: &Bound<'_, PyAny>,
    migrate: bool,
    connections: Count,
    wait: f64,
    statement_timeout: f64,
    read_only: bool,
    clock: Option<Bound<'_, PyAny>>,
    idempotency_retention: Option<TimeDelta>,
) -> PyResult<Database> {
    let mut builder = ecomdb::Database::builder(url_of(url)?).migrate(migrate);
    builder = builder.connections(at_least_one(py, connections)?);
    builder = builder.wait(seconds(py, "wait", wait)?).read_only(read_only);
    builder = builder.statement_timeout(seconds(py, "statement_timeout", statement_timeout)?);
    if let Some(clock) = clock {
        builder = builder.clock(times::clock(&clock)?);
    }
    if let Some(retention) = idempotency_retention {
        // One below zero is refused as too short, like zero.
        builder = builder.idempotency_retention(retention.to_std().unwrap_or_default());
    }
    let database = py.detach(|| builder.open()).map_err(|error| exception(py, &error))?;
    Database::new(py, database)
}

fn at_least_one(py: Python<'_>, connections: Count) -> PyResult<u32> {
    let message = || format!("must be a whole number from 1 to {}, not {}", u32::MAX, connections.0);
    let number = u32::try_from(connections.0).ok().filter(|number| *number > 0);
    number.ok_or_else(|| invalid(py, &Invalid::new("connections", message())))
}

/// The URL, or that of the SQLite file with this path.
fn url_of(url: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = url.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    let wrong = |_| match url.get_type().name() {
        Ok(kind) => PyTypeError::new_err(format!("url must be a str or an os.PathLike[str], not {kind}")),
        Err(error) => error,
    };
    let path: PathBuf = url.extract().map_err(wrong)?;
    let path = path.to_str().ok_or_else(|| invalid(url.py(), &Invalid::new("url", "must be a path in UTF-8")))?;
    Ok(format!("sqlite://{path}"))
}

/// The SQLite file that the URL or plain path names; None for a database in memory or on a server.
#[pyfunction]
#[pyo3(name = "_sqlite_file")]
pub(crate) fn sqlite_file(url: &str) -> Option<&str> {
    ecomdb::sqlite_file(url)
}

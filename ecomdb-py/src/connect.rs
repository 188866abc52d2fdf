//! `ecomdb.connect`.

use chrono::TimeDelta;
use pyo3::prelude::*;

use crate::database::Database;
use crate::errors::exception;
use crate::times::{self, seconds};

/// Opens the database at the URL, creating the SQLite file and applying migrations.
///
/// Args:
///     url (str): ``sqlite://shop.db``, ``sqlite::memory:``, ``mysql://user:password@host:3306/shop`` or
///         ``postgres://user:password@host/shop``.
///     migrate (bool): whether to bring the schema up to date first. Without it, an older schema is an error.
///     connections (int): how many connections at the most. On SQLite they serve the readers: the writer has its own.
///         On MariaDB a quarter of them only place orders, those that come at the same time together.
///     wait (float): seconds to wait for a free connection before :class:`OverloadedError`, 86,400 at the most.
///     read_only (bool): whether the database is only read. It has to exist, and nothing is changed: no migrations, and
///         on SQLite not a byte of the file or its folder. Writes raise :class:`UnavailableError`.
///     clock (Callable[[], datetime] | None): where the time comes from that is written into rows and that sessions, API keys
///         and idempotency keys end by, for tests and replays: the system's clock unless it is given. It is called from
///         other threads, and must not use this database. What it raises goes to ``sys.unraisablehook``, and the system's
///         time is taken.
///     idempotency_retention (timedelta | None): how long an idempotency key is kept: 30 days unless it is given, a minute
///         at least. A key that is older counts as not used.
///
/// Returns:
///     Database: the open database.
///
/// Raises:
///     ConfigurationError: the URL names no database, its engine is not compiled in, or its schema is newer; or keys would be
///         kept for less than a minute.
///     UnavailableError: the server cannot be reached, or the files cannot be opened.
///     TypeError: the clock gives no datetime with a time zone.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
#[pyo3(signature = (url, *, migrate=true, connections=16, wait=10.0, read_only=false, clock=None, idempotency_retention=None))]
pub(crate) fn connect(
    py: Python<'_>,
    url: &str,
    migrate: bool,
    connections: u32,
    wait: f64,
    read_only: bool,
    clock: Option<Bound<'_, PyAny>>,
    idempotency_retention: Option<TimeDelta>,
) -> PyResult<Database> {
    let mut builder = ecomdb::Database::builder(url).migrate(migrate).connections(connections);
    builder = builder.wait(seconds(py, "wait", wait)?).read_only(read_only);
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

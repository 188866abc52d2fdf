//! Exports: whole tables as Arrow, in constant memory, or as files.

use std::path::PathBuf;
use std::sync::Arc;

use ecomdb::{ExportFormat, Table};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyTuple};

use crate::analytics::question;
use crate::arrow;
use crate::batches::Batches;
use crate::database::Database;
use crate::enums::word;
use crate::errors::{exception, invalid};
use crate::exported::RowsOfTable;
use crate::handle::Handle;
use crate::output;

/// A table as a stream of Arrow record batches, in constant memory.
///
/// It speaks the Arrow PyCapsule interface, so ``polars.DataFrame(stream)``, ``pyarrow.table(stream)`` and DuckDB take it as it
/// is, any number of times: each time the table is read again, in one snapshot from when the first row is
/// taken. Iterated over, it gives a named tuple for each row, so ``pandas.DataFrame(stream)`` has its columns as well.
///
/// Money is ``decimal128(19, 2)`` (two places), times are timestamps of microseconds in UTC, words are text.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct ArrowStream {
    table: Table,
    handle: Arc<Handle>,
}

impl ArrowStream {
    pub(crate) fn new(handle: Arc<Handle>, table: Table) -> Self {
        Self { table, handle }
    }

    fn batches(&self, py: Python<'_>) -> PyResult<Batches> {
        Ok(Batches::new(self.handle.database(py)?, self.table))
    }
}

#[pymethods]
impl ArrowStream {
    /// tuple[str, ...]: the names of the columns.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.table.columns())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface leaves it to the producer whether to cast.
        let _ = requested_schema;
        arrow::capsule(py, self.batches(py)?)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<RowsOfTable> {
        RowsOfTable::new(py, self.table, self.batches(py)?)
    }

    /// All of it as a ``pyarrow.Table``.
    ///
    /// Returns:
    ///     pyarrow.Table: the rows.
    ///
    /// Raises:
    ///     ImportError: pyarrow is not installed: ``pip install 'ecomdb[arrow]'``.
    fn to_arrow<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        frame(this, "to_arrow")
    }

    /// All of it as a ``pandas.DataFrame``.
    ///
    /// Args:
    ///     money (Literal["object", "arrow"]): amounts as ``Decimal`` objects, or as Arrow decimals with two places, with which
    ///         pandas computes exactly and fast.
    ///
    /// Returns:
    ///     pandas.DataFrame: the rows.
    ///
    /// Raises:
    ///     ImportError: pandas or pyarrow is not installed: ``pip install 'ecomdb[pandas]'``.
    ///     ValidationError: there is no such kind of money.
    #[pyo3(signature = (*, money="object"))]
    fn to_pandas<'py>(this: &Bound<'py, Self>, money: &str) -> PyResult<Bound<'py, PyAny>> {
        this.py().import("ecomdb.frames")?.getattr("to_pandas")?.call1((this, money))
    }

    /// All of it as a ``polars.DataFrame``.
    ///
    /// Returns:
    ///     polars.DataFrame: the rows.
    ///
    /// Raises:
    ///     ImportError: polars is not installed: ``pip install 'ecomdb[polars]'``.
    fn to_polars<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        frame(this, "to_polars")
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.ArrowStream of {}>", self.table)
    }
}

#[pymethods]
impl Database {
    /// A whole table as a stream of Arrow record batches, by ascending key, in constant memory.
    ///
    /// Args:
    ///     table (TableName | str): such as ``"orders"`` or ``"order_items"``; see :class:`TableName`.
    ///
    /// Returns:
    ///     ArrowStream: what polars, pyarrow, pandas, DuckDB and others accept, any number of times.
    ///
    /// Raises:
    ///     ValidationError: there is no such table.
    fn export(&self, py: Python<'_>, table: &str) -> PyResult<ArrowStream> {
        let table: Table = word(py, "table", table)?;
        // A closed database is an error now, not only when the stream is read.
        self.handle.database(py)?;
        Ok(ArrowStream::new(Arc::clone(&self.handle), table))
    }

    /// Writes a whole table, by ascending key: money as decimals such as ``29.99``, times in RFC 3339.
    ///
    /// Args:
    ///     table (TableName | str): such as ``"orders"``; see :class:`TableName`.
    ///     out (BinaryIO | str | os.PathLike[str]): what has a method ``write`` for ``bytes``, such as a file opened with
    ///         ``"wb"``; or the path of a file, which is replaced once everything is written.
    ///     format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
    ///     for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only. Otherwise
    ///         every value is exact.
    ///
    /// Returns:
    ///     int: the number of rows.
    ///
    /// Raises:
    ///     ValidationError: there is no such table or format, or JSON is asked for a spreadsheet.
    ///     OutputError: the file cannot be written.
    #[pyo3(signature = (table, out, *, format="csv", for_spreadsheet=false))]
    fn write_table(
        &self,
        py: Python<'_>,
        table: &str,
        out: &Bound<'_, PyAny>,
        format: &str,
        for_spreadsheet: bool,
    ) -> PyResult<u64> {
        let table: Table = word(py, "table", table)?;
        let format = format_of(py, format, for_spreadsheet)?;
        let database = self.handle.database(py)?;
        output::write_to(out, move |out| database.export(table, format, out))
    }

    /// Writes every row of a report, or the first ones, as :meth:`write_table` writes a table.
    ///
    /// Args:
    ///     report (ReportName): its name, such as ``"monthly_revenue"``; hyphens will do as well.
    ///     out (BinaryIO | str | os.PathLike[str]): what has a method ``write`` for ``bytes``, such as a file opened with
    ///         ``"wb"``; or the path of a file, which is replaced once everything is written.
    ///     format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
    ///     for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only.
    ///     asked: what the report takes, as the method of :class:`Analytics` that is called like it; every row unless there
    ///         is a ``limit``.
    ///
    /// Returns:
    ///     int: the number of rows.
    ///
    /// Raises:
    ///     ValidationError: there is no such report or format, or for an argument that is not allowed.
    ///     OutputError: the file cannot be written.
    ///     TypeError: the report does not take an argument.
    #[pyo3(signature = (report, out, *, format="csv", for_spreadsheet=false, **asked))]
    fn write_report(
        &self,
        py: Python<'_>,
        report: &str,
        out: &Bound<'_, PyAny>,
        format: &str,
        for_spreadsheet: bool,
        asked: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        let (report, question) = question(py, report, asked)?;
        let format = format_of(py, format, for_spreadsheet)?;
        let database = self.handle.database(py)?;
        output::write_to(out, move |out| database.export_report(report, &question, format, out))
    }

    /// Writes a file for each table, such as ``orders.csv``, into a folder. All tables are those of one moment.
    ///
    /// Args:
    ///     folder (str | os.PathLike[str]): where to; made if it is missing.
    ///     format (Literal["csv", "ndjson"]): ``"csv"``, or ``"ndjson"`` for a JSON object on each line.
    ///     for_spreadsheet (bool): put a ``'`` before text that a spreadsheet would run as a formula; for CSV only.
    ///     overwrite (bool): replace files that exist.
    ///
    /// Returns:
    ///     dict[TableName, int]: the number of rows of each table.
    ///
    /// Raises:
    ///     ValidationError: there is no such format.
    ///     OutputError: a file exists already and is not to be replaced, or cannot be written.
    #[pyo3(signature = (folder, *, format="csv", for_spreadsheet=false, overwrite=false))]
    fn export_all<'py>(
        &self,
        py: Python<'py>,
        folder: PathBuf,
        format: &str,
        for_spreadsheet: bool,
        overwrite: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let format = format_of(py, format, for_spreadsheet)?;
        output::to_folder(py, self.handle.database(py)?, folder, format, output::if_exists(overwrite))
    }

    /// Writes the database as it is at this moment to a new SQLite file, while orders come in. It is a database like any
    /// other: connect to it, or put it in the place of the first.
    ///
    /// Args:
    ///     path (str | os.PathLike[str]): the new file; only its owner may read it.
    ///     overwrite (bool): replace the file if it exists, unless it is a database in use.
    ///
    /// Raises:
    ///     OutputError: the file exists already and is not to be replaced, or cannot be written.
    ///     ConfigurationError: on MariaDB, MySQL and PostgreSQL; it says with which command the server's own tool does it.
    #[pyo3(signature = (path, *, overwrite=false))]
    fn backup(&self, py: Python<'_>, path: PathBuf, overwrite: bool) -> PyResult<()> {
        let database = self.handle.database(py)?;
        let if_exists = output::if_exists(overwrite);
        py.detach(|| database.backup(&path, if_exists)).map_err(|error| exception(py, &error))?;
        // SQLite copies in one step, so Ctrl-C takes effect here.
        py.check_signals().inspect_err(|_| {
            // A copy that cannot be deleted is whole. One that replaced another file stays.
            if !overwrite {
                let _ = std::fs::remove_file(&path);
            }
        })
    }
}

/// The result of a function of `ecomdb.frames` for the stream.
fn frame<'py>(stream: &Bound<'py, ArrowStream>, function: &str) -> PyResult<Bound<'py, PyAny>> {
    stream.py().import("ecomdb.frames")?.getattr(function)?.call1((stream,))
}

/// How rows are written.
fn format_of(py: Python<'_>, format: &str, for_spreadsheet: bool) -> PyResult<ExportFormat> {
    let format: ExportFormat = word(py, "format", format)?;
    if for_spreadsheet { format.for_spreadsheet().map_err(|wrong| invalid(py, &wrong)) } else { Ok(format) }
}

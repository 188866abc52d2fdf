//! Exports: whole tables as Arrow, in constant memory, or as files.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use ecomdb::{CellKind, Cells, Database, Error, ExportFormat, Table};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyTuple};

use crate::arrow::{self, Batch, Cell, Kind};
use crate::errors::{exception, invalid, plain};
use crate::handle::lock;
use crate::rows::Value as _;
use crate::words;

/// The rows of most chunks.
const CHUNK: usize = 32_768;
/// Batches that wait to be taken.
const AHEAD: usize = 2;

/// A table on its way out: a stream of Arrow record batches, made while they are taken, in constant memory.
///
/// It speaks the Arrow PyCapsule interface, so ``polars.DataFrame(stream)``, ``pyarrow.table(stream)`` and
/// ``duckdb.from_arrow(stream)`` take it as it is. It can be taken once. Money is ``decimal128(19, 2)``, times are
/// timestamps of microseconds in UTC. All rows are those of the moment in which it is first looked at.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct ArrowStream {
    table: Table,
    database: Mutex<Option<Database>>,
}

impl ArrowStream {
    pub(crate) fn new(database: Database, table: Table) -> Self {
        Self { table, database: Mutex::new(Some(database)) }
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
        let Some(database) = lock(&self.database).take() else {
            return Err(plain(py, "ClosedError", "the stream was taken already: ask for another one with export"));
        };
        arrow::capsule(py, Batches::start(py, database, self.table)?)
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
    /// Returns:
    ///     pandas.DataFrame: the rows; money as ``Decimal`` objects.
    ///
    /// Raises:
    ///     ImportError: pandas or pyarrow is not installed: ``pip install 'ecomdb[pandas]'``.
    fn to_pandas<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        frame(this, "to_pandas")
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

/// What a function of `ecomdb.frames` makes of it.
fn frame<'py>(stream: &Bound<'py, ArrowStream>, function: &str) -> PyResult<Bound<'py, PyAny>> {
    stream.py().import("ecomdb.frames")?.getattr(function)?.call1((stream,))
}

/// Batches that another thread makes.
struct Batches {
    schema: SchemaRef,
    batches: Receiver<Result<RecordBatch, ArrowError>>,
}

impl Batches {
    fn start(py: Python<'_>, database: Database, table: Table) -> PyResult<Self> {
        let columns = table.schema().iter();
        let fields = columns.map(|column| arrow::field(column.name, kind(column.kind), column.nullable));
        let schema = arrow::schema(fields.collect());
        let (sender, batches) = sync_channel(AHEAD);
        let batch_schema = SchemaRef::clone(&schema);
        let thread = std::thread::Builder::new().name("ecomdb-export".to_owned());
        let started = thread.spawn(move || {
            let make = || Rows(Batch::new(SchemaRef::clone(&batch_schema), CHUNK));
            // When nobody takes it any more, an error ends the export.
            let send = |rows: Rows| sender.send(rows.0.finish()).map_err(|_| Error::RolledBack);
            if let Err(error) = database.export_chunks(table, make, send) {
                // Nobody has to listen.
                let _ = sender.send(Err(ArrowError::ExternalError(Box::new(error))));
            }
        });
        started.map_err(|error| plain(py, "OverloadedError", &format!("no thread could be started: {error}")))?;
        Ok(Self { schema, batches })
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.recv().ok()
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

/// Takes the rows of a chunk.
struct Rows(Batch);

impl Cells for Rows {
    #[inline(always)]
    fn cell(&mut self, cell: ecomdb::Cell<'_>) {
        self.0.push(match cell {
            ecomdb::Cell::Null => Cell::Null,
            ecomdb::Cell::Int(number) => Cell::Int(number),
            ecomdb::Cell::Money(minor) => Cell::Money(minor),
            ecomdb::Cell::Text(text) => Cell::Text(text),
            ecomdb::Cell::Time(micros) => Cell::Time(micros),
            ecomdb::Cell::Flag(flag) => Cell::Flag(flag),
        });
    }

    #[inline]
    fn end_row(&mut self) {
        self.0.end_row();
    }
}

const fn kind(kind: CellKind) -> Kind {
    match kind {
        CellKind::Int => Kind::Int,
        CellKind::Money => Kind::Money,
        CellKind::Text => Kind::Text,
        CellKind::Time => Kind::Time,
        CellKind::Flag => Kind::Flag,
    }
}

/// How rows are written.
pub(crate) fn format(py: Python<'_>, word: &str, for_spreadsheet: bool) -> PyResult<ExportFormat> {
    let format: ExportFormat = words::word(py, "format", word)?;
    if for_spreadsheet { format.for_spreadsheet().map_err(|wrong| invalid(py, &wrong)) } else { Ok(format) }
}

/// Writes to what Python writes to, without the GIL in between, and gives the number of rows.
pub(crate) fn to_writer(
    out: &Bound<'_, PyAny>,
    write: impl FnOnce(&mut dyn std::io::Write) -> ecomdb::Result<u64> + Send,
) -> PyResult<u64> {
    let py = out.py();
    let mut writer = Writer { out: out.clone().unbind(), failed: None };
    let (outcome, failed) = py.detach(move || {
        let outcome = write(&mut writer);
        (outcome, writer.failed)
    });
    match failed {
        Some(error) => Err(error),
        None => outcome.map_err(|error| exception(py, &error)),
    }
}

/// A Python object with a method `write` for bytes.
struct Writer {
    out: Py<PyAny>,
    /// What it raised.
    failed: Option<PyErr>,
}

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = Python::attach(|py| {
            py.check_signals()?;
            self.out.call_method1(py, "write", (PyBytes::new(py, bytes),)).map(|_| bytes.len())
        });
        written.map_err(|error| {
            self.failed.get_or_insert(error);
            std::io::Error::other("the object that is written to raised an exception")
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes a file for each table into a folder, and gives how many rows each has. What a signal handler raises, as on
/// Ctrl-C, leaves the folder as it was.
pub(crate) fn to_folder(
    py: Python<'_>,
    database: Database,
    folder: PathBuf,
    format: ExportFormat,
) -> PyResult<Bound<'_, PyDict>> {
    let mut interrupted = None;
    let tables = py.detach(|| {
        database.export_all_while(format, &folder, || match Python::attach(|py| py.check_signals()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                interrupted = Some(error);
                ControlFlow::Break(())
            }
        })
    });
    if let Some(error) = interrupted {
        return Err(error);
    }
    let tables = tables.map_err(|error| exception(py, &error))?;
    let counts = PyDict::new(py);
    for (table, rows) in tables {
        counts.set_item(table.into_python(py)?, rows)?;
    }
    Ok(counts)
}

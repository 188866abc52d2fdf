//! Destinations of exports: a Python object, a file, or a folder of files.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ecomdb::{Database, Error, ExportFormat, IfExists};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use tempfile::{Builder, NamedTempFile};

use crate::errors::exception;
use crate::values::Value as _;

/// Writes to a file or to a Python object, without the GIL in between. Returns the number of rows.
pub(crate) fn write_to(
    out: &Bound<'_, PyAny>,
    write: impl FnOnce(&mut dyn Write) -> ecomdb::Result<u64> + Send,
) -> PyResult<u64> {
    if out.is_instance_of::<PyString>() || out.hasattr("__fspath__")? {
        return to_file(out.py(), &out.extract::<PathBuf>()?, write);
    }
    if !out.hasattr("write")? {
        let kind = out.get_type().name()?;
        let message =
            format!("out must be a path or have a method write for bytes, as a file opened with \"wb\", not {kind}");
        return Err(PyTypeError::new_err(message));
    }
    to_writer(out, write)
}

/// Writes a file that replaces the one at this path once it is complete.
fn to_file(
    py: Python<'_>,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> ecomdb::Result<u64> + Send,
) -> PyResult<u64> {
    let failed = |error: io::Error| {
        let named = io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        exception(py, &Error::Output(named))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = Builder::new().prefix(".ecomdb-").suffix(".part").tempfile_in(folder).map_err(failed)?;
    let mut writer = Interruptible { out: BufWriter::new(file), interrupted: None };
    let (outcome, mut writer) = py.detach(move || {
        let outcome = write(&mut writer);
        (outcome, writer)
    });
    if let Some(error) = writer.interrupted.take() {
        return Err(error);
    }
    let rows = outcome.map_err(|error| exception(py, &error))?;
    let file = writer.out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(rows)
}

/// A file; Ctrl-C ends writing to it.
struct Interruptible {
    out: BufWriter<NamedTempFile>,
    interrupted: Option<PyErr>,
}

impl Write for Interruptible {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = Python::attach(|py| py.check_signals()) {
            self.interrupted.get_or_insert(error);
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn to_writer(
    out: &Bound<'_, PyAny>,
    write: impl FnOnce(&mut dyn Write) -> ecomdb::Result<u64> + Send,
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
    /// The exception that it raised.
    failed: Option<PyErr>,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = Python::attach(|py| {
            py.check_signals()?;
            self.out.call_method1(py, "write", (PyBytes::new(py, bytes),)).map(|_| bytes.len())
        });
        written.map_err(|error| {
            self.failed.get_or_insert(error);
            io::Error::other("the object that is written to raised an exception")
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) const fn if_exists(overwrite: bool) -> IfExists {
    if overwrite { IfExists::Replace } else { IfExists::Refuse }
}

/// Writes a file for each table into a folder, and returns the number of rows of each. An exception of a signal handler, as
/// for Ctrl-C, leaves the folder unchanged.
pub(crate) fn to_folder(
    py: Python<'_>,
    database: Database,
    folder: PathBuf,
    format: ExportFormat,
    if_exists: IfExists,
) -> PyResult<Bound<'_, PyDict>> {
    let mut interrupted = None;
    let tables = py.detach(|| {
        database.export_all_while(format, &folder, if_exists, || match Python::attach(|py| py.check_signals()) {
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

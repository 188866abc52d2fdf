//! The generator: a realistic shop in a database, or as files.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread::available_parallelism;

use ecomdb::Table;
use ecomdb::generator::{Dataset, Progress as Report, Scenario, Step};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::errors::exception;
use crate::output;
use crate::rows::rows;
use crate::scenario::scenario;
use crate::values::Value;

rows! {
    /// How far the generator has come.
    Progress = Far {
        /// Literal["rows", "loading", "reports", "indexes", "done"]: current step: ``"loading"`` on MariaDB, ``"done"`` before the
        /// commit.
        step,
        /// int: orders written so far.
        orders,
        /// int: orders there will be.
        of,
        /// int: rows of all tables written so far.
        rows,
        /// float: seconds since it began.
        elapsed,
    }

    /// A generated table.
    TableSummary = Filled {
        /// TableName: table.
        table,
        /// int: number of rows.
        rows,
        /// int: the sum, modulo 2**64, of a hash of each row: the same on every engine.
        checksum,
    }

    /// A generated shop.
    Summary = Made {
        /// int: number of users.
        users,
        /// int: number of products.
        products,
        /// int: number of orders.
        orders,
        /// tuple[TableSummary, ...]: the tables with rows, each before those that refer to it.
        tables,
    }

    /// One measured property of the generated orders.
    Measure = Measured {
        /// str: setting of the scenario.
        name,
        /// float: target of the scenario, as far as its other values allow.
        asked,
        /// float | None: measured value; None if there are too few rows.
        measured,
        /// float: tolerance.
        tolerance,
        /// bool: whether the difference is within the tolerance.
        is_ok,
    }

    /// The generated orders, measured against their scenario.
    RealismReport = Realistic {
        /// bool: whether every measure is within its tolerance.
        is_ok,
        /// tuple[Measure, ...]: one for each property.
        measures,
    }
}

pub(crate) struct Far {
    step: &'static str,
    orders: u64,
    of: u64,
    rows: u64,
    elapsed: f64,
}

pub(crate) struct Filled {
    table: Table,
    rows: u64,
    checksum: u64,
}

pub(crate) struct Made {
    users: u64,
    products: u64,
    orders: u64,
    tables: Vec<Filled>,
}

pub(crate) struct Measured {
    name: &'static str,
    asked: f64,
    measured: Option<f64>,
    tolerance: f64,
    is_ok: bool,
}

pub(crate) struct Realistic {
    is_ok: bool,
    measures: Vec<Measured>,
}

/// Fills a database, or only an empty one, for which it gives `None` if it is not.
pub(crate) fn generate(
    py: Python<'_>,
    database: ecomdb::Database,
    scenario: &Scenario,
    only_if_empty: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let made = with_progress(py, progress, |report| match only_if_empty {
        true => database.generate_if_empty(scenario, report),
        false => database.generate(scenario, report).map(Some),
    });
    made?.map(summary).into_python(py)
}

/// Writes the shop of a scenario as CSV files, without a database: ``users.csv``, ``orders.csv``, and so on.
///
/// Args:
///     folder (str | os.PathLike[str]): where to; made if it is missing.
///     preset (Literal["demo", "small", "large"]): the source of all values that are not given.
///     overwrite (bool): replace files that exist.
///     progress (bool | Callable[[Progress], object]): as of :meth:`Database.generate`.
///     scenario: any value of a scenario, as of :meth:`Database.generate`.
///
/// Returns:
///     Summary: what was written.
///
/// Raises:
///     ValidationError: for a value that is out of bounds.
///     OutputError: a file exists already and is not to be replaced, or cannot be written.
#[pyfunction]
#[pyo3(signature = (folder, preset="demo", *, overwrite=false, progress=None, **scenario))]
pub(crate) fn generate_csv(
    py: Python<'_>,
    folder: PathBuf,
    preset: &str,
    overwrite: bool,
    progress: Option<&Bound<'_, PyAny>>,
    scenario: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let dataset = dataset(py, preset, scenario)?;
    let progress = callback(py, progress)?;
    let if_exists = output::if_exists(overwrite);
    let threads = available_parallelism().map_or(1, usize::from);
    let made = with_progress(py, progress.as_ref(), |report| dataset.write_csv(&folder, if_exists, threads, report));
    summary(made?).into_python(py)
}

/// Generates the orders of a scenario without keeping them, and measures them against it.
///
/// Args:
///     preset (Literal["demo", "small", "large"]): the source of all values that are not given.
///     scenario: any value of a scenario, as of :meth:`Database.generate`.
///
/// Returns:
///     RealismReport: targets, measured values, and whether they agree.
///
/// Raises:
///     ValidationError: for a value that is out of bounds.
#[pyfunction]
#[pyo3(signature = (preset="demo", **scenario))]
pub(crate) fn realism(py: Python<'_>, preset: &str, scenario: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
    let dataset = dataset(py, preset, scenario)?;
    let report = py.detach(|| dataset.realism_report());
    let measure = |it: &ecomdb::generator::Measure| Measured {
        name: it.name,
        asked: it.asked,
        measured: it.measured,
        tolerance: it.tolerance,
        is_ok: it.is_ok(),
    };
    Realistic { is_ok: report.is_ok(), measures: report.measures.iter().map(measure).collect() }.into_python(py)
}

fn dataset(py: Python<'_>, preset: &str, values: Option<&Bound<'_, PyDict>>) -> PyResult<Dataset> {
    let scenario = scenario(py, preset, values)?;
    py.detach(|| Dataset::new(scenario)).map_err(|error| exception(py, &error.into()))
}

/// The function to call with each progress: none, a callable, or the progress bar for `True`.
pub(crate) fn callback<'py>(
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match progress {
        Some(progress) if progress.is_callable() => Ok(Some(progress.clone())),
        Some(progress) if progress.is_instance_of::<PyBool>() => match progress.is_truthy()? {
            true => Ok(Some(py.import("ecomdb.progress")?.getattr("Bar")?.call0()?)),
            false => Ok(None),
        },
        Some(other) => {
            let kind = other.get_type().name()?;
            Err(PyTypeError::new_err(format!(
                "progress must be a bool or a callable that takes a Progress, not {kind}"
            )))
        }
        None => Ok(None),
    }
}

/// Runs the work without the GIL, and takes it for each report: what the callback raises, or Ctrl-C, stops the work, which
/// undoes itself.
fn with_progress<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&mut (dyn FnMut(Report) -> ControlFlow<()> + Send)) -> ecomdb::Result<T> + Send,
) -> PyResult<T> {
    let progress = progress.map(|progress| progress.clone().unbind());
    let mut stopped = None;
    let outcome = py.detach(|| {
        work(&mut |report| {
            if stopped.is_some() {
                return ControlFlow::Break(());
            }
            let told = Python::attach(|py| {
                py.check_signals()?;
                if let Some(progress) = &progress {
                    progress.call1(py, (far(&report).into_python(py)?,))?;
                }
                Ok(())
            });
            match told {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    stopped = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
    });
    match stopped {
        Some(error) => Err(error),
        None => outcome.map_err(|error| exception(py, &error)),
    }
}

fn far(report: &Report) -> Far {
    let step = match report.step {
        Step::Loading => "loading",
        Step::Reports => "reports",
        Step::Indexes => "indexes",
        Step::Done => "done",
        _ => "rows",
    };
    Far { step, orders: report.orders, of: report.of, rows: report.rows, elapsed: report.elapsed.as_secs_f64() }
}

fn summary(made: ecomdb::generator::Summary) -> Made {
    let rows = |table| made.rows(table).unwrap_or(0);
    let (users, products, orders) = (rows("users"), rows("products"), rows("orders"));
    let tables = made.tables.iter().map(|it| Filled { table: it.table, rows: it.rows, checksum: it.checksum });
    Made { users, products, orders, tables: tables.collect() }
}

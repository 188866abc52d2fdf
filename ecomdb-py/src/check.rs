//! Results of `db.check`.

use ecomdb::{Database, Error};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::rows::rows;
use crate::values::Value;

rows! {
    /// A row that breaks a rule.
    Finding = ecomdb::Finding {
        /// str: the kind of row, such as ``"order"``.
        entity,
        /// int: row id; 0 where the message says it.
        id,
        /// str: actual and expected values.
        message,
    }

    /// One rule, and the rows that break it.
    CheckResult = ecomdb::CheckResult {
        /// str: the rule, in words.
        rule,
        /// int: number of rows checked.
        compared,
        /// tuple[Finding, ...]: the first rows that break it, at most ten.
        findings,
    }

    /// Result of a check.
    CheckReport = Checked {
        /// bool: whether every rule holds.
        is_clean,
        /// tuple[CheckResult, ...]: each rule, in a fixed order.
        checks,
    }
}

/// Checks without the GIL, and acquires it for each rule.
pub(crate) fn run(py: Python<'_>, database: Database, progress: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
    if let Some(progress) = progress.as_ref().map(|progress| progress.bind(py)).filter(|it| !it.is_callable()) {
        let kind = progress.get_type().name()?;
        return Err(PyTypeError::new_err(format!("progress must be a callable that takes a CheckResult, not {kind}")));
    }
    let mut stopped = None;
    let outcome = py.detach(|| {
        database.check_with(|check| {
            let told = Python::attach(|py| {
                py.check_signals()?;
                if let Some(progress) = &progress {
                    progress.call1(py, (check.clone().into_python(py)?,))?;
                }
                Ok(())
            });
            told.map_err(|error| {
                stopped = Some(error);
                Error::RolledBack
            })
        })
    });
    match stopped {
        Some(error) => Err(error),
        None => report(py, outcome.map_err(|error| exception(py, &error))?),
    }
}

/// The library's report with its verdict.
pub(crate) struct Checked {
    is_clean: bool,
    checks: Vec<ecomdb::CheckResult>,
}

/// The report as a Python object.
fn report(py: Python<'_>, report: ecomdb::CheckReport) -> PyResult<Py<PyAny>> {
    Checked { is_clean: report.is_clean(), checks: report.checks }.into_python(py)
}

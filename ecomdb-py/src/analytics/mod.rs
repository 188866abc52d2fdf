//! `db.analytics`: one file for each family of reports.

mod customers;
mod products;
pub(crate) mod report;
mod revenue;
pub(crate) mod rows;
mod stock;

use ecomdb::{Limit, metrics};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::errors::invalid;
use crate::scope::Scope;
use crate::whole::Count;

/// What the shop sells, in reports: ``db.analytics``, or ``tx.analytics`` in a transaction.
///
/// Every report has all that was committed before it began. An order counts by the time at which it was placed; periods
/// include their beginning and not their end, and a ``datetime`` without a time zone is a ``TypeError``. ``metrics`` says
/// what each number means.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Analytics {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Analytics {
    /// tuple[str, ...]: what each number means, in words.
    #[classattr]
    fn metrics(py: Python<'_>) -> PyResult<Py<PyTuple>> {
        Ok(PyTuple::new(py, metrics::ALL)?.unbind())
    }
}

fn rows_at_most(py: Python<'_>, limit: Count) -> PyResult<Limit> {
    Limit::new(limit.0).map_err(|error| invalid(py, &error))
}

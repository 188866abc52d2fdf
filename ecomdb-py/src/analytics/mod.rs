//! `db.analytics`: methods and rows are made from the library's declarations of its reports.

mod customers;
mod methods;
mod report;
mod rows;

use ecomdb::{Limit, ProductId, Question, Report, Trend, UserId, metrics, quoted};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyModule, PyTuple};

pub(crate) use self::customers::CustomerSummary;
use crate::enums::{maybe_word, word};
use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::scope::Scope;
use crate::times::period;

/// Sales reports: ``db.analytics``, ``tx.analytics`` in a transaction, or ``shop.analytics`` on behalf of a caller.
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

/// The report of this name, and its parameters from keyword arguments. Parameters that it does not take are refused.
pub(crate) fn question(py: Python<'_>, name: &str, asked: Option<&Bound<'_, PyDict>>) -> PyResult<(Report, Question)> {
    let report: Report = word(py, "report", &name.replace('_', "-"))?;
    let given = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        let value = asked.map(|asked| asked.get_item(name)).transpose()?.flatten();
        Ok(value.filter(|value| !value.is_none()))
    };
    for name in asked.iter().flat_map(|asked| asked.keys()) {
        let name: String = name.extract()?;
        let parameter = match name.as_str() {
            "from_" => "from",
            "compare_previous" => "compare",
            name => name,
        };
        if given(&name)?.is_some() && !report.takes().contains(&parameter) {
            return Err(PyTypeError::new_err(format!("{report} does not take {}", quoted(&name))));
        }
    }
    let text = |name| given(name)?.map(|value| value.extract::<String>()).transpose();
    let tz = text("tz")?.unwrap_or_else(|| "UTC".to_owned());
    let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
    let usual = Trend::default();
    let granularity = maybe_word(py, "granularity", text("granularity")?.as_deref())?;
    let trend = Trend {
        period: period(given("from_")?.as_ref(), given("to")?.as_ref(), time_zone)?,
        granularity: granularity.unwrap_or(usual.granularity),
        time_zone,
        compare_previous: given("compare_previous")?.is_some_and(|it| it.is_truthy().unwrap_or_default()),
    };
    let limit = given("limit")?.map(|limit| rows_at_most(py, limit.extract()?)).transpose()?;
    let id = |name| given(name)?.map(|id| id.extract::<Id>()).transpose();
    let product_id = id("product_id")?.map(|id| id.of(py, "product_id", ProductId::new)).transpose()?;
    let user_id = id("user_id")?.map(|id| id.of(py, "user_id", UserId::new)).transpose()?;
    let segment = maybe_word(py, "segment", text("segment")?.as_deref())?;
    Ok((report, Question { trend, limit, segment, product_id, user_id }))
}

/// Adds the rows, and for the command line: name, description and parameters of each report.
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    rows::add_to(module)?;
    let reports = Report::ALL.iter().map(|it| (it.as_str(), it.about(), it.takes().to_vec()));
    module.add("_REPORTS", PyList::new(module.py(), reports)?)
}

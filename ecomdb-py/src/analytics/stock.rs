//! Reports on what is to be done, and how far orders come.

use ecomdb::TimeZone;
use pyo3::prelude::*;

use super::report::report;
use super::{Analytics, rows_at_most};
use crate::integers::Count;
use crate::scope::run;
use crate::times::period;

#[pymethods]
impl Analytics {
    /// The active products of which it is time to reorder; equal ones by id.
    ///
    /// Args:
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[LowInventory]: a row for each, those furthest below their level first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, limit=Count(50)), text_signature = "($self, *, limit=50)")]
    fn low_inventory(&self, py: Python<'_>, limit: Count) -> PyResult<Py<PyAny>> {
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().low_inventory(limit));
        report(py, "low_inventory", rows?)
    }

    /// Pending orders of the period of which nothing was paid.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[UnpaidOrder]: a row for each, by id.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn unpaid_orders(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().unpaid_orders(&period, limit));
        report(py, "unpaid_orders", rows?)
    }

    /// How far the orders of the period came: placed, payment attempted, paid, refunded.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[FunnelStep]: a row for each stage, in this order.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn funnel(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().funnel(&period));
        report(py, "funnel", rows?)
    }
}

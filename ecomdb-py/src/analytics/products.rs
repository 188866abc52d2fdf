//! Reports on what is sold.

use ecomdb::TimeZone;
use pyo3::prelude::*;

use super::report::report;
use super::{Analytics, rows_at_most};
use crate::integers::Count;
use crate::scope::run;
use crate::times::period;

#[pymethods]
impl Analytics {
    /// The products of which most units were sold in the period; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[TopProduct]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn top_products(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().top_products(&period, limit));
        report(py, "top_products", rows?)
    }

    /// The products that brought in most in the period; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[ProductRevenue]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn revenue_by_product(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().revenue_by_product(&period, limit));
        report(py, "revenue_by_product", rows?)
    }

    /// The categories that brought in most in the period; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[CategoryRevenue]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn revenue_by_category(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().revenue_by_category(&period, limit));
        report(py, "revenue_by_category", rows?)
    }

    /// The pairs of products that most orders of the period have together; equal ones by ids.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[BoughtTogether]: a row for each pair, the most frequent first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn bought_together(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().bought_together(&period, limit));
        report(py, "bought_together", rows?)
    }

    /// How the products sell that were sold in the period, and how long their stock lasts; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[SellThrough]: a row for each, the shortest first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn sell_through(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().sell_through(&period, limit));
        report(py, "sell_through", rows?)
    }
}

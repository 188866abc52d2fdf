//! Reports on customers.

use ecomdb::TimeZone;
use pyo3::prelude::*;

use super::report::report;
use super::{Analytics, rows_at_most};
use crate::enums::maybe_word;
use crate::integers::Count;
use crate::scope::run;
use crate::times::period;

#[pymethods]
impl Analytics {
    /// The customers who spent most in the period; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[TopCustomer]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn top_customers(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().top_customers(&period, limit));
        report(py, "top_customers", rows?)
    }

    /// The customers with most completed orders in the period; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[TopCustomer]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
    fn orders_per_user(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().orders_per_user(&period, limit));
        report(py, "orders_per_user", rows?)
    }

    /// New and returning customers of each month (UTC) that has any.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[NewAndReturning]: a row for each month, the earliest first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn new_and_returning_customers(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().new_and_returning_customers(&period));
        report(py, "new_and_returning_customers", rows?)
    }

    /// Customers whose first order ever is in the period, by the month (UTC) of that order: retention and lifetime value.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[CohortMonth]: a row for each cohort and month, the earliest first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn cohorts(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().cohorts(&period));
        report(py, "cohorts", rows?)
    }

    /// Customers by recency, frequency and monetary value, in segments.
    ///
    /// With R the recency score and V the mean of the other two, rounded half up: champions R 4-5 V 4-5, loyal R 3 V 4-5,
    /// potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, need_attention R 3 V 1-3, at_risk R 1-2 V 4-5, hibernating R 2
    /// V 1-3, lost R 1 V 1-3.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[RfmSegmentSummary]: a row for each segment, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn rfm(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().rfm(&period));
        report(py, "rfm", rows?)
    }

    /// The customers of the period with the highest RFM scores; equal ones by id.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///     segment (RfmSegment | str | None): only customers of this segment.
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[RfmCustomer]: a row for each, the best first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None, *, segment=None, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, segment=None, limit=50)")]
    fn rfm_customers(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        segment: Option<&str>,
        limit: Count,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let segment = maybe_word(py, "segment", segment)?;
        let limit = rows_at_most(py, limit)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().rfm_customers(&period, segment, limit));
        report(py, "rfm_customers", rows?)
    }
}

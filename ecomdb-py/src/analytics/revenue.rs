//! Reports on revenue.

use ecomdb::{TimeZone, Trend};
use pyo3::prelude::*;

use super::Analytics;
use super::report::report;
use crate::enums::word;
use crate::errors::invalid;
use crate::scope::run;
use crate::times::period;

#[pymethods]
impl Analytics {
    /// What the completed orders of the period came to.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[TotalRevenue]: one row.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn total_revenue(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let row = run!(self.scope, py, |shop| shop.analytics().total_revenue(&period));
        report(py, "total_revenue", vec![row?])
    }

    /// The same for each calendar month (UTC) that has completed orders.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[MonthlyRevenue]: a row for each month, the earliest first.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn monthly_revenue(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let rows = run!(self.scope, py, |shop| shop.analytics().monthly_revenue(&period));
        report(py, "monthly_revenue", rows?)
    }

    /// Revenue by day, week or month in the calendar of a time zone; steps without orders too.
    ///
    /// Args:
    ///     granularity (Granularity | str): ``"day"``, ``"week"`` (from Monday) or ``"month"``.
    ///     from_ (datetime | date | str | None): where it begins; a day stands for its first moment in the time zone. With
    ///         the first completed order if None.
    ///     to (datetime | date | str | None): where it ends, not included. With the last completed order if None.
    ///     tz (str): whose calendar, such as ``"Europe/Berlin"``.
    ///     compare_previous (bool): say, beside each step, what was in the step as many steps earlier as the trend has.
    ///
    /// Returns:
    ///     Report[TrendStep]: a row for each step, the earliest first; at most 4,000.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed, also where there would be more steps.
    #[pyo3(signature = (granularity="day", from_=None, to=None, *, tz="UTC", compare_previous=false))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn revenue_trend(
        &self,
        py: Python<'_>,
        granularity: &str,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        tz: &str,
        compare_previous: bool,
    ) -> PyResult<Py<PyAny>> {
        let granularity = word(py, "granularity", granularity)?;
        let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
        let trend = Trend { period: period(from_, to, time_zone)?, granularity, time_zone, compare_previous };
        let rows = run!(self.scope, py, |shop| shop.analytics().revenue_trend(&trend));
        report(py, "revenue_trend", rows?)
    }

    /// What a completed order of the period comes to on average.
    ///
    /// Args:
    ///     from_ (datetime | date | str | None): only orders placed from this moment on; a day is its first moment in UTC.
    ///     to (datetime | date | str | None): only orders placed before this moment.
    ///
    /// Returns:
    ///     Report[AverageOrderValue]: one row.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (from_=None, to=None))]
    fn average_order_value(
        &self,
        py: Python<'_>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let period = period(from_, to, TimeZone::UTC)?;
        let row = run!(self.scope, py, |shop| shop.analytics().average_order_value(&period));
        report(py, "average_order_value", vec![row?])
    }
}

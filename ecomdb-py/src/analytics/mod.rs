//! `db.analytics`

pub(crate) mod report;
pub(crate) mod rows;

use ecomdb::{Limit, TimeZone, Trend, metrics};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use self::report::report;
use crate::errors::invalid;
use crate::scope::{Scope, run};
use crate::times::period;
use crate::whole::Count;
use crate::words::{maybe_word, word};

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

    /// Customers by the month (UTC) of their first order: retention and lifetime value.
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
        let rows = run!(self.scope, py, |shop| shop.analytics().rfm_segments(&period));
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
    ///     Report[StockCover]: a row for each, the shortest first.
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
        let rows = run!(self.scope, py, |shop| shop.analytics().stock_cover(&period, limit));
        report(py, "sell_through", rows?)
    }

    /// The active products of which it is time to reorder; equal ones by id.
    ///
    /// Args:
    ///     limit (int): how many rows at the most: 1 to 1000.
    ///
    /// Returns:
    ///     Report[LowStock]: a row for each, those furthest below their level first.
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

    /// How far the orders of the period came: placed, somebody tried to pay, paid, refunded.
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

fn rows_at_most(py: Python<'_>, limit: Count) -> PyResult<Limit> {
    Limit::new(limit.0).map_err(|error| invalid(py, &error))
}

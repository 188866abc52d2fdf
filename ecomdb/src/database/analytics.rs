//! Reports.

use super::Access;
use crate::analytics::sales::Rollups;
use crate::analytics::{
    AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, FunnelStep, LowInventory, MonthlyRevenue,
    NewAndReturning, ProductRevenue, Question, Report, ReportRows, RfmCustomer, RfmSegment, RfmSegmentSummary,
    SellThrough, TopCustomer, TopProduct, TotalRevenue, Trend, TrendStep, UnpaidOrder, affinity, cohorts, customers,
    funnel, products, revenue, rfm, stock, trend,
};
use crate::types::{Limit, Period};

/// Reports of a shop, from [`Database::analytics`](crate::Database::analytics).
#[derive(Debug)]
pub struct Analytics<A>(pub(crate) A);

impl<A: Access> Analytics<A> {
    /// Revenue, refunds and number of completed orders of the period.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    ///
    /// ```
    /// # use ecomdb::{Database, Period};
    /// let db = Database::open("sqlite::memory:")?;
    /// let january = Period::parse(Some("2026-01-01"), Some("2026-02-01"))?;
    /// assert_eq!(db.analytics().total_revenue(&january)?.total_revenue.to_string(), "0.00");
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn total_revenue(self, period: &Period) -> A::Answer<TotalRevenue> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| revenue::total(conn, &period))
    }

    /// Revenue per calendar month (UTC) of the period, for months with completed orders, earliest first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn monthly_revenue(self, period: &Period) -> A::Answer<Vec<MonthlyRevenue>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| revenue::monthly(conn, &period))
    }

    /// The customers with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_customers(self, period: &Period, limit: Limit) -> A::Answer<Vec<TopCustomer>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| customers::top(conn, &period, limit))
    }

    /// The products with the most units sold in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_products(self, period: &Period, limit: Limit) -> A::Answer<Vec<TopProduct>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| products::top(conn, &period, limit))
    }

    /// The products with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_product(self, period: &Period, limit: Limit) -> A::Answer<Vec<ProductRevenue>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| products::revenue(conn, &period, limit))
    }

    /// The categories with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_category(self, period: &Period, limit: Limit) -> A::Answer<Vec<CategoryRevenue>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| products::revenue_by_category(conn, &period, limit))
    }

    /// Average value of the completed orders of the period.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn average_order_value(self, period: &Period) -> A::Answer<AverageOrderValue> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| revenue::average_order(conn, &period))
    }

    /// The customers with the most completed orders in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn orders_per_user(self, period: &Period, limit: Limit) -> A::Answer<Vec<TopCustomer>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| customers::by_orders(conn, &period, limit))
    }

    /// Revenue per day, week or month in the calendar of a time zone, earliest first. Includes steps without orders.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) (`from`) for more than [`Trend::MAX_STEPS`] steps.
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_trend(self, trend: &Trend) -> A::Answer<Vec<TrendStep>> {
        let trend = trend.clone();
        self.0.report(Rollups::Sums, move |conn| trend::trend(conn, &trend))
    }

    /// New and returning customers per month (UTC) of the period, for months with customers, earliest first. For a
    /// month partly in the period, only orders in that part count.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn new_and_returning_customers(self, period: &Period) -> A::Answer<Vec<NewAndReturning>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| cohorts::new_and_returning(conn, &period))
    }

    /// Cohorts of the customers whose first completed order was placed in the period, by month (UTC). Each cohort has a
    /// row for every month up to the last one with orders. For a month partly in the period, only orders in that part
    /// count.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn cohorts(self, period: &Period) -> A::Answer<Vec<CohortMonth>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| cohorts::cohorts(conn, &period))
    }

    /// Number of customers of the period in each RFM segment, best segment first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm(self, period: &Period) -> A::Answer<Vec<RfmSegmentSummary>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| rfm::segments(conn, &period))
    }

    /// The customers of the period with the highest RFM scores, of one segment or of all. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm_customers(
        self,
        period: &Period,
        segment: Option<RfmSegment>,
        limit: Limit,
    ) -> A::Answer<Vec<RfmCustomer>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| rfm::customers(conn, &period, segment, limit))
    }

    /// The pairs of products that occur together in the most orders of the period. Ties are broken by ids.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn bought_together(self, period: &Period, limit: Limit) -> A::Answer<Vec<BoughtTogether>> {
        let period = *period;
        self.0.report(Rollups::WithPairs, move |conn| affinity::bought_together(conn, &period, limit))
    }

    /// The products sold in the period, fewest days of cover first. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn sell_through(self, period: &Period, limit: Limit) -> A::Answer<Vec<SellThrough>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| stock::sell_through(conn, &period, limit))
    }

    /// Active products at or below their reorder level, furthest below first. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn low_inventory(self, limit: Limit) -> A::Answer<Vec<LowInventory>> {
        self.0.report(Rollups::Sums, move |conn| stock::low(conn, limit))
    }

    /// Pending orders of the period without a completed payment, by ascending id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn unpaid_orders(self, period: &Period, limit: Limit) -> A::Answer<Vec<UnpaidOrder>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| funnel::unpaid(conn, &period, limit))
    }

    /// Number of orders of the period that were placed, had a payment attempt, were paid, and were refunded.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn funnel(self, period: &Period) -> A::Answer<Vec<FunnelStep>> {
        let period = *period;
        self.0.report(Rollups::Sums, move |conn| funnel::funnel(conn, &period))
    }
}

impl<A: Access> Analytics<A> {
    /// The rows of any report as named values, for generic output.
    ///
    /// # Errors
    /// Those of the report.
    ///
    /// ```
    /// # use ecomdb::{Database, Money, Question, Report, Value};
    /// let db = Database::open("sqlite::memory:")?;
    /// let mut rows = db.analytics().rows(Report::TotalRevenue, &Question::default())?;
    /// assert_eq!(rows.columns()[0].name, "total_revenue");
    /// assert_eq!(rows.next().unwrap()[0], Value::Money(Money::ZERO));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn rows(self, report: Report, question: &Question) -> A::Answer<ReportRows> {
        let Question { trend, limit, segment } = question;
        let (period, limit) = (&trend.period, limit.unwrap_or(Limit::ALL));
        match report {
            Report::TotalRevenue => A::map(self.total_revenue(period), |row| ReportRows::of(vec![row])),
            Report::MonthlyRevenue => A::map(self.monthly_revenue(period), ReportRows::of),
            Report::RevenueTrend if trend.compare_previous => A::map(self.revenue_trend(trend), ReportRows::of),
            Report::RevenueTrend => {
                A::map(self.revenue_trend(trend), |rows| ReportRows::of(rows).first_columns(TREND_ALONE))
            }
            Report::AverageOrderValue => A::map(self.average_order_value(period), |row| ReportRows::of(vec![row])),
            Report::TopCustomers => A::map(self.top_customers(period, limit), ReportRows::of),
            Report::OrdersPerUser => A::map(self.orders_per_user(period, limit), ReportRows::of),
            Report::NewAndReturningCustomers => A::map(self.new_and_returning_customers(period), ReportRows::of),
            Report::Cohorts => A::map(self.cohorts(period), ReportRows::of),
            Report::Rfm => A::map(self.rfm(period), ReportRows::of),
            Report::RfmCustomers => A::map(self.rfm_customers(period, *segment, limit), ReportRows::of),
            Report::TopProducts => A::map(self.top_products(period, limit), ReportRows::of),
            Report::RevenueByProduct => A::map(self.revenue_by_product(period, limit), ReportRows::of),
            Report::RevenueByCategory => A::map(self.revenue_by_category(period, limit), ReportRows::of),
            Report::BoughtTogether => A::map(self.bought_together(period, limit), ReportRows::of),
            Report::SellThrough => A::map(self.sell_through(period, limit), ReportRows::of),
            Report::LowInventory => A::map(self.low_inventory(limit), ReportRows::of),
            Report::UnpaidOrders => A::map(self.unpaid_orders(period, limit), ReportRows::of),
            Report::Funnel => A::map(self.funnel(period), ReportRows::of),
        }
    }
}

/// Number of columns of a trend without comparison.
const TREND_ALONE: usize = 7;

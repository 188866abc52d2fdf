//! Reports.

use super::Access;
use crate::analytics::sales::Rollups;
use crate::analytics::{
    AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, FunnelStep, LowInventory, MonthlyRevenue,
    NewAndReturning, ProductRevenue, Question, Report, ReportRows, RfmCustomer, RfmSegment, RfmSegmentSummary,
    SellThrough, TopCustomer, TopProduct, TotalRevenue, Trend, TrendStep, UnpaidOrder, affinity, cohorts, customers,
    funnel, products, revenue, rfm, stock, trend,
};
use crate::error::Result;
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
    pub fn total_revenue(self, period: &Period) -> Result<TotalRevenue> {
        self.0.report(Rollups::Sums, |conn| revenue::total(conn, period))
    }

    /// Revenue per calendar month (UTC) of the period, for months with completed orders, earliest first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn monthly_revenue(self, period: &Period) -> Result<Vec<MonthlyRevenue>> {
        self.0.report(Rollups::Sums, |conn| revenue::monthly(conn, period))
    }

    /// The customers with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_customers(self, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
        self.0.report(Rollups::Sums, |conn| customers::top(conn, period, limit))
    }

    /// The products with the most units sold in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_products(self, period: &Period, limit: Limit) -> Result<Vec<TopProduct>> {
        self.0.report(Rollups::Sums, |conn| products::top(conn, period, limit))
    }

    /// The products with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_product(self, period: &Period, limit: Limit) -> Result<Vec<ProductRevenue>> {
        self.0.report(Rollups::Sums, |conn| products::revenue(conn, period, limit))
    }

    /// The categories with the highest revenue in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_category(self, period: &Period, limit: Limit) -> Result<Vec<CategoryRevenue>> {
        self.0.report(Rollups::Sums, |conn| products::revenue_by_category(conn, period, limit))
    }

    /// Average value of the completed orders of the period.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn average_order_value(self, period: &Period) -> Result<AverageOrderValue> {
        self.0.report(Rollups::Sums, |conn| revenue::average_order(conn, period))
    }

    /// The customers with the most completed orders in the period. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn orders_per_user(self, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
        self.0.report(Rollups::Sums, |conn| customers::by_orders(conn, period, limit))
    }

    /// Revenue per day, week or month in the calendar of a time zone, earliest first. Includes steps without orders.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) (`from`) for more than [`Trend::MAX_STEPS`] steps.
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_trend(self, trend: &Trend) -> Result<Vec<TrendStep>> {
        self.0.report(Rollups::Sums, |conn| trend::trend(conn, trend))
    }

    /// New and returning customers per month (UTC) of the period, for months with customers, earliest first. For a
    /// month partly in the period, only orders in that part count.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn new_and_returning_customers(self, period: &Period) -> Result<Vec<NewAndReturning>> {
        self.0.report(Rollups::Sums, |conn| cohorts::new_and_returning(conn, period))
    }

    /// Cohorts of the customers whose first completed order was placed in the period, by month (UTC). Each cohort has a
    /// row for every month up to the last one with orders. For a month partly in the period, only orders in that part
    /// count.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn cohorts(self, period: &Period) -> Result<Vec<CohortMonth>> {
        self.0.report(Rollups::Sums, |conn| cohorts::cohorts(conn, period))
    }

    /// Number of customers of the period in each RFM segment, best segment first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm(self, period: &Period) -> Result<Vec<RfmSegmentSummary>> {
        self.0.report(Rollups::Sums, |conn| rfm::segments(conn, period))
    }

    /// The customers of the period with the highest RFM scores, of one segment or of all. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm_customers(self, period: &Period, segment: Option<RfmSegment>, limit: Limit) -> Result<Vec<RfmCustomer>> {
        self.0.report(Rollups::Sums, |conn| rfm::customers(conn, period, segment, limit))
    }

    /// The pairs of products that occur together in the most orders of the period. Ties are broken by ids.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn bought_together(self, period: &Period, limit: Limit) -> Result<Vec<BoughtTogether>> {
        self.0.report(Rollups::WithPairs, |conn| affinity::bought_together(conn, period, limit))
    }

    /// The products sold in the period, fewest days of cover first. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn sell_through(self, period: &Period, limit: Limit) -> Result<Vec<SellThrough>> {
        self.0.report(Rollups::Sums, |conn| stock::sell_through(conn, period, limit))
    }

    /// Active products at or below their reorder level, furthest below first. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn low_inventory(self, limit: Limit) -> Result<Vec<LowInventory>> {
        self.0.report(Rollups::Sums, |conn| stock::low(conn, limit))
    }

    /// Pending orders of the period without a completed payment, by ascending id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn unpaid_orders(self, period: &Period, limit: Limit) -> Result<Vec<UnpaidOrder>> {
        self.0.report(Rollups::Sums, |conn| funnel::unpaid(conn, period, limit))
    }

    /// Number of orders of the period that were placed, had a payment attempt, were paid, and were refunded.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn funnel(self, period: &Period) -> Result<Vec<FunnelStep>> {
        self.0.report(Rollups::Sums, |conn| funnel::funnel(conn, period))
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
    pub fn rows(self, report: Report, question: &Question) -> Result<ReportRows> {
        let Question { trend, limit, segment } = question;
        let (period, limit) = (&trend.period, limit.unwrap_or(Limit::ALL));
        Ok(match report {
            Report::TotalRevenue => ReportRows::of(vec![self.total_revenue(period)?]),
            Report::MonthlyRevenue => ReportRows::of(self.monthly_revenue(period)?),
            Report::RevenueTrend if trend.compare_previous => ReportRows::of(self.revenue_trend(trend)?),
            Report::RevenueTrend => ReportRows::of(self.revenue_trend(trend)?).first_columns(TREND_ALONE),
            Report::AverageOrderValue => ReportRows::of(vec![self.average_order_value(period)?]),
            Report::TopCustomers => ReportRows::of(self.top_customers(period, limit)?),
            Report::OrdersPerUser => ReportRows::of(self.orders_per_user(period, limit)?),
            Report::NewAndReturningCustomers => ReportRows::of(self.new_and_returning_customers(period)?),
            Report::Cohorts => ReportRows::of(self.cohorts(period)?),
            Report::Rfm => ReportRows::of(self.rfm(period)?),
            Report::RfmCustomers => ReportRows::of(self.rfm_customers(period, *segment, limit)?),
            Report::TopProducts => ReportRows::of(self.top_products(period, limit)?),
            Report::RevenueByProduct => ReportRows::of(self.revenue_by_product(period, limit)?),
            Report::RevenueByCategory => ReportRows::of(self.revenue_by_category(period, limit)?),
            Report::BoughtTogether => ReportRows::of(self.bought_together(period, limit)?),
            Report::SellThrough => ReportRows::of(self.sell_through(period, limit)?),
            Report::LowInventory => ReportRows::of(self.low_inventory(limit)?),
            Report::UnpaidOrders => ReportRows::of(self.unpaid_orders(period, limit)?),
            Report::Funnel => ReportRows::of(self.funnel(period)?),
        })
    }
}

/// Number of columns of a trend without comparison.
const TREND_ALONE: usize = 7;

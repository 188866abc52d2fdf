//! Sales reports. [`metrics`] defines their numbers.
//!
//! A report first folds queued sales events into the rollups (see [`sales`]), and then reads the rollups. It thus
//! includes all orders committed before it began. Its cost grows with the size of the answer, the catalog or the number
//! of customers, not with the number of orders. There are two exceptions: the funnel counts orders that are not
//! completed, and rankings and pairs for a period grow with that period. If a period covers a part of a bucket, that
//! part is read from the orders.

mod affinity;
pub(crate) mod calendar;
mod cohorts;
mod customers;
mod funnel;
pub mod metrics;
mod period;
mod products;
mod report;
mod revenue;
mod rfm;
mod rows;
pub(crate) mod sales;
mod stock;
mod sums;
mod trend;

pub use self::affinity::BoughtTogether;
pub use self::cohorts::{CohortMonth, NewAndReturning};
pub use self::customers::TopCustomer;
pub use self::funnel::{FunnelStage, FunnelStep, UnpaidOrder};
pub use self::period::Period;
pub use self::products::{CategoryRevenue, ProductRevenue, TopProduct};
pub use self::report::{Question, Report};
pub use self::revenue::{AverageOrderValue, MonthlyRevenue, TotalRevenue};
pub use self::rfm::{RfmCustomer, RfmSegment, RfmSegmentSummary};
pub use self::rows::{Column, ColumnKind, ReportRows, Value};
pub use self::stock::{LowStock, StockCover};
pub use self::trend::{Granularity, TimeZone, Trend, TrendStep};

use self::sales::Rollups;
use crate::database::Access;
use crate::error::Result;
use crate::types::Limit;

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
    pub fn rfm_segments(self, period: &Period) -> Result<Vec<RfmSegmentSummary>> {
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
    pub fn stock_cover(self, period: &Period, limit: Limit) -> Result<Vec<StockCover>> {
        self.0.report(Rollups::Sums, |conn| stock::cover(conn, period, limit))
    }

    /// Active products at or below their reorder level, furthest below first. Ties are broken by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn low_inventory(self, limit: Limit) -> Result<Vec<LowStock>> {
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

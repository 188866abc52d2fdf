//! What the shop sells: reports. What their numbers mean is said in [`metrics`], once.
//!
//! Every report first folds the sales that wait into the rollups (see [`sales`]), and then reads those: it has all that
//! was committed before it began, and its cost grows with its answer, the catalog or the number of customers, not with
//! the number of orders. The exceptions are the funnel, which counts the orders that are not completed, and rankings and
//! pairs within a period, which grow with that. Where a period cuts a bucket, the part is read from the orders. One file
//! per family.

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

/// The reports of a shop: [`Database::analytics`](crate::Database::analytics).
#[derive(Debug)]
pub struct Analytics<A>(pub(crate) A);

impl<A: Access> Analytics<A> {
    /// What the orders of the period came to.
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

    /// The same for each calendar month (UTC) of the period that has completed orders, the earliest first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn monthly_revenue(self, period: &Period) -> Result<Vec<MonthlyRevenue>> {
        self.0.report(Rollups::Sums, |conn| revenue::monthly(conn, period))
    }

    /// The customers who spent most in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_customers(self, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
        self.0.report(Rollups::Sums, |conn| customers::top(conn, period, limit))
    }

    /// The products of which most units were sold in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_products(self, period: &Period, limit: Limit) -> Result<Vec<TopProduct>> {
        self.0.report(Rollups::Sums, |conn| products::top(conn, period, limit))
    }

    /// The products that brought in most in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_product(self, period: &Period, limit: Limit) -> Result<Vec<ProductRevenue>> {
        self.0.report(Rollups::Sums, |conn| products::revenue(conn, period, limit))
    }

    /// The categories that brought in most in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_category(self, period: &Period, limit: Limit) -> Result<Vec<CategoryRevenue>> {
        self.0.report(Rollups::Sums, |conn| products::revenue_by_category(conn, period, limit))
    }

    /// What a completed order of the period comes to on average.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn average_order_value(self, period: &Period) -> Result<AverageOrderValue> {
        self.0.report(Rollups::Sums, |conn| revenue::average_order(conn, period))
    }

    /// The customers with most completed orders in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn orders_per_user(self, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
        self.0.report(Rollups::Sums, |conn| customers::by_orders(conn, period, limit))
    }

    /// Revenue by day, week or month in the calendar of a time zone; steps without orders too, the earliest first.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) (`from`) for more than [`Trend::MAX_STEPS`] steps.
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_trend(self, trend: &Trend) -> Result<Vec<TrendStep>> {
        self.0.report(Rollups::Sums, |conn| trend::trend(conn, trend))
    }

    /// New and returning customers of each month (UTC) of the period that has any, the earliest first. Of a month that is
    /// only in part in the period, those who bought in that part.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn new_and_returning_customers(self, period: &Period) -> Result<Vec<NewAndReturning>> {
        self.0.report(Rollups::Sums, |conn| cohorts::new_and_returning(conn, period))
    }

    /// The customers whose first completed order ever was placed in the period, by the month (UTC) of that order, with what
    /// they ordered in each month of the period, up to the last one with orders. Of a month that is only in part in the
    /// period, that part counts.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn cohorts(self, period: &Period) -> Result<Vec<CohortMonth>> {
        self.0.report(Rollups::Sums, |conn| cohorts::cohorts(conn, period))
    }

    /// Every segment, the best first, with how many customers of the period are in it.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm_segments(self, period: &Period) -> Result<Vec<RfmSegmentSummary>> {
        self.0.report(Rollups::Sums, |conn| rfm::segments(conn, period))
    }

    /// The customers of the period with the highest scores, of one segment or of all; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn rfm_customers(self, period: &Period, segment: Option<RfmSegment>, limit: Limit) -> Result<Vec<RfmCustomer>> {
        self.0.report(Rollups::Sums, |conn| rfm::customers(conn, period, segment, limit))
    }

    /// The pairs of products that most orders of the period have together; equal ones by ids.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn bought_together(self, period: &Period, limit: Limit) -> Result<Vec<BoughtTogether>> {
        self.0.report(Rollups::WithPairs, |conn| affinity::bought_together(conn, period, limit))
    }

    /// The products that were sold in the period, those whose stock lasts shortest first; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn stock_cover(self, period: &Period, limit: Limit) -> Result<Vec<StockCover>> {
        self.0.report(Rollups::Sums, |conn| stock::cover(conn, period, limit))
    }

    /// The active products of which it is time to reorder, those furthest below their level first; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn low_inventory(self, limit: Limit) -> Result<Vec<LowStock>> {
        self.0.report(Rollups::Sums, |conn| stock::low(conn, limit))
    }

    /// Pending orders of the period of which nothing was paid, by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn unpaid_orders(self, period: &Period, limit: Limit) -> Result<Vec<UnpaidOrder>> {
        self.0.report(Rollups::Sums, |conn| funnel::unpaid(conn, period, limit))
    }

    /// How far the orders of the period came: placed, somebody tried to pay, paid, refunded.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn funnel(self, period: &Period) -> Result<Vec<FunnelStep>> {
        self.0.report(Rollups::Sums, |conn| funnel::funnel(conn, period))
    }
}

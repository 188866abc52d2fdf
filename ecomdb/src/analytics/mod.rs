//! What the shop sells: reports.

mod customers;
mod period;
mod products;
mod revenue;

pub use self::customers::TopCustomer;
pub use self::period::Period;
pub use self::products::{ProductRevenue, TopProduct};
pub use self::revenue::{MonthlyRevenue, TotalRevenue};

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
        self.0.snapshot(|conn| revenue::total(conn, period))
    }

    /// The same for each calendar month (UTC) of the period that has completed orders, the earliest first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn monthly_revenue(self, period: &Period) -> Result<Vec<MonthlyRevenue>> {
        self.0.snapshot(|conn| revenue::monthly(conn, period))
    }

    /// The customers who spent most in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_customers(self, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
        self.0.snapshot(|conn| customers::top(conn, period, limit))
    }

    /// The products of which most units were sold in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn top_products(self, period: &Period, limit: Limit) -> Result<Vec<TopProduct>> {
        self.0.snapshot(|conn| products::top(conn, period, limit))
    }

    /// The products that brought in most in the period; equal ones by id.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn revenue_by_product(self, period: &Period, limit: Limit) -> Result<Vec<ProductRevenue>> {
        self.0.snapshot(|conn| products::revenue(conn, period, limit))
    }
}

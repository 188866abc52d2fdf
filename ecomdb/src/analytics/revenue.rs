//! Revenue over all orders.

use diesel::sql_types::BigInt;
use serde::Serialize;

use super::Period;
use crate::backend::{Connection, sql};
use crate::error::Result;
use crate::types::Money;

/// What the completed orders of a period came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TotalRevenue {
    /// The sum of their totals.
    pub total_revenue: Money,
    /// What of it was given back in partial refunds.
    pub refunds: Money,
    /// `total_revenue` less `refunds`.
    pub net_revenue: Money,
    /// How many orders.
    pub orders: i64,
}

/// What the completed orders of a calendar month came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct MonthlyRevenue {
    /// The month, such as `"2026-01"`, in UTC.
    #[cfg_attr(feature = "utoipa", schema(example = "2026-01"))]
    pub month: String,
    /// The sum of the totals.
    pub total_revenue: Money,
    /// What of it was given back in partial refunds.
    pub refunds: Money,
    /// `total_revenue` less `refunds`.
    pub net_revenue: Money,
    /// How many orders.
    pub orders: i64,
}

pub(super) fn total(conn: &mut Connection, period: &Period) -> Result<TotalRevenue> {
    let int = conn.int_type();
    let (from, to) = period.bounds();
    let (revenue, refunded, orders) = sql(format!(
        "SELECT CAST(COALESCE(SUM(total), 0) AS {int}), CAST(COALESCE(SUM(refunded), 0) AS {int}), COUNT(*) \
         FROM orders WHERE status = 'completed' AND placed_at >= ? AND placed_at < ?"
    ))
    .time(from)
    .time(to)
    .one::<(BigInt, BigInt, BigInt), (i64, i64, i64)>(conn)?;
    let (total_revenue, refunds) = (Money::from_minor(revenue), Money::from_minor(refunded));
    Ok(TotalRevenue { total_revenue, refunds, net_revenue: total_revenue - refunds, orders })
}

pub(super) fn monthly(conn: &mut Connection, period: &Period) -> Result<Vec<MonthlyRevenue>> {
    let int = conn.int_type();
    let month = conn.month_of("placed_at");
    let (from, to) = period.bounds();
    let rows = sql(format!(
        "SELECT {month} AS month, CAST(SUM(total) AS {int}), CAST(SUM(refunded) AS {int}), COUNT(*) \
         FROM orders WHERE status = 'completed' AND placed_at >= ? AND placed_at < ? GROUP BY {month} ORDER BY 1"
    ))
    .time(from)
    .time(to)
    .rows::<(diesel::sql_types::Text, BigInt, BigInt, BigInt), (String, i64, i64, i64)>(conn)?;
    let month = |(month, revenue, refunded, orders)| {
        let (total_revenue, refunds) = (Money::from_minor(revenue), Money::from_minor(refunded));
        MonthlyRevenue { month, total_revenue, refunds, net_revenue: total_revenue - refunds, orders }
    };
    Ok(rows.into_iter().map(month).collect())
}

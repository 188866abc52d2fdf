//! Revenue of the shop.

use diesel::sql_types::BigInt;
use serde::Serialize;

use super::calendar::{month_of, month_text, split_by_month};
use super::sales::SalesReader;
use super::sums::{Columns, Sums, summed, sums, sums_of_each};
use crate::error::Result;
use crate::types::{Money, Period};

/// Revenue of the completed orders of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TotalRevenue {
    /// Sum of the totals of completed orders.
    pub total_revenue: Money,
    /// Sum of the partial refunds of these orders.
    pub refunds: Money,
    /// `total_revenue` minus `refunds`.
    pub net_revenue: Money,
    /// Number of completed orders.
    pub orders: i64,
}

/// Revenue of the completed orders of a calendar month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct MonthlyRevenue {
    /// Month such as `"2026-01"`, in UTC.
    #[cfg_attr(feature = "utoipa", schema(example = "2026-01"))]
    pub month: String,
    /// Sum of the totals of completed orders.
    pub total_revenue: Money,
    /// Sum of the partial refunds of these orders.
    pub refunds: Money,
    /// `total_revenue` minus `refunds`.
    pub net_revenue: Money,
    /// Number of completed orders.
    pub orders: i64,
}

/// Average value of completed orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AverageOrderValue {
    /// `total_revenue` divided by `orders`, rounded half up to the cent; 0.00 without orders.
    pub average_order_value: Money,
    /// Sum of the totals of completed orders.
    pub total_revenue: Money,
    /// Number of completed orders.
    pub orders: i64,
}

pub(crate) fn total(conn: &mut SalesReader<'_>, period: &Period) -> Result<TotalRevenue> {
    let sums = sums(conn, period.bounds())?;
    Ok(TotalRevenue {
        total_revenue: sums.revenue,
        refunds: sums.refunds,
        net_revenue: sums.net()?,
        orders: sums.orders,
    })
}

pub(crate) fn average_order(conn: &mut SalesReader<'_>, period: &Period) -> Result<AverageOrderValue> {
    let Sums { revenue, orders, .. } = sums(conn, period.bounds())?;
    Ok(AverageOrderValue { average_order_value: revenue.divided_by(orders), total_revenue: revenue, orders })
}

pub(crate) fn monthly(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<MonthlyRevenue>> {
    let month = |(month, sums): (i64, Sums)| {
        Ok(MonthlyRevenue {
            month: month_text(month),
            total_revenue: sums.revenue,
            refunds: sums.refunds,
            net_revenue: sums.net()?,
            orders: sums.orders,
        })
    };
    sums_by_month(conn, period)?.into_iter().map(month).collect()
}

/// Sums of each month of the period with orders: whole months from the rollup, partial months at the ends from the
/// pieces.
fn sums_by_month(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<(i64, Sums)>> {
    let months = split_by_month(period.bounds());
    let mut sums = Vec::new();
    if let Some((first, end)) = months.whole {
        let columns = summed(conn);
        let select = conn.sql(format!(
            "SELECT s.month, {columns} FROM sales_by_month s WHERE s.month >= ? AND s.month < ? GROUP BY s.month"
        ));
        let rows = select.int(first).int(end).rows::<(BigInt, Columns), (i64, (i64, i64, i64, i64))>(conn)?;
        sums.extend(rows.into_iter().map(|(month, row)| (month, Sums::from(row))));
    }
    let parts = sums_of_each(conn, &months.parts)?;
    sums.extend(months.parts.iter().zip(parts).map(|((from, _), part)| (month_of(*from), part)));
    sums.retain(|(_, sums)| sums.orders != 0);
    sums.sort_by_key(|(month, _)| *month);
    Ok(sums)
}

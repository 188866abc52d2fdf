//! Revenue of the shop.

use diesel::sql_types::BigInt;

use super::calendar::{month_of, month_text, split_by_month};
use super::rows::{AverageOrderValue, MonthlyRevenue, TotalRevenue};
use super::sales::SalesReader;
use super::sums::{Columns, Sums, summed, sums, sums_of_each};
use crate::error::Result;
use crate::types::Period;

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

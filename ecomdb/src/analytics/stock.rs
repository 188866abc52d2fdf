//! Reports on stock.

use std::cmp::Ordering;

use diesel::sql_types::{BigInt, Text};

use super::calendar::start_of_day;
use super::products::{Sold, names};
use super::rows::{LowInventory, SellThrough};
use super::sales::SalesReader;
use crate::engine::{Connection, marks, sql};
use crate::error::Result;
use crate::types::time::now;
use crate::types::{Limit, Period, ProductId};

/// The rule is defined in the view alone.
pub(crate) fn low(conn: &mut Connection, limit: Limit) -> Result<Vec<LowInventory>> {
    let rows: Vec<(i64, String, String, i64, i64)> =
        sql("SELECT product_id, product_name, sku, stock, reorder_level FROM analytics_low_inventory \
         ORDER BY stock - reorder_level, product_id LIMIT ?")
        .int(limit.get())
        .rows::<(BigInt, Text, Text, BigInt, BigInt), _>(conn)?;
    let low = |(id, product_name, sku, stock, reorder_level)| LowInventory {
        product_id: ProductId::new(id),
        product_name,
        sku,
        stock,
        reorder_level,
    };
    Ok(rows.into_iter().map(low).collect())
}

/// Products sold in the period, fewest days of cover first.
pub(crate) fn sell_through(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<SellThrough>> {
    let Some(days) = rate_days(conn, period)? else { return Ok(Vec::new()) };
    let sold = Sold::in_period(period).totals(conn)?;
    let mut rows = Vec::new();
    let add = |(product, stock): (i64, i64)| {
        rows.extend(sold.get(product).map(|[units, ..]| (product, units, stock)));
    };
    sql("SELECT product_id, quantity FROM inventory").each::<(BigInt, BigInt), _>(conn, add)?;
    rows.sort_unstable_by(soonest_first);
    rows.truncate(limit.get() as usize);
    covered(conn, days, rows)
}

/// The products of this list that were sold in the period, fewest days of cover first.
pub(crate) fn sell_through_of(
    conn: &mut SalesReader<'_>,
    period: &Period,
    products: &[ProductId],
) -> Result<Vec<SellThrough>> {
    let Some(days) = rate_days(conn, period)? else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    for some in products.chunks(AT_ONCE) {
        rows.extend(sold_and_stock(conn, period, some)?);
    }
    rows.sort_unstable_by(soonest_first);
    rows.dedup();
    covered(conn, days, rows)
}

/// Maximum number of products in one statement.
const AT_ONCE: usize = 256;

/// The products of this list that were sold in the period: product, units sold, units in stock.
fn sold_and_stock(conn: &mut SalesReader<'_>, period: &Period, products: &[ProductId]) -> Result<Vec<(i64, i64, i64)>> {
    let int = conn.int_type();
    // Round the number of parameters up, so that few statements are prepared.
    let size = products.len().next_power_of_two();
    let sold = Sold::in_period(period);
    let query = conn.sql(format!(
        "SELECT s.product_id, s.units, i.quantity FROM (SELECT product_id, CAST(SUM(units) AS {int}) AS units \
         FROM ({}) s WHERE product_id IN ({}) GROUP BY product_id HAVING SUM(units) > 0) s \
         JOIN inventory i ON i.product_id = s.product_id",
        sold.rows(conn),
        marks(size)
    ));
    let wanted = products.iter().cycle().take(size);
    let query = wanted.fold(sold.bind(query), |query, product| query.int(*product));
    Ok(query.rows::<(BigInt, BigInt, BigInt), _>(conn)?)
}

fn covered(conn: &mut Connection, days: f64, rows: Vec<(i64, i64, i64)>) -> Result<Vec<SellThrough>> {
    let names = names(conn, "products", rows.iter().map(|(product, ..)| *product))?;
    let cover = |(id, units, stock): (i64, i64, i64)| SellThrough {
        product_id: ProductId::new(id),
        product_name: names.get(&id).cloned().unwrap_or_default(),
        units_sold: units,
        stock,
        sell_through: units as f64 / (units + stock) as f64,
        days_of_cover: stock as f64 * days / units as f64,
    };
    Ok(rows.into_iter().map(cover).collect())
}

/// Compares `stock / units` without rounding, then the ids.
fn soonest_first(a: &(i64, i64, i64), b: &(i64, i64, i64)) -> Ordering {
    let cross = |stock: i64, units: i64| i128::from(stock) * i128::from(units);
    cross(a.2, b.1).cmp(&cross(b.2, a.1)).then(a.0.cmp(&b.0))
}

/// The days over which the daily rate is measured. An open start is the first day with sales, an open end is now.
/// `None` in a shop without sales.
fn rate_days(conn: &mut SalesReader<'_>, period: &Period) -> Result<Option<f64>> {
    let first =
        conn.sql("SELECT day FROM sales_by_day WHERE orders > 0 ORDER BY day LIMIT 1").rows::<BigInt, i64>(conn)?;
    let Some(first) = first.first() else { return Ok(None) };
    let from = period.from().unwrap_or_else(|| start_of_day(*first));
    let to = period.to().unwrap_or_else(now);
    let days = (to - from).as_seconds_f64() / super::calendar::SECONDS_PER_DAY as f64;
    Ok((from < to).then_some(days))
}

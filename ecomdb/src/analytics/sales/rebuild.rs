//! Rebuilding rollups from the base tables.

use super::lock::lock;
use super::rollup::ROLLUPS;
use crate::engine::{Connection, sql};
use crate::error::Result;

/// Recomputes every rollup from the base tables. Must run in a transaction.
///
/// Queued events stay queued, because the definitions exclude them. A commit between two statements does no harm: it
/// changes the orders and the queue by the same amount.
pub(crate) fn rebuild(conn: &mut Connection) -> Result<()> {
    lock(conn)?;
    for rollup in ROLLUPS {
        sql(format!("DELETE FROM {}", rollup.table)).run(conn)?;
        sql(format!("INSERT INTO {} ({}) {}", rollup.table, rollup.columns(), rollup.query())).run(conn)?;
    }
    Ok(())
}

/// Computes the sales by customer from those by customer and day, after a bulk load that filled all other rollups.
pub(crate) fn sum_up_customers(conn: &mut Connection) -> Result<()> {
    let insert = "INSERT INTO sales_by_customer (user_id, orders, revenue, refunded, first_day, last_day) \
                  SELECT user_id, SUM(orders), SUM(revenue), SUM(refunded), MIN(day), MAX(day) \
                  FROM sales_by_customer_day GROUP BY user_id";
    sql(insert).run(conn)?;
    Ok(())
}

//! What is bought.

use diesel::sql_types::{BigInt, Text};
use serde::Serialize;

use super::Period;
use crate::backend::{Connection, sql};
use crate::error::Result;
use crate::types::{Limit, Money, ProductId};

/// A product, and how much of it was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TopProduct {
    /// Which one.
    pub product_id: ProductId,
    /// What it is called now.
    pub product_name: String,
    /// Units in completed orders.
    pub total_units_sold: i64,
}

/// A product, and what it brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProductRevenue {
    /// Which one.
    pub product_id: ProductId,
    /// What it is called now.
    pub product_name: String,
    /// Its part of the totals of completed orders, at the prices of then.
    pub product_revenue: Money,
}

pub(super) fn top(conn: &mut Connection, period: &Period, limit: Limit) -> Result<Vec<TopProduct>> {
    let rows = ranked(conn, "i.quantity", period, limit)?;
    let product = |(id, product_name, total_units_sold)| TopProduct {
        product_id: ProductId::new(id),
        product_name,
        total_units_sold,
    };
    Ok(rows.into_iter().map(product).collect())
}

pub(super) fn revenue(conn: &mut Connection, period: &Period, limit: Limit) -> Result<Vec<ProductRevenue>> {
    let rows = ranked(conn, "i.quantity * i.unit_price", period, limit)?;
    let product = |(id, product_name, revenue)| ProductRevenue {
        product_id: ProductId::new(id),
        product_name,
        product_revenue: Money::from_minor(revenue),
    };
    Ok(rows.into_iter().map(product).collect())
}

fn ranked(conn: &mut Connection, what: &'static str, period: &Period, limit: Limit) -> Result<Vec<(i64, String, i64)>> {
    let int = conn.int_type();
    let (from, to) = period.bounds();
    let query = sql(format!(
        "SELECT p.id, p.name, s.amount FROM (SELECT i.product_id, CAST(SUM({what}) AS {int}) AS amount \
         FROM orders o JOIN order_items i ON i.order_id = o.id \
         WHERE o.status = 'completed' AND o.placed_at >= ? AND o.placed_at < ? GROUP BY i.product_id) s \
         JOIN products p ON p.id = s.product_id ORDER BY s.amount DESC, p.id LIMIT ?"
    ));
    Ok(query.time(from).time(to).int(limit.get()).rows::<(BigInt, Text, BigInt), _>(conn)?)
}

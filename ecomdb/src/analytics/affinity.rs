//! Products bought together.

use diesel::sql_types::{BigInt, Text};

use super::rows::BoughtTogether;
use super::sales::SalesReader;
use super::sums::sums;
use crate::engine::{Connection, Sql, sql};
use crate::error::Result;
use crate::types::{Limit, Period, ProductId};

/// Product a, product b, orders with both, orders with a, orders with b.
type Counted = (i64, i64, i64, i64, i64);

pub(crate) fn bought_together(
    conn: &mut SalesReader<'_>,
    period: &Period,
    limit: Limit,
) -> Result<Vec<BoughtTogether>> {
    let pairs = if *period == Period::ALL { ever(conn, None, limit)? } else { within(conn, period, limit)? };
    described(conn, period, pairs)
}

/// The pairs of all time that this product is a part of.
pub(crate) fn bought_with(conn: &mut SalesReader<'_>, product: ProductId, limit: Limit) -> Result<Vec<BoughtTogether>> {
    let pairs = ever(conn, Some(product), limit)?;
    described(conn, &Period::ALL, pairs)
}

fn described(conn: &mut SalesReader<'_>, period: &Period, pairs: Vec<Counted>) -> Result<Vec<BoughtTogether>> {
    let orders = sums(conn, period.bounds())?.orders;
    let names = names(conn, &pairs)?;
    let name = |id: i64| names.get(&id).cloned().unwrap_or_default();
    let pair = |(a, b, together, with_a, with_b): Counted| BoughtTogether {
        product_a: ProductId::new(a),
        product_a_name: name(a),
        product_b: ProductId::new(b),
        product_b_name: name(b),
        orders_together: together,
        support: ratio(together, orders),
        confidence_a_to_b: ratio(together, with_a),
        confidence_b_to_a: ratio(together, with_b),
        lift: ratio(i128::from(together) * i128::from(orders), i128::from(with_a) * i128::from(with_b)),
    };
    Ok(pairs.into_iter().map(pair).collect())
}

/// `part / whole`; 0 if `whole` is 0.
fn ratio(part: impl Into<i128>, whole: impl Into<i128>) -> f64 {
    let (part, whole) = (part.into(), whole.into());
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Pairs of all time, or those of one product.
fn ever(conn: &mut SalesReader<'_>, product: Option<ProductId>, limit: Limit) -> Result<Vec<Counted>> {
    const ALL: &str = "SELECT product_a, product_b, orders FROM sales_by_pair WHERE orders > 0";
    let pairs = match product {
        // Each part reads an index.
        Some(_) => format!("SELECT * FROM ({ALL} AND product_a = ? UNION ALL {ALL} AND product_b = ?) p"),
        None => ALL.to_owned(),
    };
    let select = conn.sql(format!(
        "SELECT s.product_a, s.product_b, s.orders, a.orders, b.orders FROM (\
         {pairs} ORDER BY orders DESC, product_a, product_b LIMIT ?) s \
         JOIN sales_by_product a ON a.product_id = s.product_a \
         JOIN sales_by_product b ON b.product_id = s.product_b ORDER BY s.orders DESC, s.product_a, s.product_b"
    ));
    let select = product.into_iter().fold(select, |select, product| select.int(product).int(product));
    Ok(select.int(limit.get()).rows::<(BigInt, BigInt, BigInt, BigInt, BigInt), Counted>(conn)?)
}

/// Pairs counted in the orders of a period.
fn within(conn: &mut Connection, period: &Period, limit: Limit) -> Result<Vec<Counted>> {
    let (at, status) = (conn.moment(), conn.unindexed("o.status"));
    let (from, to) = period.bounds();
    let pairs = sql(format!(
        "SELECT a.product_id, b.product_id, COUNT(*) AS together FROM orders o \
         JOIN order_items a ON a.order_id = o.id JOIN order_items b ON b.order_id = o.id AND b.product_id > a.product_id \
         WHERE {status} = 'completed' AND o.placed_at >= {at} AND o.placed_at < {at} \
         AND (SELECT COUNT(*) FROM order_items n WHERE n.order_id = o.id) <= 25 \
         GROUP BY a.product_id, b.product_id ORDER BY together DESC, a.product_id, b.product_id LIMIT ?"
    ));
    let pairs: Vec<(i64, i64, i64)> =
        pairs.moment(from).moment(to).int(limit.get()).rows::<(BigInt, BigInt, BigInt), _>(conn)?;
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let orders = sql(format!(
        "SELECT i.product_id, COUNT(*) FROM orders o JOIN order_items i ON i.order_id = o.id \
         WHERE {status} = 'completed' AND o.placed_at >= {at} AND o.placed_at < {at} GROUP BY i.product_id"
    ));
    let orders = orders.moment(from).moment(to).rows::<(BigInt, BigInt), (i64, i64)>(conn)?;
    let orders: std::collections::BTreeMap<i64, i64> = orders.into_iter().collect();
    let with = |product: i64| orders.get(&product).copied().unwrap_or(0);
    Ok(pairs.into_iter().map(|(a, b, together)| (a, b, together, with(a), with(b))).collect())
}

fn names(conn: &mut Connection, pairs: &[Counted]) -> Result<std::collections::BTreeMap<i64, String>> {
    let products: std::collections::BTreeSet<i64> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    let mut names = std::collections::BTreeMap::new();
    for some in super::sales::slices(&Vec::from_iter(products)) {
        let marks = vec!["?"; some.len()].join(", ");
        let select = sql(format!("SELECT id, name FROM products WHERE id IN ({marks})"));
        names.extend(some.iter().copied().fold(select, Sql::int).rows::<(BigInt, Text), (i64, String)>(conn)?);
    }
    Ok(names)
}

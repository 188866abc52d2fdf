//! Products bought together.

mod candidates;
mod order_set;

use std::collections::BTreeSet;

use diesel::sql_types::BigInt;

use crate::analytics::calendar::Span;
use crate::analytics::products::names;
use crate::analytics::rows::BoughtTogether;
use crate::analytics::sales::{Counts, SalesReader, baskets};
use crate::analytics::sums::sums;
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::{Limit, Period, ProductId};

/// Product a, product b, orders with both, orders with a, orders with b.
type Counted = (i64, i64, i64, i64, i64);

pub(crate) fn bought_together(
    conn: &mut SalesReader<'_>,
    period: &Period,
    limit: Limit,
) -> Result<Vec<BoughtTogether>> {
    let pairs = match *period == Period::ALL {
        true => ever(conn, limit)?,
        false => match candidates::highest(conn, period.bounds(), limit)? {
            Some(pairs) => pairs,
            None => within(conn, period.bounds(), limit)?,
        },
    };
    described(conn, period, pairs)
}

/// The pairs of all time that this product is a part of.
pub(crate) fn bought_with(conn: &mut SalesReader<'_>, product: ProductId, limit: Limit) -> Result<Vec<BoughtTogether>> {
    let pairs = ever_with(conn, product, limit)?;
    described(conn, &Period::ALL, pairs)
}

fn described(conn: &mut SalesReader<'_>, period: &Period, pairs: Vec<Counted>) -> Result<Vec<BoughtTogether>> {
    let orders = sums(conn, period.bounds())?.orders;
    let products: BTreeSet<i64> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    let names = names(conn, "products", products.into_iter())?;
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

/// The frequent pairs, the most frequent first. SQLite and PostgreSQL have an index of these alone.
const FREQUENT: &str = "SELECT product_a, product_b, orders FROM sales_by_pair WHERE orders > 16 \
                        ORDER BY orders DESC, product_a, product_b";

/// Pairs of all time.
fn ever(conn: &mut SalesReader<'_>, limit: Limit) -> Result<Vec<Counted>> {
    const PAIRS: &str = "SELECT product_a, product_b, orders FROM sales_by_pair WHERE orders >";
    // SQLite and PostgreSQL have an index of these pairs alone.
    let frequent = ranked(conn, &format!("{PAIRS} 16"), None, limit)?;
    match frequent.len() < limit.get() as usize {
        true => ranked(conn, &format!("{PAIRS} 0"), None, limit),
        false => Ok(frequent),
    }
}

/// Pairs of all time that one product is a part of.
fn ever_with(conn: &mut SalesReader<'_>, product: ProductId, limit: Limit) -> Result<Vec<Counted>> {
    const PAIRS: &str = "SELECT product_a, product_b, orders FROM sales_by_pair WHERE orders > 0";
    // Each part reads an index.
    let pairs = format!("SELECT * FROM ({PAIRS} AND product_a = ? UNION ALL {PAIRS} AND product_b = ?) p");
    ranked(conn, &pairs, Some(product), limit)
}

/// The pairs with the most orders. A product is bound twice.
fn ranked(conn: &mut SalesReader<'_>, pairs: &str, product: Option<ProductId>, limit: Limit) -> Result<Vec<Counted>> {
    let select = conn.sql(format!(
        "SELECT s.product_a, s.product_b, s.orders, a.orders, b.orders FROM (\
         {pairs} ORDER BY orders DESC, product_a, product_b LIMIT ?) s \
         JOIN sales_by_product a ON a.product_id = s.product_a \
         JOIN sales_by_product b ON b.product_id = s.product_b ORDER BY s.orders DESC, s.product_a, s.product_b"
    ));
    let select = product.into_iter().fold(select, |select, product| select.int(product).int(product));
    Ok(select.int(limit.get()).rows::<(BigInt, BigInt, BigInt, BigInt, BigInt), Counted>(conn)?)
}

/// All pairs counted in the orders of a period.
fn within(conn: &mut Connection, (from, to): Span, limit: Limit) -> Result<Vec<Counted>> {
    let at = conn.moment();
    let orders = sql(format!(
        "SELECT id FROM orders WHERE status = 'completed' AND placed_at >= {at} AND placed_at < {at} ORDER BY id"
    ));
    let orders = orders.moment(from).moment(to).rows::<BigInt, i64>(conn)?;
    let mut counts = Counts::default();
    baskets(conn, &orders, |products| counts.add(products))?;
    Ok(counts.highest(limit))
}

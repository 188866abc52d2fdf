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
    let pairs = match *period == Period::ALL {
        true => ever(conn, limit)?,
        false => match candidates::highest(conn, period.bounds(), limit)? {
            Some(pairs) => pairs,
            None => within(conn, period.bounds(), limit)?,
        },
    };
    described(conn, period, pairs)
}

/// The pairs of all time with this product.
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
    // SQLite and PostgreSQL have an index of only these pairs.
    let frequent = ranked(conn, &format!("{PAIRS} 16"), None, limit)?;
    match frequent.len() < limit.get() as usize {
        true => ranked(conn, &format!("{PAIRS} 0"), None, limit),
        false => Ok(frequent),
    }
}

/// Pairs of all time with one product.
fn ever_with(conn: &mut SalesReader<'_>, product: ProductId, limit: Limit) -> Result<Vec<Counted>> {
    // The key begins with the lower product of a pair. Where that is the other one, each candidate is looked up: those of
    // the orders with the product, or all products that are sold if these are fewer.
    let others = if is_rare(conn, product)? {
        "SELECT DISTINCT b.product_id FROM order_items i JOIN order_items b ON b.order_id = i.order_id \
         WHERE i.product_id = ? AND b.product_id < i.product_id"
    } else {
        "SELECT product_id FROM sales_by_product WHERE product_id < ?"
    };
    let pairs = format!(
        "SELECT * FROM (SELECT product_a, product_b, orders FROM sales_by_pair WHERE orders > 0 AND product_a = ? \
         UNION ALL SELECT s.product_a, s.product_b, s.orders FROM ({others}) o CROSS JOIN sales_by_pair s \
         WHERE s.product_a = o.product_id AND s.product_b = ? AND s.orders > 0) p"
    );
    ranked(conn, &pairs, Some(product), limit)
}

/// Whether reading the orders with the product takes less than looking up every product.
fn is_rare(conn: &mut SalesReader<'_>, product: ProductId) -> Result<bool> {
    const LOOKUPS_PER_ORDER: i64 = 2;
    let select =
        conn.sql("SELECT COUNT(*), COALESCE(MAX(CASE WHEN product_id = ? THEN orders END), 0) FROM sales_by_product");
    let (products, orders) = select.int(product).one::<(BigInt, BigInt), (i64, i64)>(conn)?;
    Ok(orders * LOOKUPS_PER_ORDER < products)
}

/// The pairs with the most orders. A product is bound three times.
fn ranked(conn: &mut SalesReader<'_>, pairs: &str, product: Option<ProductId>, limit: Limit) -> Result<Vec<Counted>> {
    let select = conn.sql(format!(
        "SELECT s.product_a, s.product_b, s.orders, a.orders, b.orders FROM (\
         {pairs} ORDER BY orders DESC, product_a, product_b LIMIT ?) s \
         JOIN sales_by_product a ON a.product_id = s.product_a \
         JOIN sales_by_product b ON b.product_id = s.product_b ORDER BY s.orders DESC, s.product_a, s.product_b"
    ));
    let bind = |select: Sql, product| select.int(product).int(product).int(product);
    let select = product.into_iter().fold(select, bind);
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

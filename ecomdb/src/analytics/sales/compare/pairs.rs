//! Comparison of the pairs of products.

use std::collections::BTreeMap;

use diesel::sql_types::BigInt;

use super::{Difference, SHOWN};
use crate::analytics::by_id::IntMap;
use crate::analytics::sales::counts::Counts;
use crate::analytics::sales::items::baskets;
use crate::analytics::sales::rollup::BY_PAIR;
use crate::engine::{Connection, sql};
use crate::error::Result;

/// The first differences; `None` if the queue does not match the orders, so that an order would be counted several
/// times.
pub(super) fn differences(conn: &mut Connection) -> Result<Option<Vec<Difference>>> {
    let Some(orders) = folded_orders(conn)? else { return Ok(None) };
    let mut counts = Counts::default();
    baskets(conn, &orders, |products| counts.add(products))?;
    let mut expected: IntMap<(i64, i64), i64> = IntMap::default();
    counts.each(|a, b, orders| {
        expected.insert((a, b), orders);
    });
    let mut first = First::default();
    let compare = |(a, b, orders): (i64, i64, i64)| {
        let should = expected.remove(&(a, b)).unwrap_or_default();
        if should != orders {
            first.insert((a, b), (orders, should));
        }
    };
    let select = sql(format!("SELECT product_a, product_b, orders FROM {}", BY_PAIR.table));
    select.each::<(BigInt, BigInt, BigInt), _>(conn, compare)?;
    for (pair, should) in expected {
        first.insert(pair, (0, should));
    }
    let described = |((a, b), (is, should))| BY_PAIR.described(&[a, b], &[is], &[should]);
    Ok(Some(first.0.into_iter().map(described).collect()))
}

/// The first pairs that differ, with the number of orders in the rollup and by definition.
#[derive(Debug, Default)]
struct First(BTreeMap<(i64, i64), (i64, i64)>);

impl First {
    fn insert(&mut self, pair: (i64, i64), orders: (i64, i64)) {
        self.0.insert(pair, orders);
        if self.0.len() > SHOWN {
            self.0.pop_last();
        }
    }
}

/// The orders whose pairs were folded, ascending.
fn folded_orders(conn: &mut Connection) -> Result<Option<Vec<i64>>> {
    let select = "SELECT order_id, orders FROM sales_folded UNION ALL SELECT order_id, -sign FROM sales_pair_events";
    let mut orders = sql(select).rows::<(BigInt, BigInt), (i64, i64)>(conn)?;
    orders.sort_unstable();
    let mut folded = Vec::with_capacity(orders.len());
    for order in orders.chunk_by(|left, right| left.0 == right.0) {
        match order.iter().map(|(_, sign)| sign).sum() {
            0_i64 => {}
            1 => folded.push(order[0].0),
            _ => return Ok(None),
        }
    }
    Ok(Some(folded))
}

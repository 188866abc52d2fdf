//! Folding of product pairs, separately and in larger batches.
//!
//! An order of three products has three pairs, at three places of a large table. Folding them with the other rollups
//! would cost more than all of these together, but only one report reads them. So [`fold`](super::fold()) moves orders
//! to a second queue. It is folded when that report is requested, or when it has grown long.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::BigInt;

use super::LARGEST_BASKET;
use super::items::{items, items_of};
use super::lock::lock;
use super::rollup::{self, slices};
use crate::engine::{Connection, Sql, sql};
use crate::error::Result;

/// Maximum number of orders folded in one transaction. In larger batches, more pairs share a page of the table.
pub(crate) const PAIRS_BATCH: usize = 16_384;

/// Queues orders, each with 1 to add its pairs or -1 to remove them.
pub(super) fn hand_on(conn: &mut Connection, orders: &[(i64, i64)]) -> Result<()> {
    for some in slices(orders) {
        let rows = vec!["(?, ?)"; some.len()].join(", ");
        let insert = sql(format!("INSERT INTO sales_pair_events (order_id, sign) VALUES {rows}"));
        some.iter().fold(insert, |insert, (order, sign)| insert.int(*order).int(*sign)).run(conn)?;
    }
    Ok(())
}

/// Whether at least `orders` orders are queued.
pub(crate) fn pairs_waiting(conn: &mut Connection, orders: usize) -> Result<bool> {
    let count = sql("SELECT COUNT(*) FROM (SELECT id FROM sales_pair_events LIMIT ?) waiting").int(orders as i64);
    Ok(count.one::<BigInt, i64>(conn)? == orders as i64)
}

/// Folds the pairs of the oldest queued orders, at most [`PAIRS_BATCH`], and returns their number. Must run in a
/// transaction.
pub(crate) fn fold_pairs(conn: &mut Connection) -> Result<usize> {
    if !pairs_waiting(conn, 1)? {
        return Ok(0);
    }
    lock(conn)?;
    let select = sql("SELECT id, order_id, sign FROM sales_pair_events ORDER BY id LIMIT ?").int(PAIRS_BATCH as i64);
    let events: Vec<(i64, i64, i64)> = select.rows::<(BigInt, BigInt, BigInt), _>(conn)?;
    let orders: BTreeSet<i64> = events.iter().map(|(_, order, _)| *order).collect();
    let items = items(conn, orders)?;
    let mut pairs: BTreeMap<[i64; 2], [i64; 1]> = BTreeMap::new();
    for (_, order, sign) in &events {
        let basket = items_of(&items, *order);
        if basket.len() > LARGEST_BASKET {
            continue;
        }
        for (i, a) in basket.iter().enumerate() {
            for b in &basket[i + 1..] {
                pairs.entry([a.product, b.product]).or_default()[0] += sign;
            }
        }
    }
    pairs.retain(|_, [orders]| *orders != 0);
    rollup::BY_PAIR.write(conn, &Vec::from_iter(pairs))?;
    for some in slices(&events) {
        let marks = vec!["?"; some.len()].join(", ");
        let delete = sql(format!("DELETE FROM sales_pair_events WHERE id IN ({marks})"));
        some.iter().map(|(id, ..)| *id).fold(delete, Sql::int).run(conn)?;
    }
    Ok(events.len())
}

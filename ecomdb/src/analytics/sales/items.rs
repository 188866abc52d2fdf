//! Lines of orders.

use std::collections::BTreeSet;

use diesel::sql_types::BigInt;

use super::rollup::slices;
use crate::engine::{Connection, Sql, marks, sql};
use crate::error::Result;

/// One line of an order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) order: i64,
    pub(super) product: i64,
    pub(super) quantity: i64,
    pub(super) unit_price: i64,
}

/// The lines of the orders, sorted by order and product.
pub(super) fn items(conn: &mut Connection, orders: BTreeSet<i64>) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for some in slices(&Vec::from_iter(orders)) {
        let select = sql(format!(
            "SELECT order_id, product_id, quantity, unit_price FROM order_items WHERE order_id IN ({}) \
             ORDER BY order_id, product_id",
            marks(some.len())
        ));
        type Row = (i64, i64, i64, i64);
        let select = some.iter().copied().fold(select, Sql::int);
        let rows: Vec<Row> = select.rows::<(BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
        let item = |(order, product, quantity, unit_price)| Item { order, product, quantity, unit_price };
        items.extend(rows.into_iter().map(item));
    }
    Ok(items)
}

/// The lines of an order; `items` must be sorted by order.
pub(super) fn items_of(items: &[Item], order: i64) -> &[Item] {
    let start = items.partition_point(|item| item.order < order);
    let end = items.partition_point(|item| item.order <= order);
    &items[start..end]
}

/// Maximum number of orders with adjacent ids whose lines are read by one statement.
const ORDERS: usize = 8_192;

/// Passes the products of each order to the closure, in ascending order. The order ids must ascend and exist.
pub(in crate::analytics) fn baskets(conn: &mut Connection, orders: &[i64], mut take: impl FnMut(&[i64])) -> Result<()> {
    let mut products = Vec::new();
    lines(conn, orders, |items| {
        products.clear();
        products.extend(items.iter().map(|item| item.product));
        take(&products);
    })
}

/// Passes on the lines of each order, by ascending product. The orders must ascend and exist.
pub(super) fn lines(conn: &mut Connection, orders: &[i64], mut take: impl FnMut(&[Item])) -> Result<()> {
    for some in orders.chunks(ORDERS) {
        let (Some(first), Some(last)) = (some.first(), some.last()) else { continue };
        let items = if last - first < 2 * some.len() as i64 {
            let mut wanted = some.iter().copied().peekable();
            let mut items = Vec::with_capacity(3 * some.len());
            let add = |(order, product, quantity, unit_price): (i64, i64, i64, i64)| {
                while wanted.next_if(|wanted| *wanted < order).is_some() {}
                if wanted.peek() == Some(&order) {
                    items.push(Item { order, product, quantity, unit_price });
                }
            };
            let select = "SELECT order_id, product_id, quantity, unit_price FROM order_items \
                          WHERE order_id >= ? AND order_id <= ? ORDER BY order_id, product_id";
            sql(select).int(*first).int(*last).each::<(BigInt, BigInt, BigInt, BigInt), _>(conn, add)?;
            items
        } else {
            items(conn, some.iter().copied().collect())?
        };
        items.chunk_by(|left, right| left.order == right.order).for_each(&mut take);
    }
    Ok(())
}

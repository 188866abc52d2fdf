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

//! Changes of stock by orders. The order lines record them, so nothing else is written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use crate::engine::{Connection, Engine, Later, Sql, marks, rows, sql, sql_for_rows};
use crate::error::{Conflict, Result};
use crate::types::{OrderId, ProductId};

/// Product and units.
pub(super) type Demand = (ProductId, i64);

/// Takes stock, unless a product has too little. The rows must be locked, by ascending product id.
pub(super) fn take<'a>(conn: &mut Connection, demand: &'a [Demand], at: DateTime<Utc>) -> Result<Later<'a, ()>> {
    let negative: Vec<Demand> = demand.iter().map(|(product, units)| (*product, -units)).collect();
    let moved = move_stock(conn, &negative, at)?;
    Ok(Later::new(
        move |conn| {
            if moved.get(conn)? == demand.len() { Ok(()) } else { Err(first_shortage(conn, demand)?.into()) }
        },
    ))
}

/// Returns all stock that an order took.
pub(crate) fn return_stock(conn: &mut Connection, order: OrderId, at: DateTime<Utc>) -> Result<()> {
    let items = sql("SELECT product_id, quantity FROM order_items WHERE order_id = ? ORDER BY product_id").int(order);
    let items: Vec<(i64, i64)> = items.rows::<(BigInt, BigInt), _>(conn)?;
    let items: Vec<Demand> = items.into_iter().map(|(product, units)| (ProductId::new(product), units)).collect();
    put_back(conn, &items, at)
}

/// Returns all stock that these orders took.
pub(super) fn return_stock_of(conn: &mut Connection, orders: &[OrderId], at: DateTime<Utc>) -> Result<()> {
    let (is_among, values) = conn.among(&["order_id"], orders.iter().copied().fold(sql(""), Sql::int));
    let items = sql(format!("SELECT product_id, quantity FROM order_items WHERE {is_among}")).all(values);
    let mut units: BTreeMap<ProductId, i64> = BTreeMap::new();
    for (product, quantity) in items.rows::<(BigInt, BigInt), (i64, i64)>(conn)? {
        *units.entry(ProductId::new(product)).or_default() += quantity;
    }
    put_back(conn, &units.into_iter().collect::<Vec<_>>(), at)
}

fn put_back(conn: &mut Connection, items: &[Demand], at: DateTime<Utc>) -> Result<()> {
    lock(conn, items.iter().map(|(product, _)| *product))?;
    let _ = move_stock(conn, items, at)?;
    Ok(())
}

/// Locks the stock of products, which must ascend.
pub(super) fn lock(conn: &mut Connection, products: impl ExactSizeIterator<Item = ProductId>) -> Result<()> {
    let (lock, count) = (conn.for_update(), products.len());
    if !lock.is_empty() {
        let marks = marks(count);
        let select =
            format!("SELECT product_id FROM inventory WHERE product_id IN ({marks}) ORDER BY product_id{lock}");
        products.fold(sql_for_rows(count, select), |select, product| select.int(product)).send(conn)?;
    }
    Ok(())
}

/// Adds positive or negative units to the stock of each product, unless that would become negative. Returns the number
/// of products changed.
fn move_stock(conn: &mut Connection, changes: &[Demand], at: DateTime<Utc>) -> Result<Later<'static, usize>> {
    if conn.engine() == Engine::Sqlite {
        return super::sqlite::move_stock(conn, changes, at).map(Later::known);
    }
    if conn.engine() == Engine::Postgres {
        return super::postgres::move_stock(conn, changes, at);
    }
    let cases = rows(changes.len(), "WHEN ? THEN ?").replace(',', "");
    let marks = marks(changes.len());
    let update = format!(
        "UPDATE inventory SET quantity = quantity + CASE product_id {cases} END, updated_at = ? \
         WHERE product_id IN ({marks}) AND quantity + CASE product_id {cases} END >= 0"
    );
    let pairs = |update: Sql| changes.iter().fold(update, |update, (product, units)| update.int(*product).int(*units));
    let update = pairs(sql_for_rows(changes.len(), update)).time(at);
    let update = changes.iter().fold(update, |update, (product, _)| update.int(*product));
    Ok(pairs(update).send_counted(conn)?)
}

/// The product for which the guarded update failed. Since the earlier check passed, another writer must have changed
/// the stock without locking it.
pub(super) fn first_shortage(conn: &mut Connection, demand: &[Demand]) -> Result<Conflict> {
    let mut shortage = Conflict::InsufficientStock { product_id: ProductId::new(0), requested: 0, available: None };
    for (product, requested) in demand {
        let stock = sql("SELECT quantity FROM inventory WHERE product_id = ?").int(*product);
        let available = stock.rows::<BigInt, i64>(conn)?.first().copied().unwrap_or(0);
        shortage =
            Conflict::InsufficientStock { product_id: *product, requested: *requested, available: Some(available) };
        if available < *requested {
            break;
        }
    }
    Ok(shortage)
}

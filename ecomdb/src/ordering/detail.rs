//! Reading and locking orders.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::address::Addresses;
use super::{Order, OrderItem, OrderRecord, addressing, adjustment, attempts};
use crate::context::Context;
use crate::engine::{ColumnsOf, Connection, Later, fixed};
use crate::error::{Error, Result};
use crate::schema::orders;
use crate::types::{Money, OrderId, ProductId};
use crate::users::Buyer;

/// The order, locked by a write, because decisions also depend on its payments and refunds. An owner can lock only its
/// own orders.
pub(crate) fn lock(conn: &mut Connection, context: &Context, id: OrderId) -> Result<OrderRecord> {
    conn.lock_by_writing("UPDATE orders SET revision = revision + 1 WHERE id = ?", id.get())?;
    record(conn, context, id)
}

/// The row of the order. An owner can read only its own orders.
pub(super) fn record(conn: &mut Connection, context: &Context, id: OrderId) -> Result<OrderRecord> {
    let order = orders::table.find(id).select(OrderRecord::as_select());
    let order = match context.owner() {
        Some(owner) => order.filter(orders::user_id.eq(owner)).get_result(conn),
        None => order.get_result(conn),
    };
    order.optional()?.ok_or_else(|| Error::not_found("order", id))
}

/// The columns of [`OrderRecord`], and of [`Buyer`] in the revision of the order. Written as SQL, like the other queries of an order, because
/// Diesel's query builder takes a third of the time of reading one.
macro_rules! order {
    () => {
        "SELECT o.id, o.user_id, o.status, o.total, o.paid, o.refunded, o.item_count, o.adjustments, o.placed_at, \
         o.completed_at, o.cancelled_at, o.expires_at, o.cancel_reason, o.country, \
         COALESCE(r.email, u.email), COALESCE(r.first_name, u.first_name), COALESCE(r.last_name, u.last_name) \
         FROM orders o JOIN users u ON u.id = o.user_id \
         LEFT JOIN user_revisions r ON r.user_id = o.user_id AND r.revision = COALESCE(o.user_revision, 0) \
         WHERE o.id = ?"
    };
}
const ORDER: &str = order!();
const ORDER_OF_USER: &str = concat!(order!(), " AND o.user_id = ?");

/// The order in detail. An owner can read only its own orders.
pub(crate) fn detail(conn: &mut Connection, context: &Context, id: OrderId) -> Result<Order> {
    type Columns = (ColumnsOf<OrderRecord>, ColumnsOf<Buyer>);
    type Row = (OrderRecord, Buyer);
    let found = match context.owner() {
        Some(owner) => fixed!(ORDER_OF_USER).int(id).int(owner).send_query::<Columns, Row>(conn)?,
        None => fixed!(ORDER).int(id).send_query::<Columns, Row>(conn)?,
    };
    let (items, payments) = (items(conn, id)?, attempts::of_order(conn, id)?);
    let (order, buyer) = found.get(conn)?.pop().ok_or_else(|| Error::not_found("order", id))?;
    let (items, payments) = (items.get(conn)?, payments.get(conn)?);
    let adjustments = if order.adjustments.is_some() { adjustment::of_order(conn, id)?.get(conn)? } else { Vec::new() };
    let addresses =
        if order.country.is_some() { addressing::of_order(conn, id)?.get(conn)? } else { Addresses::default() };
    let refunds = if order.refunded > Money::ZERO { attempts::refunds_of_order(conn, id)? } else { Vec::new() };
    Ok(Order::new(order, buyer, items, adjustments, addresses, payments, refunds))
}

fn items(conn: &mut Connection, order: OrderId) -> Result<Later<'static, Vec<OrderItem>>> {
    type Row = (i64, String, String, i64, i64, Option<i64>);
    let rows = fixed!(
        "SELECT i.product_id, COALESCE(r.name, p.name), COALESCE(r.sku, p.sku), i.quantity, i.unit_price, i.discount \
         FROM order_items i JOIN products p ON p.id = i.product_id \
         LEFT JOIN product_revisions r ON r.product_id = i.product_id AND r.revision = COALESCE(i.product_revision, 0) \
         WHERE i.order_id = ? ORDER BY i.product_id"
    )
    .int(order)
    .send_query::<(BigInt, Text, Text, BigInt, BigInt, Nullable<BigInt>), Row>(conn)?;
    let item = |(product, product_name, sku, quantity, unit_price, discount): Row| {
        let (product_id, unit_price) = (ProductId::new(product), Money::from_minor(unit_price));
        let (line_total, discount) = (unit_price.times(quantity)?, Money::from_minor(discount.unwrap_or(0)));
        let net_total = line_total.minus(discount)?;
        Ok(OrderItem { product_id, product_name, sku, quantity, unit_price, line_total, discount, net_total })
    };
    Ok(Later::new(move |conn| rows.get(conn)?.into_iter().map(item).collect()))
}

//! Cancellation of an order: returns the stock and the use of a voucher, and refunds what was paid.
//!
//! An order of 0.00 is completed when placed and has nothing to refund, so it can be cancelled too.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::sales::{self, Sale};
use super::{NewOrder, Order, OrderRecord, Payment, attempts, detail, lock, return_stock, stock};
use crate::context::Context;
use crate::engine::{Connection, send};
use crate::error::{Conflict, Error, Result};
use crate::idempotency;
use crate::schema::{order_items, orders};
use crate::types::time::{now, now_after};
use crate::types::{CancelReason, Money, OrderId, OrderStatus, ProductId, Scope};
use crate::vouchers;

/// Cancels an order, and returns it without the parts that the caller may not see.
pub(crate) fn cancel(conn: &mut Connection, context: &Context, id: OrderId) -> Result<Order> {
    let find = |conn: &mut Connection, id| detail(conn, context, OrderId::new(id));
    let make = |conn: &mut Connection| give_up(conn, context, id).map(|order| (id.get(), order));
    let order = idempotency::once(conn, context, "orders.cancel", || format!("order {id}"), find, make)?;
    Ok(order.shown(context))
}

/// Refunding captured payments requires [`Scope::PaymentsSettle`].
fn give_up(conn: &mut Connection, context: &Context, id: OrderId) -> Result<Order> {
    let order = lock(conn, context, id)?;
    if !is_open(&order) {
        return Err(Conflict::IllegalOrderTransition {
            order_id: id,
            from: order.status,
            to: OrderStatus::Cancelled,
            why: "only a pending order, or one of 0.00, can be cancelled; a completed one can be refunded",
        }
        .into());
    }
    let paying = attempts::of_order(conn, id)?.get(conn)?;
    if paying.iter().any(Payment::is_paid) {
        context.verify(conn, &[Scope::PaymentsSettle])?;
    }
    close(conn, &order, &paying)?;
    detail(conn, context, id)
}

/// Cancels a locked order because somebody asked for it.
fn close(conn: &mut Connection, order: &OrderRecord, paying: &[Payment]) -> Result<()> {
    let at = now_after(attempts::times(order, paying));
    let returned = attempts::close_all(conn, paying, at)?;
    give_back(conn, order, at)?;
    let cancelled = (
        orders::status.eq(OrderStatus::Cancelled),
        orders::completed_at.eq(None::<DateTime<Utc>>),
        orders::cancelled_at.eq(Some(at)),
        orders::expires_at.eq(None::<DateTime<Utc>>),
        orders::cancel_reason.eq(Some(CancelReason::Asked)),
        orders::refunded.eq(returned),
    );
    send!(conn, diesel::update(orders::table.find(order.id)).set(cancelled))?;
    if order.status == OrderStatus::Completed {
        sales::record(conn, order.id, Sale::Cancelled)?;
    }
    Ok(())
}

/// The order that a new one replaces, as `read` finds it; an error if that cannot be.
pub(super) fn replaced(
    conn: &mut Connection,
    context: &Context,
    id: OrderId,
    new: &NewOrder,
    read: impl Fn(&mut Connection, &Context, OrderId) -> Result<OrderRecord>,
) -> Result<OrderRecord> {
    let order = read(conn, context, id).map_err(|error| match error {
        Error::NotFound { .. } => Error::invalid("replacing", format!("no order has the id {id}")),
        error => error,
    })?;
    if order.user_id != new.user_id {
        return Err(Error::invalid("replacing", "must be an order of the same user"));
    }
    if order.status != OrderStatus::Pending || order.paid > Money::ZERO {
        return Err(Conflict::IllegalOrderTransition {
            order_id: id,
            from: order.status,
            to: OrderStatus::Cancelled,
            why: "only a pending order of which nothing was paid can be replaced",
        }
        .into());
    }
    if let Some(expired_at) = order.expired_at(now()) {
        return Err(Conflict::OrderExpired { order_id: id, expired_at }.into());
    }
    Ok(order)
}

/// Cancels the order that a new one replaces. Before its stock is returned, that of both orders is locked by ascending
/// product id, as by all orders.
pub(super) fn make_way(conn: &mut Connection, context: &Context, id: OrderId, new: &NewOrder) -> Result<()> {
    let order = replaced(conn, context, id, new, lock)?;
    let mut products: BTreeSet<ProductId> = new.lines.keys().copied().collect();
    let held = order_items::table.filter(order_items::order_id.eq(id)).select(order_items::product_id);
    products.extend(held.load::<ProductId>(conn)?);
    stock::lock(conn, products.into_iter())?;
    let paying = attempts::of_order(conn, id)?.get(conn)?;
    close(conn, &order, &paying)
}

/// Gives back what a locked order holds: its stock, then the use of its voucher.
pub(super) fn give_back(conn: &mut Connection, order: &OrderRecord, at: DateTime<Utc>) -> Result<()> {
    return_stock(conn, order.id, at)?;
    match order.adjustments {
        Some(_) => vouchers::give_back(conn, order.id, order.user_id),
        None => Ok(()),
    }
}

/// Whether the order can be cancelled.
fn is_open(order: &OrderRecord) -> bool {
    match order.status {
        OrderStatus::Pending => true,
        OrderStatus::Completed => order.total == Money::ZERO,
        OrderStatus::Refunded | OrderStatus::Cancelled => false,
    }
}

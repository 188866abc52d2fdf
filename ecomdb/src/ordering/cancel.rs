//! Cancellation of an order: returns the stock and the use of a voucher, and refunds what was paid.
//!
//! An order of 0.00 is completed when placed and has nothing to refund, so it can be cancelled too.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::sales::{self, Sale};
use super::{Order, OrderRecord, Payment, attempts, detail, lock, return_stock};
use crate::context::Context;
use crate::engine::{Connection, send};
use crate::error::{Conflict, Result};
use crate::idempotency;
use crate::schema::orders;
use crate::types::time::now_after;
use crate::types::{Money, OrderId, OrderStatus, Scope};
use crate::vouchers;

/// Cancels an order, and gives it as the caller may see it.
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
    let at = now_after(attempts::times(&order, &paying));
    let returned = attempts::close_all(conn, &paying, at)?;
    give_back(conn, &order, at)?;
    let cancelled = (
        orders::status.eq(OrderStatus::Cancelled),
        orders::completed_at.eq(None::<DateTime<Utc>>),
        orders::cancelled_at.eq(Some(at)),
        orders::refunded.eq(returned),
    );
    send!(conn, diesel::update(orders::table.find(id)).set(cancelled))?;
    if order.status == OrderStatus::Completed {
        sales::record(conn, id, Sale::Cancelled)?;
    }
    detail(conn, context, id)
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

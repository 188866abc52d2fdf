//! Refunds of orders.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::NewRefund;
use crate::context::Context;
use crate::engine::Connection;
use crate::error::{Conflict, Result};
use crate::idempotency;
use crate::ordering::attempts::{self, close, insert_refund, refunds_of_order};
use crate::ordering::sales::{self, Sale};
use crate::ordering::{self, Order, OrderRecord, Payment, Refund};
use crate::schema::orders;
use crate::types::time::now_after;
use crate::types::{Money, OrderId, OrderStatus};

/// Refunds a completed order in full or in part, and returns it without the parts that the caller may not see.
pub(crate) fn refund(conn: &mut Connection, context: &Context, order: OrderId, refund: &NewRefund) -> Result<Order> {
    let request = || format!("order {order}; {}", refund.fingerprint());
    let find = |conn: &mut Connection, id| ordering::detail(conn, context, OrderId::new(id));
    let make = |conn: &mut Connection| give_back(conn, context, order, refund).map(|made| (order.get(), made));
    let order = idempotency::once(conn, context, "payments.refund", request, find, make)?;
    Ok(order.shown(context))
}

fn give_back(conn: &mut Connection, context: &Context, id: OrderId, refund: &NewRefund) -> Result<Order> {
    let order = refundable(conn, context, id)?;
    let left = order.total.minus(order.refunded)?;
    let amount = refund.amount.unwrap_or(left);
    if amount > left || left == Money::ZERO {
        let from = order.status;
        return Err(Conflict::OverRefund { order_id: id, refundable: left, amount, from }.into());
    }
    let earlier = refunds_of_order(conn, id)?;
    if refund.restock && earlier.iter().any(|earlier| earlier.restocked) {
        return Err(Conflict::AlreadyRestocked { order_id: id }.into());
    }
    let payments = attempts::of_order(conn, id)?.get(conn)?;
    let times = earlier.iter().map(|refund| refund.created_at).chain(attempts::times(&order, &payments));
    let at = now_after(times);
    spread_over_payments(conn, &payments, &earlier, amount, refund, at)?;
    if refund.restock {
        ordering::return_stock(conn, id, at)?;
    }
    let (status, sale) = if amount == left {
        (OrderStatus::Refunded, Sale::Refunded(order.refunded))
    } else {
        (OrderStatus::Completed, Sale::RefundedInPart(amount))
    };
    diesel::update(orders::table.find(id))
        .set((orders::refunded.eq(order.refunded.plus(amount)?), orders::status.eq(status)))
        .execute(conn)?;
    sales::record(conn, id, sale)?;
    ordering::detail(conn, context, id)
}

fn refundable(conn: &mut Connection, context: &Context, id: OrderId) -> Result<OrderRecord> {
    let order = ordering::lock(conn, context, id)?;
    if order.status == OrderStatus::Completed {
        return Ok(order);
    }
    Err(Conflict::IllegalOrderTransition {
        order_id: id,
        from: order.status,
        to: OrderStatus::Refunded,
        why: "only a completed order can be refunded; a pending one can be cancelled",
    }
    .into())
}

/// Divides the amount over the payments in chronological order, each up to its refundable part. The first part records
/// a return to stock.
fn spread_over_payments(
    conn: &mut Connection,
    payments: &[Payment],
    earlier: &[Refund],
    amount: Money,
    refund: &NewRefund,
    at: DateTime<Utc>,
) -> Result<()> {
    let (mut wanted, mut restock) = (amount, refund.restock);
    for payment in payments.iter().filter(|payment| payment.is_paid()) {
        let refunds = earlier.iter().filter(|refund| refund.payment_id == payment.id).map(|refund| refund.amount);
        let left = payment.amount.minus(Money::sum(refunds)?)?;
        let part = left.min(wanted);
        if part > Money::ZERO {
            insert_refund(conn, payment, part, &refund.reason, std::mem::take(&mut restock), at)?;
            wanted = wanted.minus(part)?;
        }
        if part == left {
            close(conn, payment.id)?;
        }
    }
    Ok(())
}

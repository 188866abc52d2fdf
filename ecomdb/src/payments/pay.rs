//! Payment attempts of an order, and their capture or failure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::listing;
use crate::context::Context;
use crate::engine::{Connection, send};
use crate::error::{Conflict, Result};
use crate::idempotency;
use crate::ordering::attempts::{self, insert, prepare, times};
use crate::ordering::sales::{self, Sale};
use crate::ordering::{self, NewPayment, OrderRecord, Payment};
use crate::schema::{orders, payments};
use crate::types::time::{now, now_after};
use crate::types::{Money, OrderId, OrderStatus, PaymentId, PaymentStatus};

/// Records an attempt to pay an order.
pub(crate) fn create(
    conn: &mut Connection,
    context: &Context,
    order: OrderId,
    payment: &NewPayment,
) -> Result<Payment> {
    let request = || format!("order {order}; {}", payment.fingerprint());
    let find = |conn: &mut Connection, id| listing::get(conn, context, PaymentId::new(id));
    let make = |conn: &mut Connection| make(conn, context, order, payment).map(|made| (made.id.get(), made));
    idempotency::once(conn, context, "payments.create", request, find, make)
}

/// Captures a pending payment.
pub(crate) fn capture(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    close(conn, context, id, "payments.capture", capture_pending)
}

/// Marks a pending payment as failed.
pub(crate) fn fail(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    close(conn, context, id, "payments.fail", fail_pending)
}

pub(super) fn close(
    conn: &mut Connection,
    context: &Context,
    id: PaymentId,
    operation: &'static str,
    close: fn(&mut Connection, &Context, PaymentId) -> Result<Payment>,
) -> Result<Payment> {
    let find = |conn: &mut Connection, id| listing::get(conn, context, PaymentId::new(id));
    let make = |conn: &mut Connection| close(conn, context, id).map(|payment| (id.get(), payment));
    idempotency::once(conn, context, operation, || format!("payment {id}"), find, make)
}

fn make(conn: &mut Connection, context: &Context, order: OrderId, payment: &NewPayment) -> Result<Payment> {
    let to = if payment.capture { PaymentStatus::Paid } else { PaymentStatus::Pending };
    let order = payable(conn, context, order, to)?;
    let attempts = attempts::of_order(conn, order.id)?.get(conn)?;
    let due = order.total.minus(order.paid)?;
    refuse_overpayment(&order, due, payment.amount.unwrap_or(due), to)?;
    refuse_more_attempts(&order, attempts.len())?;
    let at = now_after(times(&order, &attempts));
    let made = insert(conn, prepare(order.id, payment, due, at))?;
    let is_first = attempts.is_empty();
    let completes = made.is_paid() && pay(conn, &order, made.amount, made.created_at)?;
    match completes {
        true => sales::record(conn, order.id, Sale::Completed { by_first_payment: is_first })?,
        false if is_first => sales::record(conn, order.id, Sale::Attempted)?,
        false => {}
    }
    Ok(made)
}

fn capture_pending(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    let payment = locked_pending(conn, context, id, PaymentStatus::Paid)?;
    let order = payable(conn, context, payment.order_id, PaymentStatus::Paid)?;
    refuse_overpayment(&order, order.total.minus(order.paid)?, payment.amount, PaymentStatus::Paid)?;
    capture_for(conn, &order, payment)
}

/// Captures a payment of a payable order, which is locked.
pub(super) fn capture_for(conn: &mut Connection, order: &OrderRecord, payment: Payment) -> Result<Payment> {
    let payment = note_captured(conn, order, payment, PaymentStatus::Paid)?;
    if pay(conn, order, payment.amount, payment.paid_at.unwrap_or(payment.created_at))? {
        sales::record(conn, order.id, Sale::Completed { by_first_payment: false })?;
    }
    Ok(payment)
}

/// Notes that the provider captured the payment now: for the order, or late. The order is locked.
pub(super) fn note_captured(
    conn: &mut Connection,
    order: &OrderRecord,
    payment: Payment,
    status: PaymentStatus,
) -> Result<Payment> {
    let attempts = attempts::of_order(conn, order.id)?.get(conn)?;
    let paid_at = Some(now_after(times(order, &attempts)));
    let captured = (payments::status.eq(status), payments::paid_at.eq(paid_at));
    send!(conn, diesel::update(payments::table.find(payment.id)).set(captured))?;
    Ok(Payment { status, paid_at, ..payment })
}

fn fail_pending(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    let payment = locked_pending(conn, context, id, PaymentStatus::Failed)?;
    set_status(conn, payment, PaymentStatus::Failed)
}

/// Changes the status of a payment and nothing else.
pub(super) fn set_status(conn: &mut Connection, payment: Payment, status: PaymentStatus) -> Result<Payment> {
    diesel::update(payments::table.find(payment.id)).set(payments::status.eq(status)).execute(conn)?;
    Ok(Payment { status, ..payment })
}

/// The order, locked. [`Conflict::OrderNotPayable`] unless it is pending, [`Conflict::OrderExpired`] from the end of its hold
/// on.
fn payable(conn: &mut Connection, context: &Context, id: OrderId, to: PaymentStatus) -> Result<OrderRecord> {
    let order = ordering::lock(conn, context, id)?;
    if order.status != OrderStatus::Pending {
        return Err(Conflict::OrderNotPayable { order_id: id, from: order.status, to }.into());
    }
    match order.expired_at(now()) {
        Some(expired_at) => Err(Conflict::OrderExpired { order_id: id, expired_at }.into()),
        None => Ok(order),
    }
}

/// The pending payment, read again after locking its order. All changes of a payment lock its order first.
fn locked_pending(conn: &mut Connection, context: &Context, id: PaymentId, to: PaymentStatus) -> Result<Payment> {
    let order = listing::get(conn, context, id)?.order_id;
    ordering::lock(conn, context, order)?;
    let payment = listing::get(conn, context, id)?;
    if payment.status == PaymentStatus::Pending {
        return Ok(payment);
    }
    Err(Conflict::IllegalPaymentTransition {
        payment_id: id,
        from: payment.status,
        to,
        why: "only a pending payment can be captured or fail",
    }
    .into())
}

/// Limits the number of attempts, because all are kept and returned with the order. The order must be locked.
fn refuse_more_attempts(order: &OrderRecord, attempts: usize) -> Result<()> {
    if attempts < Payment::MAX_ATTEMPTS {
        return Ok(());
    }
    Err(Conflict::LimitReached {
        entity: "order",
        id: order.id.get(),
        of: "payment attempts",
        limit: Payment::MAX_ATTEMPTS,
        instead: "capture a pending one, or cancel the order and place it again",
    }
    .into())
}

fn refuse_overpayment(order: &OrderRecord, due: Money, amount: Money, to: PaymentStatus) -> Result<()> {
    if amount <= due {
        return Ok(());
    }
    Err(Conflict::Overpayment { order_id: order.id, due, amount, from: order.status, to }.into())
}

/// Adds a captured amount to the paid amount of an order. If it reaches the total, the order is completed. Returns
/// whether it is.
fn pay(conn: &mut Connection, order: &OrderRecord, amount: Money, at: DateTime<Utc>) -> Result<bool> {
    let paid = order.paid.plus(amount)?;
    let row = orders::table.find(order.id);
    let paid_in_part = (orders::paid.eq(paid), orders::expires_at.eq(None::<DateTime<Utc>>));
    if paid < order.total {
        send!(conn, diesel::update(row).set(paid_in_part))?;
        return Ok(false);
    }
    let completed = (orders::status.eq(OrderStatus::Completed), orders::completed_at.eq(Some(at)));
    send!(conn, diesel::update(row).set((paid_in_part, completed)))?;
    Ok(true)
}

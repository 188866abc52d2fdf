//! Payment attempts of an order, and their capture or failure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{NewPayment, Payment, PaymentStatus, ledger, refund};
use crate::analytics::sales::{self, Sale};
use crate::backend::{Connection, Sql, fixed};
use crate::error::{Conflict, Error, Result};
use crate::ordering::{self, OrderStatus, OrderSummary};
use crate::schema::{orders, payments};
use crate::types::time::{Stamp, now_after};
use crate::types::{Money, OrderId, PaymentId, UserId};

/// Whether a payment recorded with its order completes it, by a capture of the whole total.
pub(crate) fn captured_with_order(payment: Option<&NewPayment>, total: Money) -> Result<bool> {
    let Some(payment) = payment else { return Ok(false) };
    match payment.amount {
        Some(amount) if amount > total => Err(Error::invalid(
            "payment.amount",
            format!("must be at most the total of the order, {total}, not {amount}"),
        )),
        amount => Ok(payment.capture && amount.unwrap_or(total) == total && total > Money::ZERO),
    }
}

/// A payment to record, for the amount `due` unless it has its own.
pub(crate) fn prepare(order: OrderId, payment: &NewPayment, due: Money, at: DateTime<Utc>) -> Payment {
    let NewPayment { method, reference, capture, amount } = payment.clone();
    let status = if capture { PaymentStatus::Paid } else { PaymentStatus::Pending };
    let (amount, paid_at) = (amount.unwrap_or(due), capture.then_some(at));
    Payment { id: PaymentId::new(0), order_id: order, method, status, amount, paid_at, reference, created_at: at }
}

/// Inserts a validated payment.
pub(crate) fn insert(conn: &mut Connection, payment: Payment) -> Result<Payment> {
    let insert = fixed!(
        "INSERT INTO payments (order_id, method, status, amount, paid_at, reference, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)"
    );
    let id = payment.bind(insert.int(payment.order_id)).insert(conn)?;
    Ok(Payment { id: PaymentId::new(id), ..payment })
}

pub(super) fn create(
    conn: &mut Connection,
    order: OrderId,
    payment: &NewPayment,
    owner: Option<UserId>,
) -> Result<Payment> {
    let to = if payment.capture { PaymentStatus::Paid } else { PaymentStatus::Pending };
    let order = payable(conn, order, to, owner)?;
    let attempts = ledger::of_order(conn, order.id)?;
    let due = due(&order, &attempts)?;
    refuse_overpayment(&order, due, payment.amount.unwrap_or(due), to)?;
    refuse_more_attempts(&order, attempts.len())?;
    let at = now_after(times(&order, &attempts));
    let made = insert(conn, prepare(order.id, payment, due, at))?;
    if made.is_paid() {
        complete_if_paid(conn, &order, due.minus(made.amount)?, made.created_at)?;
    }
    Ok(made)
}

pub(super) fn capture(conn: &mut Connection, id: PaymentId, owner: Option<UserId>) -> Result<Payment> {
    let payment = locked_pending(conn, id, PaymentStatus::Paid, owner)?;
    let order = payable(conn, payment.order_id, PaymentStatus::Paid, owner)?;
    let attempts = ledger::of_order(conn, order.id)?;
    let due = due(&order, &attempts)?;
    refuse_overpayment(&order, due, payment.amount, PaymentStatus::Paid)?;
    let at = now_after(times(&order, &attempts));
    diesel::update(payments::table.find(id))
        .set((payments::status.eq(PaymentStatus::Paid), payments::paid_at.eq(Some(Stamp::from(at)))))
        .execute(conn)?;
    complete_if_paid(conn, &order, due.minus(payment.amount)?, at)?;
    Ok(Payment { status: PaymentStatus::Paid, paid_at: Some(at), ..payment })
}

pub(super) fn fail(conn: &mut Connection, id: PaymentId, owner: Option<UserId>) -> Result<Payment> {
    let payment = locked_pending(conn, id, PaymentStatus::Failed, owner)?;
    diesel::update(payments::table.find(id)).set(payments::status.eq(PaymentStatus::Failed)).execute(conn)?;
    Ok(Payment { status: PaymentStatus::Failed, ..payment })
}

impl Payment {
    /// Maximum number of payment attempts of an order.
    pub const MAX_ATTEMPTS: usize = 20;

    /// Binds the columns besides the ids: method, status, amount, paid_at, reference, created_at.
    pub(crate) fn bind<Key>(&self, insert: Sql<Key>) -> Sql<Key> {
        let insert = insert.word(self.method.as_str()).word(self.status.as_str()).int(self.amount.minor());
        insert.maybe_time(self.paid_at).maybe_text(self.reference.clone()).time(self.created_at)
    }

    /// Latest recorded time of the payment.
    fn last_time(&self) -> DateTime<Utc> {
        self.paid_at.unwrap_or(self.created_at)
    }

    /// Whether the payment has been captured and not refunded.
    pub(crate) fn is_paid(&self) -> bool {
        self.status == PaymentStatus::Paid
    }
}

/// The order, locked. [`Conflict::OrderNotPayable`] unless it is pending.
fn payable(conn: &mut Connection, id: OrderId, to: PaymentStatus, owner: Option<UserId>) -> Result<OrderSummary> {
    let order = ordering::lock(conn, id, owner)?;
    if order.status == OrderStatus::Pending {
        return Ok(order);
    }
    Err(Conflict::OrderNotPayable { order_id: id, from: order.status.as_str(), to: to.as_str() }.into())
}

/// The pending payment, read again after locking its order. All changes of a payment lock its order first.
fn locked_pending(conn: &mut Connection, id: PaymentId, to: PaymentStatus, owner: Option<UserId>) -> Result<Payment> {
    let order = ledger::get(conn, id, owner)?.order_id;
    ordering::lock(conn, order, owner)?;
    let payment = ledger::get(conn, id, owner)?;
    if payment.status == PaymentStatus::Pending {
        return Ok(payment);
    }
    Err(Conflict::IllegalTransition {
        entity: "payment",
        id: id.get(),
        from: payment.status.as_str(),
        to: to.as_str(),
        why: "only a pending payment can be captured or fail",
    }
    .into())
}

/// Times that a later event of the order must not precede.
pub(crate) fn times(order: &OrderSummary, attempts: &[Payment]) -> impl Iterator<Item = DateTime<Utc>> {
    attempts.iter().map(Payment::last_time).chain([order.last_time()])
}

/// The amount due after these attempts.
fn due(order: &OrderSummary, attempts: &[Payment]) -> Result<Money> {
    let paid = attempts.iter().filter(|payment| payment.is_paid()).map(|payment| payment.amount);
    order.total.minus(Money::sum(paid)?)
}

/// Limits the number of attempts, because all are kept and returned with the order. The order must be locked.
fn refuse_more_attempts(order: &OrderSummary, attempts: usize) -> Result<()> {
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

fn refuse_overpayment(order: &OrderSummary, due: Money, amount: Money, to: PaymentStatus) -> Result<()> {
    if amount <= due {
        return Ok(());
    }
    let from = order.status.as_str();
    Err(Conflict::Overpayment { order_id: order.id, due, amount, from, to: to.as_str() }.into())
}

fn complete_if_paid(conn: &mut Connection, order: &OrderSummary, left: Money, at: DateTime<Utc>) -> Result<()> {
    if left > Money::ZERO {
        return Ok(());
    }
    diesel::update(orders::table.find(order.id))
        .set((orders::status.eq(OrderStatus::Completed), orders::completed_at.eq(Some(Stamp::from(at)))))
        .execute(conn)?;
    sales::record(conn, order.id, Sale::Completed)
}

/// Closes all attempts of a cancelled order: pending ones fail, captured ones are refunded. Returns the refunded sum.
pub(crate) fn close_all(conn: &mut Connection, attempts: &[Payment], at: DateTime<Utc>) -> Result<Money> {
    let mut returned = Money::ZERO;
    for payment in attempts {
        match payment.status {
            PaymentStatus::Pending => {
                diesel::update(payments::table.find(payment.id))
                    .set(payments::status.eq(PaymentStatus::Failed))
                    .execute(conn)?;
            }
            PaymentStatus::Paid => {
                refund::insert(conn, payment, payment.amount, "the order was cancelled", true, at)?;
                refund::close(conn, payment.id)?;
                returned = returned.plus(payment.amount)?;
            }
            PaymentStatus::Failed | PaymentStatus::Refunded => {}
        }
    }
    Ok(returned)
}

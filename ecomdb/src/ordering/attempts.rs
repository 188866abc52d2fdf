//! Payment attempts and refunds, which are read and written together with their order.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::columns::{bind_payment, payment_columns};
use super::{NewPayment, OrderRecord, Payment, Refund};
use crate::engine::{ColumnsOf, Connection, Later, Moment, fixed, send};
use crate::error::{Error, Result};
use crate::schema::{payments, refunds};
use crate::types::{Money, OrderId, PaymentId, PaymentStatus, RefundId};

/// The part of the total that a payment recorded with its order captures.
pub(crate) fn captured_with_order(payment: Option<&NewPayment>, total: Money) -> Result<Money> {
    let Some(payment) = payment else { return Ok(Money::ZERO) };
    match payment.amount {
        Some(amount) if amount > total => Err(Error::invalid(
            "payment.amount",
            format!("must be at most the total of the order, {total}, not {amount}"),
        )),
        amount if payment.capture => Ok(amount.unwrap_or(total)),
        _ => Ok(Money::ZERO),
    }
}

/// A payment to record, of the amount `due` by default.
pub(crate) fn prepare(order: OrderId, payment: &NewPayment, due: Money, at: DateTime<Utc>) -> Payment {
    let NewPayment { method, reference, capture, amount } = payment.clone();
    let status = if capture { PaymentStatus::Paid } else { PaymentStatus::Pending };
    let (amount, paid_at) = (amount.unwrap_or(due), capture.then_some(at));
    Payment { id: PaymentId::new(0), order_id: order, method, status, amount, paid_at, reference, created_at: at }
}

/// Inserts a validated payment.
pub(crate) fn insert(conn: &mut Connection, payment: Payment) -> Result<Payment> {
    const INSERT: &str = concat!(
        "INSERT INTO payments (order_id, ",
        payment_columns!(names),
        ") VALUES (?, ",
        payment_columns!(marks),
        ")"
    );
    let id = bind_payment(fixed!(INSERT).int(payment.order_id), &payment).insert(conn)?;
    Ok(Payment { id: PaymentId::new(id), ..payment })
}

impl Payment {
    /// Maximum number of payment attempts of an order.
    pub const MAX_ATTEMPTS: usize = 20;

    /// Latest recorded time of the payment.
    fn last_time(&self) -> DateTime<Utc> {
        self.paid_at.unwrap_or(self.created_at)
    }

    /// Whether the payment has been captured and not refunded.
    pub(crate) fn is_paid(&self) -> bool {
        self.status == PaymentStatus::Paid
    }
}

/// Times that a later event of the order must not precede.
pub(crate) fn times(order: &OrderRecord, attempts: &[Payment]) -> impl Iterator<Item = DateTime<Utc>> {
    attempts.iter().map(Payment::last_time).chain([order.last_time()])
}

/// All payment attempts of an order, earliest first.
pub(crate) fn of_order(conn: &mut Connection, order: OrderId) -> Result<Later<'static, Vec<Payment>>> {
    const ATTEMPTS: &str =
        concat!("SELECT id, order_id, ", payment_columns!(names), " FROM payments WHERE order_id = ? ORDER BY id");
    Ok(fixed!(ATTEMPTS).int(order).send_query::<ColumnsOf<Payment>, Payment>(conn)?)
}

/// Closes all attempts of a cancelled order: pending ones fail, captured ones are refunded. Returns the refunded sum.
pub(crate) fn close_all(conn: &mut Connection, attempts: &[Payment], at: DateTime<Utc>) -> Result<Money> {
    let mut returned = Money::ZERO;
    for payment in attempts {
        match payment.status {
            PaymentStatus::Pending => {
                let failed = payments::status.eq(PaymentStatus::Failed);
                send!(conn, diesel::update(payments::table.find(payment.id)).set(failed))?;
            }
            PaymentStatus::Paid => {
                insert_refund(conn, payment, payment.amount, "the order was cancelled", false, at)?;
                close(conn, payment.id)?;
                returned = returned.plus(payment.amount)?;
            }
            // The order never had the money of a late payment.
            PaymentStatus::Failed | PaymentStatus::Refunded | PaymentStatus::Late | PaymentStatus::Returned => {}
        }
    }
    Ok(returned)
}

/// Inserts a refund.
pub(crate) fn insert_refund(
    conn: &mut Connection,
    payment: &Payment,
    amount: Money,
    reason: &str,
    restocked: bool,
    at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(refunds::table)
        .values((
            refunds::payment_id.eq(payment.id),
            refunds::order_id.eq(payment.order_id),
            refunds::amount.eq(amount),
            refunds::reason.eq(reason),
            refunds::restocked.eq(i16::from(restocked)),
            refunds::created_at.eq(Moment::of(at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Marks a payment as refunded in full.
pub(crate) fn close(conn: &mut Connection, payment: PaymentId) -> Result<()> {
    diesel::update(payments::table.find(payment)).set(payments::status.eq(PaymentStatus::Refunded)).execute(conn)?;
    Ok(())
}

/// The refunds of an order, earliest first.
pub(crate) fn refunds_of_order(conn: &mut Connection, order: OrderId) -> Result<Vec<Refund>> {
    type Row = (RefundId, PaymentId, OrderId, Money, String, i16, DateTime<Utc>);
    let rows: Vec<Row> = refunds::table.filter(refunds::order_id.eq(order)).order(refunds::id).load(conn)?;
    let refund = |(id, payment_id, order_id, amount, reason, restocked, created_at): Row| Refund {
        id,
        payment_id,
        order_id,
        amount,
        reason,
        restocked: restocked != 0,
        created_at,
    };
    Ok(rows.into_iter().map(refund).collect())
}

//! Messages of payment providers about the outcome of payments, and late payments.
//!
//! A provider repeats its message until it is acknowledged, and may send it several times at once. The payment is found
//! by its reference, and the outcome is decided under the lock of its order.

use diesel::prelude::*;

use super::listing;
use super::pay::{capture_for, close, note_captured, set_status};
use crate::context::Context;
use crate::engine::Connection;
use crate::error::{Conflict, Error, Result};
use crate::idempotency;
use crate::ordering::{self, OrderRecord, Payment};
use crate::schema::payments;
use crate::types::time::now;
use crate::types::{Money, OrderStatus, PaymentId, PaymentMethod, PaymentOutcome, PaymentStatus, text};

/// The outcome of a provider's message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a late payment must be given back"]
#[non_exhaustive]
pub struct Settlement {
    /// The payment after the message.
    pub payment: Payment,
    /// If the order cannot take the payment: its state, as [`Conflict::LatePayment`]. The payment is kept as
    /// [`PaymentStatus::Late`], and its money must be given back.
    pub late: Option<Conflict>,
}

impl Settlement {
    /// The payment, unless it is late.
    ///
    /// # Errors
    /// [`Conflict::LatePayment`]. The payment is kept as late even so, once the transaction is committed.
    pub fn on_time(self) -> Result<Payment> {
        match self.late {
            Some(late) => Err(late.into()),
            None => Ok(self.payment),
        }
    }
}

/// A provider's message about a payment.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    method: PaymentMethod,
    reference: String,
    outcome: PaymentOutcome,
    amount: Money,
}

impl Notice {
    /// Validates the reference.
    pub(crate) fn new(method: PaymentMethod, reference: &str, outcome: PaymentOutcome, amount: Money) -> Result<Self> {
        Ok(Self { method, reference: text::identity("reference", reference, 200)?, outcome, amount })
    }

    fn fingerprint(&self) -> String {
        let Self { method, reference, outcome, amount } = self;
        format!("{amount} by {method} is {outcome}, reference {reference:?}")
    }
}

/// Records the outcome of a payment as reported by the provider. Repeating the message changes nothing.
pub(crate) fn settle(conn: &mut Connection, context: &Context, notice: &Notice) -> Result<Settlement> {
    let find = |conn: &mut Connection, id| {
        let payment = listing::get(conn, context, PaymentId::new(id))?;
        let order = ordering::lock(conn, context, payment.order_id)?;
        Ok(settled(&order, payment))
    };
    let make = |conn: &mut Connection| {
        let settlement = apply(conn, context, notice)?;
        Ok((settlement.payment.id.get(), settlement))
    };
    idempotency::once(conn, context, "payments.settle", || notice.fingerprint(), find, make)
}

fn apply(conn: &mut Connection, context: &Context, notice: &Notice) -> Result<Settlement> {
    use PaymentOutcome::{Failed, Paid};

    let payment = by_reference(conn, context, notice)?;
    let order = ordering::lock(conn, context, payment.order_id)?;
    // Read it again under the lock of the order.
    let payment = by_reference(conn, context, notice)?;
    if payment.amount != notice.amount {
        let message =
            format!("must be the amount of payment {}, {}, not {}", payment.id, payment.amount, notice.amount);
        return Err(Error::invalid("amount", message));
    }

    match (payment.status, notice.outcome) {
        (PaymentStatus::Pending | PaymentStatus::Failed, Paid) if takes(&order, payment.amount)? => {
            let payment = capture_for(conn, &order, payment)?;
            Ok(Settlement { payment, late: None })
        }
        (PaymentStatus::Pending | PaymentStatus::Failed, Paid) => {
            let payment = note_captured(conn, &order, payment, PaymentStatus::Late)?;
            Ok(settled(&order, payment))
        }
        (PaymentStatus::Pending, Failed) => {
            let payment = set_status(conn, payment, PaymentStatus::Failed)?;
            Ok(Settlement { payment, late: None })
        }
        (PaymentStatus::Failed, Failed)
        | (PaymentStatus::Paid | PaymentStatus::Refunded | PaymentStatus::Late | PaymentStatus::Returned, Paid) => {
            Ok(settled(&order, payment))
        }
        (from, Failed) => Err(Conflict::IllegalPaymentTransition {
            payment_id: payment.id,
            from,
            to: PaymentStatus::Failed,
            why: "a payment that was captured cannot fail",
        }
        .into()),
    }
}

/// Whether the order can take a payment of this amount now.
fn takes(order: &OrderRecord, amount: Money) -> Result<bool> {
    let is_open = order.status == OrderStatus::Pending && order.expired_at(now()).is_none();
    Ok(is_open && amount <= order.total.minus(order.paid)?)
}

/// The outcome for a payment that the message no longer changes.
fn settled(order: &OrderRecord, payment: Payment) -> Settlement {
    let is_late = matches!(payment.status, PaymentStatus::Late | PaymentStatus::Returned);
    let late = is_late.then(|| Conflict::LatePayment {
        payment_id: payment.id,
        order_id: order.id,
        amount: payment.amount,
        from: order.status,
        expired_at: order.expired_at(now()),
    });
    Settlement { payment, late }
}

/// The payment of the reference. An owner can settle only payments of its own orders.
fn by_reference(conn: &mut Connection, context: &Context, notice: &Notice) -> Result<Payment> {
    let Notice { method, reference, .. } = notice;
    let id = payments::table
        .filter(payments::reference.eq(reference).and(payments::method.eq(*method)))
        .select(payments::id)
        .get_result::<PaymentId>(conn)
        .optional()?;
    let payment = id.map(|id| listing::get(conn, context, id));
    match payment {
        Some(Ok(payment)) => Ok(payment),
        Some(Err(error)) if !error.is_not_found() => Err(error),
        _ => Err(Error::UnknownReference { method: *method, reference: reference.clone() }),
    }
}

/// Marks a late payment as given back.
pub(crate) fn give_back(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    close(conn, context, id, "payments.return", return_late)
}

fn return_late(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    let order = listing::get(conn, context, id)?.order_id;
    ordering::lock(conn, context, order)?;
    let payment = listing::get(conn, context, id)?;
    if payment.status == PaymentStatus::Late {
        return set_status(conn, payment, PaymentStatus::Returned);
    }
    Err(Conflict::IllegalPaymentTransition {
        payment_id: id,
        from: payment.status,
        to: PaymentStatus::Returned,
        why: "only a late payment is given back like this; a captured one can be refunded",
    }
    .into())
}

//! What payments and refunds are.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::auth::Scope;
use crate::error::{Fields, Invalid, Result};
use crate::schema::payments;
use crate::types::text_enum::text_enum;
use crate::types::time::{MaybeStamp, Stamp};
use crate::types::{Money, OrderId, PaymentId, RefundId, text};

text_enum! {
    /// How somebody pays.
    PaymentMethod {
        /// Credit or debit card.
        Card = "card",
        /// PayPal.
        Paypal = "paypal",
        /// Bank transfer.
        BankTransfer = "bank_transfer",
        /// Cash on delivery.
        Cash = "cash",
    }
}

text_enum! {
    /// What became of an attempt to pay.
    PaymentStatus {
        /// Begun, and not captured yet.
        Pending = "pending",
        /// Captured.
        Paid = "paid",
        /// Declined or given up.
        Failed = "failed",
        /// Captured, and given back in full.
        Refunded = "refunded",
    }
}

/// An attempt to pay an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = payments)]
pub struct Payment {
    /// Which one.
    pub id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// How.
    pub method: PaymentMethod,
    /// What became of it.
    pub status: PaymentStatus,
    /// How much.
    pub amount: Money,
    /// When it was captured.
    #[diesel(deserialize_as = MaybeStamp)]
    pub paid_at: Option<DateTime<Utc>>,
    /// What the payment provider calls it.
    pub reference: Option<String>,
    /// When it was begun.
    #[diesel(deserialize_as = Stamp)]
    pub created_at: DateTime<Utc>,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Refund {
    /// Which one.
    pub id: RefundId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Of which order.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Whether the goods came back with it.
    pub restocked: bool,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// An attempt to pay, to be recorded.
///
/// ```
/// use ecomdb::{NewPayment, PaymentMethod};
///
/// let whole = NewPayment::captured(PaymentMethod::Card);
/// let first_half = NewPayment::pending(PaymentMethod::BankTransfer).amount("50.00".parse()?);
/// # Ok::<(), ecomdb::ParseMoneyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct NewPayment {
    pub(super) method: PaymentMethod,
    pub(super) capture: bool,
    pub(super) amount: Option<Money>,
    pub(super) reference: Option<String>,
}

impl NewPayment {
    /// A payment that has been captured: the money is there.
    pub const fn captured(method: PaymentMethod) -> Self {
        Self { method, capture: true, amount: None, reference: None }
    }

    /// Whoever says that money has come must be allowed to.
    pub(crate) const fn needs(&self) -> Scope {
        if self.capture { Scope::PaymentsSettle } else { Scope::PaymentsWrite }
    }

    /// A payment that is to be captured later, or fails.
    pub const fn pending(method: PaymentMethod) -> Self {
        Self { method, capture: false, amount: None, reference: None }
    }

    /// How much, if not all that is due.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// What the payment provider calls it: 1 to 200 characters.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// The payment with what was typed checked; `path` leads to it in the request.
    pub(crate) fn checked(self, path: &str) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        if let Some(amount) = self.amount.filter(|amount| *amount <= Money::ZERO) {
            fields.add(format!("{path}amount"), format!("must be more than 0.00, not {amount}"));
        }
        let reference = self.reference.as_ref();
        let reference = reference.and_then(|it| fields.check(text::identity(&format!("{path}reference"), it, 200)));
        fields.finish_with(|| Some(Self { reference, ..self }))
    }

    /// Everything that makes two requests the same, for idempotency keys.
    pub(crate) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("pay {amount} by {}, captured {}, reference {:?}", self.method, self.capture, self.reference)
    }
}

/// Money to be given back.
///
/// ```
/// use ecomdb::NewRefund;
///
/// let all_and_goods_came_back = NewRefund::new("wrong size")?.restock();
/// let part = NewRefund::new("late delivery")?.amount("5.00".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct NewRefund {
    pub(super) reason: String,
    pub(super) amount: Option<Money>,
    pub(super) restock: bool,
}

impl NewRefund {
    /// All that is left to give back, for a reason of 1 to 500 characters.
    ///
    /// # Errors
    /// [`Invalid`] (`reason`).
    pub fn new(reason: &str) -> Result<Self, Invalid> {
        Ok(Self { reason: text::free("reason", reason, 500)?, amount: None, restock: false })
    }

    /// How much, if not all that is left.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// The goods came back: all items of the order go back in stock. That can be said once for an order.
    pub const fn restock(mut self) -> Self {
        self.restock = true;
        self
    }

    /// Everything that makes two requests the same, for idempotency keys.
    pub(super) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("refund {amount}, restock {}, reason {:?}", self.restock, self.reason)
    }
}

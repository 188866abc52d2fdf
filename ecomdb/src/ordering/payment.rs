//! Payment and refund records.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::error::{Fields, Invalid, Result};
use crate::schema::payments;
use crate::types::text_enum::text_enum;
use crate::types::time::{MaybeStamp, Stamp};
use crate::types::{Money, OrderId, PaymentId, RefundId, Scope, text};

text_enum! {
    /// Method of payment.
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
    /// Status of a payment attempt.
    PaymentStatus {
        /// Started, not captured yet.
        Pending = "pending",
        /// Captured.
        Paid = "paid",
        /// Declined or abandoned.
        Failed = "failed",
        /// Captured, and refunded in full.
        Refunded = "refunded",
    }
}

/// An attempt to pay an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = payments)]
pub struct Payment {
    /// Payment id.
    pub id: PaymentId,
    /// Order id.
    pub order_id: OrderId,
    /// Method of payment.
    pub method: PaymentMethod,
    /// Status of the attempt.
    pub status: PaymentStatus,
    /// Amount of the payment.
    pub amount: Money,
    /// When the payment was captured (UTC).
    #[diesel(deserialize_as = MaybeStamp)]
    pub paid_at: Option<DateTime<Utc>>,
    /// Reference at the payment provider.
    pub reference: Option<String>,
    /// When the attempt was made (UTC).
    #[diesel(deserialize_as = Stamp)]
    pub created_at: DateTime<Utc>,
}

/// A refund of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Refund {
    /// Refund id.
    pub id: RefundId,
    /// Id of the refunded payment.
    pub payment_id: PaymentId,
    /// Order id.
    pub order_id: OrderId,
    /// Amount refunded.
    pub amount: Money,
    /// Reason for the refund.
    pub reason: String,
    /// Whether the items were returned to stock.
    pub restocked: bool,
    /// When the refund was made (UTC).
    pub created_at: DateTime<Utc>,
}

/// A payment attempt to record.
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
    pub(crate) method: PaymentMethod,
    pub(crate) capture: bool,
    pub(crate) amount: Option<Money>,
    pub(crate) reference: Option<String>,
}

impl NewPayment {
    /// A payment that has been captured.
    pub const fn captured(method: PaymentMethod) -> Self {
        Self { method, capture: true, amount: None, reference: None }
    }

    /// The scope needed to record this payment; recording a capture needs a stronger one.
    pub(crate) const fn needs(&self) -> Scope {
        if self.capture { Scope::PaymentsSettle } else { Scope::PaymentsWrite }
    }

    /// A payment to be captured or failed later.
    pub const fn pending(method: PaymentMethod) -> Self {
        Self { method, capture: false, amount: None, reference: None }
    }

    /// Sets the amount; the amount due by default.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// Sets the reference at the payment provider: 1 to 200 characters.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Validates the payment; `path` is its path in the request.
    pub(crate) fn checked(self, path: &str) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        if let Some(amount) = self.amount.filter(|amount| *amount <= Money::ZERO) {
            fields.add(format!("{path}amount"), format!("must be more than 0.00, not {amount}"));
        }
        let reference = self.reference.as_ref();
        let reference = reference.and_then(|it| fields.check(text::identity(&format!("{path}reference"), it, 200)));
        fields.finish_with(|| Some(Self { reference, ..self }))
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("pay {amount} by {}, captured {}, reference {:?}", self.method, self.capture, self.reference)
    }
}

//! Payment attempts to record.

use crate::error::{Fields, Invalid, Result};
use crate::types::{Money, PaymentMethod, Scope, text};

/// A payment attempt to record. Its amount, if it has one of its own, is more than 0.00.
///
/// ```
/// use ecomdb::{NewPayment, PaymentMethod};
///
/// let whole = NewPayment::captured(PaymentMethod::Card);
/// let first_half = NewPayment::builder(PaymentMethod::BankTransfer).amount("50.00".parse()?).build()?;
/// let invalid = NewPayment::builder(PaymentMethod::Card).amount("-5.00".parse()?).build().unwrap_err();
/// assert_eq!(invalid.fields()[0].field, "amount");
/// # Ok::<(), ecomdb::Error>(())
/// ```
///
/// A payment that exists cannot be given another amount:
///
/// ```compile_fail
/// # use ecomdb::{Money, NewPayment, PaymentMethod};
/// NewPayment::captured(PaymentMethod::Card).amount(Money::from_minor(-500));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct NewPayment {
    pub(crate) method: PaymentMethod,
    pub(crate) capture: bool,
    pub(crate) amount: Option<Money>,
    pub(crate) reference: Option<String>,
}

impl NewPayment {
    /// A captured payment of the amount due.
    pub const fn captured(method: PaymentMethod) -> Self {
        Self { method, capture: true, amount: None, reference: None }
    }

    /// A payment of the amount due, to be captured or failed later.
    pub const fn pending(method: PaymentMethod) -> Self {
        Self { method, capture: false, amount: None, reference: None }
    }

    /// Starts a pending payment of the amount due.
    pub const fn builder(method: PaymentMethod) -> PaymentBuilder {
        PaymentBuilder(Self::pending(method))
    }

    /// The scope needed to record this payment; recording a capture needs a stronger one.
    pub(crate) const fn needs(&self) -> Scope {
        if self.capture { Scope::PaymentsSettle } else { Scope::PaymentsWrite }
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("pay {amount} by {}, captured {}, reference {:?}", self.method, self.capture, self.reference)
    }
}

/// Builder of a [`NewPayment`]; [`PaymentBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct PaymentBuilder(NewPayment);

impl PaymentBuilder {
    /// Makes it a payment that has been captured.
    pub const fn captured(mut self) -> Self {
        self.0.capture = true;
        self
    }

    /// Sets the amount; the amount due by default.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.0.amount = Some(amount);
        self
    }

    /// Sets the reference at the payment provider.
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.0.reference = Some(reference.into());
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `amount` (more than 0.00), `reference` (1 to 200 characters).
    pub fn build(self) -> Result<NewPayment, Invalid> {
        self.build_at("")
    }

    /// Like [`PaymentBuilder::build`]; `path` is the path of the payment in the request.
    pub(super) fn build_at(self, path: &str) -> Result<NewPayment, Invalid> {
        let Self(payment) = self;
        let mut fields = Fields::default();
        if let Some(amount) = payment.amount.filter(|amount| *amount <= Money::ZERO) {
            fields.add(format!("{path}amount"), format!("must be more than 0.00, not {amount}"));
        }
        let reference = payment.reference.as_ref();
        let reference = reference.and_then(|it| fields.check(text::identity(&format!("{path}reference"), it, 200)));
        fields.finish_with(|| Some(NewPayment { reference, ..payment }))
    }
}

impl From<NewPayment> for PaymentBuilder {
    fn from(payment: NewPayment) -> Self {
        Self(payment)
    }
}

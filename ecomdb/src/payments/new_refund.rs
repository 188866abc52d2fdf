//! Refunds to make.

use crate::error::{Fields, Invalid, Result};
use crate::types::{Money, text};

/// A refund to make. Made by [`NewRefund::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct NewRefund {
    pub(super) reason: String,
    pub(super) amount: Option<Money>,
    pub(super) restock: bool,
}

impl NewRefund {
    /// Starts a refund of the whole refundable amount.
    ///
    /// ```
    /// use ecomdb::NewRefund;
    ///
    /// let all_and_goods_came_back = NewRefund::builder("wrong size").restock().build()?;
    /// let part = NewRefund::builder("late delivery").amount("5.00".parse()?).build()?;
    /// let invalid = NewRefund::builder("").amount("-5.00".parse()?).build().unwrap_err();
    /// assert_eq!(invalid.fields().len(), 2);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn builder(reason: impl Into<String>) -> RefundBuilder {
        RefundBuilder(Self { reason: reason.into(), amount: None, restock: false })
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("refund {amount}, restock {}, reason {:?}", self.restock, self.reason)
    }
}

/// Builder of a [`NewRefund`]; [`RefundBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct RefundBuilder(NewRefund);

impl RefundBuilder {
    /// Sets the amount; the whole refundable amount by default.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.0.amount = Some(amount);
        self
    }

    /// Returns all items of the order to stock. Allowed once per order.
    pub const fn restock(mut self) -> Self {
        self.0.restock = true;
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `reason` (1 to 500 characters), `amount` (more than 0.00).
    pub fn build(self) -> Result<NewRefund, Invalid> {
        let Self(refund) = self;
        let mut fields = Fields::default();
        let reason = fields.check(text::free("reason", &refund.reason, 500));
        if let Some(amount) = refund.amount.filter(|amount| *amount <= Money::ZERO) {
            fields.add("amount", format!("must be more than 0.00, not {amount}"));
        }
        fields.finish_with(|| Some(NewRefund { reason: reason?, ..refund }))
    }
}

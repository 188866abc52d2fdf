//! Refunds to make.

use crate::error::{Invalid, Result};
use crate::types::{Money, text};

/// A refund to make.
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
    /// A refund of the whole refundable amount, for a reason of 1 to 500 characters.
    ///
    /// # Errors
    /// [`Invalid`] (`reason`).
    pub fn new(reason: &str) -> Result<Self, Invalid> {
        Ok(Self { reason: text::free("reason", reason, 500)?, amount: None, restock: false })
    }

    /// Sets the amount; the whole refundable amount by default.
    pub const fn amount(mut self, amount: Money) -> Self {
        self.amount = Some(amount);
        self
    }

    /// Returns all items of the order to stock. Allowed once per order.
    pub const fn restock(mut self) -> Self {
        self.restock = true;
        self
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let amount = self.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        format!("refund {amount}, restock {}, reason {:?}", self.restock, self.reason)
    }
}

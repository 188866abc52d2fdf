//! Orders to place, valid except for what depends on the database.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{NewPayment, PaymentBuilder};
use crate::error::{Fields, Invalid, Result};
use crate::types::{ProductId, Quantity, UserId};

/// An order to place. Made by [`NewOrder::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewOrder {
    pub(super) user_id: UserId,
    /// Lines by ascending product id, the order of locking.
    pub(super) lines: BTreeMap<ProductId, Line>,
    pub(super) payment: Option<NewPayment>,
}

/// Quantity of one product, and where it was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) quantity: i64,
    /// Position of the product's first line in the request, for error messages.
    pub(super) position: usize,
}

impl NewOrder {
    /// Maximum number of lines in an order.
    pub const MAX_LINES: usize = 500;

    /// Starts an order of a user.
    ///
    /// ```
    /// use ecomdb::{NewOrder, ProductId, UserId};
    ///
    /// let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(3), 2).item(ProductId::new(9), 1).build();
    /// assert!(order.is_ok());
    /// let invalid = NewOrder::builder(UserId::new(1)).item(ProductId::new(3), 0).build().unwrap_err();
    /// assert_eq!(invalid.fields()[0].field, "items[0].quantity");
    /// ```
    pub fn builder(user_id: UserId) -> OrderBuilder {
        OrderBuilder { user_id, items: Vec::new(), payment: None }
    }

    /// The facts that identify the request for its idempotency key.
    pub(super) fn fingerprint(&self) -> String {
        let mut text = format!("user {}", self.user_id);
        for (product, line) in &self.lines {
            // Writing to a String cannot fail.
            let _ = write!(text, "; {product} x {}", line.quantity);
        }
        if let Some(payment) = &self.payment {
            let _ = write!(text, "; {}", payment.fingerprint());
        }
        text
    }
}

/// Builder of a [`NewOrder`]; [`OrderBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct OrderBuilder {
    user_id: UserId,
    items: Vec<(ProductId, i64)>,
    payment: Option<PaymentBuilder>,
}

impl OrderBuilder {
    /// Adds a line. Lines of the same product are merged.
    pub fn item(mut self, product: ProductId, quantity: i64) -> Self {
        self.items.push((product, quantity));
        self
    }

    /// Adds several lines.
    pub fn items(mut self, items: impl IntoIterator<Item = (ProductId, i64)>) -> Self {
        self.items.extend(items);
        self
    }

    /// Adds a payment, built or not, which is recorded in the same transaction.
    pub fn payment(mut self, payment: impl Into<PaymentBuilder>) -> Self {
        self.payment = Some(payment.into());
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `items` (1 to 500 lines), `items[i].quantity` (1 to 1,000,000), and those of
    /// the payment.
    pub fn build(self) -> Result<NewOrder, Invalid> {
        let mut fields = Fields::default();
        let count = self.items.len();
        if !(1..=NewOrder::MAX_LINES).contains(&count) {
            fields.add("items", format!("must have 1 to {} lines, not {count}", NewOrder::MAX_LINES));
        }
        let mut lines = BTreeMap::new();
        for (position, (product, quantity)) in self.items.into_iter().enumerate().take(NewOrder::MAX_LINES) {
            let quantity = fields.check(Quantity::new(&format!("items[{position}].quantity"), quantity));
            let line = lines.entry(product).or_insert(Line { quantity: 0, position });
            // Cannot overflow: at most 500 lines of 1,000,000 units.
            line.quantity += quantity.map_or(0, Quantity::get);
        }
        let payment = self.payment.and_then(|payment| fields.check(payment.build_at("payment.")));
        fields.finish_with(|| Some(NewOrder { user_id: self.user_id, lines, payment }))
    }
}

//! Orders to place, valid except for what depends on the database.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::address::Addresses;
use super::{AddressBuilder, NewPayment, OrderAdjustment, PaymentBuilder};
use crate::error::{Fields, Invalid, Result};
use crate::types::{AdjustmentKind, HoldMinutes, Money, OrderId, ProductId, Quantity, UserId};
use crate::vouchers;

/// An order to place. Made by [`NewOrder::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewOrder {
    pub(super) user_id: UserId,
    /// Lines by ascending product id, the order of locking.
    pub(super) lines: BTreeMap<ProductId, Line>,
    pub(super) adjustments: Vec<OrderAdjustment>,
    pub(super) addresses: Addresses,
    /// The stored form of the voucher's code.
    pub(super) voucher: Option<String>,
    pub(super) payment: Option<NewPayment>,
    /// How long it holds its units if nothing is paid; `None` without end.
    pub(super) hold: Option<HoldMinutes>,
    /// The order that it replaces.
    pub(super) replacing: Option<OrderId>,
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
        OrderBuilder {
            user_id,
            items: Vec::new(),
            adjustments: Vec::new(),
            shipping_address: None,
            billing_address: None,
            voucher: None,
            payment: None,
            hold: None,
            replacing: None,
        }
    }

    /// The facts that identify the request for its idempotency key.
    pub(super) fn fingerprint(&self) -> String {
        let mut text = format!("user {}", self.user_id);
        for (product, line) in &self.lines {
            // Writing to a String cannot fail.
            let _ = write!(text, "; {product} x {}", line.quantity);
        }
        for OrderAdjustment { kind, label, amount, included, .. } in &self.adjustments {
            let _ = write!(text, "; {kind} {label:?} {amount}, included {included}");
        }
        if let Some(code) = &self.voucher {
            let _ = write!(text, "; voucher {code}");
        }
        if let Some(payment) = &self.payment {
            let _ = write!(text, "; {}", payment.fingerprint());
        }
        // What most orders lack is left out, so that stored keys stay valid.
        if let Some(minutes) = self.hold {
            let _ = write!(text, "; held for {} minutes", minutes.get());
        }
        if let Some(order) = self.replacing {
            let _ = write!(text, "; replacing {order}");
        }
        for (kind, address) in self.addresses.iter() {
            let _ = write!(text, "; {kind} {address:?}");
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
    adjustments: Vec<OrderAdjustment>,
    shipping_address: Option<AddressBuilder>,
    billing_address: Option<AddressBuilder>,
    voucher: Option<String>,
    payment: Option<PaymentBuilder>,
    hold: Option<i64>,
    replacing: Option<OrderId>,
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

    /// Takes an amount off the price of the items: the positive amount `off`. All discounts are divided over the items in
    /// proportion to their prices, to the cent. Needs [`Scope::OrdersAdjust`], like the other adjustments.
    ///
    /// [`Scope::OrdersAdjust`]: crate::Scope::OrdersAdjust
    pub fn discount(self, label: impl Into<String>, off: Money) -> Self {
        // The smallest amount has no opposite; it is refused as any other negative one.
        let amount = Money::ZERO.checked_sub(off).unwrap_or(Money::MAX);
        self.adjustment(AdjustmentKind::Discount, label, amount, false)
    }

    /// Adds the shipping.
    pub fn shipping(self, label: impl Into<String>, amount: Money) -> Self {
        self.adjustment(AdjustmentKind::Shipping, label, amount, false)
    }

    /// Adds a fee.
    pub fn fee(self, label: impl Into<String>, amount: Money) -> Self {
        self.adjustment(AdjustmentKind::Fee, label, amount, false)
    }

    /// Adds a tax on top of the prices. It is computed by the caller.
    pub fn tax(self, label: impl Into<String>, amount: Money) -> Self {
        self.adjustment(AdjustmentKind::Tax, label, amount, false)
    }

    /// States a tax within the prices, which does not change the total.
    pub fn included_tax(self, label: impl Into<String>, amount: Money) -> Self {
        self.adjustment(AdjustmentKind::Tax, label, amount, true)
    }

    /// Adds an adjustment. The amount of a discount is negative.
    pub fn adjustment(mut self, kind: AdjustmentKind, label: impl Into<String>, amount: Money, included: bool) -> Self {
        self.adjustments.push(OrderAdjustment { kind, label: label.into(), amount, included, voucher_id: None });
        self
    }

    /// Uses the voucher with this code, in any case. Its discount is that of the price after the other discounts.
    pub fn voucher(mut self, code: impl Into<String>) -> Self {
        self.voucher = Some(code.into());
        self
    }

    /// Sets where the goods go, built or not. It can be changed while the order is pending; see
    /// [`Orders::set_address`](crate::Orders::set_address).
    pub fn shipping_address(mut self, address: impl Into<AddressBuilder>) -> Self {
        self.shipping_address = Some(address.into());
        self
    }

    /// Sets who gets the invoice, built or not. Without it, the shipping address counts.
    pub fn billing_address(mut self, address: impl Into<AddressBuilder>) -> Self {
        self.billing_address = Some(address.into());
        self
    }

    /// Adds a payment, built or not, which is recorded in the same transaction.
    pub fn payment(mut self, payment: impl Into<PaymentBuilder>) -> Self {
        self.payment = Some(payment.into());
        self
    }

    /// Holds the units for a number of minutes. After them the order cannot be paid, and the next sweep cancels it; see
    /// [`Orders::expire`](crate::Orders::expire). A payment, in full or in part, ends the hold: what is paid does not
    /// expire. Without this, an order waits for its payment without end.
    pub const fn hold(mut self, minutes: i64) -> Self {
        self.hold = Some(minutes);
        self
    }

    /// Cancels an order of the same user, of which nothing was paid, and places this one, in one transaction. It is the
    /// edit of a basket: the units of the old order can be in the new one, and if the new one cannot be placed, the old
    /// one stays.
    pub const fn replacing(mut self, order: OrderId) -> Self {
        self.replacing = Some(order);
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `items` (1 to 500 lines), `items[i].quantity` (1 to 1,000,000), `adjustments` (at
    /// most 20), `adjustments[i].label` (1 to 200 characters), `adjustments[i].amount` (at most 0.00 for a discount, at
    /// least 0.00 for the rest), `adjustments[i].included` (only for a tax), `voucher` (1 to 40 letters, digits, `-` and
    /// `_`), `hold_minutes` (1 to 43,200), those of the payment, and those of the addresses, such as
    /// `shipping_address.country`; see [`AddressBuilder::build`].
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
        let (count, most) = (self.adjustments.len(), OrderAdjustment::MAX);
        if count > most {
            fields.add("adjustments", format!("must be at most {most}, not {count}"));
        }
        let stated = self.adjustments.into_iter().enumerate().take(most);
        let adjustments =
            stated.filter_map(|(place, it)| fields.check(it.checked(&format!("adjustments[{place}].")))).collect();
        let voucher = self.voucher.and_then(|code| fields.check(vouchers::code_of("voucher", &code)));
        let payment = self.payment.and_then(|payment| fields.check(payment.build_at("payment.")));
        let hold = self.hold.and_then(|minutes| fields.check(HoldMinutes::new("hold_minutes", minutes)));
        let addresses = Addresses {
            shipping: self.shipping_address.and_then(|it| fields.check(it.build_at("shipping_address."))),
            billing: self.billing_address.and_then(|it| fields.check(it.build_at("billing_address."))),
        };
        let (user_id, replacing) = (self.user_id, self.replacing);
        fields.finish_with(|| {
            Some(NewOrder { user_id, lines, adjustments, addresses, voucher, payment, hold, replacing })
        })
    }
}

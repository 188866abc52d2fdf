//! Order records.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::address::Addresses;
use super::{Address, OrderAdjustment, Payment, Refund};
use crate::context::Context;
use crate::schema::orders;
use crate::types::time::{json_time, maybe_json_time};
use crate::types::{CancelReason, Country, Money, OrderId, OrderStatus, PaymentState, ProductId, Scope, UserId};
use crate::users::{Buyer, OrderUser};

/// The row of an order.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub(crate) struct OrderRecord {
    pub(crate) id: OrderId,
    pub(crate) user_id: UserId,
    pub(crate) status: OrderStatus,
    pub(crate) total: Money,
    pub(crate) paid: Money,
    pub(crate) refunded: Money,
    pub(crate) item_count: i64,
    /// Sum of the adjustments that change the total; `None` without adjustments.
    pub(crate) adjustments: Option<Money>,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) cancelled_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) cancel_reason: Option<CancelReason>,
    /// Country of its shipping address, or of its billing address; `None` without addresses.
    pub(crate) country: Option<Country>,
}

impl OrderRecord {
    /// The end of the hold, if that was at or before `at`.
    pub(crate) fn expired_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.expires_at.filter(|end| *end <= at)
    }

    /// Latest recorded time of the order.
    pub(crate) fn last_time(&self) -> DateTime<Utc> {
        self.cancelled_at.or(self.completed_at).unwrap_or(self.placed_at)
    }
}

/// Summary of an order, as in lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OrderSummary {
    /// Order id.
    pub id: OrderId,
    /// User id of the customer.
    pub user_id: UserId,
    /// Status of the order.
    pub status: OrderStatus,
    /// How much of the total was captured.
    pub payment_state: PaymentState,
    /// Sum of the items and of the adjustments that are not included in their prices.
    pub total: Money,
    /// Captured part of the total; refunds do not lower it.
    pub paid: Money,
    /// Refunded part of the total.
    pub refunded: Money,
    /// Number of units over all items.
    pub item_count: i64,
    /// When the order was placed (UTC).
    #[serde(serialize_with = "json_time")]
    pub placed_at: DateTime<Utc>,
    /// When the order was paid in full (UTC).
    #[serde(serialize_with = "maybe_json_time")]
    pub completed_at: Option<DateTime<Utc>>,
    /// When the order was cancelled (UTC).
    #[serde(serialize_with = "maybe_json_time")]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When the hold ends (UTC): from then on the order cannot be paid. `None` for an order without a hold, and once
    /// something was paid or the order was cancelled.
    #[serde(serialize_with = "maybe_json_time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why the order was cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// The customer as it is now, also in orders of before its name or address changed. See [`Order::buyer`].
    pub user: OrderUser,
}

impl OrderSummary {
    pub(crate) fn new(order: OrderRecord, user: OrderUser) -> Self {
        let OrderRecord { id, user_id, status, total, paid, refunded, item_count, .. } = order;
        let OrderRecord { placed_at, completed_at, cancelled_at, expires_at, cancel_reason, .. } = order;
        let payment_state = PaymentState::of(total, paid);
        Self {
            id,
            user_id,
            status,
            payment_state,
            total,
            paid,
            refunded,
            item_count,
            placed_at,
            completed_at,
            cancelled_at,
            expires_at,
            cancel_reason,
            user,
        }
    }
}

/// The line of one product in an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OrderItem {
    /// Product id.
    pub product_id: ProductId,
    /// Name of the product when the order was placed.
    pub product_name: String,
    /// SKU of the product when the order was placed.
    pub sku: String,
    /// Units ordered.
    pub quantity: i64,
    /// Price per unit when the order was placed.
    pub unit_price: Money,
    /// `quantity` times `unit_price`.
    pub line_total: Money,
    /// Part of the order's discounts, of all units; at least 0.00.
    pub discount: Money,
    /// `line_total` less `discount`.
    pub net_total: Money,
}

impl OrderItem {
    /// The price of `units` units after the discount, if `before` units were refunded earlier. However the units are
    /// divided into refunds, the prices add up to `net_total`. `None` if the item has fewer units.
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "10.00".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let order = NewOrder::builder(ada.id).item(lamp.id, 3).discount("Thank you", "1.00".parse()?).build()?;
    /// let item = &db.orders().place(order)?.items[0];
    /// let prices: Vec<_> = (0..3).filter_map(|before| item.price_of(before, 1)).map(|it| it.to_string()).collect();
    /// assert_eq!(prices, ["9.66", "9.67", "9.67"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn price_of(&self, before: i64, units: i64) -> Option<Money> {
        if before < 0 || units < 0 || before.checked_add(units)? > self.quantity {
            return None;
        }
        // In 128 bits, where it cannot overflow. The quotients are at most `net_total`.
        let up_to =
            |units: i64| i128::from(self.net_total.minor()) * i128::from(units) / i128::from(self.quantity.max(1));
        Some(Money::from_minor((up_to(before + units) - up_to(before)) as i64))
    }
}

/// An order with its items, adjustments, addresses, payments and refunds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Order {
    /// Order id.
    pub id: OrderId,
    /// User id of the customer.
    pub user_id: UserId,
    /// Status of the order.
    pub status: OrderStatus,
    /// How much of the total was captured.
    pub payment_state: PaymentState,
    /// Sum of the items and of the adjustments that are not included in their prices.
    pub total: Money,
    /// Captured part of the total; refunds do not lower it.
    pub paid: Money,
    /// Refunded part of the total.
    pub refunded: Money,
    /// Number of units over all items.
    pub item_count: i64,
    /// When the order was placed (UTC).
    #[serde(serialize_with = "json_time")]
    pub placed_at: DateTime<Utc>,
    /// When the order was paid in full (UTC).
    #[serde(serialize_with = "maybe_json_time")]
    pub completed_at: Option<DateTime<Utc>>,
    /// When the order was cancelled (UTC).
    #[serde(serialize_with = "maybe_json_time")]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When the hold ends (UTC): from then on the order cannot be paid. `None` for an order without a hold, and once
    /// something was paid or the order was cancelled.
    #[serde(serialize_with = "maybe_json_time")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why the order was cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// Name and address of the customer when the order was placed; `None` for callers without [`Scope::OrdersRead`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub buyer: Option<Buyer>,
    /// Items, by ascending product id.
    pub items: Vec<OrderItem>,
    /// Discounts, shipping, fees and taxes.
    pub adjustments: Vec<OrderAdjustment>,
    /// Where the goods go; `None` also for callers without [`Scope::OrdersRead`].
    pub shipping_address: Option<Address>,
    /// Who gets the invoice; `None` also for callers without [`Scope::OrdersRead`].
    pub billing_address: Option<Address>,
    /// Latest payment attempt, if any.
    pub payment: Option<Payment>,
    /// All payment attempts, earliest first.
    pub payments: Vec<Payment>,
    /// All refunds, earliest first.
    pub refunds: Vec<Refund>,
}

impl Order {
    /// The order without its buyer and addresses, unless the caller may read orders. Callers who refund orders need not know
    /// who bought.
    pub(crate) fn shown(self, context: &Context) -> Self {
        if context.has(Scope::OrdersRead) {
            return self;
        }
        Self { buyer: None, shipping_address: None, billing_address: None, ..self }
    }

    pub(crate) fn new(
        order: OrderRecord,
        buyer: Buyer,
        items: Vec<OrderItem>,
        adjustments: Vec<OrderAdjustment>,
        addresses: Addresses,
        payments: Vec<Payment>,
        refunds: Vec<Refund>,
    ) -> Self {
        let OrderRecord { id, user_id, status, total, paid, refunded, item_count, .. } = order;
        let OrderRecord { placed_at, completed_at, cancelled_at, expires_at, cancel_reason, .. } = order;
        let payment_state = PaymentState::of(total, paid);
        let payment = payments.last().cloned();
        Self {
            id,
            user_id,
            status,
            payment_state,
            total,
            paid,
            refunded,
            item_count,
            placed_at,
            completed_at,
            cancelled_at,
            expires_at,
            cancel_reason,
            buyer: Some(buyer),
            items,
            adjustments,
            shipping_address: addresses.shipping,
            billing_address: addresses.billing,
            payment,
            payments,
            refunds,
        }
    }
}

//! Order records.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Payment, Refund};
use crate::context::Context;
use crate::schema::orders;
use crate::types::time::{json_time, maybe_json_time};
use crate::types::{Money, OrderId, OrderStatus, PaymentState, ProductId, Scope, UserId};
use crate::users::OrderUser;

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
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) cancelled_at: Option<DateTime<Utc>>,
}

impl OrderRecord {
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
    /// Sum of the items.
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
    /// The customer.
    pub user: OrderUser,
}

impl OrderSummary {
    pub(crate) fn new(order: OrderRecord, user: OrderUser) -> Self {
        let OrderRecord { id, user_id, status, total, paid, refunded, item_count, .. } = order;
        let OrderRecord { placed_at, completed_at, cancelled_at, .. } = order;
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
    /// Current name of the product.
    pub product_name: String,
    /// Current SKU of the product.
    pub sku: String,
    /// Units ordered.
    pub quantity: i64,
    /// Price per unit when the order was placed.
    pub unit_price: Money,
    /// `quantity` times `unit_price`.
    pub line_total: Money,
}

/// An order with its items, payments and refunds.
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
    /// Sum of the items.
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
    /// The customer; `None` for callers without [`Scope::OrdersRead`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub user: Option<OrderUser>,
    /// Items, by ascending product id.
    pub items: Vec<OrderItem>,
    /// Latest payment attempt, if any.
    pub payment: Option<Payment>,
    /// All payment attempts, earliest first.
    pub payments: Vec<Payment>,
    /// All refunds, earliest first.
    pub refunds: Vec<Refund>,
}

impl Order {
    /// The order without its customer, unless the caller can read orders. A caller that refunds orders need not know
    /// the customer.
    pub(crate) fn shown(self, context: &Context) -> Self {
        if context.has(Scope::OrdersRead) { self } else { Self { user: None, ..self } }
    }

    pub(crate) fn new(
        order: OrderRecord,
        user: OrderUser,
        items: Vec<OrderItem>,
        payments: Vec<Payment>,
        refunds: Vec<Refund>,
    ) -> Self {
        let summary = OrderSummary::new(order, user);
        let OrderSummary { id, user_id, status, payment_state, total, paid, refunded, item_count, .. } = summary;
        let OrderSummary { placed_at, completed_at, cancelled_at, user, .. } = summary;
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
            user: Some(user),
            items,
            payment,
            payments,
            refunds,
        }
    }
}

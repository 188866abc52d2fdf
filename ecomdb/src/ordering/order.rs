//! Order records.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Payment, Refund};
use crate::context::Context;
use crate::schema::orders;
use crate::types::time::{MaybeStamp, Stamp};
use crate::types::{Money, OrderId, OrderStatus, ProductId, Scope, UserId};
use crate::users::OrderUser;

/// Summary of an order, as in lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = orders)]
#[non_exhaustive]
pub struct OrderSummary {
    /// Order id.
    pub id: OrderId,
    /// User id of the customer.
    pub user_id: UserId,
    /// Status of the order.
    pub status: OrderStatus,
    /// Sum of the items.
    pub total: Money,
    /// Refunded part of the total.
    pub refunded: Money,
    /// Number of units over all items.
    pub item_count: i64,
    /// When the order was placed (UTC).
    #[diesel(deserialize_as = Stamp)]
    pub placed_at: DateTime<Utc>,
    /// When the order was paid in full (UTC).
    #[diesel(deserialize_as = MaybeStamp)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When the order was cancelled (UTC).
    #[diesel(deserialize_as = MaybeStamp)]
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl OrderSummary {
    /// Latest recorded time of the order.
    pub(crate) fn last_time(&self) -> DateTime<Utc> {
        self.cancelled_at.or(self.completed_at).unwrap_or(self.placed_at)
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
    /// Sum of the items.
    pub total: Money,
    /// Refunded part of the total.
    pub refunded: Money,
    /// Number of units over all items.
    pub item_count: i64,
    /// When the order was placed (UTC).
    pub placed_at: DateTime<Utc>,
    /// When the order was paid in full (UTC).
    pub completed_at: Option<DateTime<Utc>>,
    /// When the order was cancelled (UTC).
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
        summary: OrderSummary,
        user: OrderUser,
        items: Vec<OrderItem>,
        payments: Vec<Payment>,
        refunds: Vec<Refund>,
    ) -> Self {
        let OrderSummary { id, user_id, status, total, refunded, item_count, placed_at, completed_at, cancelled_at } =
            summary;
        let payment = payments.last().cloned();
        Self {
            id,
            user_id,
            status,
            total,
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

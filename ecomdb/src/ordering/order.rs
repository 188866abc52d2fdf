//! What an order is.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::payments::{Payment, Refund};
use crate::schema::{orders, users};
use crate::types::text_enum::text_enum;
use crate::types::time::{MaybeStamp, Stamp};
use crate::types::{Money, OrderId, ProductId, UserId};

text_enum! {
    /// How far an order has come.
    OrderStatus {
        /// Placed, and not paid in full.
        Pending = "pending",
        /// Paid in full.
        Completed = "completed",
        /// Paid, and given back in full.
        Refunded = "refunded",
        /// Given up before it was paid, or although it cost nothing; the stock went back.
        Cancelled = "cancelled",
    }
}

/// An order as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = orders)]
pub struct OrderSummary {
    /// Which one.
    pub id: OrderId,
    /// Who ordered.
    pub user_id: UserId,
    /// How far it has come.
    pub status: OrderStatus,
    /// The sum of its items.
    pub total: Money,
    /// What of the total was given back.
    pub refunded: Money,
    /// Units ordered, over all items.
    pub item_count: i64,
    /// When it was placed.
    #[diesel(deserialize_as = Stamp)]
    pub placed_at: DateTime<Utc>,
    /// When it was paid in full.
    #[diesel(deserialize_as = MaybeStamp)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[diesel(deserialize_as = MaybeStamp)]
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl OrderSummary {
    /// When it came into its state.
    pub(crate) fn last_time(&self) -> DateTime<Utc> {
        self.cancelled_at.or(self.completed_at).unwrap_or(self.placed_at)
    }
}

/// Who placed an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = users)]
pub struct OrderUser {
    /// Which user.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
}

/// What was ordered of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct OrderItem {
    /// Which product.
    pub product_id: ProductId,
    /// What it is called now.
    pub product_name: String,
    /// Its stock keeping unit.
    pub sku: String,
    /// Units ordered.
    pub quantity: i64,
    /// What one unit cost when it was ordered.
    pub unit_price: Money,
    /// `quantity` times `unit_price`.
    pub line_total: Money,
}

/// An order in detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Order {
    /// Which one.
    pub id: OrderId,
    /// Who ordered.
    pub user_id: UserId,
    /// How far it has come.
    pub status: OrderStatus,
    /// The sum of its items.
    pub total: Money,
    /// What of the total was given back.
    pub refunded: Money,
    /// Units ordered, over all items.
    pub item_count: i64,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was paid in full.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Name and address of the one who ordered; `None` for callers without [`Scope::OrdersRead`](crate::Scope::OrdersRead).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub user: Option<OrderUser>,
    /// What was ordered, by product id.
    pub items: Vec<OrderItem>,
    /// The latest attempt to pay, if there was one.
    pub payment: Option<Payment>,
    /// Every attempt to pay, the first one first.
    pub payments: Vec<Payment>,
    /// What was given back, the first time first.
    pub refunds: Vec<Refund>,
}

impl Order {
    /// The order without the buyer's name and address, unless the caller may read orders: what gives money back, say, need
    /// not know whose it is.
    pub(crate) fn shown(self, reads_orders: bool) -> Self {
        if reads_orders { self } else { Self { user: None, ..self } }
    }

    pub(super) fn new(
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

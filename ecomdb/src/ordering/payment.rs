//! Payment and refund records.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::payments;
use crate::types::time::{json_time, maybe_json_time};
use crate::types::{Money, OrderId, PaymentId, PaymentMethod, PaymentStatus, RefundId};

/// An attempt to pay an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = payments)]
#[non_exhaustive]
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
    #[serde(serialize_with = "maybe_json_time")]
    pub paid_at: Option<DateTime<Utc>>,
    /// Reference at the payment provider.
    pub reference: Option<String>,
    /// When the attempt was made (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
}

/// A refund of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
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
    /// Whether this refund returned the units of the order to stock. At most one refund of an order does. Cancelling an
    /// order returns the units without a refund.
    pub restocked: bool,
    /// When the refund was made (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
}

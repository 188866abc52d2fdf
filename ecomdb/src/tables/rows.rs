//! Rows as the tables hold them.
//!
//! Ids are counted from 1, money is in minor units, times are microseconds since 1970-01-01 UTC.

use crate::catalog::ProductStatus;
use crate::inventory::MovementReason;
use crate::ordering::PaymentMethod;
use crate::types::{OrderStatus, PaymentStatus, UserStatus};

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// User id, from 1 without gaps.
    pub id: i64,
    /// Unique, lower-case ASCII.
    pub email: String,
    /// Given name.
    pub first_name: &'static str,
    /// Family name.
    pub last_name: &'static str,
    /// Status of the account; a disabled one cannot order.
    pub status: UserStatus,
    /// When the account was opened.
    pub created_at: i64,
    /// When the account was opened or disabled.
    pub updated_at: i64,
}

/// A row of `categories`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRow {
    /// Category id, from 1 without gaps.
    pub id: i64,
    /// Unique name.
    pub name: &'static str,
    /// Category id of the department; `None` for a department.
    pub parent_id: Option<i64>,
    /// Description of one sentence.
    pub description: &'static str,
    /// When the category was created.
    pub created_at: i64,
}

/// A row of `products`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// Product id, from 1 without gaps.
    pub id: i64,
    /// Id of a category without children.
    pub category_id: i64,
    /// Unique SKU: department, kind and number.
    pub sku: String,
    /// Brand, kind, unique model identifier and variant.
    pub name: String,
    /// Description of two sentences.
    pub description: String,
    /// Price at the end of the period, in minor units.
    pub price: i64,
    /// Whether the product is still on sale at the end of the period.
    pub status: ProductStatus,
    /// When the product was listed.
    pub created_at: i64,
    /// When the product was listed or last changed.
    pub updated_at: i64,
}

/// A row of `price_changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceChangeRow {
    /// Price change id, from 1 without gaps, ascending with time.
    pub id: i64,
    /// Product id.
    pub product_id: i64,
    /// Price before the change, in minor units.
    pub old_price: i64,
    /// Price after the change, in minor units; differs from the old one.
    pub new_price: i64,
    /// Start of validity of the new price.
    pub changed_at: i64,
}

/// A row of `inventory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InventoryRow {
    /// Product id.
    pub product_id: i64,
    /// Units in stock.
    pub quantity: i64,
    /// Stock level at or below which the product is reordered, in units.
    pub reorder_level: i64,
    /// Time of the last movement.
    pub updated_at: i64,
}

/// A row of `inventory_movements`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovementRow {
    /// Movement id, from 1 without gaps, ascending with time.
    pub id: i64,
    /// Product id.
    pub product_id: i64,
    /// Units added, or removed if negative; never 0.
    pub delta: i64,
    /// Reason of the movement.
    pub reason: MovementReason,
    /// Order that took or returned the units.
    pub order_id: Option<i64>,
    /// Note.
    pub note: Option<&'static str>,
    /// When the stock changed.
    pub created_at: i64,
}

/// A row of `orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRow {
    /// Order id, from 1 without gaps, ascending with time.
    pub id: i64,
    /// User id of the customer.
    pub user_id: i64,
    /// Status at the end of the period.
    pub status: OrderStatus,
    /// Sum of the order's items, in minor units.
    pub total: i64,
    /// Refunded part of the total, in minor units.
    pub refunded: i64,
    /// Number of units over all lines.
    pub item_count: i64,
    /// When the order was placed.
    pub placed_at: i64,
    /// When the order was paid in full.
    pub completed_at: Option<i64>,
    /// When the order was cancelled.
    pub cancelled_at: Option<i64>,
}

/// A row of `order_items`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderItemRow {
    /// Order id.
    pub order_id: i64,
    /// Product id; unique within the order.
    pub product_id: i64,
    /// Units ordered.
    pub quantity: i64,
    /// Price per unit when the order was placed, in minor units.
    pub unit_price: i64,
}

/// A row of `payments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentRow {
    /// Payment id, unique and ascending with gaps.
    pub id: i64,
    /// Order id.
    pub order_id: i64,
    /// Payment method.
    pub method: PaymentMethod,
    /// Status at the end of the period.
    pub status: PaymentStatus,
    /// Amount in minor units, above 0.
    pub amount: i64,
    /// When the payment was captured.
    pub paid_at: Option<i64>,
    /// Reference at the payment provider.
    pub reference: Option<PaymentReference>,
    /// When the attempt was made.
    pub created_at: i64,
}

/// A row of `refunds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundRow {
    /// Refund id, unique and ascending with gaps.
    pub id: i64,
    /// Payment id.
    pub payment_id: i64,
    /// Order id.
    pub order_id: i64,
    /// Amount in minor units, above 0.
    pub amount: i64,
    /// Reason given by the customer.
    pub reason: &'static str,
    /// Whether the units were returned to stock.
    pub restocked: bool,
    /// When the refund was made.
    pub created_at: i64,
}

/// Reference of a payment at its provider: 16 upper-case letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PaymentReference([u8; 16]);

impl PaymentReference {
    pub(crate) fn from_bits(mut bits: u64, prefix: [u8; 3]) -> Self {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut text = [0; 16];
        text[..3].copy_from_slice(&prefix);
        for byte in &mut text[3..] {
            *byte = DIGITS[(bits & 31) as usize];
            bits >>= 5;
        }
        Self(text)
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII, so the fallback is never used.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for PaymentReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An order with its items, payments and refunds. Reuse one to avoid allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBundle {
    /// The order.
    pub order: OrderRow,
    /// Items, by ascending product id.
    pub items: Vec<OrderItemRow>,
    /// Payment attempts, by ascending time.
    pub payments: Vec<PaymentRow>,
    /// Refunds, by ascending time.
    pub refunds: Vec<RefundRow>,
}

impl OrderBundle {
    /// Returns an empty bundle, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self {
            order: OrderRow {
                id: 0,
                user_id: 0,
                status: OrderStatus::Pending,
                total: 0,
                refunded: 0,
                item_count: 0,
                placed_at: 0,
                completed_at: None,
                cancelled_at: None,
            },
            items: Vec::with_capacity(20),
            payments: Vec::with_capacity(4),
            refunds: Vec::with_capacity(2),
        }
    }
}

impl Default for OrderBundle {
    fn default() -> Self {
        Self::new()
    }
}

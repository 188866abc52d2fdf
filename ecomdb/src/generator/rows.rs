//! Rows as the tables hold them.
//!
//! Ids are counted from 1, money is in minor units, times are microseconds since 1970-01-01 UTC.

use crate::{MovementReason, OrderStatus, PaymentMethod, PaymentStatus, ProductStatus, UserStatus};

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// From 1, without gaps.
    pub id: i64,
    /// Unique, lower-case ASCII.
    pub email: String,
    /// Given name.
    pub first_name: &'static str,
    /// Family name.
    pub last_name: &'static str,
    /// Whether the account may order.
    pub status: UserStatus,
    /// When the account was opened.
    pub created_at: i64,
    /// When it was opened or closed.
    pub updated_at: i64,
}

/// A row of `categories`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRow {
    /// From 1, without gaps.
    pub id: i64,
    /// Unique.
    pub name: &'static str,
    /// The department of a leaf; none for a department.
    pub parent_id: Option<i64>,
    /// One sentence.
    pub description: &'static str,
    /// When it was set up.
    pub created_at: i64,
}

/// A row of `products`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// From 1, without gaps.
    pub id: i64,
    /// A leaf.
    pub category_id: i64,
    /// Unique: department, kind and number.
    pub sku: String,
    /// Brand, kind, unique model identifier and variant.
    pub name: String,
    /// Two sentences.
    pub description: String,
    /// The last price of the period, in minor units.
    pub price: i64,
    /// Whether it is still on sale.
    pub status: ProductStatus,
    /// When it was listed.
    pub created_at: i64,
    /// When it was listed, or last changed.
    pub updated_at: i64,
}

/// A row of `price_changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceChangeRow {
    /// From 1, without gaps, by time.
    pub id: i64,
    /// Whose price.
    pub product_id: i64,
    /// In minor units.
    pub old_price: i64,
    /// In minor units; never the old one.
    pub new_price: i64,
    /// From when on the new price holds.
    pub changed_at: i64,
}

/// A row of `inventory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InventoryRow {
    /// Whose stock.
    pub product_id: i64,
    /// Pieces in stock.
    pub quantity: i64,
    /// At this quantity or below, more is ordered.
    pub reorder_level: i64,
    /// When it last moved.
    pub updated_at: i64,
}

/// A row of `inventory_movements`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovementRow {
    /// From 1, without gaps, by time.
    pub id: i64,
    /// Whose stock.
    pub product_id: i64,
    /// Pieces in, or out if negative; never 0.
    pub delta: i64,
    /// Why it moved.
    pub reason: MovementReason,
    /// The order that took or returned it.
    pub order_id: Option<i64>,
    /// A remark.
    pub note: Option<&'static str>,
    /// When it moved.
    pub created_at: i64,
}

/// A row of `orders`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRow {
    /// From 1, without gaps, by time.
    pub id: i64,
    /// Who ordered.
    pub user_id: i64,
    /// How far it has come.
    pub status: OrderStatus,
    /// Sum of its items, in minor units.
    pub total: i64,
    /// How much of it was given back, in minor units.
    pub refunded: i64,
    /// Units, not lines.
    pub item_count: i64,
    /// When it was placed.
    pub placed_at: i64,
    /// When it was paid in full.
    pub completed_at: Option<i64>,
    /// When it was given up.
    pub cancelled_at: Option<i64>,
}

/// A row of `order_items`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderItemRow {
    /// The order.
    pub order_id: i64,
    /// What was ordered; once in an order.
    pub product_id: i64,
    /// How many.
    pub quantity: i64,
    /// The price in force when the order was placed, in minor units.
    pub unit_price: i64,
}

/// A row of `payments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentRow {
    /// Unique and ascending, with gaps.
    pub id: i64,
    /// The order paid for.
    pub order_id: i64,
    /// How.
    pub method: PaymentMethod,
    /// What became of it.
    pub status: PaymentStatus,
    /// In minor units; above 0.
    pub amount: i64,
    /// When the money was received.
    pub paid_at: Option<i64>,
    /// What the provider calls it.
    pub reference: Option<PaymentReference>,
    /// When the attempt was made.
    pub created_at: i64,
}

/// A row of `refunds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundRow {
    /// Unique and ascending, with gaps.
    pub id: i64,
    /// The payment given back.
    pub payment_id: i64,
    /// Its order.
    pub order_id: i64,
    /// In minor units; above 0.
    pub amount: i64,
    /// Why.
    pub reason: &'static str,
    /// Whether the items went back into stock.
    pub restocked: bool,
    /// When.
    pub created_at: i64,
}

/// What the payment provider calls a payment: 16 upper-case letters and digits.
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

    /// The text the database holds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for PaymentReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An order with everything that hangs on it. Reuse one to avoid allocating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBundle {
    /// The order.
    pub order: OrderRow,
    /// Its lines, by ascending product.
    pub items: Vec<OrderItemRow>,
    /// The attempts to pay it, by ascending time.
    pub payments: Vec<PaymentRow>,
    /// What was given back, by ascending time.
    pub refunds: Vec<RefundRow>,
}

impl OrderBundle {
    /// An empty bundle to be filled.
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

//! The columns that orders, their items and payments are written with: each list beside its binds.
//!
//! The lists are macros, because a statement that is prepared once is a constant text.

use super::{OrderItem, OrderRecord, Payment};
use crate::engine::Sql;

/// The columns of [`bind_order`], and a placeholder for each. The rest have defaults.
macro_rules! order_columns {
    (names) => {
        "user_id, status, total, paid, refunded, item_count, placed_at, completed_at"
    };
    (marks) => {
        "?, ?, ?, ?, ?, ?, ?, ?"
    };
}

pub(super) fn bind_order<Key>(insert: Sql<Key>, order: &OrderRecord) -> Sql<Key> {
    let insert = insert.int(order.user_id).word(order.status.as_str()).int(order.total.minor());
    let insert = insert.int(order.paid.minor()).int(order.refunded.minor()).int(order.item_count).time(order.placed_at);
    insert.maybe_time(order.completed_at)
}

/// The columns of [`bind_item`] after `order_id`, and a placeholder for each.
macro_rules! item_columns {
    (names) => {
        "product_id, quantity, unit_price"
    };
    (marks) => {
        "?, ?, ?"
    };
}

pub(super) fn bind_item<Key>(insert: Sql<Key>, item: &OrderItem) -> Sql<Key> {
    insert.int(item.product_id).int(item.quantity).int(item.unit_price.minor())
}

/// The columns of [`bind_payment`] after `order_id`, and a placeholder for each.
macro_rules! payment_columns {
    (names) => {
        "method, status, amount, paid_at, reference, created_at"
    };
    (marks) => {
        "?, ?, ?, ?, ?, ?"
    };
}

pub(super) fn bind_payment<Key>(insert: Sql<Key>, payment: &Payment) -> Sql<Key> {
    let insert = insert.word(payment.method.as_str()).word(payment.status.as_str()).int(payment.amount.minor());
    insert.maybe_time(payment.paid_at).maybe_text(payment.reference.clone()).time(payment.created_at)
}

pub(super) use {item_columns, order_columns, payment_columns};

//! The columns that are written for orders, their items and payments, each list beside the function that binds its
//! values.
//!
//! The lists are macros, because the text of a cached statement must be constant.

use super::draft::Draft;
use super::{OrderItem, Payment};
use crate::engine::Sql;
use crate::types::Money;

/// The columns of [`bind_order`], and a placeholder for each. The rest have defaults.
macro_rules! order_columns {
    (names) => {
        "user_id, status, total, paid, refunded, item_count, adjustments, placed_at, completed_at, expires_at, \
         user_revision, country"
    };
    (marks) => {
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
    };
}

pub(super) fn bind_order<Key>(insert: Sql<Key>, draft: &Draft) -> Sql<Key> {
    let order = &draft.order;
    let insert = insert.int(order.user_id).word(order.status.as_str()).int(order.total.minor());
    let insert = insert.int(order.paid.minor()).int(order.refunded.minor()).int(order.item_count);
    let insert = insert.maybe_int(order.adjustments.map(Money::minor));
    let insert = insert.time(order.placed_at).maybe_time(order.completed_at).maybe_time(order.expires_at);
    insert.maybe_int(draft.user_revision).maybe_text(order.country.map(String::from))
}

/// The columns of [`bind_item`] after `order_id`, and a placeholder for each.
macro_rules! item_columns {
    (names) => {
        "product_id, quantity, unit_price, discount, product_revision"
    };
    (marks) => {
        "?, ?, ?, ?, ?"
    };
}

/// An item and the revision of its product.
pub(super) type Line<'a> = (&'a OrderItem, Option<i64>);

pub(super) fn bind_item<Key>(insert: Sql<Key>, (item, revision): Line<'_>) -> Sql<Key> {
    let discount = Some(item.discount.minor()).filter(|discount| *discount != 0);
    insert.int(item.product_id).int(item.quantity).int(item.unit_price.minor()).maybe_int(discount).maybe_int(revision)
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

//! Conversion of constraint violations to errors that name the field. The library checks before it writes, so these
//! occur only in races, and when an application writes on its own.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::failure::split;
use crate::error::{Conflict, Error};
use crate::types::quoted;

/// Name of a constraint in the migrations, and the field it protects.
enum Rule {
    Unique { entity: &'static str, field: &'static str },
    Reference { field: &'static str, parent: &'static str, children: &'static str },
    Check { field: &'static str, allowed: &'static str },
}

use Rule::{Check, Reference, Unique};

#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("users_email_key", Unique { entity: "user", field: "email" }),
    ("users_status_check", Check { field: "status", allowed: "must be active or disabled" }),
    ("users_role_check", Check { field: "role", allowed: "must be customer, staff or admin" }),
    ("sessions_token_hash_key", Unique { entity: "session", field: "token" }),
    ("sessions_user_id_fkey", Reference { field: "user_id", parent: "user", children: "sessions" }),
    ("api_keys_token_hash_key", Unique { entity: "API key", field: "token" }),
    ("api_keys_user_id_fkey", Reference { field: "user_id", parent: "user", children: "API keys" }),
    ("categories_name_key", Unique { entity: "category", field: "name" }),
    ("categories_parent_id_fkey", Reference { field: "parent_id", parent: "category", children: "categories below it" }),
    ("categories_parent_id_check", Check { field: "parent_id", allowed: "must not be the category itself" }),
    ("products_sku_key", Unique { entity: "product", field: "sku" }),
    ("products_category_id_fkey", Reference { field: "category_id", parent: "category", children: "products" }),
    ("products_price_check", Check { field: "price", allowed: "must not be negative" }),
    ("products_status_check", Check { field: "status", allowed: "must be active or archived" }),
    ("price_changes_product_id_fkey", Reference { field: "product_id", parent: "product", children: "price changes" }),
    ("price_changes_new_price_check", Check { field: "price", allowed: "must not be negative" }),
    ("orders_user_id_fkey", Reference { field: "user_id", parent: "user", children: "orders" }),
    ("orders_status_check", Check { field: "status", allowed: "must be pending, completed, refunded or cancelled" }),
    ("orders_total_check", Check { field: "total", allowed: "must not be negative" }),
    ("orders_refunded_check", Check { field: "refunded", allowed: "must lie between 0 and the total" }),
    ("orders_item_count_check", Check { field: "item_count", allowed: "must be positive" }),
    ("order_items_pkey", Unique { entity: "item of the order", field: "product_id" }),
    ("order_items_order_id_fkey", Reference { field: "order_id", parent: "order", children: "items" }),
    ("order_items_product_id_fkey", Reference { field: "product_id", parent: "product", children: "orders" }),
    ("order_items_quantity_check", Check { field: "quantity", allowed: "must be positive" }),
    ("order_items_unit_price_check", Check { field: "unit_price", allowed: "must not be negative" }),
    ("inventory_product_id_fkey", Reference { field: "product_id", parent: "product", children: "stock" }),
    ("inventory_quantity_check", Check { field: "quantity", allowed: "must not fall below 0" }),
    ("inventory_reorder_level_check", Check { field: "reorder_level", allowed: "must not be negative" }),
    ("inventory_movements_product_id_fkey", Reference { field: "product_id", parent: "product", children: "stock movements" }),
    ("inventory_movements_order_id_fkey", Reference { field: "order_id", parent: "order", children: "stock movements" }),
    ("inventory_movements_delta_check", Check { field: "delta", allowed: "must not be 0" }),
    ("inventory_movements_reason_check", Check { field: "reason", allowed: "must be initial, sale, cancel, return, restock or adjustment" }),
    ("payments_order_id_fkey", Reference { field: "order_id", parent: "order", children: "payments" }),
    ("payments_method_check", Check { field: "method", allowed: "must be card, paypal, bank_transfer or cash" }),
    ("payments_status_check", Check { field: "status", allowed: "must be pending, paid, failed or refunded" }),
    ("payments_amount_check", Check { field: "amount", allowed: "must be positive" }),
    ("payments_paid_at_check", Check { field: "paid_at", allowed: "must be set for a paid payment, and only for that" }),
    ("refunds_payment_id_fkey", Reference { field: "payment_id", parent: "payment", children: "refunds" }),
    ("refunds_order_id_fkey", Reference { field: "order_id", parent: "order", children: "refunds" }),
    ("refunds_amount_check", Check { field: "amount", allowed: "must be positive" }),
    ("refunds_restocked_check", Check { field: "restocked", allowed: "must be 0 or 1" }),
];

/// The domain error for a violated constraint; `None` for other errors.
pub(super) fn explain(error: &DieselError) -> Option<Error> {
    let DieselError::DatabaseError(kind, info) = error else { return None };
    let name = constraint_name(*kind, info.as_ref())?;
    let (_, rule) = RULES.iter().find(|(rule, _)| *rule == name)?;
    Some(match rule {
        Unique { entity, field } => {
            Conflict::Duplicate { entity, field, value: duplicate_value(words(info.as_ref())) }.into()
        }
        Reference { parent, children, .. } if is_parent_side(words(info.as_ref())) => {
            Conflict::InUse { entity: parent, id: 0, by: children, instead: "remove those first" }.into()
        }
        Reference { field, parent, .. } => Error::invalid(*field, format!("no {parent} has this id")),
        Check { field, allowed } => Error::invalid(*field, *allowed),
    })
}

/// Name of the violated constraint. PostgreSQL reports it separately; the others include it in the message:
///
/// - SQLite: `UNIQUE constraint failed: users.email`, `CHECK constraint failed: users_status_check`
/// - MariaDB: `Duplicate entry 'x' for key 'users_email_key'`, ``CONSTRAINT `users_status_check` failed for ...``,
///   ``... a foreign key constraint fails (`db`.`orders`, CONSTRAINT `orders_user_id_fkey` FOREIGN KEY ...)``
/// - MySQL: `... for key 'users.users_email_key'`, `Check constraint 'users_status_check' is violated.`
fn constraint_name(kind: DatabaseErrorKind, info: &dyn DatabaseErrorInformation) -> Option<String> {
    if let Some(name) = info.constraint_name() {
        return Some(name.to_owned());
    }
    let message = words(info);
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        return Some(unique_name(columns));
    }
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    let quoted = match kind {
        DatabaseErrorKind::UniqueViolation => message.rsplit_once(" for key '")?.1.split('\'').next()?,
        _ if message.contains("CONSTRAINT `") => message.split_once("CONSTRAINT `")?.1.split('`').next()?,
        _ => message.split_once("Check constraint '")?.1.split('\'').next()?,
    };
    Some(quoted.rsplit('.').next().unwrap_or(quoted).to_owned())
}

/// The message without its leading error code.
fn words(info: &dyn DatabaseErrorInformation) -> &str {
    split(info.message()).1
}

/// The constraint name for a UNIQUE violation on SQLite, which reports only the columns: `users.email` or `t.a, t.b`.
fn unique_name(columns: &str) -> String {
    if columns.starts_with("order_items.") {
        return "order_items_pkey".to_owned();
    }
    let mut name = String::new();
    for (i, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if i == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name + "_key"
}

/// True if a referenced row was to be deleted; false if a row references a missing one.
fn is_parent_side(message: &str) -> bool {
    message.contains("update or delete on table") || message.contains("Cannot delete or update a parent row")
}

/// The duplicate value, which only MariaDB and MySQL report.
fn duplicate_value(message: &str) -> String {
    let entry = message.split_once("Duplicate entry '").and_then(|(_, rest)| rest.split_once("' for key"));
    entry.map_or_else(|| "this value".to_owned(), |(value, _)| quoted(value).to_string())
}

/// True for a race of two requests with one idempotency key. The loser is retried, and finds the winner's row.
pub(super) fn is_idempotency_collision(error: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, info) = error else { return false };
    constraint_name(*kind, info.as_ref()).as_deref() == Some("idempotency_keys_scope_key_key")
}

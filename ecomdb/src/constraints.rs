//! The field that each constraint of the schema protects, for errors. The library checks before it writes, so violations
//! occur only in races, and when an application writes on its own.

use diesel::result::Error as DieselError;

use crate::engine::Rule::{self, Check, Reference, Retried, Unique};
use crate::engine::meaning_of;
use crate::error::Error;

/// The conversion of all errors of the engines, in every module.
impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        meaning_of(error, RULES)
    }
}

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
    // The request that lost the race finds the row of the other when it is retried.
    ("idempotency_keys_scope_key_key", Retried),
    ("refunds_restocked_check", Check { field: "restocked", allowed: "must be 0 or 1" }),
];

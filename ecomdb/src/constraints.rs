//! The field that each constraint of the schema protects, for errors. The library checks before it writes, so violations
//! occur only in races, and when an application writes on its own.

use diesel::result::Error as DieselError;

use crate::engine::Rule::{self, Check, Reference, Retried, Unique, Word};
use crate::engine::meaning_of;
use crate::error::Error;
use crate::types::{
    AddressKind, AdjustmentKind, CancelReason, MovementReason, OrderStatus, PaymentMethod, PaymentStatus,
    ProductStatus, Role, UserStatus, VoucherKind,
};

/// The conversion of all errors of the engines, in every module.
impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        meaning_of(error, RULES)
    }
}

#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("users_email_key", Unique { entity: "user", field: "email" }),
    ("users_status_check", Word { field: "status", words: UserStatus::WORDS }),
    ("users_role_check", Word { field: "role", words: Role::WORDS }),
    // Derived rows, which lost a race with a change or deletion of their user or product.
    ("user_terms_pkey", Retried),
    ("user_terms_user_id_fkey", Retried),
    ("product_terms_pkey", Retried),
    // Two changes of a name at the same time, on a cluster.
    ("user_revisions_pkey", Retried),
    ("user_revisions_user_id_fkey", Reference { field: "user_id", parent: "user", children: "former names" }),
    ("product_revisions_pkey", Retried),
    ("product_revisions_product_id_fkey", Reference { field: "product_id", parent: "product", children: "former names" }),
    ("product_terms_product_id_fkey", Retried),
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
    ("products_group_id_fkey", Reference { field: "group_id", parent: "product group", children: "products" }),
    ("products_group_id_option_values_key", Unique { entity: "product of the group", field: "options" }),
    ("products_option_values_check", Check { field: "options", allowed: "must be given for a product of a group, and only for that" }),
    ("products_image_count_check", Check { field: "images", allowed: "must not be negative in number" }),
    ("product_images_pkey", Unique { entity: "image of the product", field: "position" }),
    ("product_images_product_id_fkey", Reference { field: "product_id", parent: "product", children: "images" }),
    ("product_images_position_check", Check { field: "position", allowed: "must be positive" }),
    ("product_external_ids_source_external_id_key", Unique { entity: "product", field: "external_id" }),
    // Two requests set the id of one product at the same time.
    ("product_external_ids_product_id_source_key", Retried),
    ("product_external_ids_product_id_fkey", Reference { field: "product_id", parent: "product", children: "external ids" }),
    ("products_status_check", Word { field: "status", words: ProductStatus::WORDS }),
    ("price_changes_product_id_fkey", Reference { field: "product_id", parent: "product", children: "price changes" }),
    ("price_changes_new_price_check", Check { field: "price", allowed: "must not be negative" }),
    ("orders_user_id_fkey", Reference { field: "user_id", parent: "user", children: "orders" }),
    ("orders_status_check", Word { field: "status", words: OrderStatus::WORDS }),
    ("orders_total_check", Check { field: "total", allowed: "must not be negative" }),
    ("orders_paid_check", Check { field: "paid", allowed: "must lie between 0 and the total" }),
    ("orders_refunded_check", Check { field: "refunded", allowed: "must lie between 0 and the total" }),
    ("orders_item_count_check", Check { field: "item_count", allowed: "must be positive" }),
    ("orders_adjustments_check", Check { field: "adjustments", allowed: "must not be more than the total" }),
    ("orders_expires_at_check", Check { field: "expires_at", allowed: "must be set only for a pending order of which nothing was paid" }),
    ("orders_cancel_reason_check", Word { field: "cancel_reason", words: CancelReason::WORDS }),
    ("orders_user_revision_check", Check { field: "user_revision", allowed: "must be positive, or NULL for 0" }),
    ("order_items_pkey", Unique { entity: "item of the order", field: "product_id" }),
    ("order_items_order_id_fkey", Reference { field: "order_id", parent: "order", children: "items" }),
    ("order_items_product_id_fkey", Reference { field: "product_id", parent: "product", children: "orders" }),
    ("order_items_quantity_check", Check { field: "quantity", allowed: "must be positive" }),
    ("order_items_unit_price_check", Check { field: "unit_price", allowed: "must not be negative" }),
    ("order_items_discount_check", Check { field: "discount", allowed: "must lie between 0 and the price of the line" }),
    ("order_items_product_revision_check", Check { field: "product_revision", allowed: "must be positive, or NULL for 0" }),
    ("order_adjustments_pkey", Unique { entity: "adjustment of the order", field: "position" }),
    ("order_adjustments_order_id_fkey", Reference { field: "order_id", parent: "order", children: "adjustments" }),
    ("order_adjustments_voucher_id_fkey", Reference { field: "voucher_id", parent: "voucher", children: "orders" }),
    ("order_adjustments_kind_check", Word { field: "kind", words: AdjustmentKind::WORDS }),
    ("order_adjustments_voucher_id_check", Check { field: "voucher_id", allowed: "must belong to a discount" }),
    ("order_adjustments_amount_check", Check { field: "amount", allowed: "must be at most 0 for a discount, and at least 0 otherwise" }),
    ("order_adjustments_included_check", Check { field: "included", allowed: "must be 0 or 1, and 0 unless it is a tax" }),
    ("order_addresses_pkey", Unique { entity: "address of the order", field: "kind" }),
    ("order_addresses_order_id_fkey", Reference { field: "order_id", parent: "order", children: "addresses" }),
    ("order_addresses_kind_check", Word { field: "kind", words: AddressKind::WORDS }),
    ("order_addresses_country_check", Check { field: "country", allowed: "must be an ISO 3166-1 code of two capital letters" }),
    ("vouchers_code_key", Unique { entity: "voucher", field: "code" }),
    ("vouchers_kind_check", Word { field: "kind", words: VoucherKind::WORDS }),
    ("vouchers_value_check", Check { field: "value", allowed: "must be positive, and at most 100.00 for a percentage" }),
    ("vouchers_minimum_check", Check { field: "minimum", allowed: "must not be negative" }),
    ("vouchers_ends_at_check", Check { field: "ends_at", allowed: "must be after starts_at" }),
    ("vouchers_usage_limit_check", Check { field: "usage_limit", allowed: "must be positive, and not below the number of uses" }),
    ("vouchers_per_user_limit_check", Check { field: "per_user_limit", allowed: "must be positive" }),
    ("vouchers_used_check", Check { field: "used", allowed: "must not be negative" }),
    // Two orders of one customer made the row at the same time.
    ("voucher_uses_pkey", Retried),
    ("voucher_uses_voucher_id_fkey", Reference { field: "voucher_id", parent: "voucher", children: "uses" }),
    ("voucher_uses_user_id_fkey", Reference { field: "user_id", parent: "user", children: "uses of vouchers" }),
    ("voucher_uses_used_check", Check { field: "used", allowed: "must not be negative" }),
    ("inventory_product_id_fkey", Reference { field: "product_id", parent: "product", children: "stock" }),
    ("inventory_quantity_check", Check { field: "quantity", allowed: "must not fall below 0" }),
    ("inventory_reorder_level_check", Check { field: "reorder_level", allowed: "must not be negative" }),
    ("inventory_movements_product_id_fkey", Reference { field: "product_id", parent: "product", children: "stock movements" }),
    ("inventory_movements_delta_check", Check { field: "delta", allowed: "must not be 0" }),
    ("inventory_movements_reason_check", Word { field: "reason", words: MovementReason::BOOKED }),
    ("payments_order_id_fkey", Reference { field: "order_id", parent: "order", children: "payments" }),
    ("payments_reference_method_key", Unique { entity: "payment of this method", field: "reference" }),
    ("payments_method_check", Word { field: "method", words: PaymentMethod::WORDS }),
    ("payments_status_check", Word { field: "status", words: PaymentStatus::WORDS }),
    ("payments_amount_check", Check { field: "amount", allowed: "must be positive" }),
    ("payments_paid_at_check", Check { field: "paid_at", allowed: "must be set for a paid payment, and only for that" }),
    ("refunds_payment_id_fkey", Reference { field: "payment_id", parent: "payment", children: "refunds" }),
    ("refunds_order_id_fkey", Reference { field: "order_id", parent: "order", children: "refunds" }),
    ("refunds_amount_check", Check { field: "amount", allowed: "must be positive" }),
    // The request that lost the race finds the other request's row when it is retried.
    ("idempotency_keys_scope_key_key", Retried),
    ("refunds_restocked_check", Check { field: "restocked", allowed: "must be 0 or 1" }),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// All `up.sql` of an engine, from the first migration to the last, on one line.
    fn migrations(engine: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|it| it.unwrap().path().join("up.sql")).collect();
        files.sort();
        let text: String = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The quoted words between the parentheses of a CHECK.
    fn words_of_check(migrations: &str, constraint: &str) -> BTreeSet<String> {
        let (_, check) = migrations.split_once(&format!("{constraint} CHECK (")).unwrap();
        let mut depth = 1;
        let end = check.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        // Within an SQL string, quotes are doubled.
        check[..end.unwrap()].replace("''", "'").split('\'').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_checks_of_each_engine_have_the_words_of_the_enums() {
        for engine in ["sqlite", "mysql", "postgres"] {
            let migrations = migrations(engine);
            for (name, rule) in RULES {
                let Word { words, .. } = rule else { continue };
                let words = words.iter().map(|word| (*word).to_owned()).collect();
                assert_eq!(words_of_check(&migrations, name), words, "{engine}: {name}");
            }
        }
    }
}

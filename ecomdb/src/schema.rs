//! Diesel tables of the shop, equal on every engine, for queries that join them with an application's own tables.
//!
//! Read them only. The operations of [`Database`](crate::Database) keep stock, totals and reports consistent; a direct
//! write does not, and [`Database::check`](crate::Database::check) will report it.
//!
//! Amounts are integers in minor units, states are words, and times are UTC. [`Money`](crate::Money), the ids and the
//! enums of this crate can be selected directly, and a column of type [`Moment`] as a `chrono::DateTime<Utc>`.
//!
//! ```
//! use ecomdb::diesel::{self, connection::SimpleConnection, prelude::*};
//! use ecomdb::schema::{orders, users};
//! use ecomdb::{Database, Money, NewOrder, NewProduct, NewUser};
//!
//! diesel::table! {
//!     memberships (user_id) {
//!         user_id -> BigInt,
//!         level -> Text,
//!     }
//! }
//! diesel::joinable!(memberships -> users (user_id));
//! ecomdb::allow_tables_to_appear_in_same_query!(memberships, users, orders);
//!
//! let db = Database::open("sqlite::memory:")?;
//! let lamps = db.categories().create("Lamps")?;
//! let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(10).build()?;
//! let lamp = db.products().create(lamp)?;
//!
//! // The application's row and the shop's are written in one transaction.
//! let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
//! db.write(move |tx| {
//!     tx.batch_execute("CREATE TABLE memberships (user_id BIGINT PRIMARY KEY REFERENCES users (id), level TEXT)")?;
//!     let ada = tx.users().create(ada.clone())?;
//!     let gold = (memberships::user_id.eq(ada.id.get()), memberships::level.eq("gold"));
//!     diesel::insert_into(memberships::table).values(gold).execute(tx)?;
//!     tx.orders().place(NewOrder::builder(ada.id).item(lamp.id, 2).build()?)
//! })?;
//!
//! let spent_by_gold = db.read(|conn| -> ecomdb::Result<Vec<(String, Money)>> {
//!     let query = memberships::table.inner_join(users::table.inner_join(orders::table));
//!     Ok(query.filter(memberships::level.eq("gold")).select((users::email, orders::total)).load(conn)?)
//! })?;
//! assert_eq!(spent_by_gold, [("ada@example.com".to_owned(), Money::from_minor(5998))]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Analytics queries its rollups in SQL, so they are not here. Neither is the column `revision` of users, categories,
//! orders, vouchers and product groups, which only locks use.

#![allow(missing_docs, reason = "columns are documented as fields of the rows")]

/// Allows a table of an application, the first one, to appear in queries with tables of the shop, the others; see
/// [`schema`](crate::schema).
///
/// Diesel's macro of this name also implements traits for PostgreSQL that Rust does not allow for tables of another
/// crate.
#[macro_export]
macro_rules! allow_tables_to_appear_in_same_query {
    ($own:ident, $($of_shop:ident),+ $(,)?) => {$(
        impl $crate::diesel::query_source::TableNotEqual<$of_shop::table> for $own::table {}
        impl $crate::diesel::query_source::TableNotEqual<$own::table> for $of_shop::table {}
    )+};
}

pub use crate::engine::Moment;

diesel::table! {
    /// The settings of the shop, in one row with the id 1.
    shop (id) {
        id -> BigInt,
        name -> Text,
        currency -> Text,
        time_zone -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Users: customers, staff and admins. `password_hash` is an Argon2id hash, and NULL for a user without a password.
    /// `name_revision` counts the changes of name and address.
    users (id) {
        id -> BigInt,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
        status -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Moment,
        updated_at -> Moment,
        name_revision -> BigInt,
    }
}

diesel::table! {
    /// Former names and addresses of users. Those of revision `users.name_revision` are in `users`.
    user_revisions (user_id, revision) {
        user_id -> BigInt,
        revision -> BigInt,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Categories of products.
    categories (id) {
        id -> BigInt,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        description -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Products. `price` is in minor units. `name_revision` counts the changes of name and SKU. `option_values` is a JSON array
    /// with a value for each option of the group.
    products (id) {
        id -> BigInt,
        category_id -> BigInt,
        sku -> Text,
        name -> Text,
        description -> Text,
        price -> BigInt,
        status -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        name_revision -> BigInt,
        group_id -> Nullable<BigInt>,
        option_values -> Nullable<Text>,
        image_count -> BigInt,
    }
}

diesel::table! {
    /// Former names and SKUs of products. Those of revision `products.name_revision` are in `products`.
    product_revisions (product_id, revision) {
        product_id -> BigInt,
        revision -> BigInt,
        sku -> Text,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Groups of products. `options` is a JSON array of names.
    product_groups (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
        options -> Text,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    /// Images of products, by their position from 1.
    product_images (product_id, position) {
        product_id -> BigInt,
        position -> BigInt,
        url -> Text,
        alt -> Text,
    }
}

diesel::table! {
    /// Ids of products in other systems, at most one in each source.
    product_external_ids (id) {
        id -> BigInt,
        source -> Text,
        external_id -> Text,
        product_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Former prices of products, in minor units.
    price_changes (id) {
        id -> BigInt,
        product_id -> BigInt,
        old_price -> BigInt,
        new_price -> BigInt,
        changed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Orders. `total`, `paid`, `refunded` and `adjustments` are in minor units; `adjustments` is NULL without any.
    /// `user_revision` is the `name_revision` that the user had, and NULL for 0.
    /// `country` is that of the shipping or billing address, NULL without addresses.
    orders (id) {
        id -> BigInt,
        user_id -> BigInt,
        status -> Text,
        total -> BigInt,
        paid -> BigInt,
        refunded -> BigInt,
        item_count -> BigInt,
        adjustments -> Nullable<BigInt>,
        placed_at -> Moment,
        completed_at -> Nullable<Moment>,
        cancelled_at -> Nullable<Moment>,
        expires_at -> Nullable<Moment>,
        cancel_reason -> Nullable<Text>,
        user_revision -> Nullable<BigInt>,
        country -> Nullable<Text>,
    }
}

diesel::table! {
    /// Lines of orders. `unit_price` and `discount`, of all units, are in minor units; `discount` is NULL without one.
    /// `product_revision` is the `name_revision` that the product had, and NULL for 0.
    order_items (order_id, product_id) {
        order_id -> BigInt,
        product_id -> BigInt,
        quantity -> BigInt,
        unit_price -> BigInt,
        discount -> Nullable<BigInt>,
        product_revision -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Discounts, shipping, fees and taxes of orders. `amount` is in minor units; `included` is 0 or 1.
    order_adjustments (order_id, position) {
        order_id -> BigInt,
        position -> BigInt,
        kind -> Text,
        voucher_id -> Nullable<BigInt>,
        label -> Text,
        amount -> BigInt,
        included -> SmallInt,
    }
}

diesel::table! {
    /// Shipping and billing addresses of orders. `country` is an ISO 3166-1 code of two capital letters.
    order_addresses (order_id, kind) {
        order_id -> BigInt,
        kind -> Text,
        recipient -> Text,
        street -> Text,
        city -> Text,
        region -> Nullable<Text>,
        postcode -> Nullable<Text>,
        country -> Text,
        phone -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Vouchers. `value` is in minor units, or in hundredths of a percent; `minimum` is in minor units. `used` is 0
    /// without a `usage_limit`; `voucher_uses` has all uses.
    vouchers (id) {
        id -> BigInt,
        code -> Text,
        kind -> Text,
        value -> BigInt,
        minimum -> BigInt,
        starts_at -> Nullable<Moment>,
        ends_at -> Nullable<Moment>,
        usage_limit -> Nullable<BigInt>,
        per_user_limit -> Nullable<BigInt>,
        used -> BigInt,
        created_at -> Moment,
        updated_at -> Moment,
    }
}

diesel::table! {
    /// How often each user has used each voucher, in orders that are not cancelled.
    voucher_uses (voucher_id, user_id) {
        voucher_id -> BigInt,
        user_id -> BigInt,
        used -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Stock levels of products, in units.
    inventory (product_id) {
        product_id -> BigInt,
        quantity -> BigInt,
        reorder_level -> BigInt,
        updated_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Changes of the stock that no order explains: initial stock, restocks, adjustments. `delta` is in units. The view
    /// `inventory_ledger` adds what orders took and gave back.
    inventory_movements (id) {
        id -> BigInt,
        product_id -> BigInt,
        delta -> BigInt,
        reason -> Text,
        note -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Payment attempts of orders. `amount` is in minor units.
    payments (id) {
        id -> BigInt,
        order_id -> BigInt,
        method -> Text,
        status -> Text,
        amount -> BigInt,
        paid_at -> Nullable<Moment>,
        reference -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Refunds of payments. `amount` is in minor units; `restocked` is 0 or 1.
    refunds (id) {
        id -> BigInt,
        payment_id -> BigInt,
        order_id -> BigInt,
        amount -> BigInt,
        reason -> Text,
        restocked -> SmallInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Idempotency keys and the rows that their requests made.
    idempotency_keys (id) {
        id -> BigInt,
        scope -> Text,
        key -> Text,
        request_hash -> Text,
        resource -> BigInt,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// Login sessions, with hashes of their tokens.
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        token_hash -> Text,
        created_at -> Moment,
        expires_at -> Moment,
        last_used_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::engine::Moment;

    /// API keys, with hashes of their tokens.
    api_keys (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_at -> Moment,
        expires_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
        last_used_at -> Nullable<Moment>,
        own_only -> SmallInt,
    }
}

diesel::joinable!(products -> categories (category_id));
diesel::joinable!(products -> product_groups (group_id));
diesel::joinable!(product_images -> products (product_id));
diesel::joinable!(product_external_ids -> products (product_id));
diesel::joinable!(inventory -> products (product_id));
diesel::joinable!(orders -> users (user_id));
diesel::joinable!(user_revisions -> users (user_id));
diesel::joinable!(product_revisions -> products (product_id));
diesel::joinable!(order_items -> products (product_id));
diesel::joinable!(order_adjustments -> orders (order_id));
diesel::joinable!(order_addresses -> orders (order_id));
diesel::joinable!(voucher_uses -> vouchers (voucher_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_keys -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    user_revisions,
    categories,
    product_groups,
    products,
    product_revisions,
    product_images,
    product_external_ids,
    inventory,
    inventory_movements,
    orders,
    order_items,
    order_adjustments,
    order_addresses,
    vouchers,
    voucher_uses,
    payments,
    refunds,
    sessions,
    api_keys,
);

//! Diesel tables of the schema, equal on every engine. Analytics queries its rollups in SQL. The column `revision` of
//! users, categories and orders is left out: only locks use it, and COPY must not expect it.

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        first_name -> Text,
        last_name -> Text,
        status -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    categories (id) {
        id -> BigInt,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        description -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        category_id -> BigInt,
        sku -> Text,
        name -> Text,
        description -> Text,
        price -> BigInt,
        status -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    price_changes (id) {
        id -> BigInt,
        product_id -> BigInt,
        old_price -> BigInt,
        new_price -> BigInt,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        user_id -> BigInt,
        status -> Text,
        total -> BigInt,
        refunded -> BigInt,
        item_count -> BigInt,
        placed_at -> Timestamp,
        completed_at -> Nullable<Timestamp>,
        cancelled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    order_items (order_id, product_id) {
        order_id -> BigInt,
        product_id -> BigInt,
        quantity -> BigInt,
        unit_price -> BigInt,
    }
}

diesel::table! {
    inventory (product_id) {
        product_id -> BigInt,
        quantity -> BigInt,
        reorder_level -> BigInt,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    inventory_movements (id) {
        id -> BigInt,
        product_id -> BigInt,
        delta -> BigInt,
        reason -> Text,
        order_id -> Nullable<BigInt>,
        note -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        order_id -> BigInt,
        method -> Text,
        status -> Text,
        amount -> BigInt,
        paid_at -> Nullable<Timestamp>,
        reference -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    refunds (id) {
        id -> BigInt,
        payment_id -> BigInt,
        order_id -> BigInt,
        amount -> BigInt,
        reason -> Text,
        restocked -> SmallInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> BigInt,
        scope -> Text,
        key -> Text,
        request_hash -> Text,
        resource -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        token_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        last_used_at -> Timestamp,
    }
}

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        token_hash -> Text,
        scopes -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
        own_only -> SmallInt,
    }
}

diesel::joinable!(products -> categories (category_id));
diesel::joinable!(inventory -> products (product_id));
diesel::joinable!(orders -> users (user_id));
diesel::joinable!(order_items -> products (product_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_keys -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    categories,
    products,
    inventory,
    inventory_movements,
    orders,
    order_items,
    payments,
    refunds,
    sessions,
    api_keys,
);

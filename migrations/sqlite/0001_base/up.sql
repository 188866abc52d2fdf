-- The schema of the shop on SQLite. Each engine has the same tables and columns.
--
-- Times are integers: microseconds since 1970-01-01 UTC. `datetime(placed_at / 1000000, 'unixepoch')` shows one. Amounts of
-- money are integers in minor units (cents): 2999 is 29.99.
--
-- `revision` is incremented, where an engine needs it, to lock a row by a write before a decision about other rows:
-- the payments of an order, the sessions and API keys of a user, the ancestors of a category. SQLite has one writer,
-- so it needs no such locks and leaves the revisions at 0.
--
-- Every index of a table with an integer key ends with that key, though its definition does not say so. An index on words
-- of which one is nearly always the same leaves that word out; SQLite uses it only for a query that has the condition of
-- the index itself, such as `status <> 'completed'`.
--
-- Checks compare with = and OR, the most common value first: for IN with more than two values, SQLite fills a
-- temporary table whenever a row is written.

-- The settings of the shop. One row. currency is an ISO 4217 code, time_zone an IANA name.
CREATE TABLE shop (
    id        INTEGER NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    currency  TEXT    NOT NULL,
    time_zone TEXT    NOT NULL
) STRICT;
INSERT INTO shop (id, name, currency, time_zone) VALUES (1, 'Shop', 'EUR', 'UTC');

-- Customers, staff and admins. E-mail addresses are stored in a normal form and compared byte by byte. password_hash
-- is Argon2id in PHC form; a user without one cannot log in. name_revision is incremented when name or address changes: see
-- user_revisions.
CREATE TABLE users (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL,
    first_name    TEXT    NOT NULL,
    last_name     TEXT    NOT NULL,
    status        TEXT    NOT NULL DEFAULT 'active',
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    role          TEXT    NOT NULL DEFAULT 'customer',
    password_hash TEXT,
    revision      INTEGER NOT NULL DEFAULT 0,
    name_revision INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT users_role_check CHECK (role = 'customer' OR role = 'staff' OR role = 'admin')
) STRICT;
-- To find the admins among all users.
CREATE INDEX users_admins_idx ON users (id) WHERE role = 'admin';

-- Former names and addresses of users. A revision is written once, when the next one begins, and has the name and address of
-- that revision; those of the present one, users.name_revision, are in users. Orders refer to revisions, so that they show
-- the former name of their buyer and none repeats it. Anonymising a user overwrites all of them.
CREATE TABLE user_revisions (
    user_id    INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    email      TEXT    NOT NULL,
    first_name TEXT    NOT NULL,
    last_name  TEXT    NOT NULL,
    CONSTRAINT user_revisions_pkey PRIMARY KEY (user_id, revision),
    CONSTRAINT user_revisions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Search terms of users: the folded words of their names and addresses. Derived from the users: written in the
-- transaction that writes the user, compared by `ecomdb check`, made anew by `ecomdb rebuild`. The key finds the terms
-- of a user, the index the users of a term.
CREATE TABLE user_terms (
    user_id INTEGER NOT NULL,
    term    TEXT    NOT NULL,
    CONSTRAINT user_terms_pkey PRIMARY KEY (user_id, term),
    CONSTRAINT user_terms_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_terms_term_idx ON user_terms (term, user_id);

-- Sessions of users who logged in. token_hash is the SHA-256, in hexadecimal digits, of a random token. Logging out
-- deletes the row; so do a new password, and disabling the user.
-- AUTOINCREMENT never reuses the id of a deleted session.
CREATE TABLE sessions (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL,
    token_hash   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- API keys. scopes is a list of words separated by spaces. A revoked key stays listed. own_only limits a key to the
-- rows of its user; a key made by a customer stays limited when the customer becomes staff.
CREATE TABLE api_keys (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    own_only     INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT api_keys_own_only_check CHECK (own_only = 0 OR own_only = 1)
) STRICT;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id);

-- One row. Every change of the staff and the admins updates it first, so that each sees how many admins the previous
-- one left, on a cluster too.
CREATE TABLE staff_changes (
    id      INTEGER NOT NULL PRIMARY KEY,
    changes INTEGER NOT NULL
) STRICT;
INSERT INTO staff_changes (id, changes) VALUES (1, 0);

-- The tree of categories. The library refuses cycles.
CREATE TABLE categories (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    parent_id   INTEGER,
    description TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT categories_name_key UNIQUE (name),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id),
    CONSTRAINT categories_parent_id_check CHECK (parent_id <> id)
) STRICT;
CREATE INDEX categories_parent_id_idx ON categories (parent_id);

-- Groups of products that differ in the values of the group's options, such as colour and size. options is a JSON array of
-- their names, in order. revision is incremented to lock the group: a product joins it, or its options change.
CREATE TABLE product_groups (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    options     TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Products. option_values of a product in a group is a JSON array: a value for each of the group's options, in their order.
-- No two products of a group have the same values.
CREATE TABLE products (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    category_id   INTEGER NOT NULL,
    sku           TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    price         INTEGER NOT NULL,
    status        TEXT    NOT NULL DEFAULT 'active',
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    name_revision INTEGER NOT NULL DEFAULT 0,
    group_id      INTEGER,
    option_values TEXT,
    image_count   INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT products_sku_key UNIQUE (sku),
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_price_check CHECK (price >= 0),
    CONSTRAINT products_status_check CHECK (status IN ('active', 'archived')),
    CONSTRAINT products_group_id_fkey FOREIGN KEY (group_id) REFERENCES product_groups (id),
    CONSTRAINT products_option_values_check CHECK ((group_id IS NULL) = (option_values IS NULL)),
    CONSTRAINT products_image_count_check CHECK (image_count >= 0)
) STRICT;
CREATE UNIQUE INDEX products_group_id_option_values_key ON products (group_id, option_values) WHERE group_id IS NOT NULL;
CREATE INDEX products_category_id_idx ON products (category_id);
CREATE INDEX products_name_idx ON products (name);
CREATE INDEX products_price_idx ON products (price);
CREATE INDEX products_created_at_idx ON products (created_at);

-- Former names and SKUs of products, for the items of orders; see user_revisions.
CREATE TABLE product_revisions (
    product_id INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    sku        TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    CONSTRAINT product_revisions_pkey PRIMARY KEY (product_id, revision),
    CONSTRAINT product_revisions_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Search terms of products: the folded words of SKU, name, category, option values and description; see user_terms.
CREATE TABLE product_terms (
    product_id INTEGER NOT NULL,
    term       TEXT    NOT NULL,
    CONSTRAINT product_terms_pkey PRIMARY KEY (product_id, term),
    CONSTRAINT product_terms_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX product_terms_term_idx ON product_terms (term, product_id);

-- Images of products, by their position from 1: addresses and alternative texts. products.image_count is their number.
CREATE TABLE product_images (
    product_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    url        TEXT    NOT NULL,
    alt        TEXT    NOT NULL,
    CONSTRAINT product_images_pkey PRIMARY KEY (product_id, position),
    CONSTRAINT product_images_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT product_images_position_check CHECK (position > 0)
) STRICT, WITHOUT ROWID;

-- Ids of products in other systems. source names the system. A product has at most one id in each.
CREATE TABLE product_external_ids (
    id          INTEGER NOT NULL PRIMARY KEY,
    source      TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    product_id  INTEGER NOT NULL,
    CONSTRAINT product_external_ids_source_external_id_key UNIQUE (source, external_id),
    CONSTRAINT product_external_ids_product_id_source_key UNIQUE (product_id, source),
    CONSTRAINT product_external_ids_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) STRICT;

-- Price history: one row for each update of a product's price, written in the same transaction.
CREATE TABLE price_changes (
    id         INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL,
    old_price  INTEGER NOT NULL,
    new_price  INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    CONSTRAINT price_changes_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT price_changes_new_price_check CHECK (new_price >= 0 AND new_price <> old_price)
) STRICT;
CREATE INDEX price_changes_product_id_idx ON price_changes (product_id);

-- Vouchers: codes that lower an order's price. value is an amount, or of a percent voucher hundredths of a percent: 1250
-- is 12.50 %. The voucher can be used from starts_at, until before ends_at. code is in upper case. used counts the uses of
-- a voucher with a usage_limit; without one it stays 0, so that no order writes to the voucher. revision is incremented
-- with each change, after which an order that was priced with other terms is priced again, and when a cancelled order
-- returns its use of a voucher without a usage_limit.
CREATE TABLE vouchers (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code           TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    value          INTEGER NOT NULL,
    minimum        INTEGER NOT NULL DEFAULT 0,
    starts_at      INTEGER,
    ends_at        INTEGER,
    usage_limit    INTEGER,
    per_user_limit INTEGER,
    used           INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    revision       INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT vouchers_code_key UNIQUE (code),
    CONSTRAINT vouchers_kind_check CHECK (kind IN ('percent', 'amount')),
    CONSTRAINT vouchers_value_check CHECK (value > 0 AND (kind = 'amount' OR value <= 10000)),
    CONSTRAINT vouchers_minimum_check CHECK (minimum >= 0),
    CONSTRAINT vouchers_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT vouchers_usage_limit_check CHECK (usage_limit > 0 AND usage_limit >= used),
    CONSTRAINT vouchers_per_user_limit_check CHECK (per_user_limit > 0),
    CONSTRAINT vouchers_used_check CHECK (used >= 0)
) STRICT;

-- How often each customer has used each voucher, in orders that are not cancelled.
CREATE TABLE voucher_uses (
    voucher_id INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    CONSTRAINT voucher_uses_pkey PRIMARY KEY (voucher_id, user_id),
    CONSTRAINT voucher_uses_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers (id) ON DELETE CASCADE,
    CONSTRAINT voucher_uses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT voucher_uses_used_check CHECK (used >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX voucher_uses_user_id_idx ON voucher_uses (user_id);

-- Orders. total is the sum of the items and of the adjustments; adjustments is the sum of those that change the total,
-- and NULL in an order without any. paid is the part of it that was captured; refunded is the part that was given
-- back, which does not lower what was paid.
-- States: pending -> completed (paid in full) -> refunded (in full); pending -> cancelled.
-- expires_at is the end of a hold: from then on an order of which nothing was paid cannot be paid, and is cancelled by the
-- next sweep. cancel_reason says why a cancelled order was cancelled.
-- user_revision says which name and address the buyer had: users.name_revision at that time, NULL for 0. See user_revisions.
-- country is that of the shipping address, or without one of the billing address; NULL in an order without addresses. So
-- whoever reads an order knows whether it has any, and reports need not read them.
CREATE TABLE orders (
    id            INTEGER NOT NULL PRIMARY KEY,
    user_id       INTEGER NOT NULL,
    status        TEXT    NOT NULL DEFAULT 'pending',
    total         INTEGER NOT NULL,
    paid          INTEGER NOT NULL DEFAULT 0,
    refunded      INTEGER NOT NULL DEFAULT 0,
    item_count    INTEGER NOT NULL,
    adjustments   INTEGER,
    placed_at     INTEGER NOT NULL,
    completed_at  INTEGER,
    cancelled_at  INTEGER,
    revision      INTEGER NOT NULL DEFAULT 0,
    expires_at    INTEGER,
    cancel_reason TEXT,
    user_revision INTEGER,
    country       TEXT,
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT orders_status_check
        CHECK (status = 'completed' OR status = 'pending' OR status = 'cancelled' OR status = 'refunded'),
    CONSTRAINT orders_total_check CHECK (total >= 0),
    CONSTRAINT orders_paid_check CHECK (paid BETWEEN 0 AND total),
    CONSTRAINT orders_refunded_check CHECK (refunded BETWEEN 0 AND total),
    CONSTRAINT orders_item_count_check CHECK (item_count > 0),
    CONSTRAINT orders_adjustments_check CHECK (adjustments <= total),
    CONSTRAINT orders_expires_at_check CHECK (expires_at IS NULL OR (status = 'pending' AND paid = 0)),
    CONSTRAINT orders_cancel_reason_check CHECK (cancel_reason = 'asked' OR cancel_reason = 'expired'),
    CONSTRAINT orders_user_revision_check CHECK (user_revision > 0)
) STRICT;
CREATE INDEX orders_user_id_idx ON orders (user_id);
-- The few orders in another state than completed, with all columns that lists filter and sort by, so that they are found in
-- the index alone.
CREATE INDEX orders_status_idx ON orders (status, id, placed_at, total, paid) WHERE status <> 'completed';
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
CREATE INDEX orders_total_idx ON orders (total);
-- The stock that cancelled orders gave back, by time.
CREATE INDEX orders_cancelled_at_idx ON orders (cancelled_at) WHERE cancelled_at IS NOT NULL;
-- The few orders with more than 25 units. Only they can have more than 25 lines, and then their pairs of products do not
-- count.
CREATE INDEX orders_item_count_idx ON orders (placed_at) WHERE item_count > 25;
-- The few orders with a hold, by its end.
CREATE INDEX orders_expires_at_idx ON orders (expires_at) WHERE expires_at IS NOT NULL;

-- Items of orders, one for each product. unit_price is the product's price when the order was placed. discount is the
-- item's part of the order's discounts, and NULL if there is none. product_revision says which name and SKU the product had:
-- products.name_revision at that time, NULL for 0; see product_revisions. An item is the entry of its sale in the stock ledger,
-- so no order can be deleted.
CREATE TABLE order_items (
    order_id         INTEGER NOT NULL,
    product_id       INTEGER NOT NULL,
    quantity         INTEGER NOT NULL,
    unit_price       INTEGER NOT NULL,
    discount         INTEGER,
    product_revision INTEGER,
    CONSTRAINT order_items_pkey PRIMARY KEY (order_id, product_id),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0),
    CONSTRAINT order_items_discount_check CHECK (discount > 0 AND discount <= quantity * unit_price),
    CONSTRAINT order_items_product_revision_check CHECK (product_revision > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_items_product_id_idx ON order_items (product_id);

-- What is taken off an order or added to it. An amount is negative for a discount and positive for the rest. included is 1
-- for a tax within the prices, which does not change the total. A voucher of an order is one of its discounts; an order
-- has at most one. Discounts are divided over the items: see order_items.discount.
CREATE TABLE order_adjustments (
    order_id   INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    voucher_id INTEGER,
    label      TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    included   INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT order_adjustments_pkey PRIMARY KEY (order_id, position),
    CONSTRAINT order_adjustments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_adjustments_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers (id),
    CONSTRAINT order_adjustments_kind_check
        CHECK (kind = 'shipping' OR kind = 'discount' OR kind = 'tax' OR kind = 'fee'),
    CONSTRAINT order_adjustments_voucher_id_check CHECK (voucher_id IS NULL OR kind = 'discount'),
    CONSTRAINT order_adjustments_amount_check
        CHECK ((kind = 'discount' AND amount <= 0) OR (kind <> 'discount' AND amount >= 0)),
    CONSTRAINT order_adjustments_included_check CHECK (included = 0 OR (included = 1 AND kind = 'tax'))
) STRICT, WITHOUT ROWID;
CREATE INDEX order_adjustments_voucher_id_idx ON order_adjustments (voucher_id) WHERE voucher_id IS NOT NULL;

-- Shipping and billing addresses of orders, which change only while the order is pending. country is an ISO 3166-1 code
-- of two capital letters; street has one to five lines. Anonymising the customer overwrites all but the country.
CREATE TABLE order_addresses (
    order_id  INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    street    TEXT    NOT NULL,
    city      TEXT    NOT NULL,
    region    TEXT,
    postcode  TEXT,
    country   TEXT    NOT NULL,
    phone     TEXT,
    CONSTRAINT order_addresses_pkey PRIMARY KEY (order_id, kind),
    CONSTRAINT order_addresses_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_addresses_kind_check CHECK (kind = 'shipping' OR kind = 'billing'),
    CONSTRAINT order_addresses_country_check CHECK (LENGTH(country) = 2)
) STRICT, WITHOUT ROWID;

-- Units in stock. quantity always equals the sum of the product's entries in the view inventory_ledger.
CREATE TABLE inventory (
    product_id    INTEGER NOT NULL PRIMARY KEY,
    quantity      INTEGER NOT NULL,
    reorder_level INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT inventory_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_quantity_check CHECK (quantity >= 0),
    CONSTRAINT inventory_reorder_level_check CHECK (reorder_level >= 0)
) STRICT;

-- Changes of the stock that no order explains. Rows are never changed, and are deleted only with their product. The
-- view inventory_ledger adds what orders took and gave back.
CREATE TABLE inventory_movements (
    id         INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL,
    delta      INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    note       TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT inventory_movements_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_movements_delta_check CHECK (delta <> 0),
    CONSTRAINT inventory_movements_reason_check
        CHECK (reason = 'restock' OR reason = 'adjustment' OR reason = 'initial')
) STRICT;
CREATE INDEX inventory_movements_product_id_idx ON inventory_movements (product_id, created_at);

-- Payment attempts. All are kept; the paid ones never sum to more than the order's total. reference is the provider's, which
-- finds the attempt. A late payment was captured by the provider when its order could not take it any more; its money is to be
-- given back, which makes it returned.
CREATE TABLE payments (
    id         INTEGER NOT NULL PRIMARY KEY,
    order_id   INTEGER NOT NULL,
    method     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    paid_at    INTEGER,
    reference  TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payments_method_check
        CHECK (method = 'card' OR method = 'paypal' OR method = 'bank_transfer' OR method = 'cash'),
    CONSTRAINT payments_status_check
        CHECK (status = 'paid' OR status = 'failed' OR status = 'pending' OR status = 'refunded' OR status = 'late'
            OR status = 'returned'),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_paid_at_check CHECK ((paid_at IS NOT NULL) = (status <> 'pending' AND status <> 'failed'))
) STRICT;
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX payments_status_idx ON payments (status) WHERE status <> 'paid';
CREATE UNIQUE INDEX payments_reference_method_key ON payments (reference, method) WHERE reference IS NOT NULL;

-- Refunds. Those of a payment never sum to more than its amount. restocked is 1 in at most one refund of an order: it
-- returned all units to stock. A cancellation returns them itself.
CREATE TABLE refunds (
    id         INTEGER NOT NULL PRIMARY KEY,
    payment_id INTEGER NOT NULL,
    order_id   INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    restocked  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_restocked_check CHECK (restocked IN (0, 1))
) STRICT;
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);
CREATE INDEX refunds_order_id_idx ON refunds (order_id);
-- The stock that refunds gave back, by time.
CREATE INDEX refunds_restocked_idx ON refunds (created_at, order_id) WHERE restocked = 1;

-- Idempotency keys, each written in the transaction that it protects. scope is the operation and its user;
-- request_hash distinguishes a retry from another request; resource is the id of the result. The index finds expired
-- keys.
CREATE TABLE idempotency_keys (
    id           INTEGER NOT NULL PRIMARY KEY,
    scope        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    resource     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    CONSTRAINT idempotency_keys_scope_key_key UNIQUE (scope, key)
) STRICT;
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

-- The sales queue. An order that is placed, gets its first payment, enters or leaves the state completed, or is
-- refunded in part, inserts one row in its own transaction. A fold adds the queued events to the rollups in one
-- transaction.
-- sign: +1 completed, -1 refunded in full or cancelled, 0 neither. refunded: change of the refunds that count.
-- placed, attempted, returned: changes of the stages of the funnel, of which paid is sign + returned. The defaults are
-- those of an order that is completed when it is placed.
-- There is no foreign key: orders are never deleted, and every order inserts here.
CREATE TABLE sales_events (
    id        INTEGER NOT NULL PRIMARY KEY,
    order_id  INTEGER NOT NULL,
    sign      INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    placed    INTEGER NOT NULL DEFAULT 1,
    attempted INTEGER NOT NULL DEFAULT 1,
    returned  INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT sales_events_sign_check CHECK (sign BETWEEN -1 AND 1)
) STRICT;

-- Orders that were folded except for their pairs of products. These are queued separately, because they are many,
-- lie far apart, and are read by one report only.
CREATE TABLE sales_pair_events (
    id       INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL,
    sign     INTEGER NOT NULL
) STRICT;

-- One row. Every fold updates it first, so that only one process folds at a time, on a cluster too.
CREATE TABLE sales_folds (
    id    INTEGER NOT NULL PRIMARY KEY,
    folds INTEGER NOT NULL
) STRICT;
INSERT INTO sales_folds (id, folds) VALUES (1, 0);

-- Rollups. Their keys are numbers, in UTC: days since 1970-01-01, quarters of an hour since then (time zones differ
-- by multiples of them), and months since the year 0 (year * 12 + month - 1). There are no foreign keys and no
-- checks, because rollups are derived: `ecomdb check` compares them with the view sales_folded, and `ecomdb rebuild`
-- recomputes them.
CREATE TABLE sales_by_month (
    month    INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_month_pkey PRIMARY KEY (month)
) STRICT;
CREATE TABLE sales_by_day (
    day      INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_day_pkey PRIMARY KEY (day)
) STRICT;
CREATE TABLE sales_by_quarter_hour (
    quarter_hour INTEGER NOT NULL,
    orders       INTEGER NOT NULL,
    units        INTEGER NOT NULL,
    revenue      INTEGER NOT NULL,
    refunded     INTEGER NOT NULL,
    CONSTRAINT sales_by_quarter_hour_pkey PRIMARY KEY (quarter_hour)
) STRICT;
-- Rankings read an index in its order.
CREATE TABLE sales_by_product (
    product_id INTEGER NOT NULL,
    orders     INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_pkey PRIMARY KEY (product_id)
) STRICT;
CREATE INDEX sales_by_product_units_idx ON sales_by_product (units DESC, product_id);
CREATE INDEX sales_by_product_revenue_idx ON sales_by_product (revenue DESC, product_id);
CREATE TABLE sales_by_product_month (
    month      INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_month_pkey PRIMARY KEY (month, product_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sales_by_product_day (
    day        INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_day_pkey PRIMARY KEY (day, product_id)
) STRICT, WITHOUT ROWID;
-- country is 256 times the first letter of its ISO 3166-1 code plus the second, as ASCII codes; 0 for orders without
-- addresses.
CREATE TABLE sales_by_country_day (
    day      INTEGER NOT NULL,
    country  INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_country_day_pkey PRIMARY KEY (day, country)
) STRICT, WITHOUT ROWID;
-- first_day and last_day are the days of the customer's first and last completed order.
CREATE TABLE sales_by_customer (
    user_id   INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    revenue   INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    CONSTRAINT sales_by_customer_pkey PRIMARY KEY (user_id)
) STRICT;
CREATE INDEX sales_by_customer_orders_idx ON sales_by_customer (orders DESC);
CREATE INDEX sales_by_customer_revenue_idx ON sales_by_customer (revenue DESC, user_id);
-- Reports read it by day, folds by customer.
CREATE TABLE sales_by_customer_day (
    day      INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_customer_day_pkey PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_by_customer_day_user_id_idx ON sales_by_customer_day (user_id, day);
-- What the customers of a cohort bought in `month`. `cohort` is the month of their first completed order.
CREATE TABLE sales_by_cohort (
    cohort    INTEGER NOT NULL,
    month     INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    revenue   INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    CONSTRAINT sales_by_cohort_pkey PRIMARY KEY (cohort, month)
) STRICT, WITHOUT ROWID;
-- Orders by the day of their placing, and the sums of their totals: all of them, those with a payment attempt or a total
-- of zero, those that were paid in full, and those that were refunded in full.
CREATE TABLE funnel_by_day (
    day              INTEGER NOT NULL,
    placed           INTEGER NOT NULL,
    placed_amount    INTEGER NOT NULL,
    attempted        INTEGER NOT NULL,
    attempted_amount INTEGER NOT NULL,
    paid             INTEGER NOT NULL,
    paid_amount      INTEGER NOT NULL,
    returned         INTEGER NOT NULL,
    returned_amount  INTEGER NOT NULL,
    CONSTRAINT funnel_by_day_pkey PRIMARY KEY (day)
) STRICT;
-- Number of completed orders of at most 25 products that contain both products; product_a < product_b.
CREATE TABLE sales_by_pair (
    product_a INTEGER NOT NULL,
    product_b INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    CONSTRAINT sales_by_pair_pkey PRIMARY KEY (product_a, product_b)
) STRICT, WITHOUT ROWID;
-- The pairs that a ranking begins with. They are few, so the index costs little.
CREATE INDEX sales_by_pair_orders_idx ON sales_by_pair (orders DESC, product_a, product_b) WHERE orders > 16;

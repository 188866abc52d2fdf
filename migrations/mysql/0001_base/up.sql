-- The schema of the shop on MariaDB and MySQL. Each engine has the same tables and columns.
--
-- Times are UTC with microseconds. The collation utf8mb4_bin sorts text by code point, as on the other engines.
-- Amounts of money are integers in minor units (cents): 2999 is 29.99.
--
-- `revision` is incremented to lock a row by a write before a decision about other rows: the payments of an order,
-- the sessions and API keys of a user, the ancestors of a category. A lock alone is unknown to the other nodes of a
-- cluster. Of two transactions that write the same row, one waits, or fails and is retried.
--
-- Every statement can be repeated, because DDL commits implicitly: a migration that was interrupted runs again.

-- The settings of the shop. One row. currency is an ISO 4217 code, time_zone an IANA name.
CREATE TABLE IF NOT EXISTS shop (
    id        BIGINT       NOT NULL PRIMARY KEY,
    name      VARCHAR(100) NOT NULL,
    currency  VARCHAR(3)   NOT NULL,
    time_zone VARCHAR(64)  NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
INSERT IGNORE INTO shop (id, name, currency, time_zone) VALUES (1, 'Shop', 'EUR', 'UTC');

-- Customers, staff and admins. E-mail addresses are stored in a normal form and compared byte by byte. password_hash
-- is Argon2id in PHC form; a user without one cannot log in. name_revision is incremented when name or address changes: see
-- user_revisions.
CREATE TABLE IF NOT EXISTS users (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email         VARCHAR(254) NOT NULL,
    first_name    VARCHAR(100) NOT NULL,
    last_name     VARCHAR(100) NOT NULL,
    status        VARCHAR(16)  NOT NULL DEFAULT 'active',
    created_at    DATETIME(6)  NOT NULL,
    updated_at    DATETIME(6)  NOT NULL,
    role          VARCHAR(16)  NOT NULL DEFAULT 'customer',
    password_hash VARCHAR(255),
    revision      BIGINT       NOT NULL DEFAULT 0,
    name_revision BIGINT       NOT NULL DEFAULT 0,
    INDEX users_role_idx (role, id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT users_role_check CHECK (role IN ('customer', 'staff', 'admin'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Former names and addresses of users. A revision is written once, when the next one begins, and has the name and address of
-- that revision; those of the present one, users.name_revision, are in users. Orders refer to revisions, so that they show
-- the former name of their buyer and none repeats it. Anonymising a user overwrites all of them.
CREATE TABLE IF NOT EXISTS user_revisions (
    user_id    BIGINT       NOT NULL,
    revision   BIGINT       NOT NULL,
    email      VARCHAR(254) NOT NULL,
    first_name VARCHAR(100) NOT NULL,
    last_name  VARCHAR(100) NOT NULL,
    CONSTRAINT user_revisions_pkey PRIMARY KEY (user_id, revision),
    CONSTRAINT user_revisions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Search terms of users: the folded words of their names and addresses. Derived from the users: written in the
-- transaction that writes the user, compared by `ecomdb check`, made anew by `ecomdb rebuild`. The key finds the terms
-- of a user, the index the users of a term.
CREATE TABLE IF NOT EXISTS user_terms (
    user_id BIGINT      NOT NULL,
    term    VARCHAR(64) NOT NULL,
    INDEX user_terms_term_idx (term, user_id),
    CONSTRAINT user_terms_pkey PRIMARY KEY (user_id, term),
    CONSTRAINT user_terms_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Sessions of users who logged in. token_hash is the SHA-256, in hexadecimal digits, of a random token. Logging out
-- deletes the row; so do a new password, and disabling the user.
CREATE TABLE IF NOT EXISTS sessions (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT      NOT NULL,
    token_hash   CHAR(64)    NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    expires_at   DATETIME(6) NOT NULL,
    last_used_at DATETIME(6) NOT NULL,
    INDEX sessions_user_id_idx (user_id),
    INDEX sessions_expires_at_idx (expires_at),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- API keys. scopes is a list of words separated by spaces. A revoked key stays listed. own_only limits a key to the
-- rows of its user; a key made by a customer stays limited when the customer becomes staff.
CREATE TABLE IF NOT EXISTS api_keys (
    id           BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT        NOT NULL,
    name         VARCHAR(100)  NOT NULL,
    token_hash   CHAR(64)      NOT NULL,
    scopes       VARCHAR(1000) NOT NULL,
    created_at   DATETIME(6)   NOT NULL,
    expires_at   DATETIME(6),
    revoked_at   DATETIME(6),
    last_used_at DATETIME(6),
    own_only     SMALLINT      NOT NULL DEFAULT 0,
    INDEX api_keys_user_id_idx (user_id, id),
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT api_keys_own_only_check CHECK (own_only IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row. Every change of the staff and the admins updates it first, so that each sees how many admins the previous
-- one left, on a cluster too.
CREATE TABLE IF NOT EXISTS staff_changes (
    id      BIGINT NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
INSERT IGNORE INTO staff_changes (id, changes) VALUES (1, 0);

-- The tree of categories. The library refuses cycles.
-- InnoDB cannot check parent_id against an AUTO_INCREMENT id, as the other engines do.
CREATE TABLE IF NOT EXISTS categories (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(200) NOT NULL,
    parent_id   BIGINT,
    description TEXT         NOT NULL,
    created_at  DATETIME(6)  NOT NULL,
    revision    BIGINT       NOT NULL DEFAULT 0,
    CONSTRAINT categories_name_key UNIQUE (name),
    INDEX categories_parent_id_idx (parent_id),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Groups of products that differ in the values of the group's options, such as colour and size. options is a JSON array of
-- their names, in order. revision is incremented to lock the group: a product joins it, or its options change.
CREATE TABLE IF NOT EXISTS product_groups (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(200) NOT NULL,
    description TEXT         NOT NULL,
    options     VARCHAR(640) NOT NULL,
    created_at  DATETIME(6)  NOT NULL,
    updated_at  DATETIME(6)  NOT NULL,
    revision    BIGINT       NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Products. option_values of a product in a group is a JSON array: a value for each of the group's options, in their order.
-- No two products of a group have the same values.
-- Each index of a list order ends with the id, so that no two rows have the same place.
CREATE TABLE IF NOT EXISTS products (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    category_id   BIGINT       NOT NULL,
    sku           VARCHAR(64)  NOT NULL,
    name          VARCHAR(200) NOT NULL,
    description   TEXT         NOT NULL,
    price         BIGINT       NOT NULL,
    status        VARCHAR(16)  NOT NULL DEFAULT 'active',
    created_at    DATETIME(6)  NOT NULL,
    updated_at    DATETIME(6)  NOT NULL,
    name_revision BIGINT       NOT NULL DEFAULT 0,
    group_id      BIGINT,
    option_values VARCHAR(640),
    image_count   BIGINT       NOT NULL DEFAULT 0,
    CONSTRAINT products_sku_key UNIQUE (sku),
    CONSTRAINT products_group_id_option_values_key UNIQUE (group_id, option_values),
    INDEX products_category_id_idx (category_id, id),
    INDEX products_name_idx (name, id),
    INDEX products_price_idx (price, id),
    INDEX products_created_at_idx (created_at, id),
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_price_check CHECK (price >= 0),
    CONSTRAINT products_status_check CHECK (status IN ('active', 'archived')),
    CONSTRAINT products_group_id_fkey FOREIGN KEY (group_id) REFERENCES product_groups (id),
    CONSTRAINT products_option_values_check CHECK ((group_id IS NULL) = (option_values IS NULL)),
    CONSTRAINT products_image_count_check CHECK (image_count >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Former names and SKUs of products, for the items of orders; see user_revisions.
CREATE TABLE IF NOT EXISTS product_revisions (
    product_id BIGINT       NOT NULL,
    revision   BIGINT       NOT NULL,
    sku        VARCHAR(64)  NOT NULL,
    name       VARCHAR(200) NOT NULL,
    CONSTRAINT product_revisions_pkey PRIMARY KEY (product_id, revision),
    CONSTRAINT product_revisions_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Search terms of products: the folded words of SKU, name, category, option values and description; see user_terms.
CREATE TABLE IF NOT EXISTS product_terms (
    product_id BIGINT      NOT NULL,
    term       VARCHAR(64) NOT NULL,
    INDEX product_terms_term_idx (term, product_id),
    CONSTRAINT product_terms_pkey PRIMARY KEY (product_id, term),
    CONSTRAINT product_terms_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Images of products, by their position from 1: addresses and alternative texts. products.image_count is their number.
CREATE TABLE IF NOT EXISTS product_images (
    product_id BIGINT        NOT NULL,
    position   BIGINT        NOT NULL,
    url        VARCHAR(1000) NOT NULL,
    alt        VARCHAR(500)  NOT NULL,
    CONSTRAINT product_images_pkey PRIMARY KEY (product_id, position),
    CONSTRAINT product_images_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT product_images_position_check CHECK (position > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Ids of products in other systems. source names the system. A product has at most one id in each.
CREATE TABLE IF NOT EXISTS product_external_ids (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    source      VARCHAR(64)  NOT NULL,
    external_id VARCHAR(200) NOT NULL,
    product_id  BIGINT       NOT NULL,
    CONSTRAINT product_external_ids_source_external_id_key UNIQUE (source, external_id),
    CONSTRAINT product_external_ids_product_id_source_key UNIQUE (product_id, source),
    CONSTRAINT product_external_ids_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Price history: one row for each update of a product's price, written in the same transaction.
CREATE TABLE IF NOT EXISTS price_changes (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id BIGINT      NOT NULL,
    old_price  BIGINT      NOT NULL,
    new_price  BIGINT      NOT NULL,
    changed_at DATETIME(6) NOT NULL,
    INDEX price_changes_product_id_idx (product_id, id),
    CONSTRAINT price_changes_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT price_changes_new_price_check CHECK (new_price >= 0 AND new_price <> old_price)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Vouchers: codes that lower an order's price. value is an amount, or of a percent voucher hundredths of a percent: 1250
-- is 12.50 %. The voucher can be used from starts_at, until before ends_at. code is in upper case. used counts the uses of
-- a voucher with a usage_limit; without one it stays 0, so that no order writes to the voucher. revision is incremented
-- with each change, after which an order that was priced with other terms is priced again, and when a cancelled order
-- returns its use of a voucher without a usage_limit.
CREATE TABLE IF NOT EXISTS vouchers (
    id             BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code           VARCHAR(64) NOT NULL,
    kind           VARCHAR(16) NOT NULL,
    value          BIGINT      NOT NULL,
    minimum        BIGINT      NOT NULL DEFAULT 0,
    starts_at      DATETIME(6),
    ends_at        DATETIME(6),
    usage_limit    BIGINT,
    per_user_limit BIGINT,
    used           BIGINT      NOT NULL DEFAULT 0,
    created_at     DATETIME(6) NOT NULL,
    updated_at     DATETIME(6) NOT NULL,
    revision       BIGINT      NOT NULL DEFAULT 0,
    CONSTRAINT vouchers_code_key UNIQUE (code),
    CONSTRAINT vouchers_kind_check CHECK (kind IN ('percent', 'amount')),
    CONSTRAINT vouchers_value_check CHECK (value > 0 AND (kind = 'amount' OR value <= 10000)),
    CONSTRAINT vouchers_minimum_check CHECK (minimum >= 0),
    CONSTRAINT vouchers_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT vouchers_usage_limit_check CHECK (usage_limit > 0 AND usage_limit >= used),
    CONSTRAINT vouchers_per_user_limit_check CHECK (per_user_limit > 0),
    CONSTRAINT vouchers_used_check CHECK (used >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- How often each customer has used each voucher, in orders that are not cancelled.
CREATE TABLE IF NOT EXISTS voucher_uses (
    voucher_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    used       BIGINT NOT NULL,
    CONSTRAINT voucher_uses_pkey PRIMARY KEY (voucher_id, user_id),
    INDEX voucher_uses_user_id_idx (user_id),
    CONSTRAINT voucher_uses_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers (id) ON DELETE CASCADE,
    CONSTRAINT voucher_uses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT voucher_uses_used_check CHECK (used >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Orders. total is the sum of the items and of the adjustments; adjustments is the sum of those that change the total,
-- and NULL in an order without any. paid is the part of it that was captured; refunded is the part that was given
-- back, which does not lower what was paid.
-- States: pending -> completed (paid in full) -> refunded (in full); pending -> cancelled.
-- expires_at is the end of a hold: from then on an order of which nothing was paid cannot be paid, and is cancelled by the
-- next sweep. cancel_reason says why a cancelled order was cancelled.
-- user_revision says which name and address the buyer had: users.name_revision at that time, NULL for 0. See user_revisions.
-- country is that of the shipping address, or without one of the billing address; NULL in an order without addresses. So
-- whoever reads an order knows whether it has any, and reports need not read them.
CREATE TABLE IF NOT EXISTS orders (
    id            BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id       BIGINT      NOT NULL,
    status        VARCHAR(16) NOT NULL DEFAULT 'pending',
    total         BIGINT      NOT NULL,
    paid          BIGINT      NOT NULL DEFAULT 0,
    refunded      BIGINT      NOT NULL DEFAULT 0,
    item_count    BIGINT      NOT NULL,
    adjustments   BIGINT,
    placed_at     DATETIME(6) NOT NULL,
    completed_at  DATETIME(6),
    cancelled_at  DATETIME(6),
    revision      BIGINT      NOT NULL DEFAULT 0,
    expires_at    DATETIME(6),
    cancel_reason VARCHAR(16),
    user_revision BIGINT,
    country       VARCHAR(2),
    INDEX orders_user_id_idx (user_id, id),
    -- Has all columns that lists filter and sort by, so that the few orders of a rare state are found in the index alone.
    -- The other engines leave the completed orders out; MariaDB and MySQL cannot. So the ends of holds have no index of their
    -- own, which would have an entry for each order: they are found among the pending orders here.
    INDEX orders_status_idx (status, id, placed_at, total, paid, expires_at),
    INDEX orders_placed_at_idx (placed_at),
    INDEX orders_total_idx (total, id),
    -- The stock that cancelled orders gave back, by time.
    INDEX orders_cancelled_at_idx (cancelled_at),
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'completed', 'refunded', 'cancelled')),
    CONSTRAINT orders_total_check CHECK (total >= 0),
    CONSTRAINT orders_paid_check CHECK (paid BETWEEN 0 AND total),
    CONSTRAINT orders_refunded_check CHECK (refunded BETWEEN 0 AND total),
    CONSTRAINT orders_item_count_check CHECK (item_count > 0),
    CONSTRAINT orders_adjustments_check CHECK (adjustments <= total),
    CONSTRAINT orders_expires_at_check CHECK (expires_at IS NULL OR (status = 'pending' AND paid = 0)),
    CONSTRAINT orders_cancel_reason_check CHECK (cancel_reason = 'asked' OR cancel_reason = 'expired'),
    CONSTRAINT orders_user_revision_check CHECK (user_revision > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Items of orders, one for each product. unit_price is the product's price when the order was placed. discount is the
-- item's part of the order's discounts, and NULL if there is none. product_revision says which name and SKU the product had:
-- products.name_revision at that time, NULL for 0; see product_revisions. An item is the entry of its sale in the stock ledger,
-- so no order can be deleted.
CREATE TABLE IF NOT EXISTS order_items (
    order_id         BIGINT NOT NULL,
    product_id       BIGINT NOT NULL,
    quantity         BIGINT NOT NULL,
    unit_price       BIGINT NOT NULL,
    discount         BIGINT,
    product_revision BIGINT,
    CONSTRAINT order_items_pkey PRIMARY KEY (order_id, product_id),
    INDEX order_items_product_id_idx (product_id),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0),
    CONSTRAINT order_items_discount_check CHECK (discount > 0 AND discount <= quantity * unit_price),
    CONSTRAINT order_items_product_revision_check CHECK (product_revision > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What is taken off an order or added to it. An amount is negative for a discount and positive for the rest. included is 1
-- for a tax within the prices, which does not change the total. A voucher of an order is one of its discounts; an order
-- has at most one. Discounts are divided over the items: see order_items.discount.
CREATE TABLE IF NOT EXISTS order_adjustments (
    order_id   BIGINT       NOT NULL,
    position   BIGINT       NOT NULL,
    kind       VARCHAR(16)  NOT NULL,
    voucher_id BIGINT,
    label      VARCHAR(200) NOT NULL,
    amount     BIGINT       NOT NULL,
    included   SMALLINT     NOT NULL DEFAULT 0,
    CONSTRAINT order_adjustments_pkey PRIMARY KEY (order_id, position),
    INDEX order_adjustments_voucher_id_idx (voucher_id),
    CONSTRAINT order_adjustments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_adjustments_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers (id),
    CONSTRAINT order_adjustments_kind_check CHECK (kind IN ('discount', 'shipping', 'tax', 'fee')),
    CONSTRAINT order_adjustments_voucher_id_check CHECK (voucher_id IS NULL OR kind = 'discount'),
    CONSTRAINT order_adjustments_amount_check
        CHECK ((kind = 'discount' AND amount <= 0) OR (kind <> 'discount' AND amount >= 0)),
    CONSTRAINT order_adjustments_included_check CHECK (included = 0 OR (included = 1 AND kind = 'tax'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Shipping and billing addresses of orders, which change only while the order is pending. country is an ISO 3166-1 code
-- of two capital letters; street has one to five lines. Anonymising the customer overwrites all but the country.
CREATE TABLE IF NOT EXISTS order_addresses (
    order_id  BIGINT       NOT NULL,
    kind      VARCHAR(16)  NOT NULL,
    recipient VARCHAR(200) NOT NULL,
    street    VARCHAR(504) NOT NULL,
    city      VARCHAR(100) NOT NULL,
    region    VARCHAR(100),
    postcode  VARCHAR(20),
    country   VARCHAR(2)   NOT NULL,
    phone     VARCHAR(40),
    CONSTRAINT order_addresses_pkey PRIMARY KEY (order_id, kind),
    CONSTRAINT order_addresses_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_addresses_kind_check CHECK (kind IN ('shipping', 'billing')),
    CONSTRAINT order_addresses_country_check CHECK (LENGTH(country) = 2)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Units in stock. quantity always equals the sum of the product's entries in the view inventory_ledger.
CREATE TABLE IF NOT EXISTS inventory (
    product_id    BIGINT      NOT NULL PRIMARY KEY,
    quantity      BIGINT      NOT NULL,
    reorder_level BIGINT      NOT NULL,
    updated_at    DATETIME(6) NOT NULL,
    CONSTRAINT inventory_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_quantity_check CHECK (quantity >= 0),
    CONSTRAINT inventory_reorder_level_check CHECK (reorder_level >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Changes of the stock that no order explains. Rows are never changed, and are deleted only with their product. The
-- view inventory_ledger adds what orders took and gave back.
CREATE TABLE IF NOT EXISTS inventory_movements (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id BIGINT      NOT NULL,
    delta      BIGINT      NOT NULL,
    reason     VARCHAR(16) NOT NULL,
    note       VARCHAR(500),
    created_at DATETIME(6) NOT NULL,
    INDEX inventory_movements_product_id_idx (product_id, created_at),
    CONSTRAINT inventory_movements_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_movements_delta_check CHECK (delta <> 0),
    CONSTRAINT inventory_movements_reason_check
        CHECK (reason IN ('initial', 'restock', 'adjustment'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Payment attempts. All are kept; the paid ones never sum to more than the order's total. reference is the provider's, which
-- finds the attempt. A late payment was captured by the provider when its order could not take it any more; its money is to be
-- given back, which makes it returned.
CREATE TABLE IF NOT EXISTS payments (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id   BIGINT      NOT NULL,
    method     VARCHAR(16) NOT NULL,
    status     VARCHAR(16) NOT NULL,
    amount     BIGINT      NOT NULL,
    paid_at    DATETIME(6),
    reference  VARCHAR(200),
    created_at DATETIME(6) NOT NULL,
    INDEX payments_order_id_idx (order_id, id),
    INDEX payments_status_idx (status, id),
    CONSTRAINT payments_reference_method_key UNIQUE (reference, method),
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payments_method_check CHECK (method IN ('card', 'paypal', 'bank_transfer', 'cash')),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'paid', 'failed', 'refunded', 'late', 'returned')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_paid_at_check CHECK ((paid_at IS NOT NULL) = (status <> 'pending' AND status <> 'failed'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Refunds. Those of a payment never sum to more than its amount. restocked is 1 in at most one refund of an order: it
-- returned all units to stock. A cancellation returns them itself.
CREATE TABLE IF NOT EXISTS refunds (
    id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    payment_id BIGINT       NOT NULL,
    order_id   BIGINT       NOT NULL,
    amount     BIGINT       NOT NULL,
    reason     VARCHAR(500) NOT NULL,
    restocked  SMALLINT     NOT NULL,
    created_at DATETIME(6)  NOT NULL,
    INDEX refunds_payment_id_idx (payment_id),
    INDEX refunds_order_id_idx (order_id, id),
    -- The stock that refunds gave back, by time.
    INDEX refunds_restocked_idx (restocked, created_at, order_id),
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_restocked_check CHECK (restocked IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Idempotency keys, each written in the transaction that it protects. scope is the operation and its user;
-- request_hash distinguishes a retry from another request; resource is the id of the result. The index finds expired
-- keys.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    scope        VARCHAR(64)  NOT NULL,
    `key`        VARCHAR(255) NOT NULL,
    request_hash CHAR(64)     NOT NULL,
    resource     BIGINT       NOT NULL,
    created_at   DATETIME(6)  NOT NULL,
    INDEX idempotency_keys_created_at_idx (created_at),
    CONSTRAINT idempotency_keys_scope_key_key UNIQUE (scope, `key`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The sales queue. An order that is placed, gets its first payment, enters or leaves the state completed, or is
-- refunded in part, inserts one row in its own transaction. A fold adds the queued events to the rollups in one
-- transaction.
-- sign: +1 completed, -1 refunded in full or cancelled, 0 neither. refunded: change of the refunds that count.
-- placed, attempted, returned: changes of the stages of the funnel, of which paid is sign + returned. The defaults are
-- those of an order that is completed when it is placed.
-- There is no foreign key: orders are never deleted, and every order inserts here.
CREATE TABLE IF NOT EXISTS sales_events (
    id        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id  BIGINT NOT NULL,
    sign      BIGINT NOT NULL,
    refunded  BIGINT NOT NULL,
    placed    BIGINT NOT NULL DEFAULT 1,
    attempted BIGINT NOT NULL DEFAULT 1,
    returned  BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT sales_events_sign_check CHECK (sign IN (-1, 0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Orders that were folded except for their pairs of products. These are queued separately, because they are many,
-- lie far apart, and are read by one report only.
CREATE TABLE IF NOT EXISTS sales_pair_events (
    id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id BIGINT NOT NULL,
    sign     BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row. Every fold updates it first, so that only one process folds at a time, on a cluster too.
CREATE TABLE IF NOT EXISTS sales_folds (
    id    BIGINT NOT NULL PRIMARY KEY,
    folds BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
INSERT IGNORE INTO sales_folds (id, folds) VALUES (1, 0);

-- Rollups. Their keys are numbers, in UTC: days since 1970-01-01, quarters of an hour since then (time zones differ
-- by multiples of them), and months since the year 0 (year * 12 + month - 1). There are no foreign keys and no
-- checks, because rollups are derived: `ecomdb check` compares them with the view sales_folded, and `ecomdb rebuild`
-- recomputes them.
CREATE TABLE IF NOT EXISTS sales_by_month (
    month    BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    units    BIGINT NOT NULL,
    revenue  BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_by_month_pkey PRIMARY KEY (month)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sales_by_day (
    day      BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    units    BIGINT NOT NULL,
    revenue  BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_by_day_pkey PRIMARY KEY (day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sales_by_quarter_hour (
    quarter_hour BIGINT NOT NULL,
    orders       BIGINT NOT NULL,
    units        BIGINT NOT NULL,
    revenue      BIGINT NOT NULL,
    refunded     BIGINT NOT NULL,
    CONSTRAINT sales_by_quarter_hour_pkey PRIMARY KEY (quarter_hour)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- Rankings read an index in its order.
CREATE TABLE IF NOT EXISTS sales_by_product (
    product_id BIGINT NOT NULL,
    orders     BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    revenue    BIGINT NOT NULL,
    CONSTRAINT sales_by_product_pkey PRIMARY KEY (product_id),
    INDEX sales_by_product_units_idx (units DESC, product_id),
    INDEX sales_by_product_revenue_idx (revenue DESC, product_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sales_by_product_month (
    month      BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    revenue    BIGINT NOT NULL,
    CONSTRAINT sales_by_product_month_pkey PRIMARY KEY (month, product_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
CREATE TABLE IF NOT EXISTS sales_by_product_day (
    day        BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    revenue    BIGINT NOT NULL,
    CONSTRAINT sales_by_product_day_pkey PRIMARY KEY (day, product_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- country is 256 times the first letter of its ISO 3166-1 code plus the second, as ASCII codes; 0 for orders without
-- addresses.
CREATE TABLE IF NOT EXISTS sales_by_country_day (
    day      BIGINT NOT NULL,
    country  BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    units    BIGINT NOT NULL,
    revenue  BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_by_country_day_pkey PRIMARY KEY (day, country)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- first_day and last_day are the days of the customer's first and last completed order.
CREATE TABLE IF NOT EXISTS sales_by_customer (
    user_id   BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    revenue   BIGINT NOT NULL,
    refunded  BIGINT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day  BIGINT NOT NULL,
    CONSTRAINT sales_by_customer_pkey PRIMARY KEY (user_id),
    INDEX sales_by_customer_orders_idx (orders DESC, user_id),
    INDEX sales_by_customer_revenue_idx (revenue DESC, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- Reports read it by day, folds by customer.
CREATE TABLE IF NOT EXISTS sales_by_customer_day (
    day      BIGINT NOT NULL,
    user_id  BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    revenue  BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_by_customer_day_pkey PRIMARY KEY (day, user_id),
    INDEX sales_by_customer_day_user_id_idx (user_id, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- What the customers of a cohort bought in `month`. `cohort` is the month of their first completed order.
CREATE TABLE IF NOT EXISTS sales_by_cohort (
    cohort    BIGINT NOT NULL,
    month     BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    revenue   BIGINT NOT NULL,
    refunded  BIGINT NOT NULL,
    CONSTRAINT sales_by_cohort_pkey PRIMARY KEY (cohort, month)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- Orders by the day of their placing, and the sums of their totals: all of them, those with a payment attempt or a total
-- of zero, those that were paid in full, and those that were refunded in full.
CREATE TABLE IF NOT EXISTS funnel_by_day (
    day              BIGINT NOT NULL,
    placed           BIGINT NOT NULL,
    placed_amount    BIGINT NOT NULL,
    attempted        BIGINT NOT NULL,
    attempted_amount BIGINT NOT NULL,
    paid             BIGINT NOT NULL,
    paid_amount      BIGINT NOT NULL,
    returned         BIGINT NOT NULL,
    returned_amount  BIGINT NOT NULL,
    CONSTRAINT funnel_by_day_pkey PRIMARY KEY (day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- Number of completed orders of at most 25 products that contain both products; product_a < product_b.
CREATE TABLE IF NOT EXISTS sales_by_pair (
    product_a BIGINT NOT NULL,
    product_b BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    CONSTRAINT sales_by_pair_pkey PRIMARY KEY (product_a, product_b)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- After an interrupted reset, orders and some of the rollups may still exist, so all orders are queued again.
-- These statements are one transaction.
DELETE FROM sales_by_month;
DELETE FROM sales_by_day;
DELETE FROM sales_by_quarter_hour;
DELETE FROM sales_by_product;
DELETE FROM sales_by_product_month;
DELETE FROM sales_by_product_day;
DELETE FROM sales_by_country_day;
DELETE FROM sales_by_customer;
DELETE FROM sales_by_customer_day;
DELETE FROM sales_by_cohort;
DELETE FROM sales_by_pair;
DELETE FROM funnel_by_day;
DELETE FROM sales_pair_events;
DELETE FROM sales_events;
INSERT INTO sales_events (order_id, sign, refunded, placed, attempted, returned)
SELECT id, status = 'completed', CASE WHEN status = 'completed' THEN refunded ELSE 0 END, 1,
    status IN ('completed', 'refunded') OR EXISTS (SELECT 1 FROM payments WHERE payments.order_id = orders.id),
    status = 'refunded'
FROM orders;

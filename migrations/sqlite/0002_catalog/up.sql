-- What is sold: a tree of categories, products in them, and every change of a price.
CREATE TABLE categories (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    parent_id   INTEGER,
    description TEXT    NOT NULL,
    created_at  TEXT    NOT NULL,
    CONSTRAINT categories_name_key UNIQUE (name),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id),
    CONSTRAINT categories_parent_id_check CHECK (parent_id <> id)
) STRICT;
CREATE INDEX categories_parent_id_idx ON categories (parent_id);

-- Prices are in minor units (cents): 2999 is 29.99.
CREATE TABLE products (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    category_id INTEGER NOT NULL,
    sku         TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    price       INTEGER NOT NULL,
    status      TEXT    NOT NULL DEFAULT 'active',
    created_at  TEXT    NOT NULL,
    updated_at  TEXT    NOT NULL,
    CONSTRAINT products_sku_key UNIQUE (sku),
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_price_check CHECK (price >= 0),
    CONSTRAINT products_status_check CHECK (status IN ('active', 'archived'))
) STRICT;
CREATE INDEX products_category_id_idx ON products (category_id, id);

-- One row for each update of a product's price, written in the same transaction.
CREATE TABLE price_changes (
    id         INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL,
    old_price  INTEGER NOT NULL,
    new_price  INTEGER NOT NULL,
    changed_at TEXT    NOT NULL,
    CONSTRAINT price_changes_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT price_changes_new_price_check CHECK (new_price >= 0 AND new_price <> old_price)
) STRICT;
CREATE INDEX price_changes_product_id_idx ON price_changes (product_id, id);

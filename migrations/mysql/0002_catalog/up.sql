-- What is sold: a tree of categories, products in them, and every change of a price.
-- InnoDB cannot check parent_id against an AUTO_INCREMENT id; the library refuses cycles of any length.
CREATE TABLE IF NOT EXISTS categories (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(200) NOT NULL,
    parent_id   BIGINT,
    description TEXT         NOT NULL,
    created_at  DATETIME(6)  NOT NULL,
    CONSTRAINT categories_name_key UNIQUE (name),
    INDEX categories_parent_id_idx (parent_id),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Prices are in minor units (cents): 2999 is 29.99.
CREATE TABLE IF NOT EXISTS products (
    id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    category_id BIGINT       NOT NULL,
    sku         VARCHAR(64)  NOT NULL,
    name        VARCHAR(200) NOT NULL,
    description TEXT         NOT NULL,
    price       BIGINT       NOT NULL,
    status      VARCHAR(16)  NOT NULL DEFAULT 'active',
    created_at  DATETIME(6)  NOT NULL,
    updated_at  DATETIME(6)  NOT NULL,
    CONSTRAINT products_sku_key UNIQUE (sku),
    INDEX products_category_id_idx (category_id, id),
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_price_check CHECK (price >= 0),
    CONSTRAINT products_status_check CHECK (status IN ('active', 'archived'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row for each update of a product's price, written in the same transaction.
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

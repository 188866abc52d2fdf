-- What is in stock, and the ledger that explains it: SUM(delta) of a product's movements is its quantity, always.
CREATE TABLE IF NOT EXISTS inventory (
    product_id    BIGINT      NOT NULL PRIMARY KEY,
    quantity      BIGINT      NOT NULL,
    reorder_level BIGINT      NOT NULL,
    updated_at    DATETIME(6) NOT NULL,
    CONSTRAINT inventory_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_quantity_check CHECK (quantity >= 0),
    CONSTRAINT inventory_reorder_level_check CHECK (reorder_level >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Append-only: rows are never changed, and go only with the product they belong to.
CREATE TABLE IF NOT EXISTS inventory_movements (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id BIGINT      NOT NULL,
    delta      BIGINT      NOT NULL,
    reason     VARCHAR(16) NOT NULL,
    order_id   BIGINT,
    note       VARCHAR(500),
    created_at DATETIME(6) NOT NULL,
    INDEX inventory_movements_product_id_idx (product_id, id),
    INDEX inventory_movements_order_id_idx (order_id),
    CONSTRAINT inventory_movements_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_movements_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT inventory_movements_delta_check CHECK (delta <> 0),
    CONSTRAINT inventory_movements_reason_check
        CHECK (reason IN ('initial', 'sale', 'cancel', 'return', 'restock', 'adjustment'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

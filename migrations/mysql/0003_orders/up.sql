-- Orders and their lines. total is the sum of the lines; refunded is what was given back of it.
-- States: pending -> completed (paid in full) -> refunded (in full); pending -> cancelled.
CREATE TABLE IF NOT EXISTS orders (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT      NOT NULL,
    status       VARCHAR(16) NOT NULL DEFAULT 'pending',
    total        BIGINT      NOT NULL,
    refunded     BIGINT      NOT NULL DEFAULT 0,
    item_count   BIGINT      NOT NULL,
    placed_at    DATETIME(6) NOT NULL,
    completed_at DATETIME(6),
    cancelled_at DATETIME(6),
    INDEX orders_user_id_idx (user_id, id),
    INDEX orders_status_idx (status, id),
    INDEX orders_placed_at_idx (placed_at),
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'completed', 'refunded', 'cancelled')),
    CONSTRAINT orders_total_check CHECK (total >= 0),
    CONSTRAINT orders_refunded_check CHECK (refunded BETWEEN 0 AND total),
    CONSTRAINT orders_item_count_check CHECK (item_count > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The same product on two lines of a request is one row here. The price is that of the moment of the order.
CREATE TABLE IF NOT EXISTS order_items (
    order_id   BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    quantity   BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    CONSTRAINT order_items_pkey PRIMARY KEY (order_id, product_id),
    INDEX order_items_product_id_idx (product_id),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

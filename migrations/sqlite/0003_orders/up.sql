-- Orders and their lines. total is the sum of the lines; refunded is what was given back of it.
-- States: pending -> completed (paid in full) -> refunded (in full); pending -> cancelled.
CREATE TABLE orders (
    id           INTEGER NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL,
    status       TEXT    NOT NULL DEFAULT 'pending',
    total        INTEGER NOT NULL,
    refunded     INTEGER NOT NULL DEFAULT 0,
    item_count   INTEGER NOT NULL,
    placed_at    TEXT    NOT NULL,
    completed_at TEXT,
    cancelled_at TEXT,
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT orders_status_check CHECK (status IN ('pending', 'completed', 'refunded', 'cancelled')),
    CONSTRAINT orders_total_check CHECK (total >= 0),
    CONSTRAINT orders_refunded_check CHECK (refunded BETWEEN 0 AND total),
    CONSTRAINT orders_item_count_check CHECK (item_count > 0)
) STRICT;
CREATE INDEX orders_user_id_idx ON orders (user_id, id);
CREATE INDEX orders_status_idx ON orders (status, id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);

-- The same product on two lines of a request is one row here. The price is that of the moment of the order.
CREATE TABLE order_items (
    order_id   INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    CONSTRAINT order_items_pkey PRIMARY KEY (order_id, product_id),
    CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_items_product_id_idx ON order_items (product_id);

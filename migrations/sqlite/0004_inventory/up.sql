-- What is in stock, and the ledger that explains it: SUM(delta) of a product's movements is its quantity, always.
CREATE TABLE inventory (
    product_id    INTEGER NOT NULL PRIMARY KEY,
    quantity      INTEGER NOT NULL,
    reorder_level INTEGER NOT NULL,
    updated_at    TEXT    NOT NULL,
    CONSTRAINT inventory_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_quantity_check CHECK (quantity >= 0),
    CONSTRAINT inventory_reorder_level_check CHECK (reorder_level >= 0)
) STRICT;

-- Append-only: rows are never changed, and go only with the product they belong to.
CREATE TABLE inventory_movements (
    id         INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL,
    delta      INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    order_id   INTEGER,
    note       TEXT,
    created_at TEXT    NOT NULL,
    CONSTRAINT inventory_movements_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_movements_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT inventory_movements_delta_check CHECK (delta <> 0),
    CONSTRAINT inventory_movements_reason_check
        CHECK (reason IN ('initial', 'sale', 'cancel', 'return', 'restock', 'adjustment'))
) STRICT;
CREATE INDEX inventory_movements_product_id_idx ON inventory_movements (product_id, id);
CREATE INDEX inventory_movements_order_id_idx ON inventory_movements (order_id) WHERE order_id IS NOT NULL;

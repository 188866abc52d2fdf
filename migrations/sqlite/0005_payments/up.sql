-- Attempts to pay an order. All are kept; the paid ones never sum to more than the order's total.
CREATE TABLE payments (
    id         INTEGER NOT NULL PRIMARY KEY,
    order_id   INTEGER NOT NULL,
    method     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    paid_at    TEXT,
    reference  TEXT,
    created_at TEXT    NOT NULL,
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payments_method_check CHECK (method IN ('card', 'paypal', 'bank_transfer', 'cash')),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'paid', 'failed', 'refunded')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_paid_at_check CHECK ((paid_at IS NOT NULL) = (status IN ('paid', 'refunded')))
) STRICT;
CREATE INDEX payments_order_id_idx ON payments (order_id, id);

-- Money given back. The refunds of a payment never sum to more than its amount.
CREATE TABLE refunds (
    id         INTEGER NOT NULL PRIMARY KEY,
    payment_id INTEGER NOT NULL,
    order_id   INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    restocked  INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_restocked_check CHECK (restocked IN (0, 1))
) STRICT;
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);
CREATE INDEX refunds_order_id_idx ON refunds (order_id, id);

-- Attempts to pay an order. All are kept; the paid ones never sum to more than the order's total.
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
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payments_method_check CHECK (method IN ('card', 'paypal', 'bank_transfer', 'cash')),
    CONSTRAINT payments_status_check CHECK (status IN ('pending', 'paid', 'failed', 'refunded')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_paid_at_check CHECK ((paid_at IS NOT NULL) = (status IN ('paid', 'refunded')))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Money given back. The refunds of a payment never sum to more than its amount.
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
    CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT refunds_amount_check CHECK (amount > 0),
    CONSTRAINT refunds_restocked_check CHECK (restocked IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

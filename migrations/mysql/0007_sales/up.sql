-- What reports read. An order that enters or leaves the state completed, or gives back a part of its total, inserts one
-- row into sales_events in its own transaction. Folding takes the events that wait and adds what they changed to the
-- rollups sales_by_*, in one transaction. The amounts are in minor units (cents).

-- The queue. sign: +1 the order was completed, -1 it was refunded in full, 0 a part of it was refunded.
-- refunded: by how much the refunds that count changed. Everything else that folding needs never changes. There is no
-- foreign key: orders are never deleted, and the queue is the hot path.
CREATE TABLE IF NOT EXISTS sales_events (
    id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id BIGINT NOT NULL,
    sign     BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_events_sign_check CHECK (sign IN (-1, 0, 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The pairs of products of orders that have been folded otherwise. They wait here on their own, since they are many, lie
-- far apart, and only one report reads them.
CREATE TABLE IF NOT EXISTS sales_pair_events (
    id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id BIGINT NOT NULL,
    sign     BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row, which whoever folds changes first: so there is one folder at a time, on a cluster too.
CREATE TABLE IF NOT EXISTS sales_folds (
    id    BIGINT NOT NULL PRIMARY KEY,
    folds BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
INSERT IGNORE INTO sales_folds (id, folds) VALUES (1, 0);

-- Rollups. Buckets are numbers: days since 1970-01-01, quarters of an hour since then (time zones differ by multiples of
-- them), and months since the year 0 (year * 12 + month - 1), all in UTC. There are no foreign keys and no checks: they
-- are derived, `ecomdb check` compares them with their definition, and `ecomdb rebuild` makes them anew.
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
-- Rankings read an index from its end.
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
-- first_day and last_day: the days of the first and the last completed order.
CREATE TABLE IF NOT EXISTS sales_by_customer (
    user_id   BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    revenue   BIGINT NOT NULL,
    refunded  BIGINT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day  BIGINT NOT NULL,
    CONSTRAINT sales_by_customer_pkey PRIMARY KEY (user_id),
    INDEX sales_by_customer_revenue_idx (revenue DESC, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- By day for periods, and by customer for folding.
CREATE TABLE IF NOT EXISTS sales_by_customer_day (
    day      BIGINT NOT NULL,
    user_id  BIGINT NOT NULL,
    orders   BIGINT NOT NULL,
    revenue  BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    CONSTRAINT sales_by_customer_day_pkey PRIMARY KEY (day, user_id),
    INDEX sales_by_customer_day_user_id_idx (user_id, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- A cohort: the customers whose first completed order was placed in the month `cohort`; what they did in `month`.
CREATE TABLE IF NOT EXISTS sales_by_cohort (
    cohort    BIGINT NOT NULL,
    month     BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    revenue   BIGINT NOT NULL,
    refunded  BIGINT NOT NULL,
    CONSTRAINT sales_by_cohort_pkey PRIMARY KEY (cohort, month)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- How many completed orders of at most 25 products have both, product_a < product_b.
CREATE TABLE IF NOT EXISTS sales_by_pair (
    product_a BIGINT NOT NULL,
    product_b BIGINT NOT NULL,
    orders    BIGINT NOT NULL,
    CONSTRAINT sales_by_pair_pkey PRIMARY KEY (product_a, product_b)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What the rollups hold, as base tables say it: completed orders, less what the waiting events will change. It is the
-- same before and after any transaction but a fold, so the rollups can be compared and rebuilt while the shop is open.
CREATE OR REPLACE VIEW sales_folded AS
SELECT o.id AS order_id, o.user_id, o.placed_at,
    YEAR(o.placed_at) * 12 + MONTH(o.placed_at) - 1 AS month,
    TO_DAYS(o.placed_at) - 719528 AS day,
    TIMESTAMPDIFF(SECOND, '1970-01-01', o.placed_at) DIV 900 AS quarter_hour,
    1 AS orders, o.item_count AS units, o.total AS revenue, o.refunded
FROM orders o WHERE o.status = 'completed'
UNION ALL
SELECT o.id AS order_id, o.user_id, o.placed_at,
    YEAR(o.placed_at) * 12 + MONTH(o.placed_at) - 1 AS month,
    TO_DAYS(o.placed_at) - 719528 AS day,
    TIMESTAMPDIFF(SECOND, '1970-01-01', o.placed_at) DIV 900 AS quarter_hour,
    -e.sign, -e.sign * o.item_count, -e.sign * o.total, -e.refunded
FROM sales_events e JOIN orders o ON o.id = e.order_id;

-- What was sold before this migration waits to be folded, too.
INSERT INTO sales_events (order_id, sign, refunded)
SELECT o.id, 1, o.refunded FROM orders o WHERE o.status = 'completed'
AND o.id NOT IN (SELECT order_id FROM sales_events);

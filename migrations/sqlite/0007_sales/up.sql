-- What reports read. An order that enters or leaves the state completed, or gives back a part of its total, inserts one
-- row into sales_events in its own transaction. Folding takes the events that wait and adds what they changed to the
-- rollups sales_by_*, in one transaction. The amounts are in minor units (cents).

-- The queue. sign: +1 the order was completed, -1 it was refunded in full, 0 a part of it was refunded.
-- refunded: by how much the refunds that count changed. Everything else that folding needs never changes. There is no
-- foreign key: orders are never deleted, and the queue is the hot path.
CREATE TABLE sales_events (
    id       INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL,
    sign     INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_events_sign_check CHECK (sign IN (-1, 0, 1))
) STRICT;

-- The pairs of products of orders that have been folded otherwise. They wait here on their own, since they are many, lie
-- far apart, and only one report reads them.
CREATE TABLE sales_pair_events (
    id       INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL,
    sign     INTEGER NOT NULL
) STRICT;

-- One row, which whoever folds changes first: so there is one folder at a time, on a cluster too.
CREATE TABLE sales_folds (
    id    INTEGER NOT NULL PRIMARY KEY,
    folds INTEGER NOT NULL
) STRICT;
INSERT INTO sales_folds (id, folds) VALUES (1, 0);

-- Rollups. Buckets are numbers: days since 1970-01-01, quarters of an hour since then (time zones differ by multiples of
-- them), and months since the year 0 (year * 12 + month - 1), all in UTC. There are no foreign keys and no checks: they
-- are derived, `ecomdb check` compares them with their definition, and `ecomdb rebuild` makes them anew.
CREATE TABLE sales_by_month (
    month    INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_month_pkey PRIMARY KEY (month)
) STRICT;
CREATE TABLE sales_by_day (
    day      INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    units    INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_day_pkey PRIMARY KEY (day)
) STRICT;
CREATE TABLE sales_by_quarter_hour (
    quarter_hour INTEGER NOT NULL,
    orders       INTEGER NOT NULL,
    units        INTEGER NOT NULL,
    revenue      INTEGER NOT NULL,
    refunded     INTEGER NOT NULL,
    CONSTRAINT sales_by_quarter_hour_pkey PRIMARY KEY (quarter_hour)
) STRICT;
-- Rankings read an index from its end.
CREATE TABLE sales_by_product (
    product_id INTEGER NOT NULL,
    orders     INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_pkey PRIMARY KEY (product_id)
) STRICT;
CREATE INDEX sales_by_product_units_idx ON sales_by_product (units DESC, product_id);
CREATE INDEX sales_by_product_revenue_idx ON sales_by_product (revenue DESC, product_id);
CREATE TABLE sales_by_product_month (
    month      INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_month_pkey PRIMARY KEY (month, product_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sales_by_product_day (
    day        INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    revenue    INTEGER NOT NULL,
    CONSTRAINT sales_by_product_day_pkey PRIMARY KEY (day, product_id)
) STRICT, WITHOUT ROWID;
-- first_day and last_day: the days of the first and the last completed order.
CREATE TABLE sales_by_customer (
    user_id   INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    revenue   INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    CONSTRAINT sales_by_customer_pkey PRIMARY KEY (user_id)
) STRICT;
CREATE INDEX sales_by_customer_revenue_idx ON sales_by_customer (revenue DESC, user_id);
-- By day for periods, and by customer for folding.
CREATE TABLE sales_by_customer_day (
    day      INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    orders   INTEGER NOT NULL,
    revenue  INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    CONSTRAINT sales_by_customer_day_pkey PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_by_customer_day_user_id_idx ON sales_by_customer_day (user_id, day);
-- A cohort: the customers whose first completed order was placed in the month `cohort`; what they did in `month`.
CREATE TABLE sales_by_cohort (
    cohort    INTEGER NOT NULL,
    month     INTEGER NOT NULL,
    customers INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    revenue   INTEGER NOT NULL,
    refunded  INTEGER NOT NULL,
    CONSTRAINT sales_by_cohort_pkey PRIMARY KEY (cohort, month)
) STRICT, WITHOUT ROWID;
-- How many completed orders of at most 25 products have both, product_a < product_b.
CREATE TABLE sales_by_pair (
    product_a INTEGER NOT NULL,
    product_b INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    CONSTRAINT sales_by_pair_pkey PRIMARY KEY (product_a, product_b)
) STRICT, WITHOUT ROWID;

-- What the rollups hold, as base tables say it: completed orders, less what the waiting events will change. It is the
-- same before and after any transaction but a fold, so the rollups can be compared and rebuilt while the shop is open.
CREATE VIEW sales_folded AS
SELECT o.id AS order_id, o.user_id, o.placed_at,
    CAST(substr(o.placed_at, 1, 4) AS INTEGER) * 12 + CAST(substr(o.placed_at, 6, 2) AS INTEGER) - 1 AS month,
    unixepoch(o.placed_at) / 86400 AS day,
    unixepoch(o.placed_at) / 900 AS quarter_hour,
    1 AS orders, o.item_count AS units, o.total AS revenue, o.refunded
FROM orders o WHERE o.status = 'completed'
UNION ALL
SELECT o.id AS order_id, o.user_id, o.placed_at,
    CAST(substr(o.placed_at, 1, 4) AS INTEGER) * 12 + CAST(substr(o.placed_at, 6, 2) AS INTEGER) - 1 AS month,
    unixepoch(o.placed_at) / 86400 AS day,
    unixepoch(o.placed_at) / 900 AS quarter_hour,
    -e.sign, -e.sign * o.item_count, -e.sign * o.total, -e.refunded
FROM sales_events e JOIN orders o ON o.id = e.order_id;

-- What was sold before this migration waits to be folded, too.
INSERT INTO sales_events (order_id, sign, refunded)
SELECT o.id, 1, o.refunded FROM orders o WHERE o.status = 'completed';

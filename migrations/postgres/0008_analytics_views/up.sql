-- What the reports say, in plain SQL over the base tables, for all time. The reports themselves read rollups, which
-- must equal this. Amounts are in units of the currency, as NUMERIC.

-- Revenue: the sum of the totals of completed orders, by the time they were placed. Pending, cancelled and refunded
-- orders count nowhere.
-- Refunds: what was given back of completed orders in parts.
-- Net revenue: revenue less refunds.
CREATE VIEW analytics_total_revenue AS
SELECT CAST(COALESCE(SUM(total), 0) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(COALESCE(SUM(refunded), 0) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(COALESCE(SUM(total - refunded), 0) / 100.0 AS NUMERIC(20, 2)) AS net_revenue, COUNT(*) AS orders
FROM orders WHERE status = 'completed';
COMMENT ON VIEW analytics_total_revenue IS
'Revenue: the sum of the totals of completed orders, by the time they were placed. Pending, cancelled and refunded orders count nowhere. Refunds: what was given back of completed orders in parts. Net revenue: revenue less refunds.';

-- Revenue, refunds and net revenue by calendar month (UTC).
CREATE VIEW analytics_monthly_revenue AS
SELECT TO_CHAR(placed_at, 'YYYY-MM') AS month,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY TO_CHAR(placed_at, 'YYYY-MM');
COMMENT ON VIEW analytics_monthly_revenue IS
'Revenue, refunds and net revenue by calendar month (UTC).';

-- Revenue, refunds and net revenue by calendar day (UTC).
CREATE VIEW analytics_daily_revenue AS
SELECT CAST(placed_at AS DATE) AS day,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY CAST(placed_at AS DATE);
COMMENT ON VIEW analytics_daily_revenue IS
'Revenue, refunds and net revenue by calendar day (UTC).';

-- Average order value: revenue divided by the number of completed orders, rounded half up to the cent.
CREATE VIEW analytics_average_order_value AS
SELECT
    CAST(CASE WHEN COUNT(*) = 0 THEN 0 ELSE DIV(2 * SUM(total) + COUNT(*), 2 * COUNT(*)) END / 100.0 AS NUMERIC(20, 2))
        AS average_order_value,
    CAST(COALESCE(SUM(total), 0) / 100.0 AS NUMERIC(20, 2)) AS total_revenue, COUNT(*) AS orders
FROM orders WHERE status = 'completed';
COMMENT ON VIEW analytics_average_order_value IS
'Average order value: revenue divided by the number of completed orders, rounded half up to the cent.';

-- Customer: a user with a completed order.
-- Rank by total_spent, descending, then by user_id.
CREATE VIEW analytics_top_customers AS
SELECT u.id AS user_id, u.email, u.first_name, u.last_name, CAST(SUM(o.total) / 100.0 AS NUMERIC(20, 2)) AS total_spent,
    COUNT(*) AS orders
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'completed' GROUP BY u.id, u.email, u.first_name, u.last_name;
COMMENT ON VIEW analytics_top_customers IS
'Customer: a user with a completed order. Rank by total_spent, descending, then by user_id.';

-- Rank by orders, descending, then by user_id.
CREATE VIEW analytics_orders_per_user AS
SELECT u.id AS user_id, u.email, u.first_name, u.last_name, CAST(SUM(o.total) / 100.0 AS NUMERIC(20, 2)) AS total_spent,
    COUNT(*) AS orders
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'completed' GROUP BY u.id, u.email, u.first_name, u.last_name;
COMMENT ON VIEW analytics_orders_per_user IS
'Rank by orders, descending, then by user_id.';

-- Units: the quantities of the items of completed orders.
-- Rank by total_units_sold, descending, then by product_id.
CREATE VIEW analytics_top_products AS
SELECT p.id AS product_id, p.name AS product_name,
    SUM(i.quantity) AS total_units_sold
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
WHERE o.status = 'completed' GROUP BY p.id, p.name;
COMMENT ON VIEW analytics_top_products IS
'Units: the quantities of the items of completed orders. Rank by total_units_sold, descending, then by product_id.';

-- The part of each product in the revenue, at the prices of then. Rank by product_revenue, descending, then by
-- product_id.
CREATE VIEW analytics_revenue_by_product AS
SELECT p.id AS product_id, p.name AS product_name,
    CAST(SUM(i.quantity * i.unit_price) / 100.0 AS NUMERIC(20, 2)) AS product_revenue
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
WHERE o.status = 'completed' GROUP BY p.id, p.name;
COMMENT ON VIEW analytics_revenue_by_product IS
'The part of each product in the revenue, at the prices of then. Rank by product_revenue, descending, then by product_id.';

-- The part of each category in the revenue, by where its products are listed now.
CREATE VIEW analytics_revenue_by_category AS
SELECT c.id AS category_id, c.name AS category_name,
    CAST(SUM(i.quantity * i.unit_price) / 100.0 AS NUMERIC(20, 2)) AS category_revenue
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
JOIN categories c ON c.id = p.category_id
WHERE o.status = 'completed' GROUP BY c.id, c.name;
COMMENT ON VIEW analytics_revenue_by_category IS
'The part of each category in the revenue, by where its products are listed now.';

-- New customer of a month: one whose first completed order was placed in it.
-- Returning customer of a month: one with a completed order in it, and the first one in an earlier month.
CREATE VIEW analytics_new_and_returning_customers AS
SELECT month, SUM(CASE WHEN month = cohort THEN 1 ELSE 0 END) AS new_customers,
    SUM(CASE WHEN month = cohort THEN 0 ELSE 1 END) AS returning_customers,
    CAST(SUM(CASE WHEN month = cohort THEN spent ELSE 0 END) / 100.0 AS NUMERIC(20, 2)) AS new_revenue,
    CAST(SUM(CASE WHEN month = cohort THEN 0 ELSE spent END) / 100.0 AS NUMERIC(20, 2)) AS returning_revenue
FROM (SELECT user_id, TO_CHAR(placed_at, 'YYYY-MM') AS month, COUNT(*) AS orders, SUM(total) AS spent,
    MIN(TO_CHAR(MIN(placed_at), 'YYYY-MM')) OVER (PARTITION BY user_id) AS cohort
    FROM orders WHERE status = 'completed' GROUP BY user_id, TO_CHAR(placed_at, 'YYYY-MM')) m
GROUP BY month;
COMMENT ON VIEW analytics_new_and_returning_customers IS
'New customer of a month: one whose first completed order was placed in it. Returning customer of a month: one with a completed order in it, and the first one in an earlier month.';

-- Cohort: the customers whose first completed order was placed in the same month.
-- Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort.
-- Lifetime value: the revenue of a cohort until the end of a month, divided by all of its customers, rounded half up
-- to the cent.
-- Months in which nobody of a cohort bought have no row.
CREATE VIEW analytics_cohorts AS
SELECT cohort, cohort_customers, month, active_customers,
    CAST(active_customers AS DOUBLE PRECISION) / (cohort_customers) AS retention, orders,
    CAST(spent / 100.0 AS NUMERIC(20, 2)) AS revenue,
    CAST(DIV(2 * SUM(spent) OVER (PARTITION BY cohort ORDER BY month) + cohort_customers, 2 * cohort_customers) / 100.0 AS NUMERIC(20, 2))
        AS lifetime_value
FROM (SELECT cohort, month, COUNT(*) AS active_customers, SUM(orders) AS orders, SUM(spent) AS spent,
    MAX(CASE WHEN month = cohort THEN COUNT(*) ELSE 0 END) OVER (PARTITION BY cohort) AS cohort_customers
    FROM (SELECT user_id, TO_CHAR(placed_at, 'YYYY-MM') AS month, COUNT(*) AS orders, SUM(total) AS spent,
    MIN(TO_CHAR(MIN(placed_at), 'YYYY-MM')) OVER (PARTITION BY user_id) AS cohort
    FROM orders WHERE status = 'completed' GROUP BY user_id, TO_CHAR(placed_at, 'YYYY-MM')) m
    GROUP BY cohort, month) c;
COMMENT ON VIEW analytics_cohorts IS
'Cohort: the customers whose first completed order was placed in the same month. Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort. Lifetime value: the revenue of a cohort until the end of a month, divided by all of its customers, rounded half up to the cent. Months in which nobody of a cohort bought have no row.';

-- RFM scores: recency (the day of the last completed order), frequency (completed orders) and monetary value
-- (revenue) of a customer, each from 1 to 5: 1 + floor(5 * b / n), where b of the n customers do worse.
-- RFM segment: by the recency score R and the mean V of the other two, rounded half up. champions R 4-5 V 4-5,
-- potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, loyal R 3 V 4-5, need_attention R 3 V 1-3, at_risk R 1-2 V 4-5,
-- hibernating R 2 V 1-3, lost R 1 V 1-3.
CREATE VIEW analytics_rfm AS
SELECT user_id, last_order, orders, CAST(spent / 100.0 AS NUMERIC(20, 2)) AS total_spent, r AS recency_score,
    f AS frequency_score, m AS monetary_score,
    CASE WHEN r >= 4 THEN CASE WHEN f + m >= 7 THEN 'champions'
            WHEN f + m >= 3 THEN 'potential_loyalists' ELSE 'recent' END
        WHEN r = 3 THEN CASE WHEN f + m >= 7 THEN 'loyal' ELSE 'need_attention' END
        WHEN f + m >= 7 THEN 'at_risk' WHEN r = 2 THEN 'hibernating' ELSE 'lost' END AS segment
FROM (SELECT user_id, last_order, orders, spent,
    1 + DIV(5 * (RANK() OVER (ORDER BY last_order) - 1), COUNT(*) OVER ()) AS r,
    1 + DIV(5 * (RANK() OVER (ORDER BY orders) - 1), COUNT(*) OVER ()) AS f,
    1 + DIV(5 * (RANK() OVER (ORDER BY spent) - 1), COUNT(*) OVER ()) AS m
    FROM (SELECT user_id, MAX(CAST(placed_at AS DATE)) AS last_order, COUNT(*) AS orders, SUM(total) AS spent
        FROM orders WHERE status = 'completed' GROUP BY user_id) c) s;
COMMENT ON VIEW analytics_rfm IS
'RFM scores: recency (the day of the last completed order), frequency (completed orders) and monetary value (revenue) of a customer, each from 1 to 5: 1 + floor(5 * b / n), where b of the n customers do worse. RFM segment: by the recency score R and the mean V of the other two, rounded half up. champions R 4-5 V 4-5, potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, loyal R 3 V 4-5, need_attention R 3 V 1-3, at_risk R 1-2 V 4-5, hibernating R 2 V 1-3, lost R 1 V 1-3.';

-- Support: the completed orders, of at most 25 products, with both products, divided by all completed orders.
-- Confidence from a to b: the completed orders with both products, divided by those with a.
-- Lift: the completed orders with both products times all completed orders, divided by those with the one times those
-- with the other.
-- Rank by orders_together, descending, then by product_a and product_b.
CREATE VIEW analytics_bought_together AS
SELECT t.product_a, t.product_b, t.orders_together, CAST(t.orders_together AS DOUBLE PRECISION) / (n.orders) AS support,
    CAST(t.orders_together AS DOUBLE PRECISION) / (a.orders) AS confidence_a_to_b,
    CAST(t.orders_together AS DOUBLE PRECISION) / (b.orders) AS confidence_b_to_a,
    CAST(t.orders_together * n.orders AS DOUBLE PRECISION) / (a.orders * b.orders) AS lift
FROM (SELECT x.product_id AS product_a, y.product_id AS product_b, COUNT(*) AS orders_together
    FROM orders o JOIN order_items x ON x.order_id = o.id
    JOIN order_items y ON y.order_id = o.id AND y.product_id > x.product_id
    WHERE o.status = 'completed' AND (SELECT COUNT(*) FROM order_items i WHERE i.order_id = o.id) <= 25
    GROUP BY x.product_id, y.product_id) t
JOIN (SELECT i.product_id, COUNT(*) AS orders FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) a ON a.product_id = t.product_a
JOIN (SELECT i.product_id, COUNT(*) AS orders FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) b ON b.product_id = t.product_b
CROSS JOIN (SELECT COUNT(*) AS orders FROM orders WHERE status = 'completed') n;
COMMENT ON VIEW analytics_bought_together IS
'Support: the completed orders, of at most 25 products, with both products, divided by all completed orders. Confidence from a to b: the completed orders with both products, divided by those with a. Lift: the completed orders with both products times all completed orders, divided by those with the one times those with the other. Rank by orders_together, descending, then by product_a and product_b.';

-- Sell-through: units sold, divided by units sold and units in stock now.
-- Days of cover: units in stock now, divided by the units sold per day of the period.
-- The period begins with the day of the first completed order and ends now.
CREATE VIEW analytics_sell_through AS
SELECT p.id AS product_id, p.name AS product_name, s.units AS units_sold, v.quantity AS stock,
    CAST(s.units AS DOUBLE PRECISION) / (s.units + v.quantity) AS sell_through,
    CAST(v.quantity AS DOUBLE PRECISION) / (s.units) * d.days AS days_of_cover
FROM (SELECT i.product_id, SUM(i.quantity) AS units FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) s
JOIN products p ON p.id = s.product_id JOIN inventory v ON v.product_id = s.product_id
CROSS JOIN (SELECT (EXTRACT(EPOCH FROM (now() AT TIME ZONE 'UTC') - CAST(CAST(MIN(placed_at) AS DATE) AS TIMESTAMP)) / 86400) AS days
    FROM orders WHERE status = 'completed') d;
COMMENT ON VIEW analytics_sell_through IS
'Sell-through: units sold, divided by units sold and units in stock now. Days of cover: units in stock now, divided by the units sold per day of the period. The period begins with the day of the first completed order and ends now.';

-- Low inventory: an active product with no more units in stock than its reorder level.
CREATE VIEW analytics_low_inventory AS
SELECT p.id AS product_id, p.name AS product_name, p.sku, v.quantity AS stock, v.reorder_level
FROM inventory v JOIN products p ON p.id = v.product_id
WHERE v.quantity <= v.reorder_level AND p.status = 'active';
COMMENT ON VIEW analytics_low_inventory IS
'Low inventory: an active product with no more units in stock than its reorder level.';

-- Unpaid order: a pending one of which nothing was paid.
CREATE VIEW analytics_unpaid_orders AS
SELECT o.id AS order_id, o.user_id, u.email, CAST(o.total / 100.0 AS NUMERIC(20, 2)) AS total, o.placed_at,
    (SELECT COUNT(*) FROM payments p WHERE p.order_id = o.id) AS payment_attempts
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'pending'
    AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'paid');
COMMENT ON VIEW analytics_unpaid_orders IS
'Unpaid order: a pending one of which nothing was paid.';

-- Funnel: orders that were placed; that somebody tried to pay, or that cost nothing; that were paid in full; that
-- were refunded in full.
CREATE VIEW analytics_funnel AS
SELECT 'placed' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100.0 AS NUMERIC(20, 2)) AS amount
FROM orders o
UNION ALL
SELECT 'payment_attempted' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100.0 AS NUMERIC(20, 2)) AS amount
FROM orders o WHERE o.status IN ('completed', 'refunded')
    OR EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id)
UNION ALL
SELECT 'paid' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100.0 AS NUMERIC(20, 2)) AS amount
FROM orders o WHERE o.status IN ('completed', 'refunded')
UNION ALL
SELECT 'refunded' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100.0 AS NUMERIC(20, 2)) AS amount
FROM orders o WHERE o.status = 'refunded';
COMMENT ON VIEW analytics_funnel IS
'Funnel: orders that were placed; that somebody tried to pay, or that cost nothing; that were paid in full; that were refunded in full.';

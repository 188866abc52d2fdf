-- Revenue: the sum of the totals of completed orders, by the time they were placed. Pending, cancelled and refunded
-- orders count nowhere.
-- Refunds: the partial refunds of completed orders.
-- Net revenue: revenue less refunds.
SELECT CAST(COALESCE(SUM(total), 0) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(COALESCE(SUM(refunded), 0) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(COALESCE(SUM(total - refunded), 0) / 100.0 AS NUMERIC(20, 2)) AS net_revenue, COUNT(*) AS orders
FROM orders WHERE status = 'completed';

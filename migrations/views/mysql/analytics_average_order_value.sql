-- Average order value: revenue divided by the number of completed orders, rounded half up to the cent.
SELECT
    CAST(CASE WHEN COUNT(*) = 0 THEN 0 ELSE (2 * SUM(total) + COUNT(*)) DIV (2 * COUNT(*)) END / 100 AS DECIMAL(20, 2))
        AS average_order_value,
    CAST(COALESCE(SUM(total), 0) / 100 AS DECIMAL(20, 2)) AS total_revenue, COUNT(*) AS orders
FROM orders WHERE status = 'completed';

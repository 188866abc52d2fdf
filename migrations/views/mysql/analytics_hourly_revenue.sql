-- Revenue, refunds and net revenue by hour (UTC), which is text such as 2026-01-31 18:00:00.
SELECT DATE_FORMAT(placed_at, '%Y-%m-%d %H:00:00') AS hour,
    CAST(SUM(total) / 100 AS DECIMAL(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100 AS DECIMAL(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100 AS DECIMAL(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY DATE_FORMAT(placed_at, '%Y-%m-%d %H:00:00');

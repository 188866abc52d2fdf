-- Revenue, refunds and net revenue by calendar month (UTC).
SELECT DATE_FORMAT(placed_at, '%Y-%m') AS month,
    CAST(SUM(total) / 100 AS DECIMAL(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100 AS DECIMAL(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100 AS DECIMAL(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY DATE_FORMAT(placed_at, '%Y-%m');

-- Revenue, refunds and net revenue by calendar day (UTC).
SELECT DATE(placed_at) AS day,
    CAST(SUM(total) / 100 AS DECIMAL(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100 AS DECIMAL(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100 AS DECIMAL(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY DATE(placed_at);

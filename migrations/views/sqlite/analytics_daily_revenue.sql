-- Revenue, refunds and net revenue by calendar day (UTC).
SELECT substr(placed_at, 1, 10) AS day,
    ROUND(SUM(total) / 100.0, 2) AS total_revenue,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY substr(placed_at, 1, 10);

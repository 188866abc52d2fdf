-- Revenue, refunds and net revenue by calendar day (UTC).
SELECT CAST(placed_at AS DATE) AS day,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY CAST(placed_at AS DATE);

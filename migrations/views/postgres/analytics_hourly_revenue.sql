-- Revenue, refunds and net revenue by hour (UTC), which is text such as 2026-01-31 18:00:00.
SELECT TO_CHAR(placed_at, 'YYYY-MM-DD HH24:00:00') AS hour,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY TO_CHAR(placed_at, 'YYYY-MM-DD HH24:00:00');

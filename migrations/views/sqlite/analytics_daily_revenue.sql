-- Revenue, refunds and net revenue by calendar day (UTC).
SELECT date(placed_at / 1000000, 'unixepoch') AS day,
    ROUND(SUM(total) / 100.0, 2) AS total_revenue,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY date(placed_at / 1000000, 'unixepoch');

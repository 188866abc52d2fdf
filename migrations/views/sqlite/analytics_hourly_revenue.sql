-- Revenue, refunds and net revenue by hour (UTC), which is text such as 2026-01-31 18:00:00.
SELECT strftime('%Y-%m-%d %H:00:00', placed_at / 1000000, 'unixepoch') AS hour,
    ROUND(SUM(total) / 100.0, 2) AS total_revenue,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY strftime('%Y-%m-%d %H:00:00', placed_at / 1000000, 'unixepoch');

-- Revenue, refunds and net revenue by calendar month (UTC).
SELECT strftime('%Y-%m', placed_at / 1000000, 'unixepoch') AS month,
    ROUND(SUM(total) / 100.0, 2) AS total_revenue,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_revenue,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY strftime('%Y-%m', placed_at / 1000000, 'unixepoch');

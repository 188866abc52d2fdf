-- What each customer has spent by calendar day (UTC).
SELECT user_id, date(placed_at / 1000000, 'unixepoch') AS day,
    ROUND(SUM(total) / 100.0, 2) AS total_spent,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_spent,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY user_id, date(placed_at / 1000000, 'unixepoch');

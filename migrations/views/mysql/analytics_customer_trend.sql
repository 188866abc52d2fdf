-- What each customer has spent by calendar day (UTC).
SELECT user_id, DATE(placed_at) AS day,
    CAST(SUM(total) / 100 AS DECIMAL(20, 2)) AS total_spent,
    CAST(SUM(refunded) / 100 AS DECIMAL(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100 AS DECIMAL(20, 2)) AS net_spent,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY user_id, DATE(placed_at);

-- What each customer has spent by calendar day (UTC).
SELECT user_id, CAST(placed_at AS DATE) AS day,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_spent,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_spent,
    COUNT(*) AS orders
FROM orders WHERE status = 'completed' GROUP BY user_id, CAST(placed_at AS DATE);

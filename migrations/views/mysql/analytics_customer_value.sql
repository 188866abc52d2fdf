-- What each customer has spent, of all time. Days are in UTC. The view analytics_rfm has the scores.
SELECT user_id, COUNT(*) AS orders,
    CAST(SUM(total) / 100 AS DECIMAL(20, 2)) AS total_spent,
    CAST(SUM(refunded) / 100 AS DECIMAL(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100 AS DECIMAL(20, 2)) AS net_spent,
    CAST((2 * SUM(total) + COUNT(*)) DIV (2 * COUNT(*)) / 100 AS DECIMAL(20, 2))
        AS average_order_value,
    MIN(DATE(placed_at)) AS first_order, MAX(DATE(placed_at)) AS last_order
FROM orders WHERE status = 'completed' GROUP BY user_id;

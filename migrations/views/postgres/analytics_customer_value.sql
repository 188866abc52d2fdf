-- What each customer has spent, of all time. Days are in UTC. The view analytics_rfm has the scores.
SELECT user_id, COUNT(*) AS orders,
    CAST(SUM(total) / 100.0 AS NUMERIC(20, 2)) AS total_spent,
    CAST(SUM(refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(total - refunded) / 100.0 AS NUMERIC(20, 2)) AS net_spent,
    CAST(DIV(2 * SUM(total) + COUNT(*), 2 * COUNT(*)) / 100.0 AS NUMERIC(20, 2))
        AS average_order_value,
    MIN(CAST(placed_at AS DATE)) AS first_order, MAX(CAST(placed_at AS DATE)) AS last_order
FROM orders WHERE status = 'completed' GROUP BY user_id;

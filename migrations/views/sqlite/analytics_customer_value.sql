-- What each customer has spent, of all time. Days are in UTC. The view analytics_rfm has the scores.
SELECT user_id, COUNT(*) AS orders,
    ROUND(SUM(total) / 100.0, 2) AS total_spent,
    ROUND(SUM(refunded) / 100.0, 2) AS refunds,
    ROUND(SUM(total - refunded) / 100.0, 2) AS net_spent,
    ROUND((2 * SUM(total) + COUNT(*)) / (2 * COUNT(*)) / 100.0, 2)
        AS average_order_value,
    date(MIN(placed_at) / 1000000, 'unixepoch') AS first_order,
    date(MAX(placed_at) / 1000000, 'unixepoch') AS last_order
FROM orders WHERE status = 'completed' GROUP BY user_id;

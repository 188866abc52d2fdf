-- Customer: a user with a completed order.
-- Rank by total_spent, descending, then by user_id.
SELECT u.id AS user_id, u.email, u.first_name, u.last_name, ROUND(SUM(o.total) / 100.0, 2) AS total_spent,
    COUNT(*) AS orders
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'completed' GROUP BY u.id, u.email, u.first_name, u.last_name;

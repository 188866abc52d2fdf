-- Unpaid order: a pending order without a captured payment.
SELECT o.id AS order_id, o.user_id, u.email, CAST(o.total / 100 AS DECIMAL(20, 2)) AS total, o.placed_at,
    (SELECT COUNT(*) FROM payments p WHERE p.order_id = o.id) AS payment_attempts
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'pending'
    AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'paid');

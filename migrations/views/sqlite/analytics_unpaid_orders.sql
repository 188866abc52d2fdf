-- Unpaid order: a pending order without a captured payment.
SELECT o.id AS order_id, o.user_id, u.email, ROUND(o.total / 100.0, 2) AS total,
    strftime('%Y-%m-%d %H:%M:%S', o.placed_at / 1000000, 'unixepoch') || printf('.%06d', o.placed_at % 1000000) AS placed_at,
    (SELECT COUNT(*) FROM payments p WHERE p.order_id = o.id) AS payment_attempts
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.status = 'pending' AND o.status <> 'completed'
    AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'paid');

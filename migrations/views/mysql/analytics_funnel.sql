-- Funnel: orders that were placed; that have a payment attempt, or cost nothing; that were paid in full; that
-- were refunded in full.
SELECT 'placed' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100 AS DECIMAL(20, 2)) AS amount
FROM orders o
UNION ALL
SELECT 'payment_attempted' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100 AS DECIMAL(20, 2)) AS amount
FROM orders o WHERE o.status IN ('completed', 'refunded')
    OR EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id)
UNION ALL
SELECT 'paid' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100 AS DECIMAL(20, 2)) AS amount
FROM orders o WHERE o.status IN ('completed', 'refunded')
UNION ALL
SELECT 'refunded' AS stage, COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) / 100 AS DECIMAL(20, 2)) AS amount
FROM orders o WHERE o.status = 'refunded';

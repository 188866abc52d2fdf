-- The content of funnel_by_day, defined on the base tables: all orders, without the changes that are still queued.
-- Reports narrow it by placed_at, so that is the column itself: microseconds since 1970.
SELECT o.id AS order_id, o.placed_at,
    o.placed_at / 86400000000 AS day, o.total, 1 AS placed,
    CASE WHEN o.status IN ('completed', 'refunded') OR EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id)
        THEN 1 ELSE 0 END AS attempted,
    CASE WHEN o.status IN ('completed', 'refunded') THEN 1 ELSE 0 END AS paid,
    CASE WHEN o.status = 'refunded' THEN 1 ELSE 0 END AS returned
FROM orders o
UNION ALL
SELECT o.id AS order_id, o.placed_at,
    o.placed_at / 86400000000 AS day, o.total, -e.placed, -e.attempted, -(e.sign + e.returned), -e.returned
FROM sales_events e JOIN orders o ON o.id = e.order_id;

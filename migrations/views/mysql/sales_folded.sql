-- The content of the rollups, defined on the base tables: completed orders, without the changes that are still queued.
-- The country of a rollup is a number: 256 times the first letter of its code plus the second; 0 without addresses.
-- Only a fold changes it, so the rollups can be compared and rebuilt while the shop is open.
SELECT o.id AS order_id, o.user_id, o.placed_at,
    YEAR(o.placed_at) * 12 + MONTH(o.placed_at) - 1 AS month,
    TO_DAYS(o.placed_at) - 719528 AS day,
    TIMESTAMPDIFF(SECOND, '1970-01-01', o.placed_at) DIV 900 AS quarter_hour,
    COALESCE(ASCII(o.country) * 256 + ASCII(SUBSTR(o.country, 2)), 0) AS country,
    1 AS orders, o.item_count AS units, o.total AS revenue, o.refunded
FROM orders o WHERE o.status = 'completed'
UNION ALL
SELECT o.id AS order_id, o.user_id, o.placed_at,
    YEAR(o.placed_at) * 12 + MONTH(o.placed_at) - 1 AS month,
    TO_DAYS(o.placed_at) - 719528 AS day,
    TIMESTAMPDIFF(SECOND, '1970-01-01', o.placed_at) DIV 900 AS quarter_hour,
    COALESCE(ASCII(o.country) * 256 + ASCII(SUBSTR(o.country, 2)), 0) AS country,
    -e.sign, -e.sign * o.item_count, -e.sign * o.total, -e.refunded
FROM sales_events e JOIN orders o ON o.id = e.order_id;

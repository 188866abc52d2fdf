-- The content of the rollups, defined on the base tables: completed orders, without the changes that are still queued.
-- The country of a rollup is a number: 256 times the first letter of its code plus the second; 0 without addresses.
-- Only a fold changes it, so the rollups can be compared and rebuilt while the shop is open.
-- Reports narrow it by placed_at, so that is the column itself: microseconds since 1970.
SELECT o.id AS order_id, o.user_id, o.placed_at,
    CAST(strftime('%Y', o.placed_at / 1000000, 'unixepoch') AS INTEGER) * 12
        + CAST(strftime('%m', o.placed_at / 1000000, 'unixepoch') AS INTEGER) - 1 AS month,
    o.placed_at / 86400000000 AS day,
    o.placed_at / 900000000 AS quarter_hour,
    COALESCE(unicode(o.country) * 256 + unicode(substr(o.country, 2)), 0) AS country,
    1 AS orders, o.item_count AS units, o.total AS revenue, o.refunded
FROM orders o WHERE o.status = 'completed'
UNION ALL
SELECT o.id AS order_id, o.user_id, o.placed_at,
    CAST(strftime('%Y', o.placed_at / 1000000, 'unixepoch') AS INTEGER) * 12
        + CAST(strftime('%m', o.placed_at / 1000000, 'unixepoch') AS INTEGER) - 1 AS month,
    o.placed_at / 86400000000 AS day,
    o.placed_at / 900000000 AS quarter_hour,
    COALESCE(unicode(o.country) * 256 + unicode(substr(o.country, 2)), 0) AS country,
    -e.sign, -e.sign * o.item_count, -e.sign * o.total, -e.refunded
FROM sales_events e JOIN orders o ON o.id = e.order_id;

-- Sell-through: units sold, divided by units sold and units in stock now.
-- Days of cover: units in stock now, divided by the units sold per day of the period.
-- The period begins with the day of the first completed order and ends now.
SELECT p.id AS product_id, p.name AS product_name, s.units AS units_sold, v.quantity AS stock,
    CAST(s.units AS REAL) / (s.units + v.quantity) AS sell_through,
    CAST(v.quantity AS REAL) / (s.units) * d.days AS days_of_cover
FROM (SELECT i.product_id, SUM(i.quantity) AS units FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) s
JOIN products p ON p.id = s.product_id JOIN inventory v ON v.product_id = s.product_id
CROSS JOIN (SELECT (julianday('now') - julianday(date(MIN(placed_at) / 1000000, 'unixepoch'))) AS days
    FROM orders WHERE status = 'completed') d;

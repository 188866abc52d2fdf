-- Units and revenue of each product by calendar day (UTC), at the prices when ordered.
SELECT i.product_id, date(o.placed_at / 1000000, 'unixepoch') AS day, SUM(i.quantity) AS units_sold,
    ROUND(SUM(i.quantity * i.unit_price) / 100.0, 2) AS product_revenue
FROM orders o JOIN order_items i ON i.order_id = o.id
WHERE o.status = 'completed' GROUP BY i.product_id, date(o.placed_at / 1000000, 'unixepoch');

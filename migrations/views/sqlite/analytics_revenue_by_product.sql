-- The gross sales of each product. Rank by product_revenue, descending, then by product_id.
SELECT p.id AS product_id, p.name AS product_name,
    ROUND(SUM(i.quantity * i.unit_price) / 100.0, 2) AS product_revenue
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
WHERE o.status = 'completed' GROUP BY p.id, p.name;

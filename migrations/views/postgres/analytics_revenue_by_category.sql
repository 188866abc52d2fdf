-- The gross sales of each category, by where its products are listed now.
SELECT c.id AS category_id, c.name AS category_name,
    CAST(SUM(i.quantity * i.unit_price) / 100.0 AS NUMERIC(20, 2)) AS category_revenue
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
JOIN categories c ON c.id = p.category_id
WHERE o.status = 'completed' GROUP BY c.id, c.name;

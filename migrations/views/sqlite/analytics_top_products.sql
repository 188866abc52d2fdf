-- Units: the quantities of the items of completed orders.
-- Rank by total_units_sold, descending, then by product_id.
SELECT p.id AS product_id, p.name AS product_name,
    SUM(i.quantity) AS total_units_sold
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
WHERE o.status = 'completed' GROUP BY p.id, p.name;

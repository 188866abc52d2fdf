-- Gross sales, discounts and net sales of each category, by where its products are listed now.
-- Rank by net_sales, descending, then by category_id.
SELECT c.id AS category_id, c.name AS category_name,
    SUM(i.quantity) AS units_sold,
    ROUND(SUM(i.quantity * i.unit_price) / 100.0, 2) AS gross_sales,
    ROUND(SUM(COALESCE(i.discount, 0)) / 100.0, 2) AS discounts,
    ROUND(SUM(i.quantity * i.unit_price - COALESCE(i.discount, 0)) / 100.0, 2) AS net_sales
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
JOIN categories c ON c.id = p.category_id
WHERE o.status = 'completed' GROUP BY c.id, c.name;

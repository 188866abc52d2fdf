-- Gross sales: the items of completed orders at their prices when ordered, before discounts. The revenue of a product or
-- category means these.
-- Rank by net_sales, descending, then by product_id.
SELECT p.id AS product_id, p.name AS product_name,
    SUM(i.quantity) AS units_sold,
    ROUND(SUM(i.quantity * i.unit_price) / 100.0, 2) AS gross_sales,
    ROUND(SUM(COALESCE(i.discount, 0)) / 100.0, 2) AS discounts,
    ROUND(SUM(i.quantity * i.unit_price - COALESCE(i.discount, 0)) / 100.0, 2) AS net_sales
FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
WHERE o.status = 'completed' GROUP BY p.id, p.name;

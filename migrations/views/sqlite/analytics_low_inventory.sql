-- The stock and the reorder level of each product with low inventory.
SELECT p.id AS product_id, p.name AS product_name, p.sku, v.quantity AS stock, v.reorder_level
FROM inventory v JOIN products p ON p.id = v.product_id
-- Low inventory: an active product with no more units in stock than its reorder level.
WHERE v.quantity <= v.reorder_level AND p.status = 'active';

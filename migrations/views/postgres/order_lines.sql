-- The items of all orders, with the names of when the order was placed: name and SKU of the product, name and address of the
-- buyer. discount is the item's part of the order's discounts.
SELECT i.order_id, i.product_id, COALESCE(p.sku, product.sku) AS sku, COALESCE(p.name, product.name) AS product_name,
    i.quantity, CAST(i.unit_price / 100.0 AS NUMERIC(20, 2)) AS unit_price,
    CAST(i.quantity * i.unit_price / 100.0 AS NUMERIC(20, 2)) AS line_total,
    CAST(COALESCE(i.discount, 0) / 100.0 AS NUMERIC(20, 2)) AS discount,
    o.user_id, COALESCE(u.email, buyer.email) AS email, COALESCE(u.first_name, buyer.first_name) AS first_name,
    COALESCE(u.last_name, buyer.last_name) AS last_name
FROM order_items i JOIN orders o ON o.id = i.order_id
JOIN products product ON product.id = i.product_id JOIN users buyer ON buyer.id = o.user_id
LEFT JOIN product_revisions p ON p.product_id = i.product_id AND p.revision = COALESCE(i.product_revision, 0)
LEFT JOIN user_revisions u ON u.user_id = o.user_id AND u.revision = COALESCE(o.user_revision, 0);

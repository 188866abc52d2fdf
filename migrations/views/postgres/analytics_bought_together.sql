-- Support: the completed orders, of at most 25 products, with both products, divided by all completed orders.
-- Confidence from a to b: the completed orders with both products, divided by those with a.
-- Lift: the completed orders with both products times all completed orders, divided by those with the one times those
-- with the other.
-- Rank by orders_together, descending, then by product_a and product_b.
SELECT t.product_a, t.product_b, t.orders_together, CAST(t.orders_together AS DOUBLE PRECISION) / (n.orders) AS support,
    CAST(t.orders_together AS DOUBLE PRECISION) / (a.orders) AS confidence_a_to_b,
    CAST(t.orders_together AS DOUBLE PRECISION) / (b.orders) AS confidence_b_to_a,
    CAST(t.orders_together * n.orders AS DOUBLE PRECISION) / (a.orders * b.orders) AS lift
FROM (SELECT x.product_id AS product_a, y.product_id AS product_b, COUNT(*) AS orders_together
    FROM orders o JOIN order_items x ON x.order_id = o.id
    JOIN order_items y ON y.order_id = o.id AND y.product_id > x.product_id
    WHERE o.status = 'completed' AND (SELECT COUNT(*) FROM order_items i WHERE i.order_id = o.id) <= 25
    GROUP BY x.product_id, y.product_id) t
JOIN (SELECT i.product_id, COUNT(*) AS orders FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) a ON a.product_id = t.product_a
JOIN (SELECT i.product_id, COUNT(*) AS orders FROM orders o JOIN order_items i ON i.order_id = o.id
    WHERE o.status = 'completed' GROUP BY i.product_id) b ON b.product_id = t.product_b
CROSS JOIN (SELECT COUNT(*) AS orders FROM orders WHERE status = 'completed') n;

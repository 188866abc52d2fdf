-- The stock ledger: each change of a product's stock. Their sum by product is the quantity in inventory.
-- An order line is the entry of its sale. Cancelling an order returns the units of its lines, as does a restocking refund.
SELECT product_id, delta, reason, order_id, note,
    strftime('%Y-%m-%d %H:%M:%S', at / 1000000, 'unixepoch') || printf('.%06d', at % 1000000) AS at
FROM (
    SELECT m.product_id, m.delta, m.reason, CAST(NULL AS INTEGER) AS order_id, m.note, m.created_at AS at
    FROM inventory_movements m
    UNION ALL
    SELECT i.product_id, -i.quantity, 'sale', i.order_id, NULL, o.placed_at
    FROM order_items i JOIN orders o ON o.id = i.order_id
    UNION ALL
    SELECT i.product_id, i.quantity, 'cancel', i.order_id, NULL, o.cancelled_at
    FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.cancelled_at IS NOT NULL
    UNION ALL
    SELECT i.product_id, i.quantity, 'return', i.order_id, NULL, r.created_at
    FROM refunds r JOIN order_items i ON i.order_id = r.order_id WHERE r.restocked = 1
) entries;

-- What each voucher brought and cost: the completed orders with it, their revenue, and what it took off them.
-- Rank by total_revenue, descending, then by voucher_id.
SELECT v.id AS voucher_id, v.code, COUNT(*) AS orders,
    CAST(SUM(o.total) / 100 AS DECIMAL(20, 2)) AS total_revenue,
    CAST(SUM(-a.amount) / 100 AS DECIMAL(20, 2)) AS discounts
FROM order_adjustments a JOIN orders o ON o.id = a.order_id JOIN vouchers v ON v.id = a.voucher_id
WHERE o.status = 'completed' GROUP BY v.id, v.code;

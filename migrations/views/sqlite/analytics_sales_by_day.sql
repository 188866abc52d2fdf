-- What the sales of each calendar day (UTC) are composed of.
-- Discounts: what vouchers and other discounts took off the items of completed orders.
-- Net sales: gross sales less discounts.
-- Added to net sales: shipping, fees and taxes of completed orders; the sum of all is the revenue. Included taxes are
-- within the prices, and count in the sales already.
SELECT date(o.placed_at / 1000000, 'unixepoch') AS day, COUNT(*) AS orders,
    ROUND(SUM(o.total - COALESCE(o.adjustments, 0)) / 100.0, 2) AS gross_sales,
    ROUND(SUM(COALESCE(a.discounts, 0)) / 100.0, 2) AS discounts,
    ROUND(SUM(o.total - COALESCE(a.shipping, 0) - COALESCE(a.fees, 0) - COALESCE(a.taxes, 0)) / 100.0, 2) AS net_sales,
    ROUND(SUM(COALESCE(a.shipping, 0)) / 100.0, 2) AS shipping,
    ROUND(SUM(COALESCE(a.fees, 0)) / 100.0, 2) AS fees,
    ROUND(SUM(COALESCE(a.taxes, 0)) / 100.0, 2) AS taxes,
    ROUND(SUM(o.total) / 100.0, 2) AS total_revenue,
    ROUND(SUM(COALESCE(a.included_taxes, 0)) / 100.0, 2) AS included_taxes
FROM orders o LEFT JOIN (
    SELECT order_id,
        SUM(CASE WHEN kind = 'discount' THEN -amount ELSE 0 END) AS discounts,
        SUM(CASE WHEN kind = 'shipping' THEN amount ELSE 0 END) AS shipping,
        SUM(CASE WHEN kind = 'fee' THEN amount ELSE 0 END) AS fees,
        SUM(CASE WHEN kind = 'tax' AND included = 0 THEN amount ELSE 0 END) AS taxes,
        SUM(CASE WHEN included = 1 THEN amount ELSE 0 END) AS included_taxes
    FROM order_adjustments GROUP BY order_id
) a ON a.order_id = o.id
WHERE o.status = 'completed' GROUP BY date(o.placed_at / 1000000, 'unixepoch');

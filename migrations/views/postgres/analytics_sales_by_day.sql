-- What the sales of each calendar day (UTC) are composed of.
-- Discounts: what vouchers and other discounts took off the items of completed orders.
-- Net sales: gross sales less discounts.
-- Added to net sales: shipping, fees and taxes of completed orders; the sum of all is the revenue. Included taxes are
-- within the prices, and count in the sales already.
SELECT CAST(o.placed_at AS DATE) AS day, COUNT(*) AS orders,
    CAST(SUM(o.total - COALESCE(o.adjustments, 0)) / 100.0 AS NUMERIC(20, 2)) AS gross_sales,
    CAST(SUM(COALESCE(a.discounts, 0)) / 100.0 AS NUMERIC(20, 2)) AS discounts,
    CAST(SUM(o.total - COALESCE(a.shipping, 0) - COALESCE(a.fees, 0) - COALESCE(a.taxes, 0)) / 100.0 AS NUMERIC(20, 2)) AS net_sales,
    CAST(SUM(COALESCE(a.shipping, 0)) / 100.0 AS NUMERIC(20, 2)) AS shipping,
    CAST(SUM(COALESCE(a.fees, 0)) / 100.0 AS NUMERIC(20, 2)) AS fees,
    CAST(SUM(COALESCE(a.taxes, 0)) / 100.0 AS NUMERIC(20, 2)) AS taxes,
    CAST(SUM(o.total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(COALESCE(a.included_taxes, 0)) / 100.0 AS NUMERIC(20, 2)) AS included_taxes
FROM orders o LEFT JOIN (
    SELECT order_id,
        SUM(CASE WHEN kind = 'discount' THEN -amount ELSE 0 END) AS discounts,
        SUM(CASE WHEN kind = 'shipping' THEN amount ELSE 0 END) AS shipping,
        SUM(CASE WHEN kind = 'fee' THEN amount ELSE 0 END) AS fees,
        SUM(CASE WHEN kind = 'tax' AND included = 0 THEN amount ELSE 0 END) AS taxes,
        SUM(CASE WHEN included = 1 THEN amount ELSE 0 END) AS included_taxes
    FROM order_adjustments GROUP BY order_id
) a ON a.order_id = o.id
WHERE o.status = 'completed' GROUP BY CAST(o.placed_at AS DATE);

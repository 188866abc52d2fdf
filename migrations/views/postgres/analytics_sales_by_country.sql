-- Country of an order: that of its shipping address, or without one of its billing address; none without
-- addresses.
-- Sales by country; NULL for orders without addresses. Rank by total_revenue, descending, then by country; NULL comes last.
SELECT o.country, COUNT(*) AS orders, SUM(o.item_count) AS units_sold,
    CAST(SUM(o.total) / 100.0 AS NUMERIC(20, 2)) AS total_revenue,
    CAST(SUM(o.refunded) / 100.0 AS NUMERIC(20, 2)) AS refunds,
    CAST(SUM(o.total - o.refunded) / 100.0 AS NUMERIC(20, 2)) AS net_revenue
FROM orders o WHERE o.status = 'completed' GROUP BY o.country;

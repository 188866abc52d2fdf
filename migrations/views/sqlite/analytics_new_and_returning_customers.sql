-- New customer of a month: one whose first completed order was placed in it.
-- Returning customer of a month: one with a completed order in it, and the first one in an earlier month.
SELECT month, SUM(CASE WHEN month = cohort THEN 1 ELSE 0 END) AS new_customers,
    SUM(CASE WHEN month = cohort THEN 0 ELSE 1 END) AS returning_customers,
    ROUND(SUM(CASE WHEN month = cohort THEN spent ELSE 0 END) / 100.0, 2) AS new_revenue,
    ROUND(SUM(CASE WHEN month = cohort THEN 0 ELSE spent END) / 100.0, 2) AS returning_revenue
FROM (SELECT user_id, strftime('%Y-%m', placed_at / 1000000, 'unixepoch') AS month, COUNT(*) AS orders,
    SUM(total) AS spent,
    MIN(strftime('%Y-%m', MIN(placed_at) / 1000000, 'unixepoch')) OVER (PARTITION BY user_id) AS cohort
    FROM orders WHERE status = 'completed' GROUP BY user_id, strftime('%Y-%m', placed_at / 1000000, 'unixepoch')) m
GROUP BY month;

-- Cohort: the customers whose first completed order was placed in the same month.
-- Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort.
-- Lifetime value: the revenue of a cohort until the end of a month, divided by all of its customers, rounded half up
-- to the cent.
-- Months in which nobody of a cohort bought have no row.
SELECT cohort, cohort_customers, month, active_customers,
    CAST(active_customers AS REAL) / (cohort_customers) AS retention, orders,
    ROUND(spent / 100.0, 2) AS revenue,
    ROUND((2 * SUM(spent) OVER (PARTITION BY cohort ORDER BY month) + cohort_customers) / (2 * cohort_customers) / 100.0, 2)
        AS lifetime_value
FROM (SELECT cohort, month, COUNT(*) AS active_customers, SUM(orders) AS orders, SUM(spent) AS spent,
    MAX(CASE WHEN month = cohort THEN COUNT(*) ELSE 0 END) OVER (PARTITION BY cohort) AS cohort_customers
    FROM (SELECT user_id, strftime('%Y-%m', placed_at / 1000000, 'unixepoch') AS month, COUNT(*) AS orders,
    SUM(total) AS spent,
    MIN(strftime('%Y-%m', MIN(placed_at) / 1000000, 'unixepoch')) OVER (PARTITION BY user_id) AS cohort
    FROM orders WHERE status = 'completed' GROUP BY user_id, strftime('%Y-%m', placed_at / 1000000, 'unixepoch')) m
    GROUP BY cohort, month) c;

-- Cohort: the customers whose first completed order was placed in the same month.
-- Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort.
-- Lifetime value: the revenue of a cohort until the end of a month, divided by all of its customers, rounded half up
-- to the cent.
-- Months in which nobody of a cohort bought have no row.
SELECT cohort, cohort_customers, month, active_customers,
    CAST(active_customers AS DOUBLE) / (cohort_customers) AS retention, orders,
    CAST(spent / 100 AS DECIMAL(20, 2)) AS revenue,
    CAST((2 * SUM(spent) OVER (PARTITION BY cohort ORDER BY month) + cohort_customers) DIV (2 * cohort_customers) / 100 AS DECIMAL(20, 2))
        AS lifetime_value
FROM (SELECT cohort, month, COUNT(*) AS active_customers, SUM(orders) AS orders, SUM(spent) AS spent,
    MAX(CASE WHEN month = cohort THEN COUNT(*) ELSE 0 END) OVER (PARTITION BY cohort) AS cohort_customers
    FROM (SELECT user_id, DATE_FORMAT(placed_at, '%Y-%m') AS month, COUNT(*) AS orders, SUM(total) AS spent,
    MIN(DATE_FORMAT(MIN(placed_at), '%Y-%m')) OVER (PARTITION BY user_id) AS cohort
    FROM orders WHERE status = 'completed' GROUP BY user_id, DATE_FORMAT(placed_at, '%Y-%m')) m
    GROUP BY cohort, month) c;

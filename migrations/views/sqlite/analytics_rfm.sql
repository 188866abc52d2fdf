-- RFM scores: recency (the day of the last completed order), frequency (completed orders) and monetary value
-- (revenue) of a customer, each from 1 to 5: 1 + floor(5 * b / n), where b of the n customers do worse.
-- RFM segment: by the recency score R and the mean V of the other two, rounded half up. champions R 4-5 V 4-5,
-- potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, loyal R 3 V 4-5, need_attention R 3 V 1-3, at_risk R 1-2 V 4-5,
-- hibernating R 2 V 1-3, lost R 1 V 1-3.
SELECT user_id, last_order, orders, ROUND(spent / 100.0, 2) AS total_spent, r AS recency_score,
    f AS frequency_score, m AS monetary_score,
    CASE WHEN r >= 4 THEN CASE WHEN f + m >= 7 THEN 'champions'
            WHEN f + m >= 3 THEN 'potential_loyalists' ELSE 'recent' END
        WHEN r = 3 THEN CASE WHEN f + m >= 7 THEN 'loyal' ELSE 'need_attention' END
        WHEN f + m >= 7 THEN 'at_risk' WHEN r = 2 THEN 'hibernating' ELSE 'lost' END AS segment
FROM (SELECT user_id, last_order, orders, spent,
    1 + (5 * (RANK() OVER (ORDER BY last_order) - 1)) / (COUNT(*) OVER ()) AS r,
    1 + (5 * (RANK() OVER (ORDER BY orders) - 1)) / (COUNT(*) OVER ()) AS f,
    1 + (5 * (RANK() OVER (ORDER BY spent) - 1)) / (COUNT(*) OVER ()) AS m
    FROM (SELECT user_id, date(MAX(placed_at) / 1000000, 'unixepoch') AS last_order, COUNT(*) AS orders,
        SUM(total) AS spent
        FROM orders WHERE status = 'completed' GROUP BY user_id) c) s;

//! Definitions of the metrics. Reports, comments of the views and descriptions of the API quote them.
//!
//! An order counts at the time it was placed. Times are in UTC and periods half-open unless a report says otherwise.
//! Amounts are exact; a ratio is a quotient of two exact integers.

macro_rules! metrics {
    ($($name:ident = $words:literal;)+) => {
        $(#[doc = $words] pub const $name: &str = $words;)+

        /// All definitions, in the order of the reports.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

metrics! {
    REVENUE =
        "Revenue: the sum of the totals of completed orders, by the time they were placed. Pending, cancelled \
         and refunded orders count nowhere.";
    REFUNDS = "Refunds: what was given back of completed orders in parts.";
    NET_REVENUE = "Net revenue: revenue less refunds.";
    UNITS = "Units: the quantities of the items of completed orders.";
    AVERAGE_ORDER_VALUE =
        "Average order value: revenue divided by the number of completed orders, rounded half up to the cent.";
    CUSTOMER = "Customer: a user with a completed order.";
    NEW_CUSTOMER = "New customer of a month: one whose first completed order was placed in it.";
    RETURNING_CUSTOMER =
        "Returning customer of a month: one with a completed order in it, and the first one in an earlier \
         month.";
    COHORT = "Cohort: the customers whose first completed order was placed in the same month.";
    RETENTION =
        "Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort.";
    LIFETIME_VALUE =
        "Lifetime value: the revenue of a cohort until the end of a month, divided by all of its customers, \
         rounded half up to the cent.";
    RFM_SCORE =
        "RFM scores: recency (the day of the last completed order), frequency (completed orders) and monetary \
         value (revenue) of a customer, each from 1 to 5: 1 + floor(5 * b / n), where b of the n customers do \
         worse.";
    RFM_SEGMENT =
        "RFM segment: by the recency score R and the mean V of the other two, rounded half up. champions R 4-5 \
         V 4-5, potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, loyal R 3 V 4-5, need_attention R 3 V 1-3, \
         at_risk R 1-2 V 4-5, hibernating R 2 V 1-3, lost R 1 V 1-3.";
    SUPPORT =
        "Support: the completed orders, of at most 25 products, with both products, divided by all completed \
         orders.";
    CONFIDENCE = "Confidence from a to b: the completed orders with both products, divided by those with a.";
    LIFT =
        "Lift: the completed orders with both products times all completed orders, divided by those with the \
         one times those with the other.";
    SELL_THROUGH = "Sell-through: units sold, divided by units sold and units in stock now.";
    DAYS_OF_COVER = "Days of cover: units in stock now, divided by the units sold per day of the period.";
    FUNNEL =
        "Funnel: orders that were placed; that have a payment attempt, or cost nothing; that were paid in \
         full; that were refunded in full.";
    UNPAID = "Unpaid order: a pending one of which nothing was paid.";
    LOW_INVENTORY = "Low inventory: an active product with no more units in stock than its reorder level.";
}

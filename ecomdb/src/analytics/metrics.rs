//! What each number means. The reports, the comments of the views and the descriptions of the API say it in these words.

/// Revenue.
pub const REVENUE: &str = "Revenue: the sum of the totals of completed orders, by the time they were placed. Pending, \
                           cancelled and refunded orders count nowhere.";
/// Refunds.
pub const REFUNDS: &str = "Refunds: what was given back of completed orders in parts.";
/// Net revenue.
pub const NET_REVENUE: &str = "Net revenue: revenue less refunds.";
/// Units.
pub const UNITS: &str = "Units: the quantities of the items of completed orders.";
/// Average order value.
pub const AVERAGE_ORDER_VALUE: &str =
    "Average order value: revenue divided by the number of completed orders, rounded half up to the cent.";
/// Customers.
pub const CUSTOMER: &str = "Customer: a user with a completed order.";
/// New customers.
pub const NEW_CUSTOMER: &str = "New customer of a month: one whose first completed order was placed in it.";
/// Returning customers.
pub const RETURNING_CUSTOMER: &str =
    "Returning customer of a month: one with a completed order in it, and the first one in an earlier month.";
/// Cohorts.
pub const COHORT: &str = "Cohort: the customers whose first completed order was placed in the same month.";
/// Retention.
pub const RETENTION: &str =
    "Retention: the customers of a cohort with a completed order in a month, divided by all of the cohort.";
/// Lifetime value.
pub const LIFETIME_VALUE: &str = "Lifetime value: the revenue of a cohort until the end of a month, divided by all of \
                                  its customers, rounded half up to the cent.";
/// RFM scores.
pub const RFM_SCORE: &str = "RFM scores: recency (the day of the last completed order), frequency (completed orders) \
                             and monetary value (revenue) of a customer, each from 1 to 5: 1 + floor(5 * b / n), where \
                             b of the n customers do worse.";
/// RFM segments.
pub const RFM_SEGMENT: &str = "RFM segment: by the recency score R and the mean V of the other two, rounded half up. \
                               champions R 4-5 V 4-5, potential_loyalists R 4-5 V 2-3, recent R 4-5 V 1, loyal R 3 V 4-5, \
                               need_attention R 3 V 1-3, at_risk R 1-2 V 4-5, hibernating R 2 V 1-3, lost R 1 V 1-3.";
/// Support.
pub const SUPPORT: &str =
    "Support: the completed orders, of at most 25 products, with both products, divided by all completed orders.";
/// Confidence.
pub const CONFIDENCE: &str =
    "Confidence from a to b: the completed orders with both products, divided by those with a.";
/// Lift.
pub const LIFT: &str = "Lift: the completed orders with both products times all completed orders, divided by those with \
                        the one times those with the other.";
/// Sell-through.
pub const SELL_THROUGH: &str = "Sell-through: units sold, divided by units sold and units in stock now.";
/// Days of cover.
pub const DAYS_OF_COVER: &str = "Days of cover: units in stock now, divided by the units sold per day of the period.";
/// The funnel.
pub const FUNNEL: &str = "Funnel: orders that were placed; that somebody tried to pay, or that cost nothing; that were \
                          paid in full; that were refunded in full.";
/// Unpaid orders.
pub const UNPAID: &str = "Unpaid order: a pending one of which nothing was paid.";
/// Low inventory.
pub const LOW_INVENTORY: &str = "Low inventory: an active product with no more units in stock than its reorder level.";

/// All of them, in the order of the reports.
pub const ALL: &[&str] = &[
    REVENUE,
    REFUNDS,
    NET_REVENUE,
    UNITS,
    AVERAGE_ORDER_VALUE,
    CUSTOMER,
    NEW_CUSTOMER,
    RETURNING_CUSTOMER,
    COHORT,
    RETENTION,
    LIFETIME_VALUE,
    RFM_SCORE,
    RFM_SEGMENT,
    SUPPORT,
    CONFIDENCE,
    LIFT,
    SELL_THROUGH,
    DAYS_OF_COVER,
    FUNNEL,
    UNPAID,
    LOW_INVENTORY,
];

//! All reports by name, with their descriptions, parameters and rows.

use super::{RfmSegment, Trend};
use crate::types::Limit;
use crate::types::text_enum::text_enum;

text_enum! {
    /// A report, by its name in the REST API and on the command line.
    ///
    /// ```
    /// use ecomdb::Report;
    ///
    /// let report: Report = "top-customers".parse()?;
    /// assert_eq!(report.about(), "The customers who spent most");
    /// assert_eq!(report.takes(), ["from", "to", "limit"]);
    /// assert_eq!(report.columns()[0].name, "user_id");
    /// # Ok::<(), String>(())
    /// ```
    Report {
        /// [`Analytics::total_revenue`](crate::Analytics::total_revenue)
        TotalRevenue = "total-revenue",
        /// [`Analytics::monthly_revenue`](crate::Analytics::monthly_revenue)
        MonthlyRevenue = "monthly-revenue",
        /// [`Analytics::revenue_trend`](crate::Analytics::revenue_trend)
        RevenueTrend = "revenue-trend",
        /// [`Analytics::average_order_value`](crate::Analytics::average_order_value)
        AverageOrderValue = "average-order-value",
        /// [`Analytics::top_customers`](crate::Analytics::top_customers)
        TopCustomers = "top-customers",
        /// [`Analytics::orders_per_user`](crate::Analytics::orders_per_user)
        OrdersPerUser = "orders-per-user",
        /// [`Analytics::new_and_returning_customers`](crate::Analytics::new_and_returning_customers)
        NewAndReturningCustomers = "new-and-returning-customers",
        /// [`Analytics::cohorts`](crate::Analytics::cohorts)
        Cohorts = "cohorts",
        /// [`Analytics::rfm`](crate::Analytics::rfm)
        Rfm = "rfm",
        /// [`Analytics::rfm_customers`](crate::Analytics::rfm_customers)
        RfmCustomers = "rfm-customers",
        /// [`Analytics::top_products`](crate::Analytics::top_products)
        TopProducts = "top-products",
        /// [`Analytics::revenue_by_product`](crate::Analytics::revenue_by_product)
        RevenueByProduct = "revenue-by-product",
        /// [`Analytics::revenue_by_category`](crate::Analytics::revenue_by_category)
        RevenueByCategory = "revenue-by-category",
        /// [`Analytics::bought_together`](crate::Analytics::bought_together)
        BoughtTogether = "bought-together",
        /// [`Analytics::sell_through`](crate::Analytics::sell_through)
        SellThrough = "sell-through",
        /// [`Analytics::low_inventory`](crate::Analytics::low_inventory)
        LowInventory = "low-inventory",
        /// [`Analytics::unpaid_orders`](crate::Analytics::unpaid_orders)
        UnpaidOrders = "unpaid-orders",
        /// [`Analytics::funnel`](crate::Analytics::funnel)
        Funnel = "funnel",
    }
}

/// Parameters of a report. A report ignores those that it does not [take](Report::takes). The default selects
/// everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Period of any report; granularity, time zone and comparison of a trend.
    pub trend: Trend,
    /// Maximum number of rows; unlimited if `None`.
    pub limit: Option<Limit>,
    /// Only customers of this segment; all if `None`.
    pub segment: Option<RfmSegment>,
}

impl Report {
    /// Description in one line.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::TotalRevenue => "What the completed orders came to",
            Self::MonthlyRevenue => "The same, month by month",
            Self::RevenueTrend => "Revenue by day, week or month, in a time zone, beside the period before",
            Self::AverageOrderValue => "What a completed order comes to",
            Self::TopCustomers => "The customers who spent most",
            Self::OrdersPerUser => "The customers with most completed orders",
            Self::NewAndReturningCustomers => "Who bought in each month: for the first time, or again",
            Self::Cohorts => "Customers by the month of their first order: retention and lifetime value",
            Self::Rfm => "Customers by recency, frequency and monetary value, in segments",
            Self::RfmCustomers => "The customers with the highest scores, of one segment or of all",
            Self::TopProducts => "The products that sold most units",
            Self::RevenueByProduct => "The products that brought in most",
            Self::RevenueByCategory => "The categories that brought in most",
            Self::BoughtTogether => "Pairs of products in the same orders: support, confidence and lift",
            Self::SellThrough => "How products sell, and how many days their stock lasts, the shortest first",
            Self::LowInventory => "Products that it is time to reorder",
            Self::UnpaidOrders => "Pending orders of which nothing was paid, the oldest first",
            Self::Funnel => "How many orders were placed, got as far as an attempt to pay, were paid, refunded",
        }
    }

    /// Names of the accepted parameters, as in the REST API.
    #[must_use]
    pub const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::TotalRevenue
            | Self::MonthlyRevenue
            | Self::AverageOrderValue
            | Self::NewAndReturningCustomers
            | Self::Cohorts
            | Self::Rfm
            | Self::Funnel => &["from", "to"],
            Self::RevenueTrend => &["from", "to", "granularity", "compare", "tz"],
            Self::RfmCustomers => &["from", "to", "limit", "segment"],
            Self::LowInventory => &["limit"],
            Self::TopCustomers
            | Self::OrdersPerUser
            | Self::TopProducts
            | Self::RevenueByProduct
            | Self::RevenueByCategory
            | Self::BoughtTogether
            | Self::SellThrough
            | Self::UnpaidOrders => &["from", "to", "limit"],
        }
    }

    /// Whether the report always has exactly one row.
    #[must_use]
    pub const fn is_one_row(self) -> bool {
        matches!(self, Self::TotalRevenue | Self::AverageOrderValue)
    }
}

//! The declarations of all reports, and of the metrics that they use. The columns of their rows are in
//! [`rows`](super::rows).
//!
//! Each report is declared once. Everything that presents reports is made from this list, or iterates over
//! [`Report::ALL`](crate::Report::ALL): the types and methods in Rust, the routes and the OpenAPI document, the commands,
//! the classes and methods in Python, the documentation, the tests. CONTRIBUTING.md, "Add a report", lists what to write.

/// Passes the reports to the macro `$with`. Of each:
///
/// - documentation; its first line is the description in one line
/// - variant of [`Report`](crate::Report) and name
/// - method of [`Analytics`](crate::Analytics) with its parameters and result
/// - function that runs it, the rollups that are folded first, and the [`metrics`](crate::metrics) that it uses
#[doc(hidden)]
#[macro_export]
macro_rules! with_reports {
    ($with:ident) => {
        $with! {
            /// Total revenue.
            /// Revenue, refunds and number of completed orders of the period.
            TotalRevenue = "total-revenue": total_revenue(period) -> TotalRevenue {
                query: revenue::total, rollups: Sums, metrics: [REVENUE, REFUNDS, NET_REVENUE],
            }

            /// Revenue by month.
            /// Calendar months (UTC) of the period with completed orders, earliest first.
            MonthlyRevenue = "monthly-revenue": monthly_revenue(period) -> Vec<MonthlyRevenue> {
                query: revenue::monthly, rollups: Sums, metrics: [REVENUE, REFUNDS, NET_REVENUE],
            }

            /// Revenue by hour, day, week or month, in a time zone.
            /// Steps in the calendar of a time zone, earliest first, also those without orders; at most 4,000.
            RevenueTrend = "revenue-trend": revenue_trend(trend) -> Vec<TrendStep> {
                query: trend::trend, rollups: Sums, metrics: [REVENUE, REFUNDS, NET_REVENUE],
            }

            /// Average order value.
            /// Average value of the completed orders of the period.
            AverageOrderValue = "average-order-value": average_order_value(period) -> AverageOrderValue {
                query: revenue::average_order, rollups: Sums, metrics: [AVERAGE_ORDER_VALUE, REVENUE],
            }

            /// Customers by spend.
            /// The customers with the highest revenue in the period. Ties are broken by id.
            TopCustomers = "top-customers": top_customers(period, limit) -> Vec<TopCustomer> {
                query: customers::top, rollups: Sums, metrics: [CUSTOMER, REVENUE],
            }

            /// Customers by completed orders.
            /// The customers with the most completed orders in the period. Ties are broken by id.
            OrdersPerUser = "orders-per-user": orders_per_user(period, limit) -> Vec<TopCustomer> {
                query: customers::by_orders, rollups: Sums, metrics: [CUSTOMER, REVENUE],
            }

            /// What a customer has spent over time.
            /// Steps in the calendar of a time zone, earliest first, also those without orders; at most 4,000.
            CustomerTrend = "customer-trend": customer_trend(customer, trend) -> Vec<CustomerTrendStep> {
                query: series::of_customer, rollups: Sums, metrics: [REVENUE, REFUNDS, NET_REVENUE],
            }

            /// What a customer is worth: spend, orders, RFM.
            /// Of all completed orders of a user. The first and the last one are named by their day in the time zone.
            CustomerValue = "customer-value": customer_value(customer, zone) -> CustomerValue {
                query: customers::value, rollups: Sums,
                metrics: [REVENUE, REFUNDS, NET_REVENUE, AVERAGE_ORDER_VALUE, RFM_SCORE, RFM_SEGMENT],
            }

            /// New and returning customers of each month.
            /// Months (UTC) of the period with customers, earliest first. Of a month partly in the period, only orders in
            /// that part count.
            NewAndReturningCustomers = "new-and-returning-customers":
                new_and_returning_customers(period) -> Vec<NewAndReturning> {
                query: cohorts::new_and_returning, rollups: Sums, metrics: [NEW_CUSTOMER, RETURNING_CUSTOMER, REVENUE],
            }

            /// Retention and lifetime value of cohorts.
            /// Customers whose first completed order was placed in the period, by its month (UTC). Each cohort has a row
            /// for every month up to the last one with orders. Of a month partly in the period, only orders in that part
            /// count.
            Cohorts = "cohorts": cohorts(period) -> Vec<CohortMonth> {
                query: cohorts::cohorts, rollups: Sums, metrics: [COHORT, RETENTION, LIFETIME_VALUE],
            }

            /// Customers by RFM segment.
            /// Number of customers of the period in each segment, best segment first.
            Rfm = "rfm": rfm(period) -> Vec<RfmSegmentSummary> {
                query: rfm::segments, rollups: Sums, metrics: [CUSTOMER, RFM_SCORE, RFM_SEGMENT],
            }

            /// Customers by RFM score.
            /// The customers of the period with the highest scores, of one segment or of all. Ties are broken by id.
            RfmCustomers = "rfm-customers": rfm_customers(period, segment, limit) -> Vec<RfmCustomer> {
                query: rfm::customers, rollups: Sums, metrics: [CUSTOMER, RFM_SCORE, RFM_SEGMENT],
            }

            /// Products by units sold.
            /// The products with the most units sold in the period. Ties are broken by id.
            TopProducts = "top-products": top_products(period, limit) -> Vec<TopProduct> {
                query: products::top, rollups: Sums, metrics: [UNITS],
            }

            /// Products by revenue.
            /// The products with the highest revenue in the period. Ties are broken by id.
            RevenueByProduct = "revenue-by-product": revenue_by_product(period, limit) -> Vec<ProductRevenue> {
                query: products::revenue, rollups: Sums, metrics: [UNITS, GROSS_SALES],
            }

            /// Categories by revenue.
            /// The categories with the highest revenue in the period. Ties are broken by id.
            RevenueByCategory = "revenue-by-category": revenue_by_category(period, limit) -> Vec<CategoryRevenue> {
                query: products::revenue_by_category, rollups: Sums, metrics: [GROSS_SALES],
            }

            /// Sales by day: gross, discounts, net, shipping, tax, total.
            /// Calendar days (UTC) of the period with completed orders, earliest first.
            SalesByDay = "sales-by-day": sales_by_day(period) -> Vec<SalesOfDay> {
                query: composition::by_day, rollups: Sums,
                metrics: [GROSS_SALES, DISCOUNTS, NET_SALES, ADDED_TO_SALES, REVENUE],
            }

            /// Products by net sales, with their discounts.
            /// The products with the highest net sales in the period. Ties are broken by id.
            SalesByProduct = "sales-by-product": sales_by_product(period, limit) -> Vec<SalesOfProduct> {
                query: composition::by_product, rollups: Sums, metrics: [UNITS, GROSS_SALES, DISCOUNTS, NET_SALES],
            }

            /// Categories by net sales, with their discounts.
            /// The categories with the highest net sales in the period. Ties are broken by id.
            SalesByCategory = "sales-by-category": sales_by_category(period, limit) -> Vec<SalesOfCategory> {
                query: composition::by_category, rollups: Sums, metrics: [UNITS, GROSS_SALES, DISCOUNTS, NET_SALES],
            }

            /// Sales by country, of the shipping address.
            /// The countries with the highest revenue in the period. The country is that of the shipping address, or without
            /// one of the billing address; orders without addresses are a row without a country. Ties are broken by code.
            SalesByCountry = "sales-by-country": sales_by_country(period, limit) -> Vec<SalesOfCountry> {
                query: countries::sales, rollups: Sums, metrics: [COUNTRY, UNITS, REVENUE, REFUNDS, NET_REVENUE],
            }

            /// What each voucher brought and cost.
            /// The vouchers of completed orders of the period, with the revenue of these orders and what the vouchers took
            /// off them; the highest revenue first. Ties are broken by id.
            VoucherSales = "voucher-sales": voucher_sales(period, limit) -> Vec<VoucherSales> {
                query: composition::vouchers, rollups: Sums, metrics: [REVENUE, DISCOUNTS],
            }

            /// Units and revenue of a product over time.
            /// Steps in the calendar of a time zone, earliest first, also those without sales; at most 4,000.
            ProductTrend = "product-trend": product_trend(product, trend) -> Vec<ProductTrendStep> {
                query: series::of_product, rollups: Sums, metrics: [UNITS, GROSS_SALES],
            }

            /// Products bought together.
            /// The pairs of products that occur together in the most orders of the period. Ties are broken by ids.
            BoughtTogether = "bought-together": bought_together(period, limit) -> Vec<BoughtTogether> {
                query: affinity::bought_together, rollups: WithPairs, metrics: [SUPPORT, CONFIDENCE, LIFT],
            }

            /// Sell-through and days of cover.
            /// The products sold in the period, fewest days of cover first. Ties are broken by id.
            SellThrough = "sell-through": sell_through(period, limit) -> Vec<SellThrough> {
                query: stock::sell_through, rollups: Sums, metrics: [SELL_THROUGH, DAYS_OF_COVER, UNITS],
            }

            /// Products with low inventory.
            /// The lowest stock, less the reorder level, first. Ties are broken by id.
            LowInventory = "low-inventory": low_inventory(limit) -> Vec<LowInventory> {
                query: stock::low, rollups: Sums, metrics: [LOW_INVENTORY],
            }

            /// Orders without payment.
            /// Pending orders of the period without a completed payment, by ascending id.
            UnpaidOrders = "unpaid-orders": unpaid_orders(period, limit) -> Vec<UnpaidOrder> {
                query: funnel::unpaid, rollups: Sums, metrics: [UNPAID],
            }

            /// Funnel from order to payment to refund.
            /// Number of orders of the period that were placed, had a payment attempt, were paid, and were refunded.
            Funnel = "funnel": funnel(period) -> Vec<FunnelStep> {
                query: funnel::funnel, rollups: Sums, metrics: [FUNNEL],
            }
        }
    };
}

/// Definitions of the metrics. Reports, comments of the views and descriptions of the API quote them.
///
/// An order counts at the time it was placed. Times are in UTC and periods half-open unless a report says otherwise.
/// Amounts are exact; a ratio is a quotient of two exact integers.
pub mod metrics {
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
        REFUNDS = "Refunds: the partial refunds of completed orders.";
        NET_REVENUE = "Net revenue: revenue less refunds.";
        GROSS_SALES =
            "Gross sales: the items of completed orders at their prices when ordered, before discounts. The revenue of a \
             product or category means these.";
        DISCOUNTS = "Discounts: what vouchers and other discounts took off the items of completed orders.";
        NET_SALES = "Net sales: gross sales less discounts.";
        ADDED_TO_SALES =
            "Added to net sales: shipping, fees and taxes of completed orders; the sum of all is the revenue. \
             Included taxes are within the prices, and count in the sales already.";
        UNITS = "Units: the quantities of the items of completed orders.";
        COUNTRY =
            "Country of an order: that of its shipping address, or without one of its billing address; none without \
             addresses.";
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
        UNPAID = "Unpaid order: a pending order without a captured payment.";
        LOW_INVENTORY = "Low inventory: an active product with no more units in stock than its reorder level.";
    }
}

//! The rows of the reports. Each type is declared once, and its columns are made from its fields.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::answer::{Field, ReportRow};
use super::{FunnelStage, RfmSegment};
use crate::engine::{Cell, Column};
use crate::types::{CategoryId, Country, Money, OrderId, ProductId, UserId, VoucherId};

/// Passes the rows of the reports to the macro `$with`. Of each: documentation, name, further traits, and fields, which are
/// the columns. `as` is the name of a field in Python, where Rust's is reserved; `=` is an example for the OpenAPI
/// document.
#[doc(hidden)]
#[macro_export]
macro_rules! with_report_rows {
    ($with:ident) => {
        $with! {
            /// Revenue of the completed orders of a period.
            TotalRevenue: Copy + Eq {
                /// Sum of the totals of completed orders.
                total_revenue: Money,
                /// Sum of the partial refunds of these orders.
                refunds: Money,
                /// `total_revenue` minus `refunds`.
                net_revenue: Money,
                /// Number of completed orders.
                orders: i64,
            }

            /// Revenue of the completed orders of a calendar month.
            MonthlyRevenue: Eq {
                /// Month such as `"2026-01"`, in UTC.
                month: String = "2026-01",
                /// Sum of the totals of completed orders.
                total_revenue: Money,
                /// Sum of the partial refunds of these orders.
                refunds: Money,
                /// `total_revenue` minus `refunds`.
                net_revenue: Money,
                /// Number of completed orders.
                orders: i64,
            }

            /// An hour, day, week or month of a trend, limited to the period.
            TrendStep: Eq {
                /// The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone.
                date: NaiveDate,
                /// Start of the step (inclusive).
                from as "from_": DateTime<Utc>,
                /// End of the step (exclusive).
                to: DateTime<Utc>,
                /// Sum of the totals of completed orders.
                total_revenue: Money,
                /// Sum of the partial refunds of these orders.
                refunds: Money,
                /// `total_revenue` minus `refunds`.
                net_revenue: Money,
                /// Number of completed orders.
                orders: i64,
                /// `total_revenue` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_total_revenue: Option<Money>,
                /// `net_revenue` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_net_revenue: Option<Money>,
                /// `orders` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_orders: Option<i64>,
            }

            /// An hour, day, week or month in the trend of a product, limited to the period.
            ProductTrendStep: Eq {
                /// The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone.
                date: NaiveDate,
                /// Start of the step (inclusive).
                from as "from_": DateTime<Utc>,
                /// End of the step (exclusive).
                to: DateTime<Utc>,
                /// Units in completed orders.
                units_sold: i64,
                /// Revenue of the product in completed orders, at the prices when they were placed.
                product_revenue: Money,
                /// `units_sold` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_units_sold: Option<i64>,
                /// `product_revenue` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_product_revenue: Option<Money>,
            }

            /// An hour, day, week or month in the trend of a customer, limited to the period.
            CustomerTrendStep: Eq {
                /// The day, that of the hour, the Monday of the week, or the first day of the month, in the time zone.
                date: NaiveDate,
                /// Start of the step (inclusive).
                from as "from_": DateTime<Utc>,
                /// End of the step (exclusive).
                to: DateTime<Utc>,
                /// Sum of the totals of the customer's completed orders.
                total_spent: Money,
                /// Sum of the partial refunds of these orders.
                refunds: Money,
                /// `total_spent` minus `refunds`.
                net_spent: Money,
                /// Number of completed orders.
                orders: i64,
                /// `total_spent` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_total_spent: Option<Money>,
                /// `net_spent` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_net_spent: Option<Money>,
                /// `orders` of the corresponding step of the previous period.
                #[serde(skip_serializing_if = "Option::is_none")]
                previous_orders: Option<i64>,
            }

            /// What one customer has spent, of all time. A user without completed orders has zeros, and no days and scores.
            CustomerValue: Eq {
                /// User id.
                user_id: UserId,
                /// Number of completed orders.
                orders: i64,
                /// Sum of the totals of these orders.
                total_spent: Money,
                /// Sum of their partial refunds.
                refunds: Money,
                /// `total_spent` minus `refunds`.
                net_spent: Money,
                /// `total_spent` divided by `orders`, rounded half up to the cent; 0.00 without orders.
                average_order_value: Money,
                /// Day of the first completed order, in the time zone.
                first_order: Option<NaiveDate>,
                /// Day of the last completed order, in the time zone.
                last_order: Option<NaiveDate>,
                /// Days from `last_order` to today, in the time zone.
                days_since_last_order: Option<i64>,
                /// Recency score among all customers; 5 is the most recent.
                recency_score: Option<i64>,
                /// Frequency score among all customers; 5 is the most frequent.
                frequency_score: Option<i64>,
                /// Monetary score among all customers; 5 is the highest spending.
                monetary_score: Option<i64>,
                /// RFM segment that follows from the scores.
                segment: Option<RfmSegment>,
            }

            /// Average value of completed orders.
            AverageOrderValue: Copy + Eq {
                /// `total_revenue` divided by `orders`, rounded half up to the cent; 0.00 without orders.
                average_order_value: Money,
                /// Sum of the totals of completed orders.
                total_revenue: Money,
                /// Number of completed orders.
                orders: i64,
            }

            /// A customer with spending and number of orders.
            TopCustomer: Eq {
                /// User id.
                user_id: UserId,
                /// E-mail address.
                email: String,
                /// Given name.
                first_name: String,
                /// Family name.
                last_name: String,
                /// Sum of the totals of the customer's completed orders.
                total_spent: Money,
                /// Number of completed orders.
                orders: i64,
            }

            /// New and returning customers of a month.
            NewAndReturning: Eq {
                /// Month such as `"2026-01"`, in UTC.
                month: String = "2026-01",
                /// Customers whose first completed order was placed in this month.
                new_customers: i64,
                /// Customers with a completed order in this month whose first one was placed in an earlier month.
                returning_customers: i64,
                /// Revenue from new customers.
                new_revenue: Money,
                /// Revenue from returning customers.
                returning_revenue: Money,
            }

            /// A month of a cohort, the customers whose first completed order was placed in the same month. A report on a
            /// period includes customers whose first completed order was placed in it, and their orders in it.
            CohortMonth {
                /// Month of the cohort's first orders, such as `"2026-01"`, in UTC.
                cohort: String = "2026-01",
                /// Number of customers in the cohort.
                cohort_customers: i64,
                /// Month of the activity, such as `"2026-01"`, in UTC.
                month: String = "2026-03",
                /// Months from `cohort` to `month`.
                months_since: i64,
                /// Customers of the cohort with a completed order in `month`.
                active_customers: i64,
                /// `active_customers` divided by `cohort_customers`, from 0.0 to 1.0.
                retention: f64,
                /// Completed orders of the cohort in `month`.
                orders: i64,
                /// Revenue of the cohort in `month`.
                revenue: Money,
                /// Revenue of the cohort to the end of `month`, divided by `cohort_customers`, rounded half up to the cent.
                lifetime_value: Money,
            }

            /// Customers, orders and revenue of a segment.
            RfmSegmentSummary: Eq {
                /// Segment.
                segment: RfmSegment,
                /// Number of customers in the segment.
                customers: i64,
                /// Number of their completed orders.
                orders: i64,
                /// Revenue of these orders.
                revenue: Money,
                /// `revenue` divided by `customers`, rounded half up to the cent; 0.00 without customers.
                revenue_per_customer: Money,
            }

            /// A customer with RFM scores from 1 to 5: 1 + floor(5 * b / n), where b of the n customers rank lower.
            RfmCustomer: Eq {
                /// User id.
                user_id: UserId,
                /// E-mail address.
                email: String,
                /// Day of the last completed order (UTC).
                last_order: NaiveDate,
                /// Number of completed orders (frequency).
                orders: i64,
                /// Sum of their totals (monetary value).
                total_spent: Money,
                /// Recency score; 5 is the most recent.
                recency_score: i64,
                /// Frequency score; 5 is the most frequent.
                frequency_score: i64,
                /// Monetary score; 5 is the highest spending.
                monetary_score: i64,
                /// Segment that follows from the scores.
                segment: RfmSegment,
            }

            /// A product with units sold.
            TopProduct: Eq {
                /// Product id.
                product_id: ProductId,
                /// Current name of the product.
                product_name: String,
                /// Units in completed orders.
                total_units_sold: i64,
            }

            /// A product with revenue.
            ProductRevenue: Eq {
                /// Product id.
                product_id: ProductId,
                /// Current name of the product.
                product_name: String,
                /// Revenue of the product in completed orders, at the prices when they were placed.
                product_revenue: Money,
            }

            /// A category with revenue.
            CategoryRevenue: Eq {
                /// Category id.
                category_id: CategoryId,
                /// Current name of the category.
                category_name: String,
                /// Revenue in completed orders of the products that are now in the category.
                category_revenue: Money,
            }

            /// What the sales of a day are composed of.
            SalesOfDay: Eq {
                /// Day, in UTC.
                day: NaiveDate,
                /// Number of completed orders.
                orders: i64,
                /// Items of completed orders at their prices when ordered, before discounts.
                gross_sales: Money,
                /// What was taken off the items.
                discounts: Money,
                /// `gross_sales` minus `discounts`.
                net_sales: Money,
                /// Shipping.
                shipping: Money,
                /// Fees.
                fees: Money,
                /// Taxes on top of the prices.
                taxes: Money,
                /// `net_sales` plus `shipping`, `fees` and `taxes`: the sum of the totals of completed orders.
                total_revenue: Money,
                /// Taxes within the prices, a part of the other amounts.
                included_taxes: Money,
            }

            /// A product with its sales and discounts.
            SalesOfProduct: Eq {
                /// Product id.
                product_id: ProductId,
                /// Current name of the product.
                product_name: String,
                /// Units in completed orders.
                units_sold: i64,
                /// These units at their prices when ordered, before discounts.
                gross_sales: Money,
                /// What was taken off.
                discounts: Money,
                /// `gross_sales` minus `discounts`.
                net_sales: Money,
            }

            /// A category with its sales and discounts, by where its products are listed now.
            SalesOfCategory: Eq {
                /// Category id.
                category_id: CategoryId,
                /// Current name of the category.
                category_name: String,
                /// Units in completed orders.
                units_sold: i64,
                /// These units at their prices when ordered, before discounts.
                gross_sales: Money,
                /// What was taken off.
                discounts: Money,
                /// `gross_sales` minus `discounts`.
                net_sales: Money,
            }

            /// A country with its sales: that of the shipping address, or without one of the billing address.
            SalesOfCountry: Eq {
                /// ISO 3166-1 code of two capital letters; `None` for the orders without addresses.
                country: Option<Country>,
                /// Number of completed orders.
                orders: i64,
                /// Units in these orders.
                units_sold: i64,
                /// Sum of the totals of these orders.
                total_revenue: Money,
                /// Sum of the partial refunds of these orders.
                refunds: Money,
                /// `total_revenue` minus `refunds`.
                net_revenue: Money,
            }

            /// A voucher with what it brought and cost.
            VoucherSales: Eq {
                /// Voucher id.
                voucher_id: VoucherId,
                /// Current code.
                code: String,
                /// Completed orders with the voucher.
                orders: i64,
                /// Sum of the totals of these orders.
                total_revenue: Money,
                /// What the voucher took off them.
                discounts: Money,
            }

            /// A pair of products that were bought together.
            BoughtTogether {
                /// Product id of the lower one of the pair.
                product_a: ProductId,
                /// Current name of product a.
                product_a_name: String,
                /// Product id of the higher one of the pair.
                product_b: ProductId,
                /// Current name of product b.
                product_b_name: String,
                /// Completed orders that contain both products. Orders of more than 25 products are left out.
                orders_together: i64,
                /// `orders_together` divided by all completed orders, from 0.0 to 1.0.
                support: f64,
                /// `orders_together` divided by the completed orders with product a: the probability of b, given a.
                confidence_a_to_b: f64,
                /// `orders_together` divided by the completed orders with product b: the probability of a, given b.
                confidence_b_to_a: f64,
                /// Observed frequency of the pair, divided by that of independent products: `orders_together` * all
                /// orders / (orders with a * orders with b).
                lift: f64,
            }

            /// Sell-through and days of cover of a product.
            SellThrough {
                /// Product id.
                product_id: ProductId,
                /// Name of the product.
                product_name: String,
                /// Units in completed orders of the period.
                units_sold: i64,
                /// Units in stock now.
                stock: i64,
                /// `units_sold` divided by (`units_sold` + `stock`), from 0.0 to 1.0.
                sell_through: f64,
                /// Days until the stock is sold at the rate of the period: `stock` divided by units sold per day.
                days_of_cover: f64,
            }

            /// A product with low inventory.
            LowInventory: Eq {
                /// Product id.
                product_id: ProductId,
                /// Name of the product.
                product_name: String,
                /// Stock keeping unit.
                sku: String,
                /// Units in stock now.
                stock: i64,
                /// Reorder level, in units.
                reorder_level: i64,
            }

            /// A pending order without a completed payment.
            UnpaidOrder: Eq {
                /// Order id.
                order_id: OrderId,
                /// User id of the customer.
                user_id: UserId,
                /// E-mail address of the customer.
                email: String,
                /// Total of the order.
                total: Money,
                /// When the order was placed (UTC).
                placed_at: DateTime<Utc>,
                /// Number of payment attempts.
                payment_attempts: i64,
            }

            /// Number and value of the orders of a period that reached a stage.
            FunnelStep {
                /// Stage.
                stage: FunnelStage,
                /// Orders that reached the stage.
                orders: i64,
                /// Sum of the totals of these orders.
                amount: Money,
                /// `orders` divided by all orders placed, from 0.0 to 1.0.
                share_of_placed: f64,
            }
        }
    };
}

macro_rules! structs {
    ($(
        $(#[doc = $doc:literal])+
        $row:ident $(: $derive:ident $(+ $also:ident)*)? {
            $(
                $(#[doc = $field_doc:literal])+
                $(#[serde($($serde:tt)+)])?
                $field:ident $(as $python:literal)?: $type:ident $(<$inner:ident>)? $(= $example:literal)?
            ),+ $(,)?
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize $(, $derive $(, $also)*)?)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[non_exhaustive]
        pub struct $row {
            $(
                $(#[doc = $field_doc])+
                $(#[serde($($serde)+)])?
                $(#[cfg_attr(feature = "utoipa", schema(example = $example))])?
                pub $field: $type $(<$inner>)?,
            )+
        }

        impl ReportRow for $row {
            const COLUMNS: &'static [Column] = &[$(Column {
                name: stringify!($field),
                kind: <$type $(<$inner>)? as Field>::KIND,
                nullable: <$type $(<$inner>)? as Field>::NULLABLE,
            }),+];

            fn cells<'a>(&'a self, cells: &mut Vec<Cell<'a>>) {
                cells.extend([$(self.$field.cell()),+]);
            }
        }
    )+};
}

with_report_rows!(structs);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_from_its_json_also_without_optional_columns() {
        let from: DateTime<Utc> = "2026-01-31T23:00:00Z".parse().unwrap();
        let mut step = TrendStep {
            date: from.date_naive(),
            from,
            to: from + chrono::TimeDelta::days(1),
            total_revenue: Money::from_minor(6_749),
            refunds: Money::ZERO,
            net_revenue: Money::from_minor(6_749),
            orders: 2,
            previous_total_revenue: None,
            previous_net_revenue: None,
            previous_orders: None,
        };
        for compared in [None, Some(1)] {
            step.previous_orders = compared;
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(json.contains("previous_orders"), compared.is_some(), "{json}");
            assert_eq!(serde_json::from_str::<TrendStep>(&json).unwrap(), step, "{json}");
        }
    }
}

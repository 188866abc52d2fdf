//! Every report: its name, what it tells, what it can be asked, and how to run it.

use std::fmt::Write;

use ecomdb::{Analytics, Database, Result, metrics};
use serde::Serialize;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

use super::Asked;

/// A report.
pub(super) struct Report {
    /// Its name, as in the URLs of the REST API.
    pub(super) name: &'static str,
    /// What it tells.
    about: &'static str,
    /// The options it can have.
    pub(super) takes: &'static [&'static str],
    pub(super) run: fn(Analytics<&Database>, &Asked) -> Result<Rows>,
}

/// What a report gave.
pub(super) struct Rows {
    /// The names of all columns, also of those that no row has a value for.
    columns: Vec<String>,
    /// As the REST API has them, for people to read.
    pub(super) json: String,
    values: Vec<Value>,
}

const PERIOD: &[&str] = &["from", "to"];
/// What a trend has only when it is compared.
const COMPARED: &[&str] = &["previous_total_revenue", "previous_net_revenue", "previous_orders"];
const RANKING: &[&str] = &["from", "to", "limit"];

/// In the order of the REST API.
pub(super) const REPORTS: &[Report] = &[
    Report {
        name: "total-revenue",
        about: "What the completed orders came to",
        takes: PERIOD,
        run: |reports, asked| reports.total_revenue(&asked.trend.period).map(Rows::one),
    },
    Report {
        name: "monthly-revenue",
        about: "The same, month by month",
        takes: PERIOD,
        run: |reports, asked| reports.monthly_revenue(&asked.trend.period).map(Rows::list),
    },
    Report {
        name: "revenue-trend",
        about: "Revenue by day, week or month, in a time zone, beside the period before",
        takes: &["from", "to", "granularity", "compare", "tz"],
        run: |reports, asked| {
            let rows = reports.revenue_trend(&asked.trend).map(Rows::list)?;
            Ok(if asked.trend.compare_previous { rows } else { rows.without(COMPARED) })
        },
    },
    Report {
        name: "average-order-value",
        about: "What a completed order comes to",
        takes: PERIOD,
        run: |reports, asked| reports.average_order_value(&asked.trend.period).map(Rows::one),
    },
    Report {
        name: "top-customers",
        about: "The customers who spent most",
        takes: RANKING,
        run: |reports, asked| reports.top_customers(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "orders-per-user",
        about: "The customers with most completed orders",
        takes: RANKING,
        run: |reports, asked| reports.orders_per_user(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "new-and-returning-customers",
        about: "Who bought in each month: for the first time, or again",
        takes: PERIOD,
        run: |reports, asked| reports.new_and_returning_customers(&asked.trend.period).map(Rows::list),
    },
    Report {
        name: "cohorts",
        about: "Customers by the month of their first order: retention and lifetime value",
        takes: PERIOD,
        run: |reports, asked| reports.cohorts(&asked.trend.period).map(Rows::list),
    },
    Report {
        name: "rfm",
        about: "Customers by recency, frequency and monetary value, in segments",
        takes: PERIOD,
        run: |reports, asked| reports.rfm_segments(&asked.trend.period).map(Rows::list),
    },
    Report {
        name: "rfm-customers",
        about: "The customers with the highest scores, of one segment or of all",
        takes: &["from", "to", "limit", "segment"],
        run: |reports, asked| reports.rfm_customers(&asked.trend.period, asked.segment, asked.limit).map(Rows::list),
    },
    Report {
        name: "top-products",
        about: "The products that sold most units",
        takes: RANKING,
        run: |reports, asked| reports.top_products(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "revenue-by-product",
        about: "The products that brought in most",
        takes: RANKING,
        run: |reports, asked| reports.revenue_by_product(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "revenue-by-category",
        about: "The categories that brought in most",
        takes: RANKING,
        run: |reports, asked| reports.revenue_by_category(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "bought-together",
        about: "Pairs of products in the same orders: support, confidence and lift",
        takes: RANKING,
        run: |reports, asked| reports.bought_together(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "sell-through",
        about: "How products sell, and how many days their stock lasts, the shortest first",
        takes: RANKING,
        run: |reports, asked| reports.stock_cover(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "low-inventory",
        about: "Products that it is time to reorder",
        takes: &["limit"],
        run: |reports, asked| reports.low_inventory(asked.limit).map(Rows::list),
    },
    Report {
        name: "unpaid-orders",
        about: "Pending orders of which nothing was paid, the oldest first",
        takes: RANKING,
        run: |reports, asked| reports.unpaid_orders(&asked.trend.period, asked.limit).map(Rows::list),
    },
    Report {
        name: "funnel",
        about: "How many orders were placed, got as far as an attempt to pay, were paid, refunded",
        takes: PERIOD,
        run: |reports, asked| reports.funnel(&asked.trend.period).map(Rows::list),
    },
];

/// A line for each report.
pub(super) fn names() -> String {
    let width = REPORTS.iter().map(|report| report.name.len()).max().unwrap_or_default();
    let lines = REPORTS.iter().map(|report| format!("  {:width$}  {}", report.name, report.about));
    lines.collect::<Vec<_>>().join("\n")
}

/// The reports, their options, and the metric dictionary.
pub(super) fn listing() -> String {
    let mut text = format!("ecomdb report NAME prints a report:\n\n{}\n\nWhat the numbers mean:\n\n", names());
    for metric in metrics::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {metric}");
    }
    text + "\n`ecomdb report --help` lists the options."
}

impl Rows {
    fn one<T: Serialize + PartialSchema>(row: T) -> Self {
        Self { json: written(&row), ..Self::list(vec![row]) }
    }

    fn list<T: Serialize + PartialSchema>(rows: Vec<T>) -> Self {
        let columns = match T::schema() {
            RefOr::T(Schema::Object(object)) => object.properties.into_keys().collect(),
            _ => Vec::new(),
        };
        let values = rows.iter().map(|row| serde_json::to_value(row).unwrap_or_default()).collect();
        Self { columns, json: written(&rows), values }
    }

    /// Less some columns.
    pub(super) fn without(mut self, columns: &[&str]) -> Self {
        self.columns.retain(|column| !columns.contains(&column.as_str()));
        self
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// The values of each row, in the order of the columns.
    pub(super) fn cells(&self) -> impl Iterator<Item = Vec<&Value>> {
        self.values
            .iter()
            .map(|row| self.columns.iter().map(|column| row.get(column).unwrap_or(&Value::Null)).collect())
    }
}

/// Structs of texts and numbers can always be written.
fn written(rows: &impl Serialize) -> String {
    serde_json::to_string_pretty(rows).unwrap_or_default()
}

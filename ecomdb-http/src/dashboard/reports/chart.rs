//! The charts of reports.

use std::cmp::Reverse;

use ecomdb::{Cell, Column, Report, ReportRows};

use super::question::Selection;
use super::table::{country, integer_in, unit, words};
use super::{customers, sales};
use crate::dashboard::chart::{Funnel, Heading, Markup, Ranked, Ranking, Reference, Stage, Unit};

/// Number of bars of a ranking that fit into a chart.
const BARS: usize = 15;

/// The chart of a report; `None` for a plain list.
pub(super) fn chart(asked: &Selection, rows: &ReportRows) -> Option<Markup> {
    let values = Values::new(rows);
    Some(match asked.report {
        Report::MonthlyRevenue => sales::months(&values),
        Report::RevenueTrend => sales::trend(asked, &values, "net_revenue"),
        Report::ProductTrend => sales::trend(asked, &values, "product_revenue"),
        Report::CustomerTrend => sales::trend(asked, &values, "net_spent"),
        Report::NewAndReturningCustomers => customers::new_and_returning(&values),
        Report::Cohorts => customers::cohorts(&values),
        Report::Rfm => customers::segments(asked, &values),
        Report::TopCustomers => ranking(asked, &values, ["email", "total_spent"]),
        Report::OrdersPerUser => ranking(asked, &values, ["email", "orders"]),
        Report::TopProducts => ranking(asked, &values, ["product_name", "total_units_sold"]),
        Report::RevenueByProduct => ranking(asked, &values, ["product_name", "product_revenue"]),
        Report::RevenueByCategory => ranking(asked, &values, ["category_name", "category_revenue"]),
        Report::SalesByProduct => ranking(asked, &values, ["product_name", "net_sales"]),
        Report::SalesByCategory => ranking(asked, &values, ["category_name", "net_sales"]),
        Report::SalesByCountry => ranking(asked, &values, ["country", "total_revenue"]),
        Report::VoucherSales => ranking(asked, &values, ["code", "total_revenue"]),
        Report::SellThrough => ranking(asked, &values, ["product_name", "days_of_cover"]),
        Report::BoughtTogether => lifts(asked, &values),
        Report::Funnel => funnel(asked, &values),
        _ => return None,
    })
}

/// The rows of a report, with access to columns by name.
pub(super) struct Values<'a> {
    columns: &'static [Column],
    rows: Vec<Vec<Cell<'a>>>,
}

impl<'a> Values<'a> {
    fn new(rows: &'a ReportRows) -> Self {
        Self { columns: rows.columns(), rows: rows.iter().collect() }
    }

    fn column(&self, name: &str) -> Option<(usize, &'static Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name == name)
    }

    /// The numbers of a column, as integers of its unit; 0 for NULL.
    pub(super) fn numbers(&self, name: &str) -> Vec<i64> {
        let Some((place, column)) = self.column(name) else { return Vec::new() };
        self.rows.iter().map(|row| integer_in(unit(column), row[place]).unwrap_or_default()).collect()
    }

    /// The values of a column as text.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let Some((place, _)) = self.column(name) else { return Vec::new() };
        self.rows.iter().map(|row| row[place].to_string()).collect()
    }

    /// The times (microseconds since 1970) or days (days since 1970) of a column.
    pub(super) fn times(&self, name: &str) -> Vec<i64> {
        let Some((place, _)) = self.column(name) else { return Vec::new() };
        let time = |cell: Cell<'_>| match cell {
            Cell::Time(micros) => micros,
            Cell::Date(day) => i64::from(day),
            _ => 0,
        };
        self.rows.iter().map(|row| time(row[place])).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    fn unit(&self, name: &str) -> Unit {
        self.column(name).map_or(Unit::COUNT, |(_, column)| unit(column))
    }
}

/// The rows of a ranking as bars.
fn ranking(asked: &Selection, values: &Values<'_>, [name, value]: [&str; 2]) -> Markup {
    let mut bars = ranked(values.texts(name), values.numbers(value));
    if name == "country" {
        bars.iter_mut().for_each(|bar| bar.name = country(&bar.name).to_owned());
    }
    let (unit, title) = (values.unit(value), words(value));
    let sentence = leads(&bars, unit);
    let reference = Reference { name: "7 days", value: 70 };
    let ranking = Ranking {
        heading: Heading { id: "chart", title: asked.report.about(), sentence: &sentence },
        columns: [&words(name), &title],
        unit,
        bars: &bars,
        reference: Some(reference).filter(|_| asked.report == Report::SellThrough),
    };
    ranking.draw()
}

fn lifts(asked: &Selection, values: &Values<'_>) -> Markup {
    let pairs = values.texts("product_a_name").into_iter().zip(values.texts("product_b_name"));
    let mut bars = ranked(pairs.map(|(a, b)| format!("{a} + {b}")).collect(), values.numbers("lift"));
    // The report is sorted by orders.
    bars.sort_by_key(|bar| Reverse(bar.value));
    let sentence = match bars.first() {
        Some(top) => format!(
            "{} are bought together {} as often as if they were bought independently",
            top.name,
            Unit::TIMES.text(top.value)
        ),
        None => "No products were bought together".to_owned(),
    };
    let ranking = Ranking {
        heading: Heading { id: "chart", title: asked.report.about(), sentence: &sentence },
        columns: ["Products", "Lift"],
        unit: Unit::TIMES,
        bars: &bars,
        reference: Some(Reference { name: "independent", value: 100 }),
    };
    ranking.draw()
}

fn ranked(names: Vec<String>, values: Vec<i64>) -> Vec<Ranked> {
    names.into_iter().zip(values).take(BARS).map(|(name, value)| Ranked { name, value }).collect()
}

fn leads(bars: &[Ranked], unit: Unit) -> String {
    match bars.first() {
        Some(top) => format!("{} is first with {}", top.name, unit.text(top.value)),
        None => "There are none".to_owned(),
    }
}

/// Names of the losses before each stage of the funnel.
const LOSSES: [(&str, &str); 4] = [
    ("placed", ""),
    ("payment_attempted", "without a payment attempt"),
    ("paid", "not paid in full"),
    ("refunded", "kept, or refunded in part"),
];

fn funnel(asked: &Selection, values: &Values<'_>) -> Markup {
    let stages: Vec<(String, i64)> = values.texts("stage").into_iter().zip(values.numbers("orders")).collect();
    let named: Vec<(String, i64, &str)> = stages
        .iter()
        .map(|(stage, count)| {
            let loss = LOSSES.iter().find(|(name, _)| name == stage).map_or("lost", |(_, loss)| *loss);
            (words(stage), *count, loss)
        })
        .collect();
    let stages: Vec<Stage<'_>> = named.iter().map(|(name, count, loss)| Stage { name, count: *count, loss }).collect();
    let sentence = match (stages.first(), stages.iter().find(|stage| stage.name == "Paid")) {
        (Some(placed), Some(paid)) if placed.count > 0 => format!(
            "{} of {} orders were paid in full",
            crate::dashboard::format::count(paid.count),
            crate::dashboard::format::count(placed.count)
        ),
        _ => "No order was placed".to_owned(),
    };
    let heading = Heading { id: "chart", title: asked.report.about(), sentence: &sentence };
    Funnel { heading, counted: "Orders", stages: &stages }.draw()
}

//! The SQL views return what the reports return.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use ecomdb::*;
// Diesel has a trait of this name.
use ecomdb::Column;

use crate::history::{Stage, live};
use crate::shop::{Shop, question};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Every row of all of time.
fn everything(shop: &Shop) -> Question {
    Question { limit: Some(Limit::new(1_000).unwrap()), ..question(shop) }
}

/// The view that defines a report. The segments of `rfm` count the rows of the view `analytics_rfm`.
fn view(report: Report) -> Option<String> {
    let name = match report {
        Report::Rfm => return None,
        Report::RfmCustomers => "rfm",
        Report::RevenueTrend => "daily_revenue",
        report => report.as_str(),
    };
    Some(format!("analytics_{}", name.replace('-', "_")))
}

/// The columns that a report and its view have in common, with the column's place in the report.
fn common(shop: &Shop, report: Report, view: &str) -> Vec<(usize, Column)> {
    let of_view = match shop.engine() {
        Engine::Sqlite => format!("SELECT name AS line FROM pragma_table_info('{view}')"),
        Engine::Postgres => format!(
            "SELECT CONCAT('', column_name) AS line FROM information_schema.columns \
                                     WHERE table_schema = current_schema() AND table_name = '{view}'"
        ),
        _ => format!(
            "SELECT CONCAT('', column_name) AS line FROM information_schema.columns \
                      WHERE table_schema = DATABASE() AND table_name = '{view}'"
        ),
    };
    let of_view = lines(shop, &of_view);
    let named = |column: &Column| Column { name: if column.name == "date" { "day" } else { column.name }, ..*column };
    // Engines print times differently, and days of cover depend on the time of the query.
    let is_compared = |column: &Column| column.kind != CellKind::Time && column.name != "days_of_cover";
    let columns = report.columns().iter().map(named).enumerate();
    columns.filter(|(_, column)| is_compared(column) && of_view.iter().any(|name| name == column.name)).collect()
}

fn lines(shop: &Shop, query: &str) -> Vec<String> {
    let lines: Vec<Line> = shop.read(|conn| Ok(diesel::sql_query(query).load(conn)?)).unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

/// A row: the values to compare as text, and the ratios.
type Row = (Vec<String>, Vec<f64>);

fn rows_of_view(shop: &Shop, view: &str, condition: &str, columns: &[(usize, Column)]) -> Vec<Row> {
    let int = match shop.engine() {
        Engine::Sqlite => "INTEGER",
        Engine::Postgres => "BIGINT",
        _ => "SIGNED",
    };
    let text = |column: &Column| match column.kind {
        CellKind::Money => format!("CAST(ROUND({} * 100) AS {int})", column.name),
        // MySQL concatenates NULL to NULL.
        CellKind::Text if column.nullable => format!("COALESCE({}, '')", column.name),
        _ => column.name.to_owned(),
    };
    let columns_as_text = columns.iter().map(|(_, column)| text(column)).collect::<Vec<_>>().join(", '|', ");
    let row = |line: String| {
        let mut row = Row::default();
        for ((_, column), value) in columns.iter().zip(line.split('|')) {
            match column.kind {
                CellKind::Ratio => row.1.push(value.parse().unwrap()),
                _ => row.0.push(value.to_owned()),
            }
        }
        row
    };
    lines(shop, &format!("SELECT CONCAT('', {columns_as_text}) AS line FROM {view}{condition}"))
        .into_iter()
        .map(row)
        .collect()
}

fn rows_of_report(rows: &ReportRows, columns: &[(usize, Column)]) -> Vec<Row> {
    let row = |cells: Vec<Cell<'_>>| {
        let mut row = Row::default();
        for (place, _) in columns {
            match cells[*place] {
                Cell::Ratio(ratio) => row.1.push(ratio),
                Cell::Money(minor) => row.0.push(minor.to_string()),
                cell => row.0.push(cell.to_string()),
            }
        }
        row
    };
    rows.iter().map(row).collect()
}

behaviours! {
    every_report_equals_the_view_that_defines_it
    hours_equal_the_view_of_hours
    a_limit_gives_the_first_rows_of_a_report
    every_metric_has_its_words_beside_the_views
}

fn every_report_equals_the_view_that_defines_it(shop: &Shop) {
    let stage = Stage::new(shop, 40, 30);
    live(shop, &stage, 11, 900, 2);
    let everything = everything(shop);
    for report in Report::ALL {
        let Some(view) = view(*report) else { continue };
        let columns = common(shop, *report, &view);
        assert!(columns.len() >= 2, "{report} and {view} have only {columns:?} in common");
        let rows = shop.analytics().rows(*report, &everything).unwrap();
        let mut rows = rows_of_report(&rows, &columns);
        // The views have no rows for days and months without orders.
        let has_empty_steps = report.takes().contains(&"granularity") || *report == Report::Cohorts;
        let is_count = |(_, column): &(usize, Column)| ["orders", "units_sold"].contains(&column.name);
        if let Some(orders) = columns.iter().position(is_count).filter(|_| has_empty_steps) {
            let ratios_before = columns[..orders].iter().filter(|(_, column)| column.kind == CellKind::Ratio).count();
            rows.retain(|(values, _)| values[orders - ratios_before] != "0");
        }
        let condition = match report.requires() {
            Some("product_id") => format!(" WHERE product_id = {}", everything.product_id.unwrap()),
            Some(_) => format!(" WHERE user_id = {}", everything.user_id.unwrap()),
            None => String::new(),
        };
        let mut expected = rows_of_view(shop, &view, &condition, &columns);
        let sort = |rows: &mut Vec<Row>| rows.sort_by(|a, b| a.0.cmp(&b.0));
        sort(&mut rows);
        sort(&mut expected);
        assert!(rows.len() > 1 || report.is_one_row() || *report == Report::LowInventory, "{report}");
        let values = |rows: &[Row]| rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>();
        if *report == Report::BoughtTogether {
            // There are more pairs than a report can have rows.
            let all = values(&expected);
            assert!(values(&rows).iter().all(|row| all.contains(row)), "{report}");
            continue;
        }
        assert_eq!(values(&rows), values(&expected), "{report}");
        let ratios = |rows: &[Row]| rows.iter().flat_map(|row| row.1.clone()).collect::<Vec<_>>();
        let close = ratios(&rows).iter().zip(ratios(&expected)).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close, "{report}: {:?}, {:?}", ratios(&rows), ratios(&expected));
    }
}

fn hours_equal_the_view_of_hours(shop: &Shop) {
    let stage = Stage::new(shop, 40, 30);
    live(shop, &stage, 13, 900, 2);
    let cents = |column: &str| match shop.engine() {
        Engine::Sqlite => format!("CAST(ROUND({column} * 100) AS INTEGER)"),
        Engine::Postgres => format!("CAST(ROUND({column} * 100) AS BIGINT)"),
        _ => format!("CAST(ROUND({column} * 100) AS SIGNED)"),
    };
    let mut expected = lines(
        shop,
        &format!(
            "SELECT CONCAT('', hour, '|', {}, '|', {}, '|', {}, '|', orders) AS line FROM analytics_hourly_revenue \
             WHERE hour >= '2025-02-01' AND hour < '2025-04-01'",
            cents("total_revenue"),
            cents("refunds"),
            cents("net_revenue")
        ),
    );
    expected.sort();
    let period = Period::parse(Some("2025-02-01"), Some("2025-04-01")).unwrap();
    let trend = Trend { period, granularity: Granularity::Hour, ..Trend::default() };
    let steps = shop.analytics().revenue_trend(&trend).unwrap();
    assert_eq!(steps.len(), 59 * 24);
    let line = |step: &TrendStep| {
        let hour = step.from.format("%Y-%m-%d %H:%M:%S");
        let [revenue, refunds, net] = [step.total_revenue, step.refunds, step.net_revenue].map(Money::minor);
        format!("{hour}|{revenue}|{refunds}|{net}|{}", step.orders)
    };
    let rows: Vec<String> = steps.iter().filter(|step| step.orders > 0).map(line).collect();
    assert!(rows.len() > 10, "{rows:?}");
    assert_eq!(rows, expected);
}

fn a_limit_gives_the_first_rows_of_a_report(shop: &Shop) {
    let stage = Stage::new(shop, 40, 30);
    live(shop, &stage, 12, 300, 2);
    let rows = |report: Report, limit: i64| -> serde_json::Value {
        // Days of cover of an open period depend on the time of the query.
        let trend = Trend { period: Period::parse(Some("2025"), Some("2026")).unwrap(), ..Trend::default() };
        let question = Question { trend, limit: Some(Limit::new(limit).unwrap()), ..Question::default() };
        serde_json::to_value(shop.analytics().rows(report, &question).unwrap()).unwrap()
    };
    for report in Report::ALL.iter().filter(|report| report.takes().contains(&"limit")) {
        let all = rows(*report, 1_000);
        let first: Vec<_> = all.as_array().unwrap().iter().take(3).cloned().collect();
        assert_eq!(rows(*report, 3), serde_json::Value::from(first), "{report}");
    }
}

fn every_metric_has_its_words_beside_the_views(shop: &Shop) {
    let folder = match shop.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
        _ => "mysql",
    };
    let folder = format!("{}/migrations/views/{folder}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let comments: Vec<String> = files
        .flat_map(|text| {
            text.lines().filter_map(|line| line.strip_prefix("-- ").map(str::to_owned)).collect::<Vec<_>>()
        })
        .collect();
    let comments = comments.join(" ");
    for words in metrics::ALL {
        assert!(comments.contains(words), "{words}");
    }
    let views: Vec<Count> = shop
        .read(|conn| Ok(diesel::sql_query("SELECT COUNT(*) AS count FROM analytics_total_revenue").load(conn)?))
        .unwrap();
    assert_eq!(views[0].count, 1);
}

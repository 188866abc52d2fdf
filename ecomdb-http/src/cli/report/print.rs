//! Reports on the terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use ecomdb::{Column, ColumnKind, Report, ReportRows, Value};

use crate::cli::Outcome;
use crate::cli::terminal::{note, say};

/// A line below the names of the columns, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// As the REST API answers, for people to read.
pub(super) fn json(report: Report, rows: ReportRows) -> String {
    let columns = rows.columns();
    let rows: Vec<Vec<Value>> = rows.collect();
    let objects: Vec<_> = rows.iter().map(|row| Column::object(columns, row)).collect();
    let written = match objects.first() {
        Some(one) if report.is_one_row() => serde_json::to_string_pretty(one),
        _ => serde_json::to_string_pretty(&objects),
    };
    // Objects of texts and numbers can always be written.
    written.unwrap_or_default()
}

/// Numbers stand to the right. Rows are wrapped to the width of a terminal, and to none elsewhere. Between which moments a
/// step of a trend lies would make its rows too wide; the date tells.
pub(super) fn table(rows: ReportRows) -> Outcome {
    let columns = rows.columns();
    let shown: Vec<usize> =
        (0..columns.len()).filter(|&place| !["from", "to"].contains(&columns[place].name)).collect();
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(shown.iter().map(|&place| columns[place].name.replace('_', " ")));
    let is_empty = rows.len() == 0;
    table.add_rows(rows.map(|row| shown.iter().map(|&place| text(&row[place])).collect::<Vec<_>>()));
    for (column, &place) in table.column_iter_mut().zip(&shown) {
        column.set_padding(if Some(&place) == shown.last() { (0, 0) } else { (0, 2) });
        if matches!(columns[place].kind, ColumnKind::Int | ColumnKind::Money | ColumnKind::Ratio) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(table.trim_fmt())?;
    if is_empty {
        note("no rows: nothing in the shop is like that");
    }
    Ok(())
}

/// Ratios to three places.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Int(number) => number.to_string(),
        Value::Money(amount) => amount.to_string(),
        Value::Ratio(ratio) => format!("{ratio:.3}"),
        Value::Text(text) => text.clone(),
        Value::Time(moment) => moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        Value::Date(day) => day.to_string(),
    }
}

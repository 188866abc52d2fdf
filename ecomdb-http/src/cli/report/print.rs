//! Reports on the terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use ecomdb::Money;
use serde_json::Value;

use super::reports::Rows;
use crate::cli::terminal::{note, say};
use crate::cli::{Failure, Outcome};

/// A line below the names of the columns, and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A line of column names, and one for each row.
pub(super) fn csv(rows: &Rows) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| Failure::Failed(format!("the rows cannot be written as CSV: {error}"));
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(rows.columns()).map_err(|error| failed(&error))?;
    for row in rows.cells() {
        csv.write_record(row.into_iter().map(text)).map_err(|error| failed(&error))?;
    }
    let lines = csv.into_inner().map_err(|error| failed(&error))?;
    let lines = String::from_utf8_lossy(&lines);
    say(lines.strip_suffix('\n').unwrap_or(&lines));
    Ok(())
}

/// Numbers stand to the right. Rows are wrapped to the width of a terminal, and to none elsewhere.
pub(super) fn table(rows: &Rows) {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(rows.columns().map(|column| column.replace('_', " ")));
    table.add_rows(rows.cells().map(|row| row.into_iter().map(rounded).collect::<Vec<_>>()));
    let last = rows.columns().count().saturating_sub(1);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if i == last { (0, 0) } else { (0, 2) });
        if rows.cells().all(|row| is_number(row[i])) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(table.trim_fmt());
    if rows.count() == 0 {
        note("no rows: nothing in the shop is like that");
    }
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<Money>().is_ok())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Ratios to three places; amounts of money are texts.
fn rounded(value: &Value) -> String {
    match value.as_f64() {
        Some(ratio) if value.is_f64() => format!("{ratio:.3}"),
        _ => text(value),
    }
}

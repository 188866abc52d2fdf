//! Reports on the terminal.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use ecomdb::{Cell, CellKind, Granularity, ReportRows};

use crate::cli::Outcome;
use crate::cli::terminal::{note, say};

/// A line below the header, and no other borders.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Pretty-printed JSON, as from the REST API.
pub(super) fn json(rows: &ReportRows) -> String {
    // Serializing strings and numbers cannot fail.
    serde_json::to_string_pretty(rows).unwrap_or_default()
}

/// A table, with rows wrapped between words on a terminal; if the terminal is too narrow for that, one field per line.
/// The start and end of a trend's steps are left out, since they would make the rows too wide; the date suffices, except
/// for hours.
pub(super) fn table(rows: &ReportRows, granularity: Granularity) -> Outcome {
    let columns = rows.columns();
    let hidden: &[&str] = if granularity == Granularity::Hour { &["to"] } else { &["from", "to"] };
    let shown: Vec<usize> = (0..columns.len()).filter(|&place| !hidden.contains(&columns[place].name)).collect();
    let kinds: Vec<CellKind> = shown.iter().map(|&place| columns[place].kind).collect();
    let titles: Vec<String> = shown.iter().map(|&place| columns[place].name.replace('_', " ")).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| shown.iter().map(|&place| text(row[place])).collect()).collect();
    let words = longest_words(&titles, &rows);
    let least = words.iter().sum::<usize>() + GAP * (words.len() - 1);
    match Table::new().width() {
        Some(width) if usize::from(width) < least => say(records(&titles, &rows))?,
        _ => say(aligned(&titles, &rows, &kinds, &words))?,
    }
    if rows.is_empty() {
        note("no rows: nothing in the shop is like that");
    }
    Ok(())
}

/// Width between two columns: the padding and the separator.
const GAP: usize = PADDING as usize + 1;
const PADDING: u16 = 2;

/// The length of the longest word of each column, title included.
fn longest_words(titles: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let longest = |text: &String| text.split(' ').map(|word| word.chars().count()).max().unwrap_or_default();
    let in_column = |place: usize| rows.iter().map(|row| longest(&row[place])).max().unwrap_or_default();
    titles.iter().enumerate().map(|(place, title)| longest(title).max(in_column(place))).collect()
}

/// Right-aligns numbers. Rows are wrapped to the width of a terminal; other output is not wrapped.
fn aligned(titles: &[String], rows: &[Vec<String>], kinds: &[CellKind], words: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(titles);
    table.add_rows(rows);
    for (place, column) in table.column_iter_mut().enumerate() {
        let padding = if place + 1 == titles.len() { 0 } else { PADDING };
        column.set_padding((0, padding));
        let least = u16::try_from(words[place]).unwrap_or(u16::MAX).saturating_add(padding);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        if matches!(kinds[place], CellKind::Int | CellKind::Money | CellKind::Ratio) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// One field per line, and an empty line between two rows.
fn records(titles: &[String], rows: &[Vec<String>]) -> String {
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or_default();
    let record = |row: &Vec<String>| {
        let lines =
            titles.iter().zip(row).map(|(title, value)| format!("{title:width$}  {value}").trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(record).collect::<Vec<_>>().join("\n\n")
}

/// Ratios with three decimal places.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Ratio(ratio) => format!("{ratio:.3}"),
        cell => cell.to_string(),
    }
}

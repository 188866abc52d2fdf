//! The rows of any report as text, links and bars.

use chrono::DateTime;
use ecomdb::{Cell, CellKind, Column, Country, Granularity, Report, ReportRows, TimeZone};

use super::question::Selection;
use crate::dashboard::chart::{Markup, Unit, cover};
use crate::dashboard::so_far::local;

/// A report with one row, as the name and the value of each column.
#[derive(Debug)]
pub(super) struct Cards(pub(super) Vec<(String, String)>);

impl Cards {
    pub(super) fn new(rows: &ReportRows) -> Self {
        let row = rows.iter().next().unwrap_or_default();
        let values = rows.columns().iter().zip(row).filter(|(column, _)| is_shown(column));
        Self(values.map(|(column, cell)| (words(column.name), value(column, cell))).collect())
    }
}

/// The table of a report.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<Head>,
    pub(super) rows: Vec<Vec<Entry>>,
}

/// The head of a column.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) is_number: bool,
}

/// A cell.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) text: String,
    /// Address of the page of the product, customer or order that it names.
    pub(super) link: Option<String>,
    pub(super) is_number: bool,
    pub(super) bar: Option<Markup>,
}

impl Entry {
    /// Whether it is a word, a day or an SKU, which must not wrap.
    pub(super) fn is_short(&self) -> bool {
        self.link.is_none() && self.text.len() <= 20
    }
}

/// Columns with ids, the columns with the names of the same rows, and the paths of their pages.
const LINKS: [(&str, &str, &str); 6] = [
    ("product_id", "product_name", "/products/"),
    ("product_a", "product_a_name", "/products/"),
    ("product_b", "product_b_name", "/products/"),
    ("category_id", "category_name", "/products?category="),
    ("user_id", "email", "/customers/"),
    ("order_id", "order_id", "/orders/"),
];

impl Table {
    pub(super) fn new(asked: &Selection, rows: &ReportRows) -> Self {
        let columns = rows.columns();
        let shown: Vec<usize> = (0..columns.len()).filter(|place| is_shown(&columns[*place])).collect();
        let has_bar = asked.report == Report::LowInventory;
        let mut heads: Vec<Head> = shown.iter().map(|place| head(&columns[*place])).collect();
        if has_bar {
            heads.push(Head { title: "Stock against the level".to_owned(), is_number: false });
        }
        let row = |row: Vec<Cell<'_>>| {
            let mut entries: Vec<Entry> = shown.iter().map(|place| entry(asked, columns, &row, *place)).collect();
            if has_bar {
                entries.push(bar(columns, &row));
            }
            entries
        };
        Self { columns: heads, rows: rows.iter().map(row).collect() }
    }
}

/// The name of a country; orders without addresses have none.
pub(super) fn country(code: &str) -> &'static str {
    code.parse::<Country>().map_or("No address", Country::name)
}

/// Ids are left out, because names link to their pages. So are the ends of steps, because steps have names.
fn is_shown(column: &Column) -> bool {
    let is_id = LINKS.iter().any(|(id, name, _)| *id == column.name && id != name);
    !is_id && !["from", "to"].contains(&column.name)
}

fn head(column: &Column) -> Head {
    let title = match column.name {
        "month" | "cohort" | "last_order" => format!("{} (UTC)", words(column.name)),
        name => words(name),
    };
    Head { title, is_number: is_number(column) }
}

fn is_number(column: &Column) -> bool {
    let is_id = LINKS.iter().any(|(id, ..)| *id == column.name);
    matches!(column.kind, CellKind::Int | CellKind::Money | CellKind::Ratio) && !is_id
}

fn entry(asked: &Selection, columns: &[Column], row: &[Cell<'_>], place: usize) -> Entry {
    let column = &columns[place];
    let link = LINKS.iter().find(|(_, name, _)| *name == column.name).and_then(|(id, _, path)| {
        let id = columns.iter().position(|column| column.name == *id)?;
        Some(format!("{path}{}", row[id]))
    });
    let text = match (column.name, row[place]) {
        ("order_id", id) => format!("#{id}"),
        ("country", code) => country(&code.to_string()).to_owned(),
        ("date", _) => step(asked, columns, row).unwrap_or_else(|| row[place].to_string()),
        (_, Cell::Time(micros)) => time(asked.zone, micros),
        (_, Cell::Text(word)) if ["segment", "stage"].contains(&column.name) => words(word),
        (_, cell) => number(column, cell),
    };
    Entry { text, link, is_number: is_number(column), bar: None }
}

/// The name of a step of a trend: its hour or its first day.
fn step(asked: &Selection, columns: &[Column], row: &[Cell<'_>]) -> Option<String> {
    let from = columns.iter().position(|column| column.name == "from")?;
    match row[from] {
        Cell::Time(micros) if asked.granularity() == Granularity::Hour => Some(time(asked.zone, micros)),
        _ => None,
    }
}

fn time(zone: TimeZone, micros: i64) -> String {
    let moment = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    local(zone, moment).format("%-d %b %Y, %H:%M").to_string()
}

/// A bar with the stock of a product and its reorder level.
fn bar(columns: &[Column], row: &[Cell<'_>]) -> Entry {
    let value =
        |name: &str| columns.iter().position(|column| column.name == name).and_then(|place| integer(row[place]));
    let (stock, level) = (value("stock").unwrap_or_default(), value("reorder_level").unwrap_or_default());
    Entry { text: String::new(), link: None, is_number: false, bar: Some(cover(stock, level, level.saturating_mul(2))) }
}

/// A value of a report with one row.
fn value(column: &Column, cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => "none".to_owned(),
        Cell::Text(word) => words(word),
        cell => number(column, cell),
    }
}

/// A value as text, with the unit of its column.
pub(super) fn number(column: &Column, cell: Cell<'_>) -> String {
    match (integer_in(unit(column), cell), cell) {
        (Some(value), Cell::Int(_) | Cell::Money(_) | Cell::Ratio(_)) => unit(column).text(value),
        _ => cell.to_string(),
    }
}

/// The unit of a column of numbers.
pub(super) fn unit(column: &Column) -> Unit {
    match (column.kind, column.name) {
        (CellKind::Money, _) => Unit::money(2),
        (CellKind::Ratio, "lift") => Unit::TIMES,
        (CellKind::Ratio, "days_of_cover") => Unit::DAYS,
        (CellKind::Ratio, _) => Unit::PERCENT,
        _ => Unit::COUNT,
    }
}

fn integer(cell: Cell<'_>) -> Option<i64> {
    integer_in(Unit::COUNT, cell)
}

/// A number as an integer of the unit: a ratio of 0.123 is 123 tenths of a percent.
pub(super) fn integer_in(unit: Unit, cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(number) | Cell::Money(number) => Some(number),
        Cell::Ratio(ratio) if unit == Unit::TIMES => Some((ratio * 100.0).round() as i64),
        Cell::Ratio(days) if unit == Unit::DAYS => Some((days * 10.0).round() as i64),
        Cell::Ratio(share) => Some((share * 1_000.0).round() as i64),
        _ => None,
    }
}

/// A name of the library in words: `potential_loyalists` is `Potential loyalists`.
pub(super) fn words(name: &str) -> String {
    let words = match name {
        "email" => "e-mail".to_owned(),
        "sku" => "SKU".to_owned(),
        name => name.replace('_', " "),
    };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

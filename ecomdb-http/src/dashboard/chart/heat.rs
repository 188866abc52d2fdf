//! Heat maps: tables whose cells have a class from `heat-1` (least) to `heat-7` (most).

use std::fmt::{self, Formatter};

use super::figure::{Heading, nothing, table_figure};
use super::markup::{Markup, Text, Written};
use super::number::Unit;

/// Rows of values, such as the retention of cohorts.
#[derive(Debug, Clone)]
pub(crate) struct HeatMap<'a> {
    pub(crate) heading: Heading<'a>,
    /// Column titles: of the row names, of the row totals, and of each value.
    pub(crate) columns: &'a [String],
    pub(crate) unit: Unit,
    pub(crate) rows: &'a [HeatRow],
    /// Values from here on have the strongest colour.
    pub(crate) most: i64,
}

/// A row: its name, its total as text, and its values from the first column on. Missing values are empty cells.
#[derive(Debug, Clone)]
pub(crate) struct HeatRow {
    pub(crate) name: String,
    pub(crate) total: String,
    pub(crate) values: Vec<Option<i64>>,
}

impl HeatMap<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let table = Written(|f: &mut Formatter<'_>| {
            write!(
                f,
                "<table class=\"heat-table\">\n<caption class=\"visually-hidden\">{}</caption>\n<thead><tr>",
                Text(self.heading.title)
            )?;
            for (place, column) in self.columns.iter().enumerate() {
                let class = if place == 0 { "" } else { " class=\"num\"" };
                write!(f, "<th scope=\"col\"{class}>{}</th>", Text(column))?;
            }
            f.write_str("</tr></thead>\n<tbody>\n")?;
            self.rows.iter().try_for_each(|row| self.write_row(row, f))?;
            f.write_str("</tbody>\n</table>\n")
        });
        if self.rows.is_empty() { nothing(&self.heading) } else { table_figure(&self.heading, table) }
    }

    fn write_row(&self, row: &HeatRow, f: &mut Formatter<'_>) -> fmt::Result {
        let (name, total) = (Text(&row.name), Text(&row.total));
        write!(f, "<tr><th scope=\"row\">{name}</th><td class=\"num\">{total}</td>")?;
        for value in &row.values {
            match value {
                Some(value) => {
                    let text = self.unit.text(*value);
                    write!(f, "<td class=\"num heat-{}\">{}</td>", level(*value, self.most), Text(&text))?;
                }
                None => f.write_str("<td></td>")?,
            }
        }
        // Months in the future.
        let missing = self.columns.len().saturating_sub(row.values.len() + 2);
        (0..missing).try_for_each(|_| f.write_str("<td></td>"))?;
        f.write_str("</tr>\n")
    }
}

/// Areas of a grid of scores, such as the segments of customers by recency and value.
#[derive(Debug, Clone)]
pub(crate) struct Grid<'a> {
    pub(crate) heading: Heading<'a>,
    /// Titles of the rows and of the columns, such as `Value` and `Recency`.
    pub(crate) titles: [&'a str; 2],
    /// Names of the columns and of the rows, from the left and from the top.
    pub(crate) columns: &'a [&'a str],
    pub(crate) rows: &'a [&'a str],
    /// Ordered by their upper left corners, row by row.
    pub(crate) areas: &'a [Area],
}

/// A rectangle of a grid.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    pub(crate) name: String,
    /// Address that the area links to.
    pub(crate) link: String,
    pub(crate) value: i64,
    /// The row of its upper left corner, from 0.
    pub(crate) row: usize,
    /// Height and width in rows and columns.
    pub(crate) span: [usize; 2],
}

impl Grid<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let table = Written(|f: &mut Formatter<'_>| {
            let [rows, columns] = self.titles.map(Text);
            write!(
                f,
                "<table class=\"heat-table heat-areas\">\n<caption class=\"visually-hidden\">{}</caption>\n<thead><tr>",
                Text(self.heading.title)
            )?;
            write!(f, "<th scope=\"col\">{rows} \\ {columns}</th>")?;
            for column in self.columns {
                write!(f, "<th scope=\"col\">{}</th>", Text(column))?;
            }
            f.write_str("</tr></thead>\n<tbody>\n")?;
            for (place, row) in self.rows.iter().enumerate() {
                write!(f, "<tr><th scope=\"row\">{}</th>", Text(row))?;
                let areas = self.areas.iter().filter(|area| area.row == place);
                areas.clone().try_for_each(|area| self.write_area(area, f))?;
                f.write_str("</tr>\n")?;
            }
            f.write_str("</tbody>\n</table>\n")
        });
        table_figure(&self.heading, table)
    }

    fn write_area(&self, area: &Area, f: &mut Formatter<'_>) -> fmt::Result {
        let most = self.areas.iter().map(|area| area.value).max().unwrap_or_default();
        let all: i128 = self.areas.iter().map(|area| i128::from(area.value)).sum();
        let share = (2_000 * i128::from(area.value) + all).div_euclid((2 * all).max(1));
        let [rows, columns] = area.span;
        write!(f, "<td class=\"heat-{}\" rowspan=\"{rows}\" colspan=\"{columns}\">", level(area.value, most))?;
        write!(f, "<a href=\"{}\">{}</a> ", Text(&area.link), Text(&area.name))?;
        write!(f, "{} ({})</td>", Unit::COUNT.text(area.value), Unit::PERCENT.text(share))
    }
}

/// The class of a value: 1 if it is not positive, 7 if it is `most` or more.
fn level(value: i64, most: i64) -> i128 {
    (i128::from(value) * 7).div_euclid(i128::from(most.max(1)) + 1).clamp(0, 6) + 1
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn seven_classes_share_the_range_equally() {
        assert_eq!(
            [0, 1, 13, 14, 15, 29, 50, 99, 100, 200].map(|value| level(value, 100)),
            [1, 1, 1, 1, 2, 3, 4, 7, 7, 7]
        );
        assert_eq!([-5, 0, 1].map(|value| level(value, 1)), [1, 1, 4]);
        assert_eq!(level(i64::MAX, i64::MAX), 7);
        assert_eq!(level(i64::MIN, i64::MAX), 1);
    }
}

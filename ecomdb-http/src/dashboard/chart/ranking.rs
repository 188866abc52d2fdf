//! Horizontal bars, each with its name above it.

use std::fmt::{Display, Formatter};

use super::figure::{Heading, Values, figure};
use super::markup::{Length, Markup, Text, Written, shortened};
use super::number::Unit;

/// Bars from zero, for rankings.
#[derive(Debug, Clone)]
pub(crate) struct Ranking<'a> {
    pub(crate) heading: Heading<'a>,
    /// Column titles of the names and of the values.
    pub(crate) columns: [&'a str; 2],
    pub(crate) unit: Unit,
    pub(crate) bars: &'a [Ranked],
    /// A line to compare every bar with.
    pub(crate) reference: Option<Reference<'a>>,
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranked {
    pub(crate) name: String,
    pub(crate) value: i64,
}

/// A line across all bars, such as the lift of products that are bought independently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: i64,
}

/// Height of a bar with its name.
const ROW: f64 = 36.0;
/// Characters of a name that have room in a narrow, a wide and the widest container.
const NARROW: usize = 44;
const WIDE: usize = 80;
const WIDEST: usize = 140;
/// Joins the two names of a pair.
const AND: &str = " + ";
/// Width of the longest bar in percent. The rest is for its value.
const LONGEST: f64 = 78.0;

impl Ranking<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let plot = Written(|f: &mut Formatter<'_>| {
            let top = if self.reference.is_some() { 18.0 } else { 0.0 };
            let height = top + ROW * self.bars.len() as f64;
            writeln!(f, "<svg class=\"plot plot-area\" width=\"100%\" height=\"{}\">", Length(height))?;
            let zero = self.across(0);
            for (bar, y) in self.bars.iter().zip(0..).map(|(bar, row)| (bar, top + ROW * f64::from(row))) {
                let end = self.across(bar.value);
                let (left, right) = (zero.min(end), zero.max(end));
                name(&bar.name, y + 13.0).fmt(f)?;
                write!(f, "<rect class=\"bar series-1\" x=\"{}%\" y=\"{}\" ", Length(left), Length(y + 19.0))?;
                writeln!(f, "width=\"{}%\" height=\"10\"/>", Length(right - left))?;
                let (x, y) = (Length(right), Length(y + 28.0));
                let value = self.unit.text(bar.value);
                writeln!(f, "<text class=\"tick\" x=\"{x}%\" dx=\"6\" y=\"{y}\">{}</text>", Text(&value))?;
            }
            if let Some(Reference { name, value }) = self.reference {
                let (x, height) = (Length(self.across(value)), Length(height));
                writeln!(f, "<line class=\"reference\" x1=\"{x}%\" x2=\"{x}%\" y1=\"14\" y2=\"{height}\"/>")?;
                writeln!(f, "<text class=\"tick\" x=\"{x}%\" y=\"11\">{}</text>", Text(name))?;
            }
            f.write_str("</svg>\n")
        });
        let row = |bar: &Ranked| (bar.name.clone(), vec![self.unit.text(bar.value)]);
        let columns = self.columns.iter().map(|column| (*column).to_owned()).collect();
        figure(&self.heading, &[], plot, &Values { columns, rows: self.bars.iter().map(row).collect() })
    }

    /// The horizontal position of a value, in percent.
    fn across(&self, value: i64) -> f64 {
        let values = self.bars.iter().map(|bar| bar.value).chain(self.reference.map(|reference| reference.value));
        let values = values.map(i128::from);
        let (low, high) = values.fold((0, 0), |(low, high), value| (value.min(low), value.max(high)));
        let whole = (high - low).max(1);
        LONGEST * (i128::from(value) - low) as f64 / whole as f64
    }
}

/// A name above its bar, as much of it as has room; all of it when it is pointed at.
fn name(text: &str, y: f64) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let mut write_label = |class: &str, most: usize| {
            let shown = shortened_equally(text, most);
            write!(f, "<text class=\"label{class}\" x=\"0\" y=\"{}\">", Length(y))?;
            if shown != text {
                write!(f, "<title>{}</title>", Text(text))?;
            }
            writeln!(f, "{}</text>", Text(&shown))
        };
        let length = text.chars().count();
        if length <= NARROW {
            return write_label("", NARROW);
        }
        write_label(" narrow", NARROW)?;
        if length <= WIDE {
            return write_label(" wide", WIDE);
        }
        write_label(" middle", WIDE)?;
        write_label(" widest", WIDEST)
    })
}

/// A name of at most `most` characters. Of two names, the longer one is shortened first.
fn shortened_equally(text: &str, most: usize) -> String {
    let Some((first, second)) = text.split_once(AND) else { return shortened(text, most) };
    let room = most.saturating_sub(AND.len());
    let [first_length, second_length] = [first, second].map(|name| name.chars().count());
    let of_first = first_length.min((room / 2).max(room.saturating_sub(second_length)));
    format!("{}{AND}{}", shortened(first, of_first), shortened(second, room - of_first))
}

#[cfg(test)]
mod tests {
    use super::shortened_equally;

    #[test]
    fn both_of_two_names_stay_recognisable() {
        for (text, shown) in [
            ("Lamp + Chair", "Lamp + Chair"),
            ("Lamp + A chair of walnut wood", "Lamp + A chair of w\u{2026}"),
            ("A chair of walnut wood + Lamp", "A chair of w\u{2026} + Lamp"),
            ("A chair of walnut wood + A lamp of brass", "A chair\u{2026} + A lamp o\u{2026}"),
            ("A chair of walnut wood", "A chair of walnut w\u{2026}"),
        ] {
            assert_eq!(shortened_equally(text, 20), shown, "{text}");
        }
    }
}

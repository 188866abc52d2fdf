//! Values that hold until the next change, such as a price.

use std::fmt::{Display, Formatter};

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::figure::{Heading, Values, figure};
use super::markup::{Length, Markup, Written};
use super::number::Unit;
use super::plot;
use super::scale::Scale;

/// A value from each instant to the next one. The scale need not include zero.
#[derive(Debug, Clone)]
pub(crate) struct StepChart<'a> {
    pub(crate) heading: Heading<'a>,
    /// Meaning of the values, as the title of their column.
    pub(crate) name: &'a str,
    pub(crate) unit: Unit,
    /// Since when each value holds, in local time, and the value; ascending.
    pub(crate) changes: &'a [(DateTime<FixedOffset>, i64)],
    /// The end of the chart.
    pub(crate) until: DateTime<FixedOffset>,
}

impl StepChart<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let scale = Scale::fitted(self.changes.iter().map(|(_, value)| *value), self.unit);
        let places: Vec<f64> = self.changes.iter().map(|(moment, _)| self.place(*moment)).collect();
        let content = Written(|f: &mut Formatter<'_>| {
            let path = self.path(&scale, &places);
            let end = self.changes.last().map(|(_, value)| Length(plot::height(&scale, *value)));
            let lines = Written(|f: &mut Formatter<'_>| {
                plot::path("line series-1", &path).fmt(f)?;
                let dot = |end| format!("M{} {end}h0", plot::across(1.0));
                end.as_ref().map_or(Ok(()), |end| plot::path("dot series-1", dot(end)).fmt(f))
            });
            write!(f, "{}{}", plot::stretched(&lines), self.labels())
        });
        let plot = Written(|f: &mut Formatter<'_>| {
            write!(f, "{}{}", plot::values(&scale, self.unit), plot::area(&scale, &content))
        });
        figure(&self.heading, &places, plot, &self.values())
    }

    /// The position of an instant as a share of the width; 0 if no time has passed.
    fn place(&self, moment: DateTime<FixedOffset>) -> f64 {
        let passed = (moment - self.first()).as_seconds_f64();
        let whole = (self.until - self.first()).as_seconds_f64();
        if whole > 0.0 { (passed / whole).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn first(&self) -> DateTime<FixedOffset> {
        self.changes.first().map_or(self.until, |(moment, _)| *moment)
    }

    fn path(&self, scale: &Scale, places: &[f64]) -> String {
        let mut path = String::new();
        for (place, (x, (_, value))) in places.iter().zip(self.changes).enumerate() {
            let (x, y) = (plot::across(*x), Length(plot::height(scale, *value)));
            path += &if place == 0 { format!("M{x} {y}") } else { format!("H{x}V{y}") };
        }
        path + &format!("H{}", plot::across(1.0))
    }

    /// Labels of five instants at equal distances.
    fn labels(&self) -> impl Display {
        Written(|f: &mut Formatter<'_>| {
            let mut before = String::new();
            let whole = self.until - self.first();
            let format = if whole < TimeDelta::days(3) { "%-d %b %H:%M" } else { "%-d %b %Y" };
            for quarter in 0..=4 {
                let moment = self.first() + whole / 4 * quarter;
                // The offset of the time zone at the latest known instant before.
                let known =
                    self.changes.iter().map(|(moment, _)| moment).take_while(|change| **change <= moment).last();
                let moment = moment.with_timezone(known.unwrap_or(&self.until).offset());
                let text = if quarter == 4 { self.until.format(format) } else { moment.format(format) };
                let text = text.to_string();
                if text != before {
                    plot::label(f64::from(quarter) / 4.0, &text, quarter % 2 == 1).fmt(f)?;
                }
                before = text;
            }
            Ok(())
        })
    }

    fn values(&self) -> Values {
        let row = |(moment, value): &(DateTime<FixedOffset>, i64)| {
            (moment.format("%-d %b %Y, %H:%M").to_string(), vec![self.unit.text(*value)])
        };
        Values { columns: vec!["From".to_owned(), self.name.to_owned()], rows: self.changes.iter().map(row).collect() }
    }
}

//! A funnel: stages, and the losses between them.

use std::fmt::{self, Formatter};

use super::figure::{Heading, Values, figure};
use super::markup::{Length, Markup, Text, Written};
use super::number::Unit;

/// Stages of a process. Each stage is a part of the one before.
#[derive(Debug, Clone)]
pub(crate) struct Funnel<'a> {
    pub(crate) heading: Heading<'a>,
    /// The counted things, as the title of their column.
    pub(crate) counted: &'a str,
    pub(crate) stages: &'a [Stage<'a>],
}

/// A stage.
#[derive(Debug, Clone)]
pub(crate) struct Stage<'a> {
    pub(crate) name: &'a str,
    pub(crate) count: i64,
    /// Name of those that reached the stage before and not this one, such as `not paid`. The first stage has none.
    pub(crate) loss: &'a str,
}

/// Height of a stage, and of the loss between two stages, in pixels.
const STAGE: f64 = 38.0;
const LOSS: f64 = 26.0;

impl Funnel<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let plot = Written(|f: &mut Formatter<'_>| {
            let height = (STAGE + LOSS) * self.stages.len() as f64 - LOSS;
            writeln!(f, "<svg class=\"plot plot-area\" width=\"100%\" height=\"{}\">", Length(height))?;
            (0..self.stages.len()).try_for_each(|place| self.write_stage(place, f))?;
            f.write_str("</svg>\n")
        });
        figure(&self.heading, &[], plot, &self.values())
    }

    fn write_stage(&self, place: usize, f: &mut Formatter<'_>) -> fmt::Result {
        let stage = &self.stages[place];
        let top = (STAGE + LOSS) * place as f64;
        if let Some(lost) = self.lost(place) {
            let text = format!("\u{2212}{} {}", self.share(lost), stage.loss);
            writeln!(f, "<text class=\"loss\" x=\"0\" y=\"{}\">{}</text>", Length(top - 9.0), Text(&text))?;
        }
        let (text, count) = (Length(top + 12.0), self.share(stage.count));
        writeln!(f, "<text class=\"label\" x=\"0\" y=\"{text}\">{}</text>", Text(stage.name))?;
        writeln!(f, "<text class=\"tick\" x=\"100%\" y=\"{text}\" text-anchor=\"end\">{}</text>", Text(&count))?;
        let share = if self.all() > 0 { stage.count.max(0) as f64 / self.all() as f64 } else { 0.0 };
        let (y, width) = (Length(top + 20.0), Length(share.min(1.0) * 100.0));
        writeln!(f, "<rect class=\"track\" x=\"0\" y=\"{y}\" width=\"100%\" height=\"16\"/>")?;
        writeln!(f, "<rect class=\"bar series-1\" x=\"0\" y=\"{y}\" width=\"{width}%\" height=\"16\"/>")
    }

    /// The count of the first stage.
    fn all(&self) -> i64 {
        self.stages.first().map_or(0, |stage| stage.count)
    }

    /// How many reached the stage before and not this one.
    fn lost(&self, place: usize) -> Option<i64> {
        let before = self.stages[place.checked_sub(1)?].count;
        Some(before.saturating_sub(self.stages[place].count))
    }

    /// A count with its share of all: `540 (88.1 %)`.
    fn share(&self, count: i64) -> String {
        format!("{} ({})", Unit::COUNT.text(count), self.percent(count))
    }

    fn percent(&self, count: i64) -> String {
        let (count, all) = (i128::from(count), i128::from(self.all().max(1)));
        Unit::PERCENT.text((2_000 * count + all).div_euclid(2 * all))
    }

    fn values(&self) -> Values {
        let row = |(place, stage): (usize, &Stage<'_>)| {
            let lost = self.lost(place).map_or_else(String::new, |lost| Unit::COUNT.text(lost));
            (stage.name.to_owned(), vec![Unit::COUNT.text(stage.count), self.percent(stage.count), lost])
        };
        Values {
            columns: ["Stage", self.counted, "Share of all", "Lost before"].map(str::to_owned).to_vec(),
            rows: self.stages.iter().enumerate().map(row).collect(),
        }
    }
}

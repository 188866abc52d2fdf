//! Values over time, as lines or bars.

use std::fmt::{self, Display, Formatter};

use super::axis::Axis;
use super::figure::{Heading, Values, figure};
use super::markup::{Length, Markup, Text, Written};
use super::number::Unit;
use super::plot;
use super::scale::Scale;

/// Values of the steps of an axis.
#[derive(Debug, Clone)]
pub(crate) struct Trend<'a> {
    pub(crate) heading: Heading<'a>,
    pub(crate) axis: &'a Axis,
    pub(crate) unit: Unit,
    /// At most four; bars show the first.
    pub(crate) series: &'a [Series<'a>],
    /// The values of the first series in the previous period, for each step.
    pub(crate) previous: Option<&'a [i64]>,
    /// Whether the last step with a value is not over.
    pub(crate) is_so_far: bool,
}

/// A name, and the values of the steps from the first one on. Future steps have none.
#[derive(Debug, Clone)]
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: &'a [i64],
}

/// A series with the data to draw it.
struct Drawn<'a> {
    name: &'a str,
    class: String,
    values: &'a [i64],
}

impl<'a> Trend<'a> {
    /// Lines, the previous period dashed behind them, and their names at their ends.
    pub(crate) fn lines(&self) -> Markup {
        let (scale, drawn) = (self.scale(), self.drawn());
        let last = self.last().filter(|_| self.is_so_far);
        let content = Written(|f: &mut Formatter<'_>| {
            if let Some(last) = last {
                write!(f, "{}{}", plot::hatching(self.heading.id), plot::band(self.heading.id, self.slot(last)))?;
            }
            let paths = Written(|f: &mut Formatter<'_>| {
                // The previous period is listed last and drawn behind the others.
                drawn.iter().rev().try_for_each(|drawn| self.write_line(drawn, &scale, f))
            });
            plot::stretched(paths).fmt(f)
        });
        let ends = drawn.iter().filter_map(|Drawn { name, class, values }| {
            values.last().map(|last| (*name, class.clone(), plot::height(&scale, *last)))
        });
        let ends: Vec<_> = ends.filter(|_| drawn.len() > 1).collect();
        self.figure(&scale, content, &ends)
    }

    /// Bars from zero, with the previous period as dashes across them.
    pub(crate) fn bars(&self) -> Markup {
        let scale = self.scale();
        let content = Written(|f: &mut Formatter<'_>| {
            if self.is_so_far {
                plot::hatching(self.heading.id).fmt(f)?;
            }
            self.write_bars(&scale, f)
        });
        self.figure(&scale, content, &[])
    }

    fn figure(&self, scale: &Scale, content: impl Display, ends: &[(&str, String, f64)]) -> Markup {
        let places: Vec<f64> = (0..self.axis.names.len()).map(|step| self.axis.centre(step)).collect();
        let plot = Written(|f: &mut Formatter<'_>| {
            let labelled = format!("{content}{}", plot::labels(self.axis));
            write!(f, "{}{}", plot::values(scale, self.unit), plot::area(scale, labelled))?;
            if ends.is_empty() { Ok(()) } else { plot::names(ends).fmt(f) }
        });
        figure(&self.heading, &places, plot, &self.values())
    }

    /// The series, and then the previous period.
    fn drawn(&self) -> Vec<Drawn<'a>> {
        let series = self.series.iter().zip(1..).map(|(Series { name, values }, number)| Drawn {
            name,
            class: format!("series-{number}"),
            values,
        });
        let previous =
            self.previous.map(|values| Drawn { name: "Previous", class: "previous series-1".to_owned(), values });
        series.chain(previous).collect()
    }

    fn scale(&self) -> Scale {
        Scale::from_zero(self.drawn().iter().flat_map(|drawn| drawn.values).copied(), self.unit)
    }

    /// The last step with a value in any series.
    fn last(&self) -> Option<usize> {
        self.series.iter().map(|series| series.values.len()).max()?.checked_sub(1)
    }

    /// Start and end of a step, as shares of the width.
    fn slot(&self, step: usize) -> (f64, f64) {
        let count = self.axis.names.len().max(1) as f64;
        (step as f64 / count, (step + 1) as f64 / count)
    }

    fn write_line(&self, drawn: &Drawn<'_>, scale: &Scale, f: &mut Formatter<'_>) -> fmt::Result {
        let Drawn { class, values, .. } = drawn;
        let point = |step: usize| {
            let (x, y) = (plot::across(self.axis.centre(step)), Length(plot::height(scale, values[step])));
            format!("{x} {y}")
        };
        let is_open = self.is_so_far && self.last() == values.len().checked_sub(1) && !class.starts_with("previous");
        let finished = if is_open { values.len().saturating_sub(1) } else { values.len() };
        let points: Vec<String> = (0..values.len()).map(point).collect();
        if finished > 1 && self.series.len() == 1 && class == "series-1" {
            let (start, end) = (plot::across(self.axis.centre(0)), plot::across(self.axis.centre(finished - 1)));
            let (line, zero) = (points[..finished].join("L"), Length(plot::height(scale, 0)));
            plot::path("area series-1", format_args!("M{start} {zero}L{line}L{end} {zero}Z")).fmt(f)?;
        }
        if finished > 1 {
            plot::path(&format!("line {class}"), format_args!("M{}", points[..finished].join("L"))).fmt(f)?;
        }
        if let (true, Some(rest)) = (is_open && finished > 0, points.get(finished.saturating_sub(1)..)) {
            plot::path(&format!("line so-far {class}"), format_args!("M{}", rest.join("L"))).fmt(f)?;
        }
        // A path of length zero is a dot, which stays round when the plot is stretched.
        let last = points.last().filter(|_| !class.starts_with("previous"));
        last.map_or(Ok(()), |last| plot::path(&format!("dot {class}"), format_args!("M{last}h0")).fmt(f))
    }

    fn write_bars(&self, scale: &Scale, f: &mut Formatter<'_>) -> fmt::Result {
        let values = self.series.first().map_or(&[][..], |series| series.values);
        let zero = plot::height(scale, 0);
        for (step, value) in values.iter().enumerate() {
            let (left, width) = self.bar(step);
            let height = plot::height(scale, *value);
            let is_open = self.is_so_far && step + 1 == values.len();
            if *value != 0 {
                // A bar is at least one pixel high unless its value is 0.
                let size = (zero - height).abs().max(1.0);
                let top = if *value > 0 { zero - size } else { zero };
                let class = if is_open { "bar so-far series-1" } else { "bar series-1" };
                write!(f, "<rect class=\"{class}\" x=\"{}%\" y=\"{}\" ", Length(left), Length(top))?;
                write!(f, "width=\"{}%\" height=\"{}\"", Length(width), Length(size))?;
                if is_open {
                    write!(f, " fill=\"url(#{}-hatch)\"", Text(self.heading.id))?;
                }
                f.write_str("/>\n")?;
            }
            if is_open {
                plot::so_far((left / 100.0, (left + width) / 100.0), height.min(zero)).fmt(f)?;
            }
        }
        for (step, value) in self.previous.unwrap_or_default().iter().enumerate() {
            // The dash is wider than the bar, which has the same colour.
            let ((left, width), y) = (self.bar(step), Length(plot::height(scale, *value)));
            let (from, to) = (Length(left - width * 0.19), Length(left + width * 1.19));
            writeln!(f, "<line class=\"line previous series-1\" x1=\"{from}%\" x2=\"{to}%\" y1=\"{y}\" y2=\"{y}\"/>")?;
        }
        Ok(())
    }

    /// Left end and width of a bar, in percent.
    fn bar(&self, step: usize) -> (f64, f64) {
        let (from, to) = self.slot(step);
        let width = ((to - from) * 72.0).min(8.0);
        (self.axis.centre(step) * 100.0 - width / 2.0, width)
    }

    fn values(&self) -> Values {
        let drawn = self.drawn();
        let columns = drawn.iter().map(|drawn| drawn.name.to_owned());
        let row = |(step, name): (usize, &String)| {
            let is_open = self.is_so_far && Some(step) == self.last();
            let name = if is_open { format!("{name} (so far)") } else { name.clone() };
            let cell =
                |drawn: &Drawn<'_>| drawn.values.get(step).map_or_else(String::new, |value| self.unit.text(*value));
            (name, drawn.iter().map(cell).collect())
        };
        Values {
            columns: [self.axis.title.clone()].into_iter().chain(columns).collect(),
            rows: self.axis.names.iter().enumerate().map(row).collect(),
        }
    }
}

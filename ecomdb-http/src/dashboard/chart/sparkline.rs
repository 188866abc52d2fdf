//! A small line without axes.

use std::fmt::{Display, Formatter};

use super::markup::{Length, Markup, Written};
use super::plot;

/// Height of the viewBox, and the margin for the width of the stroke.
const HEIGHT: f64 = 28.0;
const MARGIN: f64 = 3.0;
const WIDTH: f64 = 100.0;

/// A line from the smallest to the largest of the values, without scale or text. Assistive technology skips it, because
/// the figure is beside it.
pub(crate) fn sparkline(values: &[i64]) -> Markup {
    let (least, most) = values.iter().fold((i128::MAX, i128::MIN), |(least, most), value| {
        (least.min(i128::from(*value)), most.max(i128::from(*value)))
    });
    let point = |(place, value): (usize, &i64)| {
        let share = if least < most { (i128::from(*value) - least) as f64 / (most - least) as f64 } else { 0.5 };
        let along = if values.len() > 1 { place as f64 / (values.len() - 1) as f64 } else { 1.0 };
        let x = Length(MARGIN + along * (WIDTH - 2.0 * MARGIN));
        format!("{x} {}", Length(MARGIN + (1.0 - share) * (HEIGHT - 2.0 * MARGIN)))
    };
    let points: Vec<String> = values.iter().enumerate().map(point).collect();
    Markup::of(Written(|f: &mut Formatter<'_>| {
        let (width, height) = (Length(WIDTH), Length(HEIGHT));
        write!(f, "<svg class=\"spark\" width=\"100%\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" ")?;
        f.write_str("preserveAspectRatio=\"none\" aria-hidden=\"true\">\n")?;
        if points.len() > 1 {
            plot::path("line series-1", format_args!("M{}", points.join("L"))).fmt(f)?;
        }
        if let Some(last) = points.last() {
            plot::path("dot series-1", format_args!("M{last}h0")).fmt(f)?;
        }
        f.write_str("</svg>\n")
    }))
}

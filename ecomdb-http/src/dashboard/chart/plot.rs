//! The parts of a plot with a vertical scale: labels at the left, gridlines, labels below, names at the right.

use std::fmt::{Display, Formatter};

use super::axis::{Axis, Tick};
use super::markup::{Length, Text, Written};
use super::number::Unit;
use super::scale::Scale;

/// Heights in pixels: above the highest gridline, between the gridlines, and below them for labels.
const ABOVE: f64 = 18.0;
const BETWEEN: f64 = 200.0;
const BELOW: f64 = 26.0;
pub(super) const HEIGHT: f64 = ABOVE + BETWEEN + BELOW;

/// The width of the viewBox of the lines, which is stretched to the width of the plot.
const WIDTH: f64 = 1_000.0;

/// Mean width of a character of the labels.
const CHARACTER: f64 = 7.2;

/// The vertical position of a value.
pub(super) fn height(scale: &Scale, value: impl Into<i128>) -> f64 {
    ABOVE + BETWEEN * (1.0 - scale.share(value))
}

/// The labels of the gridlines.
pub(super) fn values(scale: &Scale, unit: Unit) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let labels: Vec<(i128, String)> = scale.lines().map(|line| (line, unit.tick(line, scale))).collect();
        let longest = labels.iter().map(|(_, label)| label.chars().count()).max().unwrap_or_default();
        let width = (longest as f64 * CHARACTER).ceil() + 8.0;
        writeln!(f, "<svg class=\"plot plot-values\" width=\"{}\" height=\"{}\">", Length(width), Length(HEIGHT))?;
        for (line, label) in &labels {
            let (x, y) = (Length(width - 8.0), Length(height(scale, *line) + 4.0));
            writeln!(f, "<text class=\"tick\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{}</text>", Text(label))?;
        }
        f.write_str("</svg>\n")
    })
}

/// The area of the marks with its gridlines.
pub(super) fn area(scale: &Scale, content: impl Display) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        writeln!(f, "<svg class=\"plot plot-area\" width=\"100%\" height=\"{}\">", Length(HEIGHT))?;
        for line in scale.lines() {
            let (class, y) = (if line == 0 { "axis" } else { "gridline" }, Length(height(scale, line)));
            writeln!(f, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>")?;
        }
        writeln!(f, "{content}</svg>")
    })
}

/// The labels below the area.
pub(super) fn labels(axis: &Axis) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        for Tick { step, text, is_wide } in &axis.ticks {
            label(axis.centre(*step), text, *is_wide).fmt(f)?;
        }
        Ok(())
    })
}

/// A label below the area. At both ends it is aligned so that it stays within the plot.
pub(super) fn label(x: f64, text: &str, is_wide: bool) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let anchor = if x < 0.02 {
            "start"
        } else if x > 0.98 {
            "end"
        } else {
            "middle"
        };
        let class = if is_wide { "tick wide" } else { "tick" };
        let (x, y) = (Length(x * 100.0), Length(HEIGHT - 6.0));
        writeln!(f, "<text class=\"{class}\" x=\"{x}%\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", Text(text))
    })
}

/// Content that is stretched to the width of the plot. Its horizontal positions are made by [`across`].
pub(super) fn stretched(content: impl Display) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let (width, height) = (Length(WIDTH), Length(HEIGHT));
        writeln!(
            f,
            "<svg width=\"100%\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\">"
        )?;
        writeln!(f, "{content}</svg>")
    })
}

/// A horizontal position within [`stretched`], from a share of the width.
pub(super) fn across(share: f64) -> Length {
    Length(share * WIDTH)
}

/// A path within [`stretched`].
pub(super) fn path(class: &str, data: impl Display) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        writeln!(f, "<path class=\"{class}\" vector-effect=\"non-scaling-stroke\" d=\"{data}\"/>")
    })
}

/// The pattern of the step that is not over.
pub(super) fn hatching(id: &str) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        write!(f, "<pattern id=\"{}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" ", Text(id))?;
        f.write_str("patternTransform=\"rotate(45)\"><path class=\"hatch series-1\" d=\"M3 0V6\"/></pattern>\n")
    })
}

/// The words "so far" at the step that is not over: left of its end, or right of its start if there is no room.
pub(super) fn so_far((from, to): (f64, f64), height: f64) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let (x, anchor) = if to < 0.2 { (from, "start") } else { (to, "end") };
        let (x, y) = (Length(x * 100.0), Length(height - 6.0));
        writeln!(f, "<text class=\"tick\" x=\"{x}%\" y=\"{y}\" text-anchor=\"{anchor}\">so far</text>")
    })
}

/// The hatched band behind the step that is not over.
pub(super) fn band(id: &str, (from, to): (f64, f64)) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let (x, width) = (Length(from * 100.0), Length((to - from) * 100.0));
        write!(f, "<rect class=\"band\" x=\"{x}%\" y=\"{ABOVE}\" width=\"{width}%\" height=\"{BETWEEN}\" ")?;
        writeln!(f, "fill=\"url(#{}-hatch)\"/>", Text(id))?;
        so_far((from, to), ABOVE).fmt(f)
    })
}

/// The names of lines, at the heights where they end.
pub(super) fn names(names: &[(&str, String, f64)]) -> impl Display {
    Written(move |f: &mut Formatter<'_>| {
        let longest = names.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
        let width = (longest as f64 * CHARACTER).ceil() + 8.0;
        writeln!(f, "<svg class=\"plot plot-names\" width=\"{}\" height=\"{}\">", Length(width), Length(HEIGHT))?;
        let heights: Vec<f64> = names.iter().map(|(.., height)| *height).collect();
        for ((name, class, _), y) in names.iter().zip(apart(&heights)) {
            writeln!(f, "<text class=\"label {class}\" x=\"8\" y=\"{}\">{}</text>", Length(y + 4.0), Text(name))?;
        }
        f.write_str("</svg>\n")
    })
}

/// Heights, moved apart so that text at them does not overlap.
fn apart(heights: &[f64]) -> Vec<f64> {
    const LINE: f64 = 15.0;
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut moved = heights.to_vec();
    let mut free = f64::NEG_INFINITY;
    for place in &order {
        moved[*place] = moved[*place].max(free);
        free = moved[*place] + LINE;
    }
    let mut free = ABOVE + BETWEEN;
    for place in order.iter().rev() {
        moved[*place] = moved[*place].min(free);
        free = moved[*place] - LINE;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lines_that_end_at_the_same_height_do_not_overlap() {
        for heights in [[100.0, 100.0, 101.0], [218.0, 218.0, 217.0], [18.0, 18.0, 18.0], [200.0, 20.0, 210.0]] {
            let mut moved = apart(&heights);
            moved.sort_by(f64::total_cmp);
            assert!(moved.windows(2).all(|pair| pair[1] - pair[0] >= 15.0), "{heights:?}: {moved:?}");
            assert!(moved.iter().all(|height| (0.0..=218.0).contains(height)), "{heights:?}: {moved:?}");
        }
    }
}

//! A bar in a row of a table that shows how long a stock lasts.

use std::fmt::Formatter;

use super::markup::{Length, Markup, Written};

/// A bar of `value` out of `full`. `mark` is a line such as the reorder level; a value at or below it is low. Assistive
/// technology skips the bar, because the numbers are beside it.
pub(crate) fn cover(value: i64, mark: i64, full: i64) -> Markup {
    let place = |value: i64| Length((value as f64 / full.max(1) as f64).clamp(0.0, 1.0) * 100.0);
    let class = if value <= mark { "meter-fill is-bad" } else { "meter-fill" };
    Markup::of(Written(|f: &mut Formatter<'_>| {
        f.write_str("<svg class=\"meter\" width=\"100%\" height=\"8\" aria-hidden=\"true\">\n")?;
        f.write_str("<rect class=\"meter-track\" width=\"100%\" height=\"8\"/>\n")?;
        writeln!(f, "<rect class=\"{class}\" width=\"{}%\" height=\"8\"/>", place(value))?;
        let x = place(mark);
        writeln!(f, "<line class=\"meter-mark\" x1=\"{x}%\" x2=\"{x}%\" y1=\"-2\" y2=\"10\"/>\n</svg>")
    }))
}

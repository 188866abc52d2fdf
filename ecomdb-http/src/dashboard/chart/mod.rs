//! Charts: pure functions from numbers to markup. Nothing here knows the shop, its pages or HTTP.
//!
//! Numbers are integers in the smallest unit of their [`Unit`]: cents, tenths of a percent. A chart is a `<figure>`
//! with a title, a sentence with its message, the plot, and a table of all values in `<details>`. Plots have classes
//! instead of colours, and sizes in attributes, because the pages forbid inline styles.
//!
//! Charts are as wide as their container, and the size of their text is fixed: horizontal lengths are in percent. Lines
//! have to be stretched; they are in an inner `<svg>` whose strokes do not scale.
//!
//! The classes are those of `dashboard.css`. A step that is not over is hatched. Labels with the class `wide` are
//! hidden where there is no room. A script reads the attribute `data-x` of the `plot-frame`: the horizontal positions
//! of the rows of the table of values, in thousandths of the width of the `plot-area`, in the order of the rows. It
//! takes labels and values from those rows.

mod axis;
mod change;
mod cover;
mod figure;
mod funnel;
mod heat;
mod markup;
mod number;
mod plot;
mod ranking;
mod scale;
mod sparkline;
mod steps;
mod trend;

#[cfg(test)]
mod tests;

pub(crate) use self::axis::{Axis, TimeStep};
pub(crate) use self::change::{Change, sentence};
pub(crate) use self::cover::cover;
pub(crate) use self::figure::Heading;
pub(crate) use self::funnel::{Funnel, Stage};
pub(crate) use self::heat::{Area, Grid, HeatMap, HeatRow};
pub(crate) use self::markup::Markup;
pub(crate) use self::number::Unit;
pub(crate) use self::ranking::{Ranked, Ranking, Reference};
pub(crate) use self::sparkline::sparkline;
pub(crate) use self::steps::StepChart;
pub(crate) use self::trend::{Series, Trend};

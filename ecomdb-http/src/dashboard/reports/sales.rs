//! Charts of revenue over time.

use chrono::{DateTime, FixedOffset, Months, NaiveDate, NaiveTime};
use ecomdb::Granularity;

use super::chart::Values;
use super::question::Selection;
use super::table::words;
use crate::dashboard::chart::{Axis, Change, Heading, Markup, Series, TimeStep, Trend, Unit, sentence};
use crate::dashboard::overview::time_step;
use crate::dashboard::so_far::local;

/// Net revenue of months.
pub(super) fn months(values: &Values<'_>) -> Markup {
    let months = Calendar::of(&values.texts("month"));
    let revenue = months.place(&values.texts("month"), &values.numbers("net_revenue"));
    let sentence = match revenue.iter().zip(&months.0).max_by_key(|(revenue, _)| **revenue) {
        Some((most, month)) => {
            format!("Net revenue was highest in {} with {}", month.format("%B %Y"), Unit::money(2).text(*most))
        }
        None => "There was no revenue".to_owned(),
    };
    let trend = Trend {
        heading: Heading { id: "chart", title: "Net revenue by month", sentence: &sentence },
        axis: &months.axis(),
        unit: Unit::money(2),
        series: &[Series { name: "Net revenue", values: &revenue }],
        previous: None,
        is_so_far: false,
    };
    trend.bars()
}

/// The amounts of a column by step, and the amounts of the previous period.
pub(super) fn trend(asked: &Selection, values: &Values<'_>, column: &str) -> Markup {
    let granularity = asked.granularity();
    let start = |(from, day): (i64, i64)| {
        let from = DateTime::from_timestamp_micros(from).unwrap_or_default();
        let day = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days).unwrap_or_default();
        // A week or month that began before the period is named by its own first day.
        local(asked.zone, if granularity == Granularity::Hour { from } else { asked.zone.start_of(day) })
    };
    let starts: Vec<_> = values.times("from").into_iter().zip(values.times("date")).map(start).collect();
    let before = format!("previous_{column}");
    let is_compared = values.has(&before);
    let (amounts, before) = (values.numbers(column), values.numbers(&before));
    let sum = |values: &[i64]| values.iter().fold(0_i64, |sum, value| sum.saturating_add(*value));
    let title = words(column);
    let text = match is_compared {
        true => sentence(&title, Unit::money(2), Change::between(sum(&amounts), sum(&before))),
        false => format!("{title} was {}", Unit::money(2).text(sum(&amounts))),
    };
    let trend = Trend {
        heading: Heading { id: "chart", title: &title, sentence: &text },
        axis: &Axis::of_time(time_step(granularity), &starts),
        unit: Unit::money(2),
        series: &[Series { name: &title, values: &amounts }],
        previous: Some(&before[..]).filter(|_| is_compared),
        is_so_far: asked.days.is_running(),
    };
    trend.lines()
}

/// Consecutive months in UTC.
pub(super) struct Calendar(pub(super) Vec<NaiveDate>);

impl Calendar {
    /// From the first to the last of these months, which are in the format `2026-01`.
    pub(super) fn of(months: &[String]) -> Self {
        let ends =
            months.iter().min().and_then(|first| month(first)).zip(months.iter().max().and_then(|last| month(last)));
        let Some((first, last)) = ends else { return Self(Vec::new()) };
        let months = (0..).map_while(|months| first.checked_add_months(Months::new(months)));
        Self(months.take_while(|month| *month <= last).collect())
    }

    /// The value of each month; 0 for months without a row.
    pub(super) fn place(&self, months: &[String], values: &[i64]) -> Vec<i64> {
        let value = |date: &NaiveDate| {
            let named = date.format("%Y-%m").to_string();
            months.iter().position(|month| *month == named).and_then(|place| values.get(place)).copied()
        };
        self.0.iter().map(|date| value(date).unwrap_or_default()).collect()
    }

    pub(super) fn axis(&self) -> Axis {
        let start = |date: &NaiveDate| date.and_time(NaiveTime::MIN).and_utc().fixed_offset();
        let starts: Vec<DateTime<FixedOffset>> = self.0.iter().map(start).collect();
        Axis::of_time(TimeStep::Month, &starts)
    }
}

fn month(text: &str) -> Option<NaiveDate> {
    format!("{text}-01").parse().ok()
}

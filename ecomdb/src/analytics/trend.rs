//! Revenue over time, in the calendar of a time zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use diesel::sql_types::BigInt;

use super::calendar::{Span, start_of_quarter_hour};
use super::rows::TrendStep;
use super::sales::SalesReader;
use super::sums::{Sums, sums_of_each};
use crate::error::{Error, Result};
use crate::types::text_enum::text_enum;
use crate::types::{Period, TimeZone};

text_enum! {
    /// Length of the steps of a trend.
    Granularity {
        /// A calendar day.
        Day = "day",
        /// An ISO 8601 week, from Monday.
        Week = "week",
        /// A calendar month.
        Month = "month",
    }
}

/// Parameters of a revenue trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// Period. An open end is the time of the first or last completed order.
    pub period: Period,
    /// Length of the steps; the default is one day.
    pub granularity: Granularity,
    /// Time zone of the calendar.
    pub time_zone: TimeZone,
    /// Whether to add values of the previous period of equal length. For a period of 30 days, each day is compared with
    /// the day 30 days before.
    pub compare_previous: bool,
}

impl Default for Trend {
    /// All of time by day in UTC, without comparison.
    fn default() -> Self {
        Self { period: Period::ALL, granularity: Granularity::Day, time_zone: TimeZone::UTC, compare_previous: false }
    }
}

impl Trend {
    /// Maximum number of steps in a trend.
    pub const MAX_STEPS: usize = 4_000;
}

pub(crate) fn trend(conn: &mut SalesReader<'_>, trend: &Trend) -> Result<Vec<TrendStep>> {
    let Some((first, last)) = ends(conn, &trend.period)? else { return Ok(Vec::new()) };
    let steps = steps(trend, first, last)?;
    let mut spans: Vec<Span> = steps.iter().map(|(_, span)| *span).collect();
    if trend.compare_previous {
        let count = steps.len();
        let earlier = |moment| trend.earlier(moment, count);
        spans.extend(steps.iter().map(|(_, (from, to))| (earlier(*from), earlier(*to))));
    }
    let mut sums = sums_of_each(conn, &spans)?;
    let previous = sums.split_off(steps.len());
    let step = |(i, ((date, (from, to)), sums)): (usize, ((NaiveDate, Span), Sums))| {
        Ok(TrendStep {
            date,
            from,
            to,
            total_revenue: sums.revenue,
            refunds: sums.refunds,
            net_revenue: sums.net()?,
            orders: sums.orders,
            previous_total_revenue: previous.get(i).map(|previous| previous.revenue),
            previous_net_revenue: previous.get(i).map(Sums::net).transpose()?,
            previous_orders: previous.get(i).map(|previous| previous.orders),
        })
    };
    steps.into_iter().zip(sums).enumerate().map(step).collect()
}

/// An instant in the first step, and one in the last.
fn ends(conn: &mut SalesReader<'_>, period: &Period) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let mut outermost = |text: &'static str| -> Result<Option<DateTime<Utc>>> {
        let quarter_hour = conn.sql(text).rows::<BigInt, i64>(conn)?;
        Ok(quarter_hour.first().map(|quarter_hour| start_of_quarter_hour(*quarter_hour)))
    };
    let first = match period.from() {
        Some(from) => Some(from),
        None => {
            outermost("SELECT quarter_hour FROM sales_by_quarter_hour WHERE orders > 0 ORDER BY quarter_hour LIMIT 1")?
        }
    };
    let last = match period.to() {
        Some(to) => Some(to - TimeDelta::microseconds(1)),
        None => outermost(
            "SELECT quarter_hour FROM sales_by_quarter_hour WHERE orders > 0 ORDER BY quarter_hour DESC LIMIT 1",
        )?,
    };
    Ok(first.zip(last).filter(|(first, last)| first <= last))
}

/// Steps from the one containing `first` to the one containing `last`, limited to the period.
fn steps(trend: &Trend, first: DateTime<Utc>, last: DateTime<Utc>) -> Result<Vec<(NaiveDate, Span)>> {
    let (from, to) = trend.period.bounds();
    let mut steps = Vec::new();
    let mut date = trend.granularity.first_day(trend.time_zone.local(first).date());
    loop {
        let next = trend.granularity.after(date);
        let span = (trend.time_zone.start_of(date).max(from), trend.time_zone.start_of(next).min(to));
        if span.0 > last {
            return Ok(steps);
        }
        if steps.len() == Trend::MAX_STEPS {
            let message = format!("must leave at most {} steps until the end of the period", Trend::MAX_STEPS);
            return Err(Error::invalid("from", message));
        }
        // A day is empty if the zone crossed the date line.
        if span.0 < span.1 {
            steps.push((date, span));
        }
        date = next;
    }
}

impl Trend {
    /// The local time `steps` steps earlier.
    fn earlier(&self, moment: DateTime<Utc>, steps: usize) -> DateTime<Utc> {
        let local = self.time_zone.local(moment);
        let steps = steps as u64;
        let earlier = match self.granularity {
            Granularity::Day => local.checked_sub_days(Days::new(steps)),
            Granularity::Week => local.checked_sub_days(Days::new(steps * 7)),
            Granularity::Month => local.checked_sub_months(Months::new(u32::try_from(steps).unwrap_or(u32::MAX))),
        };
        earlier.map_or(DateTime::UNIX_EPOCH, |earlier| self.time_zone.utc(earlier))
    }
}

impl Granularity {
    /// First day of the step that contains a day.
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => day - Days::new(u64::from(day.weekday().num_days_from_monday())),
            Self::Month => day - Days::new(u64::from(day.day0())),
        }
    }

    /// First day of the next step.
    fn after(self, first_day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => first_day + Days::new(1),
            Self::Week => first_day + Days::new(7),
            Self::Month => first_day + Months::new(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(granularity: Granularity, zone: &str, from: &str, to: &str) -> Trend {
        let period = Period::parse(Some(from), Some(to)).unwrap();
        Trend { period, granularity, time_zone: zone.parse().unwrap(), compare_previous: false }
    }

    fn spans(trend: &Trend) -> Vec<String> {
        let (from, to) = trend.period.bounds();
        let steps = steps(trend, from, to - TimeDelta::microseconds(1)).unwrap();
        steps
            .iter()
            .map(|(date, (from, to))| format!("{date}: {} to {}", from.format("%d %H:%M"), to.format("%d %H:%M")))
            .collect()
    }

    #[test]
    fn the_day_on_which_clocks_go_forward_has_23_hours() {
        let spring = trend(Granularity::Day, "Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z");
        assert_eq!(
            spans(&spring),
            [
                "2026-03-28: 27 23:00 to 28 23:00",
                "2026-03-29: 28 23:00 to 29 22:00",
                "2026-03-30: 29 22:00 to 30 22:00",
            ]
        );
    }

    #[test]
    fn the_day_on_which_clocks_go_back_has_25_hours() {
        let autumn = trend(Granularity::Day, "Europe/Berlin", "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(
            spans(&autumn),
            [
                "2026-10-24: 23 22:00 to 24 22:00",
                "2026-10-25: 24 22:00 to 25 23:00",
                "2026-10-26: 25 23:00 to 26 23:00",
            ]
        );
    }

    #[test]
    fn zones_need_not_be_whole_hours_from_utc() {
        let kolkata = trend(Granularity::Day, "Asia/Kolkata", "2026-01-01", "2026-01-02");
        assert_eq!(spans(&kolkata), ["2026-01-01: 01 00:00 to 01 18:30", "2026-01-02: 01 18:30 to 02 00:00"]);
    }

    #[test]
    fn weeks_begin_on_monday() {
        let weeks = trend(Granularity::Week, "UTC", "2026-01-01", "2026-01-13");
        assert_eq!(
            spans(&weeks),
            [
                "2025-12-29: 01 00:00 to 05 00:00",
                "2026-01-05: 05 00:00 to 12 00:00",
                "2026-01-12: 12 00:00 to 13 00:00"
            ]
        );
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_no_step() {
        let samoa = trend(Granularity::Day, "Pacific/Apia", "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z");
        let dates: Vec<String> = spans(&samoa).iter().map(|step| step[..10].to_owned()).collect();
        assert_eq!(dates, ["2011-12-29", "2011-12-31", "2012-01-01"]);
    }

    #[test]
    fn the_step_to_compare_with_is_as_many_steps_earlier_as_there_are() {
        let month = trend(Granularity::Month, "Europe/Berlin", "2026-03-01", "2026-04-01");
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(month.earlier(at("2026-03-31T22:00:00Z"), 1), at("2026-02-28T23:00:00Z"));
        let days = trend(Granularity::Day, "Europe/Berlin", "2026-03-29", "2026-04-05");
        assert_eq!(days.earlier(at("2026-03-29T22:00:00Z"), 7), at("2026-03-22T23:00:00Z"));
    }

    #[test]
    fn a_trend_of_too_many_steps_is_refused() {
        let long = trend(Granularity::Day, "UTC", "1970-01-01", "2026-01-01");
        let (from, to) = long.period.bounds();
        assert!(steps(&long, from, to).unwrap_err().is_invalid());
    }
}

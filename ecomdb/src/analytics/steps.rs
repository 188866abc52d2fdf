//! The steps of trends, in the calendar of a time zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::calendar::Span;
use crate::error::{Error, Result};
use crate::types::text_enum::text_enum;
use crate::types::{Period, TimeZone};

text_enum! {
    /// Length of the steps of a trend.
    Granularity {
        /// An hour. A day on which the clock changes has 23 or 25 hours.
        Hour = "hour",
        /// A calendar day.
        Day = "day",
        /// An ISO 8601 week, from Monday.
        Week = "week",
        /// A calendar month.
        Month = "month",
    }
}

/// Parameters of a trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// Period. An open end is replaced by the time of the first or last completed order. For the trend of a product
    /// or a customer, only its own orders count.
    pub period: Period,
    /// Length of the steps; the default is one day.
    pub granularity: Granularity,
    /// Time zone of the calendar.
    pub time_zone: TimeZone,
    /// Whether to add the values of the previous period of equal length. For a period of 30 days, each day is compared
    /// with the day 30 days before. Hours of a period of whole days are compared with the same time of day, that many
    /// days before.
    pub compare_previous: bool,
}

impl Default for Trend {
    /// All of time by day in UTC, without comparison.
    fn default() -> Self {
        Self { period: Period::ALL, granularity: Granularity::Day, time_zone: TimeZone::UTC, compare_previous: false }
    }
}

impl Trend {
    /// Maximum number of steps in a trend: 166 days by hour, 10 years by day.
    pub const MAX_STEPS: usize = 4_000;
}

/// A step: the day on which it begins, in the time zone, its start and its end.
pub(super) type Step = (NaiveDate, Span);

/// Steps from the one containing `first` to the one containing `last`, limited to the period.
pub(super) fn steps(trend: &Trend, first: DateTime<Utc>, last: DateTime<Utc>) -> Result<Vec<Step>> {
    let (from, to) = trend.period.bounds();
    let mut steps = Vec::new();
    let mut start = trend.first_step(first);
    loop {
        let next = trend.after(start);
        let span = (start.begins_at.max(from), next.begins_at.min(to));
        if span.0 > last {
            return Ok(steps);
        }
        if steps.len() == Trend::MAX_STEPS {
            let message = format!("must leave at most {} steps until the end of the period", Trend::MAX_STEPS);
            return Err(Error::invalid("from", message));
        }
        // A day is empty if the zone crossed the date line.
        if span.0 < span.1 {
            steps.push((start.date, span));
        }
        start = next;
    }
}

/// For each step, the span that it is compared with.
pub(super) fn previous(trend: &Trend, steps: &[Step]) -> Vec<Span> {
    let shift = trend.shift(steps);
    let earlier = |moment| trend.earlier(moment, shift);
    steps.iter().map(|(_, (from, to))| (earlier(*from), earlier(*to))).collect()
}

/// The beginning of a step.
#[derive(Debug, Clone, Copy)]
struct Start {
    date: NaiveDate,
    begins_at: DateTime<Utc>,
}

/// Distance from the period to the previous period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    Hours(i64),
    Days(u64),
    Months(u32),
}

impl Trend {
    /// The step that contains an instant.
    fn first_step(&self, moment: DateTime<Utc>) -> Start {
        let local = self.time_zone.local(moment);
        let day = local.date();
        match self.granularity {
            Granularity::Hour => Start { date: day, begins_at: moment - since_the_hour(local.time()) },
            Granularity::Day => self.start_of(day),
            Granularity::Week => self.start_of(day - Days::new(u64::from(day.weekday().num_days_from_monday()))),
            Granularity::Month => self.start_of(day - Days::new(u64::from(day.day0()))),
        }
    }

    /// The step after this one.
    fn after(&self, Start { date, begins_at }: Start) -> Start {
        match self.granularity {
            Granularity::Hour => {
                let begins_at =
                    begins_at + TimeDelta::hours(1) - since_the_hour(self.time_zone.local(begins_at).time());
                Start { date: self.time_zone.local(begins_at).date(), begins_at }
            }
            Granularity::Day => self.start_of(date + Days::new(1)),
            Granularity::Week => self.start_of(date + Days::new(7)),
            Granularity::Month => self.start_of(date + Months::new(1)),
        }
    }

    fn start_of(&self, date: NaiveDate) -> Start {
        Start { date, begins_at: self.time_zone.start_of(date) }
    }

    /// Shifts by the number of steps of the trend.
    fn shift(&self, steps: &[Step]) -> Shift {
        let count = steps.len() as u64;
        match self.granularity {
            Granularity::Hour => self.whole_days(steps).map_or(Shift::Hours(count as i64), Shift::Days),
            Granularity::Day => Shift::Days(count),
            Granularity::Week => Shift::Days(count * 7),
            Granularity::Month => Shift::Months(u32::try_from(count).unwrap_or(u32::MAX)),
        }
    }

    /// The number of days, if the first step begins and the last step ends at midnight.
    fn whole_days(&self, steps: &[Step]) -> Option<u64> {
        let ((_, (from, _)), (_, (_, to))) = (steps.first()?, steps.last()?);
        let (from, to) = (self.time_zone.local(*from), self.time_zone.local(*to));
        let are_whole = from.time() == NaiveTime::MIN && to.time() == NaiveTime::MIN;
        are_whole.then(|| (to.date() - from.date()).num_days().unsigned_abs())
    }

    fn earlier(&self, moment: DateTime<Utc>, shift: Shift) -> DateTime<Utc> {
        let local = self.time_zone.local(moment);
        let earlier = match shift {
            Shift::Hours(hours) => return moment - TimeDelta::hours(hours),
            Shift::Days(days) => local.checked_sub_days(Days::new(days)),
            Shift::Months(months) => local.checked_sub_months(Months::new(months)),
        };
        earlier.map_or(DateTime::UNIX_EPOCH, |earlier| self.time_zone.utc(earlier))
    }
}

/// The time since the last full hour on the clock.
fn since_the_hour(time: NaiveTime) -> TimeDelta {
    TimeDelta::seconds(i64::from(time.num_seconds_from_midnight() % 3_600))
        + TimeDelta::nanoseconds(i64::from(time.nanosecond()))
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
    fn hours_follow_the_clock_and_a_day_can_have_23_or_25_of_them() {
        let hours = |from: &str, to: &str| spans(&trend(Granularity::Hour, "Europe/Berlin", from, to));
        let spring = hours("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        assert_eq!(spring.len(), 23);
        assert!(spring.iter().all(|step| step.starts_with("2026-03-29: ")));
        let autumn = hours("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(autumn.len(), 25);
        assert!(autumn.iter().all(|step| step.starts_with("2026-10-25: ")));
        assert_eq!(autumn[2..4], ["2026-10-25: 25 00:00 to 25 01:00", "2026-10-25: 25 01:00 to 25 02:00"]);
    }

    #[test]
    fn hours_begin_when_the_clock_of_the_zone_shows_a_full_hour() {
        let kolkata = trend(Granularity::Hour, "Asia/Kolkata", "2026-01-01T18:10:00Z", "2026-01-01T20:00:00Z");
        assert_eq!(
            spans(&kolkata),
            [
                "2026-01-01: 01 18:10 to 01 18:30",
                "2026-01-02: 01 18:30 to 01 19:30",
                "2026-01-02: 01 19:30 to 01 20:00"
            ]
        );
        // Lord Howe's clock goes forward by half an hour, from 02:00 to 02:30.
        let howe = trend(Granularity::Hour, "Australia/Lord_Howe", "2026-10-03T14:30:00Z", "2026-10-03T17:00:00Z");
        assert_eq!(
            spans(&howe),
            [
                "2026-10-04: 03 14:30 to 03 15:30",
                "2026-10-04: 03 15:30 to 03 16:00",
                "2026-10-04: 03 16:00 to 03 17:00"
            ]
        );
    }

    fn compared(trend: &Trend) -> Vec<Span> {
        let (from, to) = trend.period.bounds();
        previous(trend, &steps(trend, from, to - TimeDelta::microseconds(1)).unwrap())
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_step_to_compare_with_is_as_many_steps_earlier_as_there_are() {
        let month = trend(Granularity::Month, "Europe/Berlin", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z");
        assert_eq!(compared(&month), [(at("2026-01-31T23:00:00Z"), at("2026-02-28T23:00:00Z"))]);
        let days = trend(Granularity::Day, "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-04-04T22:00:00Z");
        let before = compared(&days);
        assert_eq!(before.len(), 7);
        assert_eq!(before[0], (at("2026-03-21T23:00:00Z"), at("2026-03-22T23:00:00Z")));
        let hours = trend(Granularity::Hour, "Europe/Berlin", "2026-03-29T06:00:00Z", "2026-03-29T09:00:00Z");
        assert_eq!(compared(&hours)[0], (at("2026-03-29T03:00:00Z"), at("2026-03-29T04:00:00Z")));
    }

    #[test]
    fn hours_of_a_day_are_compared_with_the_same_hours_of_the_day_before_also_when_clocks_change() {
        let spring = trend(Granularity::Hour, "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        let before = compared(&spring);
        assert_eq!(before[0], (at("2026-03-27T23:00:00Z"), at("2026-03-28T00:00:00Z")));
        // The hour from 01:00 to 03:00 stands for two of the day before.
        assert_eq!(before[1], (at("2026-03-28T00:00:00Z"), at("2026-03-28T02:00:00Z")));
        assert_eq!(before[22], (at("2026-03-28T22:00:00Z"), at("2026-03-28T23:00:00Z")));
        let autumn = trend(Granularity::Hour, "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        let before = compared(&autumn);
        // Of the two hours from 02:00, the first stands for none.
        assert_eq!(before[2], (at("2026-10-24T00:00:00Z"), at("2026-10-24T00:00:00Z")));
        assert_eq!(before[3], (at("2026-10-24T00:00:00Z"), at("2026-10-24T01:00:00Z")));
        for before in [compared(&spring), before] {
            assert!(before.windows(2).all(|pair| pair[0].1 == pair[1].0), "{before:?}");
        }
    }

    #[test]
    fn a_trend_of_too_many_steps_is_refused() {
        let long = trend(Granularity::Day, "UTC", "1970-01-01", "2026-01-01");
        let (from, to) = long.period.bounds();
        assert!(steps(&long, from, to).unwrap_err().is_invalid());
    }
    #[test]
    fn steps_cover_the_period_without_gaps_in_every_zone() {
        for zone in
            ["UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"]
        {
            for granularity in Granularity::ALL {
                let all = trend(*granularity, zone, "2011-10-01T10:11:12.5Z", "2012-01-02T00:00:00Z");
                let (from, to) = all.period.bounds();
                let steps = steps(&all, from, to - TimeDelta::microseconds(1)).unwrap();
                assert_eq!((steps[0].1.0, steps[steps.len() - 1].1.1), (from, to), "{zone} {granularity}");
                let are_joined = steps.windows(2).all(|pair| pair[0].1.1 == pair[1].1.0);
                assert!(are_joined && steps.iter().all(|(_, (from, to))| from < to), "{zone} {granularity}");
            }
        }
    }
}

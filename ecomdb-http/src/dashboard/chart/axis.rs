//! The horizontal axis: steps of time in a calendar, or names.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, TimeDelta, Timelike};

/// The length of the steps of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeStep {
    Hour,
    Day,
    Week,
    Month,
}

/// The steps along the horizontal axis, all equally wide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Meaning of a step, as the title of the table's first column.
    pub(super) title: String,
    /// The full name of each step.
    pub(super) names: Vec<String>,
    pub(super) ticks: Vec<Tick>,
}

/// A label below the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    /// Number of the step, from 0.
    pub(super) step: usize,
    pub(super) text: String,
    /// Whether it is shown only where there is room.
    pub(super) is_wide: bool,
}

impl Axis {
    /// Maximum number of labels.
    const LABELS: usize = 8;
    /// Steps by their starts, in local time with the offset of the time zone at that time. A day on which the clock
    /// changes has 23 or 25 hours.
    pub(crate) fn of_time(step: TimeStep, starts: &[DateTime<FixedOffset>]) -> Self {
        let title = match step {
            TimeStep::Hour => "Hour",
            TimeStep::Day => "Day",
            TimeStep::Week => "Week",
            TimeStep::Month => "Month",
        };
        Self { title: title.to_owned(), names: names(step, starts), ticks: ticks(step, starts) }
    }

    /// The centre of a step, as a share of the width.
    pub(super) fn centre(&self, step: usize) -> f64 {
        (step as f64 + 0.5) / self.names.len().max(1) as f64
    }
}

fn names(step: TimeStep, starts: &[DateTime<FixedOffset>]) -> Vec<String> {
    let mut times: HashMap<NaiveDateTime, u32> = HashMap::new();
    for start in starts {
        *times.entry(start.naive_local()).or_default() += 1;
    }
    let name = |start: &DateTime<FixedOffset>| match step {
        // An hour that occurs twice, because the clock is set back.
        TimeStep::Hour if times[&start.naive_local()] > 1 => start.format("%a %-d %b %Y, %H:%M (UTC%:z)").to_string(),
        TimeStep::Hour => start.format("%a %-d %b %Y, %H:%M").to_string(),
        TimeStep::Day => start.format("%a %-d %b %Y").to_string(),
        TimeStep::Week => start.format("Week of %-d %b %Y").to_string(),
        TimeStep::Month => start.format("%B %Y").to_string(),
    };
    starts.iter().map(name).collect()
}

/// The possible distances of labels, from the finest to the coarsest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Step,
    Hours(u32),
    Day,
    Monday,
    Month,
    Quarter,
    Year,
}

impl Mark {
    const ALL: [Self; 8] =
        [Self::Step, Self::Hours(3), Self::Hours(6), Self::Day, Self::Monday, Self::Month, Self::Quarter, Self::Year];

    /// A number that is equal for all times of the same calendar unit, such as day or month.
    fn bucket(self, start: NaiveDateTime) -> i64 {
        let (day, month) =
            (i64::from(start.num_days_from_ce()), i64::from(start.year()) * 12 + i64::from(start.month0()));
        match self {
            Self::Step => start.and_utc().timestamp(),
            Self::Hours(hours) => day * 24 + i64::from(start.hour() / hours),
            Self::Day => day,
            Self::Monday => (day - 1).div_euclid(7),
            Self::Month => month,
            Self::Quarter => month.div_euclid(3),
            Self::Year => i64::from(start.year()),
        }
    }

    fn label(self, step: TimeStep, start: NaiveDateTime) -> String {
        let format = match (self, step) {
            (Self::Year, _) => "%Y",
            (Self::Hours(_), _) | (Self::Step, TimeStep::Hour) => "%H:%M",
            (Self::Step, TimeStep::Day) => "%a %-d",
            (Self::Day | Self::Monday, _) | (Self::Step, TimeStep::Week) => "%-d %b",
            (Self::Month | Self::Quarter | Self::Step, _) if start.month0() == 0 => "%b %Y",
            (Self::Month | Self::Quarter | Self::Step, _) => "%b",
        };
        start.format(format).to_string()
    }
}

/// Labels at the finest distance that gives at most [`LABELS`] of them.
fn ticks(step: TimeStep, starts: &[DateTime<FixedOffset>]) -> Vec<Tick> {
    let local: Vec<NaiveDateTime> = starts.iter().map(DateTime::naive_local).collect();
    let (mut mark, mut labelled) = (Mark::Step, Vec::new());
    for finer in Mark::ALL {
        (mark, labelled) = (finer, steps_at(finer, step, &local));
        if labelled.len() <= Axis::LABELS {
            break;
        }
    }
    let stride = labelled.len().div_ceil(Axis::LABELS).max(1);
    let labelled = labelled.into_iter().step_by(stride);
    with_wide(labelled.map(|place| (place, mark.label(step, local[place]))).collect())
}

/// The steps that are the first of their calendar unit; the first step if there are none.
fn steps_at(mark: Mark, step: TimeStep, local: &[NaiveDateTime]) -> Vec<usize> {
    let is_first = |place: &usize| match place {
        0 => mark == Mark::Step || mark.bucket(local[0] - before(step)) != mark.bucket(local[0]),
        _ => mark.bucket(local[place - 1]) != mark.bucket(local[*place]),
    };
    let first: Vec<usize> = (0..local.len()).filter(is_first).collect();
    if first.is_empty() { (0..local.len().min(1)).collect() } else { first }
}

/// How far to go back from a step to be within the one before it.
const fn before(step: TimeStep) -> TimeDelta {
    match step {
        TimeStep::Hour => TimeDelta::hours(1),
        TimeStep::Day => TimeDelta::days(1),
        TimeStep::Week => TimeDelta::days(7),
        TimeStep::Month => TimeDelta::days(28),
    }
}

/// If there are more than four labels, every second one is hidden in a narrow container.
fn with_wide(labelled: Vec<(usize, String)>) -> Vec<Tick> {
    let gives_way = labelled.len() > 4;
    let tick = |(place, (step, text))| Tick { step, text, is_wide: gives_way && place % 2 == 1 };
    labelled.into_iter().enumerate().map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        text.parse().unwrap()
    }

    fn hours(start: &str, offsets: &[(usize, &str)]) -> Vec<DateTime<FixedOffset>> {
        let (mut moment, mut starts) = (at(start).to_utc(), Vec::new());
        for (count, offset) in offsets {
            for _ in 0..*count {
                starts.push(moment.with_timezone(&offset.parse().unwrap()));
                moment += TimeDelta::hours(1);
            }
        }
        starts
    }

    fn days(first: &str, count: usize) -> Vec<DateTime<FixedOffset>> {
        (0..count).map(|day| at(first) + TimeDelta::days(day as i64)).collect()
    }

    fn labels(axis: &Axis) -> Vec<(usize, &str)> {
        axis.ticks.iter().map(|tick| (tick.step, tick.text.as_str())).collect()
    }

    #[test]
    fn the_labels_of_a_day_of_23_hours_are_those_of_the_clock() {
        let starts = hours("2026-03-29T00:00:00+01:00", &[(2, "+01:00"), (21, "+02:00")]);
        let axis = Axis::of_time(TimeStep::Hour, &starts);
        assert_eq!(axis.names.len(), 23);
        assert_eq!((&*axis.names[1], &*axis.names[2]), ("Sun 29 Mar 2026, 01:00", "Sun 29 Mar 2026, 03:00"));
        assert_eq!(
            labels(&axis),
            [
                (0, "00:00"),
                (2, "03:00"),
                (5, "06:00"),
                (8, "09:00"),
                (11, "12:00"),
                (14, "15:00"),
                (17, "18:00"),
                (20, "21:00")
            ]
        );
    }

    #[test]
    fn the_hour_that_a_day_of_25_hours_has_twice_is_told_apart() {
        let starts = hours("2026-10-25T00:00:00+02:00", &[(3, "+02:00"), (22, "+01:00")]);
        let axis = Axis::of_time(TimeStep::Hour, &starts);
        assert_eq!(
            axis.names[1..5],
            [
                "Sun 25 Oct 2026, 01:00",
                "Sun 25 Oct 2026, 02:00 (UTC+02:00)",
                "Sun 25 Oct 2026, 02:00 (UTC+01:00)",
                "Sun 25 Oct 2026, 03:00"
            ]
        );
        assert_eq!(labels(&axis)[..3], [(0, "00:00"), (4, "03:00"), (7, "06:00")]);
    }

    #[test]
    fn a_week_names_its_days_and_a_quarter_its_months() {
        let week = Axis::of_time(TimeStep::Day, &days("2026-09-24T00:00:00+02:00", 7));
        assert_eq!(labels(&week)[0], (0, "Thu 24"));
        assert_eq!(week.ticks.len(), 7);
        let month = Axis::of_time(TimeStep::Day, &days("2026-09-01T00:00:00+02:00", 30));
        assert_eq!(labels(&month), [(6, "7 Sep"), (13, "14 Sep"), (20, "21 Sep"), (27, "28 Sep")]);
        let quarter = Axis::of_time(TimeStep::Day, &days("2026-11-20T00:00:00Z", 92));
        assert_eq!(labels(&quarter), [(11, "Dec"), (42, "Jan 2027"), (73, "Feb")]);
    }

    #[test]
    fn weeks_and_months_are_labelled_by_months_and_years() {
        let weeks: Vec<_> = days("2026-01-05T00:00:00Z", 26 * 7).into_iter().step_by(7).collect();
        let weeks = Axis::of_time(TimeStep::Week, &weeks);
        assert_eq!(weeks.names[0], "Week of 5 Jan 2026");
        assert_eq!(labels(&weeks)[..2], [(0, "Jan 2026"), (4, "Feb")]);
        let month = |month: i32| at(&format!("{}-{:02}-01T00:00:00Z", 2024 + month / 12, month % 12 + 1));
        let months: Vec<_> = (3..39).map(month).collect();
        let months = Axis::of_time(TimeStep::Month, &months);
        assert_eq!(months.names[0], "April 2024");
        assert_eq!(labels(&months), [(9, "2025"), (21, "2026"), (33, "2027")]);
    }

    #[test]
    fn there_are_never_more_labels_than_fit() {
        for count in [1, 2, 9, 25, 100, 400, 2_000, 4_000] {
            let axis = Axis::of_time(TimeStep::Day, &days("2015-02-03T00:00:00Z", count));
            assert!((1..=8).contains(&axis.ticks.len()), "{count}: {:?}", axis.ticks);
            let axis = Axis::of_time(TimeStep::Hour, &hours("2015-02-03T00:00:00Z", &[(count, "+05:30")]));
            assert!((1..=8).contains(&axis.ticks.len()), "{count}: {:?}", axis.ticks);
        }
        assert_eq!(Axis::of_time(TimeStep::Day, &[]).ticks, []);
    }

    #[test]
    fn every_second_of_many_labels_gives_way_in_a_narrow_container() {
        let week = Axis::of_time(TimeStep::Day, &days("2026-09-24T00:00:00+02:00", 7));
        let wide: Vec<bool> = week.ticks.iter().map(|tick| tick.is_wide).collect();
        assert_eq!(wide, [false, true, false, true, false, true, false]);
    }
}

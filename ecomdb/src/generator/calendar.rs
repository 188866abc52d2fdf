//! When orders are placed: growth, season, weekday and hour of day as one curve over the period.
//!
//! The integral of the curve is the number of orders expected until an instant. It is tabulated by day and, within the
//! day, by hour. The inverse maps the position of an order in the sequence to the time it was placed, so times ascend
//! with ids and need no sorting. Memory is 8 bytes for each day of the period.

use chrono::{DateTime, Datelike};

use super::scenario::{Scenario, ScenarioError};
use super::streams::{Entity, Stream};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Weight of each weekday at strength 1, from Monday; the mean is 1.
pub(crate) const WEEK: [f64; 7] = [1.30, 1.10, 1.00, 0.95, 0.80, 0.65, 1.20];

/// Weight of each month at strength 1, from January; the mean is 1.
pub(crate) const YEAR: [f64; 12] = [0.72, 0.68, 0.84, 0.88, 0.94, 0.90, 0.80, 0.84, 0.96, 1.04, 1.56, 1.84];

/// Weekday of a day counted from 1970-01-01 (a Thursday); Monday is 0.
pub(crate) fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// The month (January is 0) of a day counted from 1970-01-01, and the elapsed share of that month in `[0, 1)`.
fn month_of(day: i64) -> (usize, f64) {
    let Some(date) = DateTime::from_timestamp(day * 86_400, 0) else {
        return (0, 0.5);
    };
    let month = date.month0() as usize;
    (month, (f64::from(date.day()) - 0.5) / 31.0)
}

/// Seasonal weight of a day at strength 1: linear between the middles of the months.
pub(crate) fn season(day: i64) -> f64 {
    let (month, part) = month_of(day);
    let (before, after, weight) =
        if part < 0.5 { ((month + 11) % 12, month, part + 0.5) } else { (month, (month + 1) % 12, part - 0.5) };
    YEAR[before] * (1.0 - weight) + YEAR[after] * weight
}

/// The order curve of one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) from: i64,
    pub(crate) to: i64,
    first_day: i64,
    /// Expected orders before each day, in arbitrary units; one more entry than days.
    until: Vec<f64>,
    /// Share of a day's orders placed before each hour.
    hours: [f64; 25],
}

impl Calendar {
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let from = scenario.from.timestamp_micros();
        let to = scenario.to.timestamp_micros();
        let first_day = from.div_euclid(DAY);
        let last_day = (to - 1).div_euclid(DAY);
        let mut calendar = Self {
            from,
            to,
            first_day,
            until: Vec::with_capacity((last_day - first_day + 2) as usize),
            hours: cumulative_hours(&scenario.hours),
        };
        let mut sum = 0.0;
        calendar.until.push(sum);
        for day in first_day..=last_day {
            let (low, high) = calendar.open_share(day);
            sum += day_weight(scenario, day, day - first_day) * (high - low);
            calendar.until.push(sum);
        }
        if sum > 0.0 || scenario.orders == 0 {
            Ok(calendar)
        } else {
            Err(ScenarioError::new("hours", 0, "a sum above 0 in the hours between from and to"))
        }
    }

    /// The instant by which the share `position` (`0..1`) of all orders is placed. Ascends with `position`.
    ///
    /// `hint` is the day to try first. Returns the time, and the day found as the next hint.
    pub(crate) fn time_at(&self, position: f64, hint: usize) -> (i64, usize) {
        let days = self.until.len() - 1;
        let target = position * self.until[days];
        let mut index = hint.min(days - 1);
        // Consecutive orders are usually on the same day or the next; otherwise search.
        if !(self.until[index] <= target && target < self.until[index + 1]) {
            let after = self.until.partition_point(|&sum| sum <= target);
            index = after.saturating_sub(1).min(days - 1);
        }
        (self.time_in_day(index, target), index)
    }

    fn time_in_day(&self, index: usize, target: f64) -> i64 {
        let (start, end) = (self.until[index], self.until[index + 1]);
        let day = self.first_day + index as i64;
        let (low, high) = self.open_share(day);
        let part = if end > start { ((target - start) / (end - start)).clamp(0.0, 1.0) } else { 0.0 };
        let share = low + (high - low) * part;
        let hour = (self.hours.partition_point(|&sum| sum <= share)).clamp(1, 24) - 1;
        let width = self.hours[hour + 1] - self.hours[hour];
        let within = if width > 0.0 { ((share - self.hours[hour]) / width).clamp(0.0, 1.0) } else { 0.0 };
        let time = day * DAY + hour as i64 * HOUR + (within * HOUR as f64) as i64;
        time.clamp(self.from, self.to - 1)
    }

    /// Shares of a day's orders before trading starts and before it ends on that day; 0 and 1 on whole days.
    fn open_share(&self, day: i64) -> (f64, f64) {
        (self.share_before(self.from - day * DAY), self.share_before(self.to - day * DAY))
    }

    fn share_before(&self, time_of_day: i64) -> f64 {
        if time_of_day <= 0 {
            return 0.0;
        }
        if time_of_day >= DAY {
            return 1.0;
        }
        let hour = (time_of_day / HOUR) as usize;
        let within = (time_of_day % HOUR) as f64 / HOUR as f64;
        self.hours[hour] + within * (self.hours[hour + 1] - self.hours[hour])
    }
}

fn cumulative_hours(hours: &[f64; 24]) -> [f64; 25] {
    let total: f64 = hours.iter().sum();
    let mut cumulative = [1.0; 25];
    let mut sum = 0.0;
    for (entry, weight) in cumulative.iter_mut().zip(hours) {
        *entry = sum / total;
        sum += weight;
    }
    cumulative
}

/// Relative number of orders on a day, including random daily variation.
fn day_weight(scenario: &Scenario, day: i64, since_opening: i64) -> f64 {
    let years = since_opening as f64 / 365.25;
    let growth = (1.0 + scenario.growth).powf(years);
    let week = 1.0 + scenario.weekly_season * (WEEK[weekday(day)] - 1.0);
    let year = 1.0 + scenario.yearly_season * (season(day) - 1.0);
    let weather = Stream::new(scenario.seed, Entity::Day, day as u64).unit();
    growth * week * year * (0.9 + 0.2 * weather)
}

//! Bucket numbers of the rollups for quarters of an hour, days and months, in UTC.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

pub(crate) const SECONDS_PER_DAY: i64 = 86_400;
const SECONDS_PER_QUARTER_HOUR: i64 = 900;

/// The quarter of an hour that contains an instant, counted from 1970.
pub(crate) fn quarter_hour_of(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(SECONDS_PER_QUARTER_HOUR)
}

/// The day that contains an instant, counted from 1970-01-01.
pub(crate) fn day_of(moment: DateTime<Utc>) -> i64 {
    moment.timestamp().div_euclid(SECONDS_PER_DAY)
}

/// The month that contains an instant, as year * 12 + month - 1.
pub(crate) fn month_of(moment: DateTime<Utc>) -> i64 {
    i64::from(moment.year()) * 12 + i64::from(moment.month0())
}

/// The month that contains a day.
pub(crate) fn month_of_day(day: i64) -> i64 {
    month_of(start_of_day(day))
}

pub(crate) fn start_of_quarter_hour(quarter_hour: i64) -> DateTime<Utc> {
    at(quarter_hour * SECONDS_PER_QUARTER_HOUR)
}

pub(crate) fn start_of_day(day: i64) -> DateTime<Utc> {
    at(day * SECONDS_PER_DAY)
}

pub(crate) fn start_of_month(month: i64) -> DateTime<Utc> {
    let (year, month0) = (month.div_euclid(12), month.rem_euclid(12));
    let first = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month0 as u32 + 1, 1));
    first.map_or(DateTime::<Utc>::MAX_UTC, |first| first.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// A month as text, such as `"2026-01"`.
pub(crate) fn month_text(month: i64) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A half-open range of buckets.
pub(crate) type Buckets = (i64, i64);
/// A half-open range of time.
pub(crate) type Span = (DateTime<Utc>, DateTime<Utc>);

/// A span divided into the largest whole buckets, and the remaining ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub(crate) months: Option<Buckets>,
    pub(crate) days: Vec<Buckets>,
    pub(crate) quarter_hours: Vec<Buckets>,
    /// The remainder at each end, shorter than the smallest bucket.
    pub(crate) ends: Vec<Span>,
}

/// The smallest bucket of a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finest {
    Day,
    QuarterHour,
}

/// Divides `from..to` into disjoint pieces that cover it.
pub(crate) fn cut((from, to): Span, finest: Finest) -> Pieces {
    let mut pieces = Pieces::default();
    let mut rest = vec![(from, to)];
    if let Some((first, end)) = whole(from, to, month_of, start_of_month) {
        pieces.months = Some((first, end));
        rest = vec![(from, start_of_month(first)), (start_of_month(end), to)];
    }
    for (from, to) in rest.into_iter().filter(|(from, to)| from < to) {
        cut_days((from, to), finest, &mut pieces);
    }
    pieces
}

fn cut_days((from, to): Span, finest: Finest, pieces: &mut Pieces) {
    match whole(from, to, day_of, start_of_day) {
        Some((first, end)) => {
            pieces.days.push((first, end));
            cut_quarter_hours((from, start_of_day(first)), finest, pieces);
            cut_quarter_hours((start_of_day(end), to), finest, pieces);
        }
        None => cut_quarter_hours((from, to), finest, pieces),
    }
}

fn cut_quarter_hours((from, to): Span, finest: Finest, pieces: &mut Pieces) {
    if from >= to {
        return;
    }
    let buckets = match finest {
        Finest::Day => None,
        Finest::QuarterHour => whole(from, to, quarter_hour_of, start_of_quarter_hour),
    };
    let ends = match buckets {
        Some((first, end)) => {
            pieces.quarter_hours.push((first, end));
            vec![(from, start_of_quarter_hour(first)), (start_of_quarter_hour(end), to)]
        }
        None => vec![(from, to)],
    };
    pieces.ends.extend(ends.into_iter().filter(|(from, to)| from < to));
}

/// A span of time divided by months or days.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// The buckets that lie entirely in the span.
    pub(crate) whole: Option<Buckets>,
    /// The remainder: at most one part at each end, each within a single bucket.
    pub(crate) parts: Vec<Span>,
}

pub(crate) fn split_by_month(span: Span) -> Split {
    split(span, month_of, start_of_month)
}

pub(crate) fn split_by_day(span: Span) -> Split {
    split(span, day_of, start_of_day)
}

fn split((from, to): Span, of: fn(DateTime<Utc>) -> i64, start: fn(i64) -> DateTime<Utc>) -> Split {
    let whole = whole(from, to, of, start);
    // A span without a whole bucket may still cross from one bucket into the next.
    let (first, end) = whole.unwrap_or((of(to), of(to)));
    let turns = [start(first).clamp(from, to), start(end).clamp(from, to)];
    let parts = [(from, turns[0]), (turns[1], to)].into_iter().filter(|(from, to)| from < to).collect();
    Split { whole, parts }
}

/// The buckets that lie entirely in the span, if any.
fn whole(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    of: fn(DateTime<Utc>) -> i64,
    start: fn(i64) -> DateTime<Utc>,
) -> Option<Buckets> {
    let first = of(from);
    let first = if start(first) < from { first + 1 } else { first };
    let end = of(to);
    (first < end).then_some((first, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn months_days_and_quarter_hours_have_the_numbers_that_the_migrations_say() {
        let moment: DateTime<Utc> = "2026-03-01T00:15:00Z".parse().unwrap();
        assert_eq!(month_of(moment), 2026 * 12 + 2);
        assert_eq!(month_text(month_of(moment)), "2026-03");
        assert_eq!(day_of(moment), 20_513);
        assert_eq!(quarter_hour_of(moment), 20_513 * 96 + 1);
        assert_eq!(month_of_day(20_512), 2026 * 12 + 1);
    }

    #[test]
    fn a_whole_year_is_twelve_months_and_nothing_else() {
        let pieces = cut((start_of_month(24_312), start_of_month(24_324)), Finest::QuarterHour);
        assert_eq!(pieces, Pieces { months: Some((24_312, 24_324)), ..Pieces::default() });
    }

    proptest! {
        #[test]
        fn pieces_cover_the_span_without_gap_or_overlap(
            from in 0_i64..4_000_000_000_000_000,
            length in 1_i64..100_000_000_000_000,
            quarters: bool,
        ) {
            let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
            let span = (at(from), at(from + length));
            let pieces = cut(span, if quarters { Finest::QuarterHour } else { Finest::Day });
            let mut spans = pieces.ends.clone();
            spans.extend(pieces.months.iter().map(|(a, b)| (start_of_month(*a), start_of_month(*b))));
            spans.extend(pieces.days.iter().map(|(a, b)| (start_of_day(*a), start_of_day(*b))));
            spans.extend(pieces.quarter_hours.iter().map(|(a, b)| {
                (start_of_quarter_hour(*a), start_of_quarter_hour(*b))
            }));
            spans.sort();
            prop_assert_eq!(spans.first().unwrap().0, span.0);
            prop_assert_eq!(spans.last().unwrap().1, span.1);
            prop_assert!(spans.iter().all(|(from, to)| from < to));
            prop_assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
        }
    }
}

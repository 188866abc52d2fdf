//! A period up to now, and the corresponding part of the previous period.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use ecomdb::{Granularity, Invalid, Period, TimeZone};

use super::period::{Chosen, Span};
use super::shell::with_query;

/// The days that a page shows, at a point in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoFar {
    chosen: Chosen,
    pub(crate) zone: TimeZone,
    pub(crate) now: DateTime<Utc>,
}

impl SoFar {
    pub(crate) const fn new(chosen: Chosen, zone: TimeZone, now: DateTime<Utc>) -> Self {
        Self { chosen, zone, now }
    }

    /// The same days, taken as days in UTC.
    pub(crate) const fn in_utc(&self) -> Self {
        Self { zone: TimeZone::UTC, ..*self }
    }

    pub(crate) const fn span(&self) -> Span {
        self.chosen.span()
    }

    pub(crate) const fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// The period up to now, or up to the end of its last day if that is earlier. A period in the future is not cut,
    /// and neither is all of time, whose sums are kept in a rollup.
    ///
    /// # Errors
    /// [`Invalid`] (`from`, `to`) outside the years that orders can have.
    pub(crate) fn period(&self) -> Result<Period, Invalid> {
        let span = self.span();
        let whole = span.period(self.zone)?;
        let has_ends = span.first.is_some() || span.last.is_some();
        if self.is_running() && has_ends { Period::new(whole.from(), Some(self.now)) } else { Ok(whole) }
    }

    /// Whether the period has begun and is not over.
    pub(crate) fn is_running(&self) -> bool {
        self.span().period(self.zone).is_ok_and(|whole| {
            whole.from().is_none_or(|from| from < self.now) && whole.to().is_none_or(|to| to > self.now)
        })
    }

    /// The corresponding part of the previous period.
    pub(crate) fn previous(&self) -> Option<Period> {
        let previous = self.chosen.previous()?;
        let whole = previous.period(self.zone).ok()?;
        if !self.is_running() {
            return Some(whole);
        }
        // The same day of the previous period at the same time, if it has such a day.
        let passed = u64::try_from((self.today() - self.span().first?).num_days()).ok()?;
        let day = previous.first?.checked_add_days(Days::new(passed))?;
        let until = instant(self.zone, day.and_time(self.zone.local(self.now).time()));
        Period::new(whole.from(), whole.to().map(|end| end.min(until))).ok()
    }

    /// The days that the period is compared with, in words. If the last day is not whole, its end is named, too.
    pub(crate) fn previous_words(&self) -> String {
        let Some(previous) = self.previous() else { return String::new() };
        let is_cut = previous.to().is_some_and(|to| self.zone.local(to).time() != NaiveTime::MIN);
        let until = if is_cut { format!(" until {}", self.time_of_day()) } else { String::new() };
        format!("{}{until}", self.words(&previous))
    }

    /// The present time of day, such as `15:05`.
    pub(crate) fn time_of_day(&self) -> String {
        self.zone.local(self.now).format("%H:%M").to_string()
    }

    /// The step of a trend over the period: the shortest one that a chart has room for.
    pub(crate) fn granularity(&self) -> Granularity {
        let Some(first) = self.span().first else { return Granularity::Month };
        match (self.span().last.unwrap_or_else(|| self.today()) - first).num_days() + 1 {
            ..=2 => Granularity::Hour,
            3..=92 => Granularity::Day,
            93..=400 => Granularity::Week,
            _ => Granularity::Month,
        }
    }

    /// Today.
    pub(crate) fn today(&self) -> NaiveDate {
        self.zone.local(self.now).date()
    }

    /// The address of a page with these days and other parameters.
    pub(crate) fn address(&self, path: &str, others: &[(&'static str, String)]) -> String {
        let own = self.chosen.parameters();
        with_query(path, own.iter().chain(others).map(|(name, value)| (*name, value.as_str())))
    }

    /// A period as days in words.
    pub(crate) fn words(&self, period: &Period) -> String {
        let day = |moment| self.zone.local(moment).date();
        let last = period.to().map(|to| day(to - TimeDelta::microseconds(1)));
        Span { first: period.from().map(day), last }.label()
    }
}

/// The instant of a local time. If it occurs twice or never, a nearby instant.
pub(crate) fn instant(zone: TimeZone, local: NaiveDateTime) -> DateTime<Utc> {
    let about = zone.start_of(local.date()) + (local.time() - NaiveTime::MIN);
    about + (local - zone.local(about))
}

/// An instant in local time, with the offset of the zone at that time.
pub(crate) fn local(zone: TimeZone, moment: DateTime<Utc>) -> DateTime<FixedOffset> {
    let seconds = (zone.local(moment) - moment.naive_utc()).num_seconds();
    let offset = i32::try_from(seconds).ok().and_then(FixedOffset::east_opt);
    offset.map_or_else(|| moment.fixed_offset(), |offset| moment.with_timezone(&offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::period::{Comparison, PeriodQuery, Preset};

    /// Thursday, 26 November 2026, 15:05 in Berlin.
    const NOW: &str = "2026-11-26T14:05:00Z";

    fn so_far(now: &str, zone: &str, query: PeriodQuery) -> SoFar {
        let (zone, now) = (zone.parse().unwrap(), now.parse().unwrap());
        SoFar::new(Chosen::new(query, Preset::ThirtyDays, zone, now).unwrap(), zone, now)
    }

    fn preset(preset: Preset) -> PeriodQuery {
        PeriodQuery { period: Some(preset), ..PeriodQuery::default() }
    }

    fn days(from: &str, to: &str) -> PeriodQuery {
        PeriodQuery { from: from.parse().ok(), to: to.parse().ok(), ..PeriodQuery::default() }
    }

    fn periods(so_far: SoFar) -> (String, String) {
        let previous = so_far.previous().map_or_else(|| "nothing".to_owned(), |previous| previous.to_string());
        (so_far.period().unwrap().to_string(), previous)
    }

    #[test]
    #[rustfmt::skip]
    fn a_preset_ends_now_and_is_compared_with_as_much_of_the_one_before() {
        for (of, period, previous) in [
            (Preset::Today, "2026-11-25T23:00:00Z to 2026-11-26T14:05:00Z", "2026-11-24T23:00:00Z to 2026-11-25T14:05:00Z"),
            (Preset::Week, "2026-11-19T23:00:00Z to 2026-11-26T14:05:00Z", "2026-11-12T23:00:00Z to 2026-11-19T14:05:00Z"),
            (Preset::ThirtyDays, "2026-10-27T23:00:00Z to 2026-11-26T14:05:00Z", "2026-09-27T22:00:00Z to 2026-10-27T14:05:00Z"),
            (Preset::Month, "2026-10-31T23:00:00Z to 2026-11-26T14:05:00Z", "2026-09-30T22:00:00Z to 2026-10-26T14:05:00Z"),
            (Preset::Quarter, "2026-09-30T22:00:00Z to 2026-11-26T14:05:00Z", "2026-06-30T22:00:00Z to 2026-08-26T13:05:00Z"),
            (Preset::Year, "2025-12-31T23:00:00Z to 2026-11-26T14:05:00Z", "2024-12-31T23:00:00Z to 2025-11-26T14:05:00Z"),
            (Preset::All, "open to open", "nothing"),
        ] {
            let found = periods(so_far(NOW, "Europe/Berlin", preset(of)));
            assert_eq!(found, (period.to_owned(), previous.to_owned()), "{of:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn days_that_are_over_are_whole_as_is_what_has_not_begun() {
        for (from, to, period, previous) in [
            ("2026-09-01", "2026-09-30", "2026-09-01T00:00:00Z to 2026-10-01T00:00:00Z", "2026-08-02T00:00:00Z to 2026-09-01T00:00:00Z"),
            ("2027-01-01", "2027-01-02", "2027-01-01T00:00:00Z to 2027-01-03T00:00:00Z", "2026-12-30T00:00:00Z to 2027-01-01T00:00:00Z"),
            ("2026-11-20", "2026-12-05", "2026-11-20T00:00:00Z to 2026-11-26T14:05:00Z", "2026-11-04T00:00:00Z to 2026-11-10T14:05:00Z"),
            ("2026-11-20", "", "2026-11-20T00:00:00Z to 2026-11-26T14:05:00Z", "2026-11-13T00:00:00Z to 2026-11-19T14:05:00Z"),
            ("", "2026-11-20", "open to 2026-11-21T00:00:00Z", "nothing"),
            ("", "2026-12-20", "open to 2026-11-26T14:05:00Z", "nothing"),
        ] {
            let found = periods(so_far(NOW, "UTC", days(from, to)));
            assert_eq!(found, (period.to_owned(), previous.to_owned()), "{from} to {to}");
        }
        let year = PeriodQuery { compare: Some(Comparison::Year), ..days("2026-11-20", "") };
        assert_eq!(periods(so_far(NOW, "UTC", year)).1, "2025-11-20T00:00:00Z to 2025-11-26T14:05:00Z");
    }

    #[test]
    fn the_last_day_of_a_longer_month_is_compared_with_all_of_the_shorter_one() {
        let march = so_far("2026-03-31T12:00:00Z", "UTC", preset(Preset::Month));
        assert_eq!(periods(march).1, "2026-02-01T00:00:00Z to 2026-03-01T00:00:00Z");
    }

    #[test]
    fn local_times_have_the_offset_of_their_day() {
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        let of = |text: &str| local(berlin, text.parse().unwrap()).to_rfc3339();
        assert_eq!(of("2026-03-29T00:59:00Z"), "2026-03-29T01:59:00+01:00");
        assert_eq!(of("2026-03-29T01:00:00Z"), "2026-03-29T03:00:00+02:00");
        let at = |text: &str| instant(berlin, text.parse().unwrap()).to_rfc3339();
        assert_eq!(at("2026-03-29T15:00:00"), "2026-03-29T13:00:00+00:00");
        assert_eq!(at("2026-10-25T15:00:00"), "2026-10-25T14:00:00+00:00");
    }
}

use chrono::{DateTime, NaiveDate};
use ecomdb::TimeZone;

use super::{Chosen, Comparison, PeriodQuery, Preset, Span};
use crate::extract::FromText;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    name.parse().unwrap()
}

/// The period of this preset at this time.
fn preset(preset: Preset, compare: Comparison, zone: TimeZone, now: &str) -> Chosen {
    let query = PeriodQuery { period: Some(preset), compare: Some(compare), ..PeriodQuery::default() };
    Chosen::new(query, Preset::Week, zone, now.parse().unwrap()).unwrap()
}

fn days(from: &str, to: &str, compare: Comparison) -> Chosen {
    let (from, to) = (Some(from).filter(|from| !from.is_empty()), Some(to).filter(|to| !to.is_empty()));
    let query = PeriodQuery { period: None, from: from.map(day), to: to.map(day), compare: Some(compare) };
    Chosen::new(query, Preset::Week, TimeZone::UTC, "2026-08-19T10:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn presets_end_today_in_the_zone_of_the_shop() {
    // In Auckland, it is the first of April already.
    let (now, auckland) = ("2026-03-31T12:00:00Z", zone("Pacific/Auckland"));
    for (preset_of, label) in [
        (Preset::Today, "1 Apr 2026"),
        (Preset::Week, "26 Mar to 1 Apr 2026"),
        (Preset::ThirtyDays, "3 Mar to 1 Apr 2026"),
        (Preset::Month, "1 Apr 2026"),
        (Preset::Quarter, "1 Apr 2026"),
        (Preset::Year, "1 Jan to 1 Apr 2026"),
        (Preset::All, "all time"),
    ] {
        let chosen = preset(preset_of, Comparison::Previous, auckland, now);
        assert_eq!(chosen.span().label(), label, "{preset_of:?}");
    }
    let in_utc = preset(Preset::Quarter, Comparison::Previous, TimeZone::UTC, now);
    assert_eq!(in_utc.span().label(), "1 Jan to 31 Mar 2026");
}

#[test]
fn the_last_day_is_included_also_when_the_clock_changes() {
    let berlin = zone("Europe/Berlin");
    for (from, to, period) in [
        // 23 and 25 hours
        ("2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z to 2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z to 2026-10-25T23:00:00Z"),
        ("2026-01-01", "2026-12-31", "2025-12-31T23:00:00Z to 2026-12-31T23:00:00Z"),
    ] {
        let span = Span::between(day(from), day(to));
        assert_eq!(span.period(berlin).unwrap().to_string(), period);
    }
    // The clock of Beirut skips midnight.
    let beirut = Span::between(day("2026-03-29"), day("2026-03-29"));
    let period = beirut.period(zone("Asia/Beirut")).unwrap();
    assert_eq!(period.to_string(), "2026-03-28T22:00:00Z to 2026-03-29T21:00:00Z");
    assert_eq!(days("", "", Comparison::Previous).preset(), Some(Preset::Week));
    assert_eq!(days("2026-01-05", "", Comparison::Previous).span().label(), "since 5 Jan 2026");
    assert_eq!(days("", "2026-01-05", Comparison::Previous).span().label(), "until 5 Jan 2026");
}

#[test]
fn a_period_is_compared_with_the_same_part_of_what_was_before() {
    use Comparison::{Nothing, Previous, Year};
    let label = |chosen: Chosen| chosen.previous().map(Span::label).unwrap_or_default();
    for (from, to, compare, previous) in [
        ("2026-08-01", "2026-08-10", Previous, "22 to 31 Jul 2026"),
        ("2026-08-19", "2026-08-19", Previous, "18 Aug 2026"),
        ("2026-08-10", "", Previous, "31 Jul to 9 Aug 2026"),
        ("2024-02-29", "2024-03-02", Year, "28 Feb to 2 Mar 2023"),
        ("2026-08-01", "2026-08-10", Nothing, ""),
        ("", "2026-08-10", Previous, ""),
    ] {
        assert_eq!(label(days(from, to, compare)), previous, "{from} to {to}");
    }
    for (preset_of, now, previous) in [
        (Preset::Month, "2026-03-10T12:00:00Z", "1 to 10 Feb 2026"),
        (Preset::Month, "2026-03-31T12:00:00Z", "1 to 28 Feb 2026"),
        (Preset::Quarter, "2026-05-31T12:00:00Z", "1 Jan to 2 Mar 2026"),
        (Preset::Year, "2024-12-31T12:00:00Z", "1 Jan to 31 Dec 2023"),
        (Preset::Week, "2026-03-10T12:00:00Z", "25 Feb to 3 Mar 2026"),
        (Preset::All, "2026-03-10T12:00:00Z", ""),
    ] {
        assert_eq!(label(preset(preset_of, Previous, TimeZone::UTC, now)), previous, "{preset_of:?} {now}");
    }
}

#[test]
fn what_is_no_period_is_refused() {
    let query = PeriodQuery { from: Some(day("2026-02-02")), to: Some(day("2026-02-01")), ..PeriodQuery::default() };
    let refused = Chosen::new(query, Preset::Week, TimeZone::UTC, DateTime::UNIX_EPOCH).unwrap_err();
    assert_eq!(refused.to_string(), "from: must not be after the last day (2026-02-01), but is 2026-02-02");
    for text in ["", "2026", "2026-02-30", "1969-12-31", "9999-01-01", "2026-1-01", "+2026-01-1", "tomorrow"] {
        assert!(NaiveDate::from_text(text).unwrap_err().starts_with("must be a day of the years"), "{text}");
    }
    assert!(Preset::from_text("week").unwrap_err().starts_with("must be one of today, 7d, 30d, month"));
    assert_eq!(Comparison::from_text("year"), Ok(Comparison::Year));
}

#[test]
fn links_to_other_periods_keep_the_rest_of_the_address() {
    let chosen = days("2026-08-01", "2026-08-10", Comparison::Year);
    let chooser = chosen.chooser("/reports/revenue", &[("step", "week"), ("q", "")]);
    let hrefs: Vec<_> = chooser.presets.iter().map(|link| (link.href.as_str(), link.is_current)).collect();
    assert_eq!(hrefs[0], ("/reports/revenue?period=today&compare=year&step=week", false));
    assert_eq!((chooser.from.as_str(), chooser.to.as_str()), ("2026-08-01", "2026-08-10"));
    assert_eq!(chooser.other, [("step".to_owned(), "week".to_owned())]);
    assert_eq!(
        chosen.parameters(),
        [("from", "2026-08-01".into()), ("to", "2026-08-10".into()), ("compare", "year".into())]
    );
    assert_eq!(days("", "", Comparison::Previous).parameters(), [("period", "7d".to_owned())]);
}

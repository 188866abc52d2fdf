//! The period of a page: a preset or two days, and what it is compared with. All days are those of the shop's zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use ecomdb::{Invalid, Period, TimeZone, quoted};

use super::format;
use super::shell::with_query;
use crate::extract::FromText;

/// A period that ends today, or has no ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    Today,
    /// Seven days.
    Week,
    /// Thirty days.
    ThirtyDays,
    /// The calendar month so far.
    Month,
    /// The calendar quarter so far.
    Quarter,
    /// The calendar year so far.
    Year,
    /// All of time.
    All,
}

impl Preset {
    const ALL: [Self; 7] =
        [Self::Today, Self::Week, Self::ThirtyDays, Self::Month, Self::Quarter, Self::Year, Self::All];

    /// The value of the parameter `period`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7d",
            Self::ThirtyDays => "30d",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::All => "all",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Week => "7 days",
            Self::ThirtyDays => "30 days",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::All => "All",
        }
    }

    /// Its first day; `None` for all of time.
    fn first(self, today: NaiveDate) -> Option<NaiveDate> {
        let of_month = |month| NaiveDate::from_ymd_opt(today.year(), month, 1);
        match self {
            Self::Today => Some(today),
            Self::Week => today.checked_sub_days(Days::new(6)),
            Self::ThirtyDays => today.checked_sub_days(Days::new(29)),
            Self::Month => of_month(today.month()),
            Self::Quarter => of_month(today.month0() / 3 * 3 + 1),
            Self::Year => of_month(1),
            Self::All => None,
        }
    }

    /// The calendar months that it is part of; the same part of the months before them is its previous period.
    const fn months(self) -> Option<Months> {
        match self {
            Self::Month => Some(Months::new(1)),
            Self::Quarter => Some(Months::new(3)),
            Self::Year => Some(Months::new(12)),
            Self::Today | Self::Week | Self::ThirtyDays | Self::All => None,
        }
    }
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The period of the same length before it.
    #[default]
    Previous,
    /// The same days a year before.
    Year,
    Nothing,
}

impl Comparison {
    const ALL: [Self; 3] = [Self::Previous, Self::Year, Self::Nothing];

    /// The value of the parameter `compare`.
    const fn word(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
            Self::Nothing => "none",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Previous => "the period before",
            Self::Year => "the year before",
            Self::Nothing => "nothing",
        }
    }
}

impl FromText for Preset {
    fn from_text(text: &str) -> Result<Self, String> {
        one_of(&Self::ALL, Self::word, text)
    }
}

impl FromText for Comparison {
    fn from_text(text: &str) -> Result<Self, String> {
        one_of(&Self::ALL, Self::word, text)
    }
}

fn one_of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| word(*one) == text);
    found.ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
        format!("must be one of {}, not {}", words.join(", "), quoted(text))
    })
}

/// The last year that can be entered: the day after its last one is a date, too.
const LAST_YEAR: i32 = 9998;

impl FromText for NaiveDate {
    fn from_text(text: &str) -> Result<Self, String> {
        let is_day = |day: &Self| day.to_string() == text && (1970..=LAST_YEAR).contains(&day.year());
        let day = text.parse().ok().filter(is_day);
        day.ok_or_else(|| {
            format!("must be a day of the years 1970 to {LAST_YEAR}, such as 2026-01-31, not {}", quoted(text))
        })
    }
}

/// The parameters of a period. A page has them as fields of its own query: `period`, `from`, `to` and `compare`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PeriodQuery {
    pub(crate) period: Option<Preset>,
    /// First day.
    pub(crate) from: Option<NaiveDate>,
    /// Last day, which is included.
    pub(crate) to: Option<NaiveDate>,
    pub(crate) compare: Option<Comparison>,
}

/// Days from the first to the last one, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// `None` without a beginning.
    pub(crate) first: Option<NaiveDate>,
    /// `None` without an end.
    pub(crate) last: Option<NaiveDate>,
}

impl Span {
    const fn between(first: NaiveDate, last: NaiveDate) -> Self {
        Self { first: Some(first), last: Some(last) }
    }

    /// From the beginning of the first day to the end of the last one.
    pub(crate) fn period(self, zone: TimeZone) -> Result<Period, Invalid> {
        let end = self.last.and_then(|last| last.checked_add_days(Days::new(1)));
        Period::new(self.first.map(|first| zone.start_of(first)), end.map(|end| zone.start_of(end)))
    }

    /// In words: `31 Jan 2026`, `1 to 31 Jan 2026`, `since 1 Jan 2026`, `until 31 Jan 2026`, `all time`.
    pub(crate) fn label(self) -> String {
        match (self.first, self.last) {
            (Some(first), Some(last)) if first == last => format::day(first),
            (Some(first), Some(last)) if (first.year(), first.month()) == (last.year(), last.month()) => {
                format!("{} to {}", first.day(), format::day(last))
            }
            (Some(first), Some(last)) if first.year() == last.year() => {
                format!("{} {} to {}", first.day(), format::month_name(first.month()), format::day(last))
            }
            (Some(first), Some(last)) => format!("{} to {}", format::day(first), format::day(last)),
            (Some(first), None) => format!("since {}", format::day(first)),
            (None, Some(last)) => format!("until {}", format::day(last)),
            (None, None) => "all time".to_owned(),
        }
    }
}

/// The period that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    preset: Option<Preset>,
    span: Span,
    comparison: Comparison,
    zone: TimeZone,
    today: NaiveDate,
}

impl Chosen {
    /// The period of a query. Two days win over a preset; without either, it is `usual`.
    ///
    /// # Errors
    /// [`Invalid`] (`from`) after the last day.
    pub(crate) fn new(query: PeriodQuery, usual: Preset, zone: TimeZone, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let today = zone.local(now).date();
        let comparison = query.compare.unwrap_or_default();
        if query.from.is_none() && query.to.is_none() {
            let preset = query.period.unwrap_or(usual);
            let last = Some(today).filter(|_| preset != Preset::All);
            let span = Span { first: preset.first(today), last };
            return Ok(Self { preset: Some(preset), span, comparison, zone, today });
        }
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from > to
        {
            return Err(Invalid::new("from", format!("must not be after the last day ({to}), but is {from}")));
        }
        let span = Span { first: query.from, last: query.to };
        Ok(Self { preset: None, span, comparison, zone, today })
    }

    pub(crate) const fn span(&self) -> Span {
        self.span
    }

    pub(crate) const fn preset(&self) -> Option<Preset> {
        self.preset
    }

    pub(crate) const fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// The instants from the beginning of the first day to the end of the last one.
    pub(crate) fn period(&self) -> Result<Period, Invalid> {
        self.span.period(self.zone)
    }

    /// What it is compared with; `None` if with nothing, or without a beginning.
    pub(crate) fn previous(&self) -> Option<Span> {
        let first = self.span.first?;
        let last = self.span.last.unwrap_or(self.today).max(first);
        let (before, end) = match (self.comparison, self.preset.and_then(Preset::months)) {
            (Comparison::Nothing, _) => return None,
            (Comparison::Year, _) => {
                let year = Months::new(12);
                (first.checked_sub_months(year)?, last.checked_sub_months(year)?)
            }
            (Comparison::Previous, Some(months)) => {
                let before = first.checked_sub_months(months)?;
                (before, before.checked_add_signed(last - first)?.min(first.pred_opt()?))
            }
            (Comparison::Previous, None) => {
                let end = first.pred_opt()?;
                (end.checked_sub_signed(last - first)?, end)
            }
        };
        Some(Span::between(before, end))
    }

    /// Its parameters, for links to other pages.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let compare = match self.comparison {
            Comparison::Previous => String::new(),
            other => other.word().to_owned(),
        };
        let mut parameters = match self.preset {
            Some(preset) => vec![("period", preset.word().to_owned())],
            None => vec![("from", day(self.span.first)), ("to", day(self.span.last))],
        };
        parameters.push(("compare", compare));
        parameters.retain(|(_, value)| !value.is_empty());
        parameters
    }

    /// The links and the form that choose another period on the page at `path`, which keep its `other` parameters.
    pub(crate) fn chooser(&self, path: &str, other: &[(&str, &str)]) -> Chooser {
        let compare = match self.comparison {
            Comparison::Previous => "",
            other => other.word(),
        };
        let link = |preset: Preset| PresetLink {
            label: preset.label(),
            href: with_query(path, [&[("period", preset.word()), ("compare", compare)], other].concat()),
            is_current: self.preset == Some(preset),
        };
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let kept = other.iter().filter(|(_, value)| !value.is_empty());
        Chooser {
            presets: Preset::ALL.map(link).into(),
            action: path.to_owned(),
            from: day(self.span.first),
            to: day(self.span.last),
            comparisons: Comparison::ALL.map(|one| (one.word(), one.label(), one == self.comparison)).into(),
            other: kept.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            label: self.span.label(),
            zone: self.zone,
        }
    }
}

/// How the component `period` shows a period and leads to others.
#[derive(Debug)]
pub(crate) struct Chooser {
    pub(crate) presets: Vec<PresetLink>,
    /// Path of the page.
    pub(crate) action: String,
    /// First day as the value of a date input; may be empty.
    pub(crate) from: String,
    /// Last day, likewise.
    pub(crate) to: String,
    /// Value, label, and whether it is chosen.
    pub(crate) comparisons: Vec<(&'static str, &'static str, bool)>,
    /// Other parameters of the page, which stay.
    pub(crate) other: Vec<(String, String)>,
    /// The period in words.
    pub(crate) label: String,
    pub(crate) zone: TimeZone,
}

/// A link to a preset.
#[derive(Debug)]
pub(crate) struct PresetLink {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let query =
            PeriodQuery { from: Some(day("2026-02-02")), to: Some(day("2026-02-01")), ..PeriodQuery::default() };
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
}

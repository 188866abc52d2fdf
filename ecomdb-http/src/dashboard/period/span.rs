//! A span of days.

use chrono::{Datelike, Days, NaiveDate};
use ecomdb::{Invalid, Period, TimeZone, quoted};

use crate::dashboard::format;
use crate::extract::FromText;

/// The last year that can be entered. The day after it must be a valid date, too.
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

/// Days from the first to the last one, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// `None` without a beginning.
    pub(crate) first: Option<NaiveDate>,
    /// `None` without an end.
    pub(crate) last: Option<NaiveDate>,
}

impl Span {
    pub(super) const fn between(first: NaiveDate, last: NaiveDate) -> Self {
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

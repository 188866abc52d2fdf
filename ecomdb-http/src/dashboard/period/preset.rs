//! Named periods, and the periods to compare with.

use chrono::{Datelike, Days, Months, NaiveDate};
use ecomdb::quoted;

use crate::extract::FromText;

/// A period that ends today, or all of time.
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
    pub(super) const ALL: [Self; 7] =
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

    pub(super) const fn label(self) -> &'static str {
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
    pub(super) fn first(self, today: NaiveDate) -> Option<NaiveDate> {
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

    /// The calendar months that it belongs to, for its previous period, which is the same part of the months before.
    pub(super) const fn months(self) -> Option<Months> {
        match self {
            Self::Month => Some(Months::new(1)),
            Self::Quarter => Some(Months::new(3)),
            Self::Year => Some(Months::new(12)),
            Self::Today | Self::Week | Self::ThirtyDays | Self::All => None,
        }
    }
}

/// The period to compare with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The period of the same length directly before.
    #[default]
    Previous,
    /// The same days of the year before.
    Year,
    Nothing,
}

impl Comparison {
    pub(super) const ALL: [Self; 3] = [Self::Previous, Self::Year, Self::Nothing];

    /// The value of the parameter `compare`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
            Self::Nothing => "none",
        }
    }

    pub(super) const fn label(self) -> &'static str {
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

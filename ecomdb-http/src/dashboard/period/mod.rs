//! The period of a page, which is a preset or two days, and the period to compare it with. Days are those of the shop's
//! time zone.

mod chooser;
mod preset;
mod span;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Months, NaiveDate, Utc};
use ecomdb::{Invalid, Period, TimeZone};

pub(crate) use self::chooser::Chooser;
pub(crate) use self::preset::{Comparison, Preset};
pub(crate) use self::span::Span;

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
    /// The period of a query. Two days take precedence over a preset; the default is `usual`.
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

    /// The previous period; `None` if there is no comparison, or the period has no beginning.
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
}

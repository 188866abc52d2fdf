//! What a customer is worth: figures, RFM scores, and spending by month.

use chrono::{Datelike, Months, NaiveDate, NaiveTime};
use ecomdb::{CustomerTrendStep, CustomerValue, Granularity, Money, Period, RfmSegment, TimeZone, Trend};

use crate::dashboard::chart::{self, Axis, Change, Heading, Markup, Series, TimeStep, Unit};
use crate::dashboard::format::{count, counted, day, label, money};

/// Minimum and maximum number of months in the chart.
const FEWEST: u32 = 12;
const MOST: u32 = 36;

/// The figures at the top of the page.
pub(super) struct Figures {
    pub(super) spent: String,
    /// The refunded part, in words; empty if nothing was refunded.
    pub(super) refunds: String,
    pub(super) orders: String,
    pub(super) average: String,
    /// Such as `12 days ago`; `None` without orders.
    pub(super) last_order: Option<String>,
    /// The days of the first and the last order.
    pub(super) first_day: String,
    pub(super) last_day: String,
    pub(super) rfm: Option<Rfm>,
}

/// The RFM analysis of a customer.
pub(super) struct Rfm {
    pub(super) segment: String,
    /// What the segment means, without its scores.
    pub(super) meaning: &'static str,
    pub(super) scores: [Score; 3],
}

/// A score from 1 to 5.
pub(super) struct Score {
    pub(super) name: &'static str,
    pub(super) value: i64,
    pub(super) about: &'static str,
}

impl Score {
    /// Length of its bar, in percent.
    pub(super) const fn percent(&self) -> i64 {
        self.value * 20
    }
}

impl Figures {
    pub(super) fn of(value: &CustomerValue) -> Self {
        let ago = |days: i64| match days {
            ..=0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            days => format!("{} ago", counted(days, "day", "days")),
        };
        let refunds = format!("{} given back, {} kept", money(value.refunds), money(value.net_spent));
        let on = |date: Option<NaiveDate>| date.map(day).unwrap_or_default();
        Self {
            spent: money(value.total_spent),
            refunds: if value.refunds > Money::ZERO { refunds } else { String::new() },
            orders: count(value.orders),
            average: money(value.average_order_value),
            last_order: value.days_since_last_order.map(ago),
            first_day: on(value.first_order),
            last_day: on(value.last_order),
            rfm: Rfm::of(value),
        }
    }
}

impl Rfm {
    fn of(value: &CustomerValue) -> Option<Self> {
        let segment = value.segment?;
        let score = |name, value, about| Score { name, value, about };
        Some(Self {
            segment: label(segment.as_str()),
            meaning: meaning(segment),
            scores: [
                score("Recency", value.recency_score?, "how lately they ordered"),
                score("Frequency", value.frequency_score?, "how often they ordered"),
                score("Monetary value", value.monetary_score?, "how much they spent"),
            ],
        })
    }
}

/// The meaning of a segment in words, without the leading scores of its definition.
fn meaning(segment: RfmSegment) -> &'static str {
    let meaning = segment.meaning();
    meaning.split_once(": ").map_or(meaning, |(_, words)| words)
}

/// The months of the chart: from the first order to today, at most as many as fit.
pub(super) fn months(zone: TimeZone, today: NaiveDate, first_order: Option<NaiveDate>) -> ecomdb::Result<Trend> {
    let this = today.with_day(1).unwrap_or(today);
    let number = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let months = first_order.map_or(1, |first| number(this) - number(first) + 1);
    let months = months.clamp(i64::from(FEWEST), i64::from(MOST)) as u32;
    let first = this.checked_sub_months(Months::new(months - 1)).unwrap_or(this);
    let end = this.checked_add_months(Months::new(1)).unwrap_or(this);
    let period = Period::new(Some(zone.start_of(first)), Some(zone.start_of(end)))?;
    Ok(Trend { period, granularity: Granularity::Month, time_zone: zone, compare_previous: false })
}

/// Spending by month, less refunds, as a chart.
pub(super) fn chart(steps: &[CustomerTrendStep]) -> Markup {
    let starts: Vec<_> = steps.iter().map(|step| step.date.and_time(NaiveTime::MIN).and_utc().fixed_offset()).collect();
    let spent: Vec<i64> = steps.iter().map(|step| step.net_spent.minor()).collect();
    let unit = Unit::money(2);
    let trend = chart::Trend {
        heading: Heading { id: "spending", title: "Spending by month, less refunds", sentence: &sentence(steps) },
        axis: &Axis::of_time(TimeStep::Month, &starts),
        unit,
        series: &[Series { name: "Spent", values: &spent }],
        previous: None,
        is_so_far: true,
    };
    trend.bars()
}

/// Compares the last twelve months with the twelve before them.
fn sentence(steps: &[CustomerTrendStep]) -> String {
    const YEAR: usize = 12;
    let mut years = steps.rchunks(YEAR);
    let (last, before) = (years.next().unwrap_or_default(), years.next().unwrap_or_default());
    let sum = |steps: &[CustomerTrendStep]| steps.iter().map(|step| step.net_spent.minor()).sum::<i64>();
    let (now, then, unit) = (sum(last), sum(before), Unit::money(2));
    if then == 0 {
        let orders = last.iter().map(|step| step.orders).sum::<i64>();
        return format!("{} in {} in the last {YEAR} months", unit.text(now), counted(orders, "order", "orders"));
    }
    let words = chart::sentence("Spending", unit, Change::between(now, then));
    format!("{words} in the last {YEAR} months, against the {YEAR} before")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_goes_from_the_first_order_to_this_month_in_the_zone_of_the_shop() {
        let (zone, today) = ("Europe/Berlin".parse().unwrap(), "2026-03-31".parse().unwrap());
        let period = |first: &str| months(zone, today, first.parse().ok()).unwrap().period.to_string();
        assert_eq!(period(""), "2025-03-31T22:00:00Z to 2026-03-31T22:00:00Z");
        assert_eq!(period("2026-03-01"), period(""));
        assert_eq!(period("2024-11-30"), "2024-10-31T23:00:00Z to 2026-03-31T22:00:00Z");
        assert_eq!(period("1999-01-01"), "2023-03-31T22:00:00Z to 2026-03-31T22:00:00Z");
    }

    fn steps(spent: &[i64]) -> Vec<CustomerTrendStep> {
        let step = |spent: &i64| {
            let (amount, time) = (Money::from_minor(*spent), "2026-01-01T00:00:00Z");
            serde_json::from_value(serde_json::json!({
                "date": "2026-01-01", "from": time, "to": time, "total_spent": amount, "refunds": "0.00",
                "net_spent": amount, "orders": 1,
            }))
        };
        spent.iter().map(step).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_last_year_is_compared_with_the_one_before_if_anything_was_spent_in_it() {
        assert_eq!(sentence(&steps(&[100; 12])), "12.00 in 12 orders in the last 12 months");
        let rose = sentence(&steps(&[vec![0; 3], vec![50; 12], vec![100; 12]].concat()));
        assert_eq!(rose, "Spending rose 100\u{a0}% to 12.00 in the last 12 months, against the 12 before");
        assert_eq!(sentence(&[]), "0.00 in 0 orders in the last 12 months");
    }

    #[test]
    fn segments_are_explained_in_words() {
        for segment in RfmSegment::ALL {
            let words = meaning(*segment);
            assert!(words.ends_with('.') && !words.starts_with('R'), "{words}");
        }
    }
}

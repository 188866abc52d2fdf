//! The sales of a product by week.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use ecomdb::{Granularity, Money, Period, ProductTrendStep, TimeZone, Trend};

use crate::dashboard::chart::{self, Axis, Heading, Markup, Series, TimeStep, Unit};
use crate::dashboard::format::{counted, money};

/// Minimum and maximum number of weeks in the chart.
const FEWEST: i64 = 4;
const MOST: i64 = 26;

/// The weeks of the chart: from the week of the product's creation to the current one, at most as many as fit.
pub(super) fn weeks(zone: TimeZone, now: DateTime<Utc>, created: DateTime<Utc>) -> ecomdb::Result<Trend> {
    let (this, first) = (monday(zone.local(now).date()), monday(zone.local(created).date()));
    let weeks = ((this - first).num_weeks() + 1).clamp(FEWEST, MOST);
    let days = |weeks: i64| Days::new(u64::try_from(weeks * 7).unwrap_or_default());
    let first = this.checked_sub_days(days(weeks - 1)).unwrap_or(this);
    let end = this.checked_add_days(days(1)).unwrap_or(this);
    let period = Period::new(Some(zone.start_of(first)), Some(zone.start_of(end)))?;
    Ok(Trend { period, granularity: Granularity::Week, time_zone: zone, compare_previous: false })
}

fn monday(day: NaiveDate) -> NaiveDate {
    let passed = u64::from(day.weekday().num_days_from_monday());
    day.checked_sub_days(Days::new(passed)).unwrap_or(day)
}

/// Units sold by week, as a chart. The current week is not over.
pub(super) fn sales_chart(steps: &[ProductTrendStep]) -> Markup {
    let starts: Vec<_> = steps.iter().map(|step| step.date.and_time(NaiveTime::MIN).and_utc().fixed_offset()).collect();
    let units: Vec<i64> = steps.iter().map(|step| step.units_sold).collect();
    let trend = chart::Trend {
        heading: Heading { id: "sales", title: "Units sold by week", sentence: &sentence(steps) },
        axis: &Axis::of_time(TimeStep::Week, &starts),
        unit: Unit::COUNT,
        series: &[Series { name: "Units", values: &units }],
        previous: None,
        is_so_far: true,
    };
    trend.bars()
}

fn sentence(steps: &[ProductTrendStep]) -> String {
    let units: i64 = steps.iter().map(|step| step.units_sold).sum();
    let revenue: Money = steps.iter().map(|step| step.product_revenue).sum();
    let weeks = steps.len();
    match units {
        0 => format!("Nothing was sold in the last {weeks} weeks"),
        _ => format!("{} for {} in the last {weeks} weeks", counted(units, "unit", "units"), money(revenue)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_goes_from_the_week_of_the_creation_to_this_week_in_the_zone_of_the_shop() {
        // Sunday in UTC, but already Monday in Berlin.
        let (zone, now) = ("Europe/Berlin".parse().unwrap(), "2026-03-22T23:30:00Z".parse().unwrap());
        let period = |created: &str| weeks(zone, now, created.parse().unwrap()).unwrap().period.to_string();
        assert_eq!(period("2026-03-20T12:00:00Z"), "2026-03-01T23:00:00Z to 2026-03-29T22:00:00Z");
        assert_eq!(period("2026-01-31T12:00:00Z"), "2026-01-25T23:00:00Z to 2026-03-29T22:00:00Z");
        assert_eq!(period("1999-01-01T00:00:00Z"), "2025-09-28T22:00:00Z to 2026-03-29T22:00:00Z");
    }

    #[test]
    fn a_sentence_sums_up_the_weeks() {
        let step = |units: i64, revenue: &str| -> ProductTrendStep {
            let json = serde_json::json!({
                "date": "2026-03-16", "from": "2026-03-16T00:00:00Z", "to": "2026-03-23T00:00:00Z",
                "units_sold": units, "product_revenue": revenue
            });
            serde_json::from_value(json).unwrap()
        };
        assert_eq!(sentence(&[step(1_200, "1.00"), step(3, "0.50")]), "1,203 units for 1.50 in the last 2 weeks");
        assert_eq!(sentence(&[step(0, "0.00"), step(0, "0.00")]), "Nothing was sold in the last 2 weeks");
    }
}

//! Charts of customers.

use std::collections::BTreeMap;

use ecomdb::{Report, RfmSegment};

use super::chart::Values;
use super::question::Selection;
use super::sales::Calendar;
use super::table::words;
use crate::dashboard::chart::{Area, Grid, Heading, HeatMap, HeatRow, Markup, Series, Trend, Unit};

pub(super) fn new_and_returning(values: &Values<'_>) -> Markup {
    let named = values.texts("month");
    let months = Calendar::of(&named);
    let [new, returning] =
        ["new_customers", "returning_customers"].map(|name| months.place(&named, &values.numbers(name)));
    let sentence = match (months.0.last(), new.last(), returning.last()) {
        (Some(month), Some(new), Some(returning)) => format!(
            "{} new and {} returning customers in {}",
            Unit::COUNT.text(*new),
            Unit::COUNT.text(*returning),
            month.format("%B %Y")
        ),
        _ => "There were no customers".to_owned(),
    };
    let trend = Trend {
        heading: Heading { id: "chart", title: "New and returning customers", sentence: &sentence },
        axis: &months.axis(),
        unit: Unit::COUNT,
        series: &[Series { name: "New", values: &new }, Series { name: "Returning", values: &returning }],
        previous: None,
        is_so_far: false,
    };
    trend.lines()
}

/// Number of customers of a cohort, and of those active in each month since the first.
type Cohort = (i64, Vec<Option<i64>>);

/// Retention of the cohorts by months since their first one.
pub(super) fn cohorts(values: &Values<'_>) -> Markup {
    let mut cohorts: BTreeMap<String, Cohort> = BTreeMap::new();
    let counts = values.numbers("cohort_customers").into_iter().zip(values.numbers("active_customers"));
    for (cohort, (customers, active)) in values.texts("cohort").into_iter().zip(counts) {
        let row = cohorts.entry(cohort).or_default();
        row.0 = customers;
        row.1.push(Some(active));
    }
    let rows: Vec<HeatRow> = cohorts
        .iter()
        .map(|(name, (customers, active))| HeatRow {
            name: name.clone(),
            total: Unit::COUNT.text(*customers),
            values: active.iter().map(|active| active.map(|active| share(active, *customers))).collect(),
        })
        .collect();
    let longest = rows.iter().map(|row| row.values.len()).max().unwrap_or_default();
    let titles = ["Cohort (UTC)", "Customers"].map(str::to_owned).into_iter();
    let columns: Vec<String> = titles.chain((0..longest).map(|month| format!("Month {month}"))).collect();
    // In the first month, all customers are active, which would leave little colour for the other months.
    let later = rows.iter().flat_map(|row| row.values.iter().skip(1)).flatten();
    let map = HeatMap {
        heading: Heading { id: "chart", title: "Retention", sentence: &returned(&cohorts) },
        columns: &columns,
        unit: Unit::PERCENT,
        rows: &rows,
        most: later.copied().max().unwrap_or(1_000),
    };
    map.draw()
}

/// The sentence with the customers who ordered again in the month after their first one.
fn returned(cohorts: &BTreeMap<String, Cohort>) -> String {
    let next = cohorts.values().filter_map(|(customers, active)| Some((*customers, (*active.get(1)?)?)));
    let (customers, active) = next.fold((0_i64, 0_i64), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    match customers {
        0 => "No cohort is older than a month".to_owned(),
        _ => format!(
            "{} of the customers ordered again in the month after their first",
            Unit::PERCENT.text(share(active, customers))
        ),
    }
}

/// The share in tenths of a percent, rounded half up.
fn share(part: i64, whole: i64) -> i64 {
    let (part, whole) = (i128::from(part), i128::from(whole.max(1)));
    i64::try_from((2_000 * part + whole).div_euclid(2 * whole)).unwrap_or(i64::MAX)
}

/// Rectangles of the segments in the grid of scores: first row (value 5 is row 0), and numbers of rows and of columns
/// (recency). They are ordered by their upper left corners.
const AREAS: [(RfmSegment, usize, [usize; 2]); 8] = [
    (RfmSegment::AtRisk, 0, [2, 2]),
    (RfmSegment::Loyal, 0, [2, 1]),
    (RfmSegment::Champions, 0, [2, 2]),
    (RfmSegment::Lost, 2, [3, 1]),
    (RfmSegment::Hibernating, 2, [3, 1]),
    (RfmSegment::NeedAttention, 2, [3, 1]),
    (RfmSegment::PotentialLoyalists, 2, [2, 2]),
    (RfmSegment::Recent, 4, [1, 2]),
];

pub(super) fn segments(asked: &Selection, values: &Values<'_>) -> Markup {
    let counts: BTreeMap<String, i64> = values.texts("segment").into_iter().zip(values.numbers("customers")).collect();
    let area = |(segment, row, span): (RfmSegment, usize, [usize; 2])| Area {
        name: words(segment.as_str()),
        link: asked.days.address(&format!("/reports/{}", Report::RfmCustomers), &[("segment", segment.to_string())]),
        value: counts.get(segment.as_str()).copied().unwrap_or_default(),
        row,
        span,
    };
    let areas = AREAS.map(area);
    let sentence = match areas.iter().max_by_key(|area| area.value) {
        Some(most) if most.value > 0 => {
            format!("{} is the largest segment, with {} customers", most.name, Unit::COUNT.text(most.value))
        }
        _ => "There are no customers".to_owned(),
    };
    let grid = Grid {
        heading: Heading { id: "chart", title: "Segments by recency and value", sentence: &sentence },
        titles: ["Value", "Recency"],
        columns: &["1", "2", "3", "4", "5"],
        rows: &["5", "4", "3", "2", "1"],
        areas: &areas,
    };
    grid.draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segments_fill_the_grid() {
        let cells: usize = AREAS.iter().map(|(_, _, [rows, columns])| rows * columns).sum();
        assert_eq!(cells, 25);
        let in_grid: Vec<_> = AREAS.iter().map(|(segment, ..)| segment.as_str()).collect();
        assert!(RfmSegment::ALL.iter().all(|segment| in_grid.contains(&segment.as_str())));
    }

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(
            [(1, 3), (2, 3), (1, 2_000), (0, 0), (5, 5)].map(|(part, whole)| share(part, whole)),
            [333, 667, 1, 0, 1_000]
        );
    }
}

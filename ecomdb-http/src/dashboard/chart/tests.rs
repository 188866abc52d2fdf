//! Charts as they are drawn: each is compared with a file of `tests/golden`, which `ECOMDB_BLESS=1` writes.

use std::path::Path;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::*;

/// Compares a chart with its file.
fn assert_golden(name: &str, chart: &Markup) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts").join(format!("{name}.html"));
    let chart = chart.to_string();
    if std::env::var_os("ECOMDB_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &chart).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(chart, golden, "{} differs", path.display());
}

fn heading(sentence: &str) -> Heading<'_> {
    Heading { id: "net-revenue", title: "Net revenue", sentence }
}

fn at(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

fn days(count: i64) -> Axis {
    let starts: Vec<_> = (0..count).map(|day| at("2026-09-24T00:00:00+02:00") + TimeDelta::days(day)).collect();
    Axis::of_time(TimeStep::Day, &starts)
}

/// A trend of days in money.
fn trend<'a>(axis: &'a Axis, series: &'a [Series<'a>], previous: Option<&'a [i64]>) -> Trend<'a> {
    let heading = heading("Net revenue fell 7\u{a0}% to 57,033.78");
    Trend { heading, axis, unit: Unit::money(2), series, previous, is_so_far: false }
}

fn lines(values: &[i64]) -> Markup {
    let axis = days(values.len() as i64);
    trend(&axis, &[Series { name: "Net revenue", values }], None).lines()
}

fn bars(values: &[i64]) -> Markup {
    let axis = days(values.len() as i64);
    trend(&axis, &[Series { name: "Net revenue", values }], None).bars()
}

#[test]
fn nothing_to_show_is_said_in_words() {
    assert_golden("empty", &lines(&[]));
    assert_eq!(bars(&[]), lines(&[]));
}

#[test]
fn one_point_is_a_dot_and_one_bar_is_not_as_wide_as_the_plot() {
    assert_golden("one-point", &lines(&[123_456]));
    assert_golden("one-bar", &bars(&[123_456]));
}

#[test]
fn equal_values_are_a_level_line() {
    assert_golden("all-equal", &lines(&[500, 500, 500]));
    assert_golden("all-zero", &lines(&[0, 0, 0]));
}

#[test]
fn negative_values_are_below_the_line_at_zero() {
    assert_golden("negative-line", &lines(&[-1_200, 3_400, -500]));
    assert_golden("negative-bars", &bars(&[-1_200, 3_400, -500]));
}

#[test]
fn the_largest_amounts_do_not_overflow() {
    assert_golden("huge-line", &lines(&[i64::MAX, i64::MIN, i64::MAX - 1]));
    assert_golden("huge-bars", &bars(&[i64::MAX, 1, 0]));
}

#[test]
fn the_previous_period_is_dashed_behind_and_the_last_step_is_hatched() {
    let axis = days(4);
    let series = [Series { name: "Net revenue", values: &[1_000, 3_000, 2_500, 400] }];
    let trend = Trend { is_so_far: true, ..trend(&axis, &series, Some(&[900, 2_000, 2_600, 2_700])) };
    assert_golden("previous-line", &trend.lines());
    assert_golden("previous-bars", &trend.bars());
}

#[test]
fn lines_have_their_names_at_their_ends() {
    let axis = days(3);
    let series = [
        Series { name: "New customers", values: &[5, 9, 7] },
        Series { name: "Returning customers", values: &[11, 12, 7] },
    ];
    assert_golden("two-lines", &Trend { unit: Unit::COUNT, ..trend(&axis, &series, None) }.lines());
}

/// The clocks go forward at 02:00, and it is 05:30.
#[test]
fn a_day_of_23_hours_has_23_steps_of_which_some_are_still_to_come() {
    let offset = |hour: i64| FixedOffset::east_opt(if hour < 2 { 3_600 } else { 7_200 }).unwrap();
    let midnight = at("2026-03-29T00:00:00+01:00");
    let starts: Vec<_> = (0..23).map(|hour| (midnight + TimeDelta::hours(hour)).with_timezone(&offset(hour))).collect();
    let axis = Axis::of_time(TimeStep::Hour, &starts);
    let previous: Vec<i64> = (0..23).map(|hour| 100 * hour).collect();
    let series = [Series { name: "Today", values: &[120, 40, 0, 310, 90] }];
    let trend = Trend { is_so_far: true, ..trend(&axis, &series, Some(&previous)) };
    assert_golden("day-of-23-hours", &trend.bars());
}

#[test]
fn many_points_have_few_labels_and_all_values() {
    let values: Vec<i64> = (0..4_000).map(|day| day * 37 % 1_000).collect();
    let chart = lines(&values).to_string();
    assert_eq!(chart.matches("<tr><th scope=\"row\">").count(), 4_000);
    assert!(chart.matches("class=\"tick").count() <= 5 + 8);
    assert!(bars(&values).to_string().matches("<rect").count() <= 4_000);
}

#[test]
fn names_are_escaped_and_shortened() {
    let name = "A <b>lamp</b> & its \"shade\", with a name that goes on & on";
    let bars = [Ranked { name: name.to_owned(), value: 1_250 }, Ranked { name: "Chair".to_owned(), value: -300 }];
    let ranking = Ranking {
        heading: Heading { id: "products", title: "Products", sentence: "A <b>lamp</b> leads" },
        columns: ["Product", "Revenue"],
        unit: Unit::money(2),
        bars: &bars,
        reference: None,
    };
    let chart = ranking.draw();
    assert_golden("ranking", &chart);
    assert!(!chart.to_string().contains("<b>"));
}

#[test]
fn lifts_are_compared_with_independent_products() {
    let bars = [("Lamp + Bulb", 412), ("Chair + Desk", 96)];
    let bars = bars.map(|(name, value)| Ranked { name: name.to_owned(), value });
    let ranking = Ranking {
        heading: Heading { id: "lift", title: "Lift", sentence: "Lamp + Bulb lead with 4.12\u{a0}×" },
        columns: ["Products", "Lift"],
        unit: Unit::TIMES,
        bars: &bars,
        reference: Some(Reference { name: "independent", value: 100 }),
    };
    assert_golden("lift", &ranking.draw());
}

#[test]
fn a_price_holds_until_it_changes() {
    let chart = |changes: &[(DateTime<FixedOffset>, i64)]| {
        let heading = Heading { id: "price", title: "Price", sentence: "The price is 24.99" };
        let until = at("2026-09-01T12:00:00+02:00");
        StepChart { heading, name: "Price", unit: Unit::money(2), changes, until }.draw()
    };
    let changes = [("2026-01-01T09:00:00+01:00", 1_999), ("2026-05-01T09:00:00+02:00", 2_499)];
    assert_golden("steps", &chart(&changes.map(|(moment, price)| (at(moment), price))));
    assert_golden("one-step", &chart(&[(at("2026-09-01T12:00:00+02:00"), 1_999)]));
    assert!(chart(&[]).to_string().contains("Nothing to show"));
}

#[test]
fn cohorts_are_a_heat_map() {
    let columns = ["Cohort", "Customers", "Month 0", "Month 1", "Month 2"].map(str::to_owned);
    let row = |name: &str, total: &str, values: &[Option<i64>]| HeatRow {
        name: name.to_owned(),
        total: total.to_owned(),
        values: values.to_vec(),
    };
    let rows =
        [row("2026-01", "1,204", &[Some(1_000), Some(183), Some(0)]), row("2026-02", "998", &[Some(1_000), None])];
    let heading = Heading { id: "cohorts", title: "Retention", sentence: "18.3\u{a0}% return after a month" };
    let map = HeatMap { heading, columns: &columns, unit: Unit::PERCENT, rows: &rows, most: 200 };
    assert_golden("heat-map", &map.draw());
    assert!(HeatMap { rows: &[], ..map }.draw().to_string().contains("Nothing to show"));
}

#[test]
fn segments_are_areas_of_a_grid() {
    let area = |name: &str, value, row, span| Area {
        name: name.to_owned(),
        link: format!("/reports/rfm-customers?segment={name}"),
        value,
        row,
        span,
    };
    let areas = [area("at_risk", 20, 0, [1, 2]), area("champions", 60, 0, [2, 1]), area("lost", 0, 1, [1, 2])];
    let heading = Heading { id: "rfm", title: "Segments", sentence: "60 customers are champions" };
    let grid =
        Grid { heading, titles: ["Value", "Recency"], columns: &["1", "2", "3"], rows: &["2", "1"], areas: &areas };
    assert_golden("grid", &grid.draw());
}

#[test]
fn a_funnel_says_what_was_lost() {
    let stage = |name, count, loss| Stage { name, count, loss };
    let stages = [
        stage("Placed", 1_000, ""),
        stage("With a payment attempt", 881, "without a payment attempt"),
        stage("Paid", 0, "not paid"),
    ];
    let heading = Heading { id: "funnel", title: "Funnel", sentence: "88.1\u{a0}% were paid" };
    assert_golden("funnel", &Funnel { heading, counted: "Orders", stages: &stages }.draw());
    let heading = Heading { id: "funnel", title: "Funnel", sentence: "There are no orders" };
    let none = [stage("Placed", 0, ""), stage("Paid", 0, "not paid")];
    assert!(!Funnel { heading, counted: "Orders", stages: &none }.draw().to_string().contains("NaN"));
}

#[test]
fn small_charts_fit_into_a_line() {
    assert_golden("sparkline", &sparkline(&[3, 9, 4, i64::MAX]));
    assert_golden("sparkline-of-equal-values", &sparkline(&[3, 3]));
    assert_golden("cover", &cover(3, 5, 40));
    assert!(!sparkline(&[]).to_string().contains("path"));
    assert!(!cover(7, 0, 0).to_string().contains("is-bad"));
}

/// The pages' policy ignores inline styles, and colours come from the style sheet.
#[test]
fn no_chart_has_styles_or_colours_of_its_own() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let chart = std::fs::read_to_string(&file).unwrap();
        for forbidden in ["style=", "stroke=\"", "fill=\"#", "fill=\"rgb", "onclick", "NaN", "inf"] {
            assert!(!chart.contains(forbidden), "{} contains {forbidden}", file.display());
        }
    }
}

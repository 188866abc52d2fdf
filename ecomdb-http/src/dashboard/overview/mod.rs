//! `/`: the overview.

mod card;
mod figure;
mod reading;
mod task;

#[cfg(test)]
mod tests;

use askama::Template;
use axum::extract::State;
use chrono::NaiveDate;
use ecomdb::{CategoryRevenue, Invalid, ProductRevenue, Scope};
use serde::Deserialize;
use tokio::try_join;

use self::card::{Card, cards, chart};
use self::figure::Figure;
pub(super) use self::figure::time_step;
use self::reading::{Figures, Rankings, Waiting};
use self::task::{Task, tasks};
use super::chart::Markup;
use super::period::{Chooser, Chosen, Comparison, PeriodQuery, Preset};
use super::shell::{Section, Shell, Visit, render};
use super::so_far::SoFar;
use crate::extract::{Query, entered, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OverviewQuery {
    #[serde(deserialize_with = "text")]
    period: Option<Preset>,
    #[serde(deserialize_with = "entered")]
    from: Option<NaiveDate>,
    #[serde(deserialize_with = "entered")]
    to: Option<NaiveDate>,
    #[serde(deserialize_with = "text")]
    compare: Option<Comparison>,
    #[serde(deserialize_with = "text")]
    chart: Option<Figure>,
}

#[derive(Template)]
#[template(path = "overview/overview.html")]
struct Overview {
    shell: Shell,
    chooser: Chooser,
    /// Figures of the period, and those of today.
    period: Vec<Card>,
    today: Vec<Card>,
    chart: Markup,
    /// The definition of the charted figure, its calendar, and the address of its rows.
    meaning: &'static str,
    calendar: String,
    rows: String,
    products: Vec<ProductRevenue>,
    categories: Vec<CategoryRevenue>,
    product_report: String,
    category_report: String,
    tasks: Vec<Task>,
    /// The time that today is compared with, in words.
    weekday: String,
    /// Whether the shop has never sold anything.
    is_new: bool,
    can_create: bool,
    can_order: bool,
}

/// The overview.
pub(super) async fn show_overview(State(app): State<Shared>, visit: Visit, query: Query<OverviewQuery>) -> Answer {
    let Query(OverviewQuery { period, from, to, compare, chart: charted }) = query;
    let query = PeriodQuery { period, from, to, compare };
    let chosen = Chosen::new(query, Preset::ThirtyDays, visit.zone(), visit.now());
    let days = SoFar::new(chosen.map_err(of_query)?, visit.zone(), visit.now());
    let period = days.period().map_err(of_query)?;
    let (figures, rankings, waiting) = try_join!(
        app.run(move |db| db.run(move |shop| Figures::read(shop, &days, &period))),
        app.run(move |db| db.run(move |shop| Rankings::read(shop, &period))),
        app.run(move |db| db.run(move |shop| Waiting::read(shop, days.now))),
    )?;
    let figure = charted.unwrap_or_default();
    let report = |name: &str| days.address(&format!("/reports/{name}"), &[]);
    render(&Overview {
        chooser: days.chosen().chooser("/", &[("chart", charted.map(Figure::word).unwrap_or_default())]),
        period: cards(&Figure::OF_PERIOD, &figures, &days, figure),
        today: cards(&Figure::OF_TODAY, &figures, &days, figure),
        chart: chart(figure, &figures, &days),
        meaning: figure.meaning(),
        calendar: figure.calendar(&figures),
        rows: figure.rows(&days),
        product_report: report("revenue-by-product"),
        category_report: report("revenue-by-category"),
        tasks: tasks(&waiting),
        weekday: figures.weekday("%a %-d %b, %H:%M"),
        is_new: figures.is_new(),
        can_create: visit.can(Scope::CatalogWrite),
        can_order: visit.can(Scope::OrdersWrite),
        products: rankings.products,
        categories: rankings.categories,
        shell: visit.page("Overview", Section::Overview),
    })
}

fn of_query(invalid: Invalid) -> Problem {
    Problem::from(invalid).of_query()
}

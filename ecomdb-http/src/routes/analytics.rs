//! `/api/analytics`

use axum::extract::State;
use ecomdb::{Limit, Period};
use serde::Deserialize;

use crate::extract::{Query, text};
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::App;

/// The time that a report is about.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PeriodQuery {
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    #[serde(deserialize_with = "text")]
    to: Option<String>,
}

/// The time that a ranking is about, and how far down it goes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RankingQuery {
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
}

fn period(from: Option<String>, to: Option<String>) -> Result<Period, Problem> {
    // The plus sign of a time zone becomes a space in a query unless it is escaped, and nobody thinks of that.
    let plus = |time: String| if time.contains('T') { time.replace(' ', "+") } else { time };
    let (from, to) = (from.map(plus), to.map(plus));
    Period::parse(from.as_deref(), to.as_deref()).map_err(|invalid| Problem::from(invalid).of_query())
}

pub(crate) async fn show_total_revenue(State(app): State<App>, Query(query): Query<PeriodQuery>) -> Answer {
    let period = period(query.from, query.to)?;
    ok(app.run(move |db| db.analytics().total_revenue(&period)).await?)
}

pub(crate) async fn show_monthly_revenue(State(app): State<App>, Query(query): Query<PeriodQuery>) -> Answer {
    let period = period(query.from, query.to)?;
    ok(app.run(move |db| db.analytics().monthly_revenue(&period)).await?)
}

pub(crate) async fn rank_customers(State(app): State<App>, Query(query): Query<RankingQuery>) -> Answer {
    let (period, limit) = (period(query.from, query.to)?, query.limit.unwrap_or_default());
    ok(app.run(move |db| db.analytics().top_customers(&period, limit)).await?)
}

pub(crate) async fn rank_products(State(app): State<App>, Query(query): Query<RankingQuery>) -> Answer {
    let (period, limit) = (period(query.from, query.to)?, query.limit.unwrap_or_default());
    ok(app.run(move |db| db.analytics().top_products(&period, limit)).await?)
}

pub(crate) async fn rank_products_by_revenue(State(app): State<App>, Query(query): Query<RankingQuery>) -> Answer {
    let (period, limit) = (period(query.from, query.to)?, query.limit.unwrap_or_default());
    ok(app.run(move |db| db.analytics().revenue_by_product(&period, limit)).await?)
}

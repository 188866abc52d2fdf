//! `/api/analytics`

use axum::extract::State;
use ecomdb::{Analytics, Guarded};
use serde::Serialize;

use crate::extract::{Asked, During, OverTime, Ranking, Segment, Top};
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::App;

async fn report<T: Serialize + Send + 'static>(
    app: &App,
    run: impl FnOnce(Analytics<Guarded<'_>>) -> ecomdb::Result<T> + Send + 'static,
) -> Answer {
    ok(app.run(move |db| run(db.analytics())).await.map_err(Problem::of_query)?)
}

pub(crate) async fn show_total_revenue(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.total_revenue(&period)).await
}

pub(crate) async fn list_monthly_revenue(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.monthly_revenue(&period)).await
}

pub(crate) async fn list_revenue_trend(State(app): State<App>, Asked(trend): Asked<OverTime>) -> Answer {
    report(&app, move |reports| reports.revenue_trend(&trend)).await
}

pub(crate) async fn show_average_order_value(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.average_order_value(&period)).await
}

pub(crate) async fn rank_customers(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.top_customers(&period, limit)).await
}

pub(crate) async fn rank_customers_by_orders(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.orders_per_user(&period, limit)).await
}

pub(crate) async fn list_new_and_returning_customers(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.new_and_returning_customers(&period)).await
}

pub(crate) async fn list_cohorts(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.cohorts(&period)).await
}

pub(crate) async fn list_rfm_segments(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.rfm_segments(&period)).await
}

pub(crate) async fn rank_rfm_customers(
    State(app): State<App>,
    Asked((period, segment, limit)): Asked<Segment>,
) -> Answer {
    report(&app, move |reports| reports.rfm_customers(&period, segment, limit)).await
}

pub(crate) async fn rank_products(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.top_products(&period, limit)).await
}

pub(crate) async fn rank_products_by_revenue(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.revenue_by_product(&period, limit)).await
}

pub(crate) async fn rank_categories_by_revenue(
    State(app): State<App>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.revenue_by_category(&period, limit)).await
}

pub(crate) async fn rank_pairs_of_products(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.bought_together(&period, limit)).await
}

pub(crate) async fn rank_products_by_cover(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.stock_cover(&period, limit)).await
}

pub(crate) async fn rank_low_inventory(State(app): State<App>, Asked(limit): Asked<Top>) -> Answer {
    report(&app, move |reports| reports.low_inventory(limit)).await
}

pub(crate) async fn list_unpaid_orders(State(app): State<App>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.unpaid_orders(&period, limit)).await
}

pub(crate) async fn list_funnel(State(app): State<App>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.funnel(&period)).await
}

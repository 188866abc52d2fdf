//! `/api/analytics`

use axum::extract::State;
use ecomdb::{
    Analytics, AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, FunnelStep, Guarded, LowStock,
    MonthlyRevenue, NewAndReturning, ProductRevenue, RfmCustomer, RfmSegmentSummary, StockCover, TopCustomer,
    TopProduct, TotalRevenue, TrendStep, UnpaidOrder, metrics,
};
use serde::Serialize;

use crate::extract::{Asked, During, OverTime, Ranking, Segment, Top};
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::{App, Shared};

/// What the numbers of a report mean.
fn words(metrics: &[&str]) -> String {
    metrics.join("\n\n")
}

async fn report<T: Serialize + Send + 'static>(
    app: &App,
    run: impl FnOnce(Analytics<Guarded<'_>>) -> ecomdb::Result<T> + Send + 'static,
) -> Answer {
    ok(app.run(move |db| run(db.analytics())).await.map_err(Problem::of_query)?)
}

/// Total revenue
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(During),
    responses((status = 200, description = "The report.", body = TotalRevenue))
)]
pub(crate) async fn show_total_revenue(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.total_revenue(&period)).await
}

/// Revenue by month
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(During),
    responses((status = 200, description = "The report.", body = Vec<MonthlyRevenue>))
)]
pub(crate) async fn list_monthly_revenue(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.monthly_revenue(&period)).await
}

/// Revenue by day, week or month, in a time zone
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(OverTime),
    responses((status = 200, description = "The report.", body = Vec<TrendStep>))
)]
pub(crate) async fn list_revenue_trend(State(app): State<Shared>, Asked(trend): Asked<OverTime>) -> Answer {
    report(&app, move |reports| reports.revenue_trend(&trend)).await
}

/// Average order value
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::AVERAGE_ORDER_VALUE, metrics::REVENUE]),
    params(During),
    responses((status = 200, description = "The report.", body = AverageOrderValue))
)]
pub(crate) async fn show_average_order_value(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.average_order_value(&period)).await
}

/// The customers who spent most
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::CUSTOMER, metrics::REVENUE]),
    params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<TopCustomer>))
)]
pub(crate) async fn rank_customers(State(app): State<Shared>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.top_customers(&period, limit)).await
}

/// The customers with most completed orders
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::CUSTOMER, metrics::REVENUE]),
    params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<TopCustomer>))
)]
pub(crate) async fn rank_customers_by_orders(
    State(app): State<Shared>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.orders_per_user(&period, limit)).await
}

/// New and returning customers of each month
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::NEW_CUSTOMER, metrics::RETURNING_CUSTOMER, metrics::REVENUE]),
    params(During),
    responses((status = 200, description = "The report.", body = Vec<NewAndReturning>))
)]
pub(crate) async fn list_new_and_returning_customers(
    State(app): State<Shared>,
    Asked(period): Asked<During>,
) -> Answer {
    report(&app, move |reports| reports.new_and_returning_customers(&period)).await
}

/// Retention and lifetime value of cohorts
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::COHORT, metrics::RETENTION, metrics::LIFETIME_VALUE]),
    params(During),
    responses((status = 200, description = "The report.", body = Vec<CohortMonth>))
)]
pub(crate) async fn list_cohorts(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.cohorts(&period)).await
}

/// How many customers are in each RFM segment
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::CUSTOMER, metrics::RFM_SCORE, metrics::RFM_SEGMENT]),
    params(During),
    responses((status = 200, description = "The report.", body = Vec<RfmSegmentSummary>))
)]
pub(crate) async fn list_rfm_segments(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.rfm_segments(&period)).await
}

/// The customers with the highest RFM scores
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::CUSTOMER, metrics::RFM_SCORE, metrics::RFM_SEGMENT]),
    params(Segment),
    responses((status = 200, description = "The report.", body = Vec<RfmCustomer>))
)]
pub(crate) async fn rank_rfm_customers(
    State(app): State<Shared>,
    Asked((period, segment, limit)): Asked<Segment>,
) -> Answer {
    report(&app, move |reports| reports.rfm_customers(&period, segment, limit)).await
}

/// The products of which most units were sold
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::UNITS]), params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<TopProduct>))
)]
pub(crate) async fn rank_products(State(app): State<Shared>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.top_products(&period, limit)).await
}

/// The products that brought in most
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::UNITS, metrics::REVENUE]), params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<ProductRevenue>))
)]
pub(crate) async fn rank_products_by_revenue(
    State(app): State<Shared>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.revenue_by_product(&period, limit)).await
}

/// The categories that brought in most
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::REVENUE]), params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<CategoryRevenue>))
)]
pub(crate) async fn rank_categories_by_revenue(
    State(app): State<Shared>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.revenue_by_category(&period, limit)).await
}

/// Products that are bought together
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::SUPPORT, metrics::CONFIDENCE, metrics::LIFT]),
    params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<BoughtTogether>))
)]
pub(crate) async fn rank_pairs_of_products(
    State(app): State<Shared>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.bought_together(&period, limit)).await
}

/// How long the stock lasts
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = words(&[metrics::SELL_THROUGH, metrics::DAYS_OF_COVER, metrics::UNITS]),
    params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<StockCover>))
)]
pub(crate) async fn rank_products_by_cover(
    State(app): State<Shared>,
    Asked((period, limit)): Asked<Ranking>,
) -> Answer {
    report(&app, move |reports| reports.stock_cover(&period, limit)).await
}

/// Products that it is time to reorder
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::LOW_INVENTORY]), params(Top),
    responses((status = 200, description = "The report.", body = Vec<LowStock>))
)]
pub(crate) async fn rank_low_inventory(State(app): State<Shared>, Asked(limit): Asked<Top>) -> Answer {
    report(&app, move |reports| reports.low_inventory(limit)).await
}

/// Orders of which nothing was paid
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::UNPAID]), params(Ranking),
    responses((status = 200, description = "The report.", body = Vec<UnpaidOrder>))
)]
pub(crate) async fn list_unpaid_orders(State(app): State<Shared>, Asked((period, limit)): Asked<Ranking>) -> Answer {
    report(&app, move |reports| reports.unpaid_orders(&period, limit)).await
}

/// How far orders come
#[utoipa::path(
    get, path = "", tag = "analytics", description = words(&[metrics::FUNNEL]), params(During),
    responses((status = 200, description = "The report.", body = Vec<FunnelStep>))
)]
pub(crate) async fn list_funnel(State(app): State<Shared>, Asked(period): Asked<During>) -> Answer {
    report(&app, move |reports| reports.funnel(&period)).await
}

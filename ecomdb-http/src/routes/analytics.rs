//! `/api/analytics`

use axum::extract::State;
use ecomdb::{
    Analytics, AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, FunnelStep, Guarded, LowInventory,
    MonthlyRevenue, NewAndReturning, ProductRevenue, RfmCustomer, RfmSegmentSummary, SellThrough, TopCustomer,
    TopProduct, TotalRevenue, TrendStep, UnpaidOrder, metrics,
};
use serde::Serialize;

use crate::extract::{LimitQuery, PeriodQuery, RankingQuery, ReportQuery, SegmentQuery, TrendQuery};
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::{App, Shared};

/// The description of a report: the definitions of its metrics.
fn definitions(metrics: &[&str]) -> String {
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
    description = definitions(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = TotalRevenue))
)]
pub(crate) async fn show_total_revenue(
    State(app): State<Shared>,
    ReportQuery(period): ReportQuery<PeriodQuery>,
) -> Answer {
    report(&app, move |reports| reports.total_revenue(&period)).await
}

/// Revenue by month
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = Vec<MonthlyRevenue>))
)]
pub(crate) async fn list_monthly_revenue(
    State(app): State<Shared>,
    ReportQuery(period): ReportQuery<PeriodQuery>,
) -> Answer {
    report(&app, move |reports| reports.monthly_revenue(&period)).await
}

/// Revenue by day, week or month, in a time zone
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::REVENUE, metrics::REFUNDS, metrics::NET_REVENUE]),
    params(TrendQuery),
    responses((status = 200, description = "The report.", body = Vec<TrendStep>))
)]
pub(crate) async fn list_revenue_trend(
    State(app): State<Shared>,
    ReportQuery(trend): ReportQuery<TrendQuery>,
) -> Answer {
    report(&app, move |reports| reports.revenue_trend(&trend)).await
}

/// Average order value
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::AVERAGE_ORDER_VALUE, metrics::REVENUE]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = AverageOrderValue))
)]
pub(crate) async fn show_average_order_value(
    State(app): State<Shared>,
    ReportQuery(period): ReportQuery<PeriodQuery>,
) -> Answer {
    report(&app, move |reports| reports.average_order_value(&period)).await
}

/// Customers by spend
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::CUSTOMER, metrics::REVENUE]),
    params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<TopCustomer>))
)]
pub(crate) async fn rank_customers(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.top_customers(&period, limit)).await
}

/// Customers by completed orders
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::CUSTOMER, metrics::REVENUE]),
    params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<TopCustomer>))
)]
pub(crate) async fn rank_customers_by_orders(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.orders_per_user(&period, limit)).await
}

/// New and returning customers of each month
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::NEW_CUSTOMER, metrics::RETURNING_CUSTOMER, metrics::REVENUE]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = Vec<NewAndReturning>))
)]
pub(crate) async fn list_new_and_returning_customers(
    State(app): State<Shared>,
    ReportQuery(period): ReportQuery<PeriodQuery>,
) -> Answer {
    report(&app, move |reports| reports.new_and_returning_customers(&period)).await
}

/// Retention and lifetime value of cohorts
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::COHORT, metrics::RETENTION, metrics::LIFETIME_VALUE]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = Vec<CohortMonth>))
)]
pub(crate) async fn list_cohorts(State(app): State<Shared>, ReportQuery(period): ReportQuery<PeriodQuery>) -> Answer {
    report(&app, move |reports| reports.cohorts(&period)).await
}

/// Customers by RFM segment
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::CUSTOMER, metrics::RFM_SCORE, metrics::RFM_SEGMENT]),
    params(PeriodQuery),
    responses((status = 200, description = "The report.", body = Vec<RfmSegmentSummary>))
)]
pub(crate) async fn list_rfm_segments(
    State(app): State<Shared>,
    ReportQuery(period): ReportQuery<PeriodQuery>,
) -> Answer {
    report(&app, move |reports| reports.rfm(&period)).await
}

/// Customers by RFM score
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::CUSTOMER, metrics::RFM_SCORE, metrics::RFM_SEGMENT]),
    params(SegmentQuery),
    responses((status = 200, description = "The report.", body = Vec<RfmCustomer>))
)]
pub(crate) async fn rank_rfm_customers(
    State(app): State<Shared>,
    ReportQuery((period, segment, limit)): ReportQuery<SegmentQuery>,
) -> Answer {
    report(&app, move |reports| reports.rfm_customers(&period, segment, limit)).await
}

/// Products by units sold
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::UNITS]), params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<TopProduct>))
)]
pub(crate) async fn rank_products(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.top_products(&period, limit)).await
}

/// Products by revenue
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::UNITS, metrics::REVENUE]), params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<ProductRevenue>))
)]
pub(crate) async fn rank_products_by_revenue(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.revenue_by_product(&period, limit)).await
}

/// Categories by revenue
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::REVENUE]), params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<CategoryRevenue>))
)]
pub(crate) async fn rank_categories_by_revenue(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.revenue_by_category(&period, limit)).await
}

/// Products bought together
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::SUPPORT, metrics::CONFIDENCE, metrics::LIFT]),
    params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<BoughtTogether>))
)]
pub(crate) async fn rank_pairs_of_products(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.bought_together(&period, limit)).await
}

/// Sell-through and days of cover
#[utoipa::path(
    get, path = "", tag = "analytics",
    description = definitions(&[metrics::SELL_THROUGH, metrics::DAYS_OF_COVER, metrics::UNITS]),
    params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<SellThrough>))
)]
pub(crate) async fn rank_products_by_cover(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.sell_through(&period, limit)).await
}

/// Products at or below their reorder level
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::LOW_INVENTORY]), params(LimitQuery),
    responses((status = 200, description = "The report.", body = Vec<LowInventory>))
)]
pub(crate) async fn rank_low_inventory(
    State(app): State<Shared>,
    ReportQuery(limit): ReportQuery<LimitQuery>,
) -> Answer {
    report(&app, move |reports| reports.low_inventory(limit)).await
}

/// Orders without payment
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::UNPAID]), params(RankingQuery),
    responses((status = 200, description = "The report.", body = Vec<UnpaidOrder>))
)]
pub(crate) async fn list_unpaid_orders(
    State(app): State<Shared>,
    ReportQuery((period, limit)): ReportQuery<RankingQuery>,
) -> Answer {
    report(&app, move |reports| reports.unpaid_orders(&period, limit)).await
}

/// Funnel from order to payment to refund
#[utoipa::path(
    get, path = "", tag = "analytics", description = definitions(&[metrics::FUNNEL]), params(PeriodQuery),
    responses((status = 200, description = "The report.", body = Vec<FunnelStep>))
)]
pub(crate) async fn list_funnel(State(app): State<Shared>, ReportQuery(period): ReportQuery<PeriodQuery>) -> Answer {
    report(&app, move |reports| reports.funnel(&period)).await
}

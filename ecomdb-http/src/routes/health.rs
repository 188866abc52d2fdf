//! Health checks: `/healthz` and `/readyz`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::NoQuery;
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::Shared;

#[derive(Serialize, ToSchema)]
pub(crate) struct Life {
    /// Always `ok`.
    status: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Always `ok`.
    status: &'static str,
    /// Engine: `SQLite`, `MySQL` or `PostgreSQL`.
    database: &'static str,
    /// Whether the server opened the database read-only (`--read-only`); then 200 says nothing about writes.
    read_only: bool,
}

/// Liveness
///
/// 200 while the process runs. Does not touch the database.
#[utoipa::path(get, path = "", tag = "operations", responses((status = 200, description = "The process runs.", body = Life)))]
pub(crate) async fn show_life() -> Answer {
    ok(Life { status: "ok" })
}

/// Readiness
///
/// 503 if the database cannot be used; `reason` says why. After a write failed for such a reason, the answer is 503
/// until writes succeed again.
#[utoipa::path(
    get, path = "", tag = "operations",
    responses((status = 200, description = "The database can be used.", body = Readiness))
)]
pub(crate) async fn show_readiness(State(app): State<Shared>) -> Answer {
    let database = app.ready().await?;
    ok(Readiness { status: "ok", database: database.engine().as_str(), read_only: database.is_read_only() })
}

/// Metrics
///
/// For Prometheus, in the OpenMetrics format: requests, their durations, and the state of the database.
#[utoipa::path(
    get, path = "", tag = "operations",
    responses((
        status = 200, description = "One sample per line.", body = String,
        content_type = "application/openmetrics-text",
        example = json!("http_requests_total{method=\"GET\",route=\"/api/orders/{id}\",status=\"200\"} 17\n")
    ))
)]
pub(crate) async fn show_metrics(State(app): State<Shared>, _: NoQuery) -> Answer {
    let statistics = app.in_database(|db| db.statistics()).await?;
    let text = app.metrics().text(statistics).map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

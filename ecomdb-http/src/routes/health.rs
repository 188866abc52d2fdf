//! `/healthz` and `/readyz`, for whatever watches the server.

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
    /// The engine: `sqlite`, `mysql` or `postgres`.
    database: &'static str,
    /// Whether the server only reads the database (`--read-only`): then 200 says nothing about writes.
    read_only: bool,
}

/// Is the process up?
///
/// Answered without a look at the database.
#[utoipa::path(get, path = "", tag = "operations", responses((status = 200, description = "It is.", body = Life)))]
pub(crate) async fn show_life() -> Answer {
    ok(Life { status: "ok" })
}

/// Can the database be used?
///
/// 503 means that the server is of no use at the moment; `reason` says why. After a write that failed for such a reason, it
/// is 503 until writes succeed again.
#[utoipa::path(
    get, path = "", tag = "operations",
    responses((status = 200, description = "It does.", body = Readiness))
)]
pub(crate) async fn show_readiness(State(app): State<Shared>) -> Answer {
    let database = app.ready().await?;
    ok(Readiness { status: "ok", database: database.engine(), read_only: database.is_read_only() })
}

/// What the server counts
///
/// For Prometheus, in the OpenMetrics format: requests and how long they took, and what the database is doing.
#[utoipa::path(
    get, path = "", tag = "operations",
    responses((
        status = 200, description = "A sample a line.", body = String,
        content_type = "application/openmetrics-text",
        example = json!("http_requests_total{method=\"GET\",route=\"/api/orders/{id}\",status=\"200\"} 17\n")
    ))
)]
pub(crate) async fn show_metrics(State(app): State<Shared>, _: NoQuery) -> Answer {
    let statistics = app.in_database(|db| db.statistics()).await?;
    let text = app.metrics().text(statistics).map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

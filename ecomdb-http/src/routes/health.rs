//! `/healthz` and `/readyz`, for whatever watches the server.

use axum::extract::State;
use ecomdb::{Limit, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::respond::{Answer, ok};
use crate::state::App;

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
}

/// Is the process up?
///
/// Answered without a look at the database.
#[utoipa::path(get, path = "", tag = "operations", responses((status = 200, description = "It is.", body = Life)))]
pub(crate) async fn show_life() -> Answer {
    ok(Life { status: "ok" })
}

/// Does the database answer?
///
/// 503 means that the server is of no use at the moment.
#[utoipa::path(
    get, path = "", tag = "operations",
    responses((status = 200, description = "It does.", body = Readiness))
)]
pub(crate) async fn show_readiness(State(app): State<App>) -> Answer {
    let engine = app.in_database(|db| {
        db.categories().list(&PageRequest::first(Limit::new(1)?))?;
        Ok(db.engine())
    });
    ok(Readiness { status: "ok", database: engine.await? })
}

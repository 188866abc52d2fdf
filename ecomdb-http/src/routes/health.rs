//! `/healthz` and `/readyz`, for whatever watches the server.

use axum::extract::State;
use ecomdb::{Limit, PageRequest};
use serde_json::json;

use crate::respond::{Answer, ok};
use crate::state::App;

/// The process is up.
pub(crate) async fn show_life() -> Answer {
    ok(json!({"status": "ok"}))
}

/// The database answers.
pub(crate) async fn show_readiness(State(app): State<App>) -> Answer {
    let engine = app.in_database(|db| {
        db.categories().list(&PageRequest::first(Limit::new(1)?))?;
        Ok(db.engine())
    });
    ok(json!({"status": "ok", "database": engine.await?}))
}

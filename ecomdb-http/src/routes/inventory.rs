//! `/api/inventory` and `/api/products/{id}/inventory`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::ProductId;
use serde::Deserialize;

use super::categories::PageQuery;
use crate::extract::{Id, Json, NoQuery, Query, page};
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

pub(crate) async fn list_inventory(State(app): State<App>, uri: Uri, Query(query): Query<PageQuery>) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.inventory().list(&page)).await
}

pub(crate) async fn show_inventory(State(app): State<App>, Id(id): Id<ProductId>, _: NoQuery) -> Answer {
    ok(app.run(move |db| db.inventory().get(id)).await?)
}

pub(crate) async fn list_movements(
    State(app): State<App>,
    uri: Uri,
    Id(id): Id<ProductId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.inventory().movements(id, &page)).await
}

/// Why somebody books a movement; the other reasons are those of orders.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Restock,
    Adjustment,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovementBody {
    reason: Reason,
    /// Units that come (positive) or go (negative, for an adjustment only).
    delta: i64,
    note: Option<String>,
}

/// Answers the stock level after it.
pub(crate) async fn create_movement(
    State(app): State<App>,
    Id(id): Id<ProductId>,
    Json(body): Json<MovementBody>,
) -> Answer {
    let MovementBody { reason, delta, note } = body;
    let level = app.run(move |db| match reason {
        Reason::Restock if delta > 0 => db.inventory().restock(id, delta, note.as_deref()),
        // An adjustment has the same bounds, but for its sign, and calls the field by its name here.
        Reason::Restock => Err(refuse_negative(delta)),
        Reason::Adjustment => db.inventory().adjust(id, delta, note.as_deref()),
    });
    created(format!("/api/products/{id}/inventory"), level.await?)
}

fn refuse_negative(delta: i64) -> ecomdb::Error {
    let max = ecomdb::Quantity::MAX;
    ecomdb::Invalid::new("delta", format!("must be a whole number from 1 to {max} for a restock, not {delta}")).into()
}

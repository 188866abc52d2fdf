//! `/api/inventory` and `/api/products/{id}/inventory`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{Invalid, MovementReason, ProductId, Quantity};
use serde::Deserialize;

use super::categories::PageQuery;
use crate::extract::{Id, Json, Key, NoQuery, Query, page};
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

pub(crate) async fn list_inventory(State(app): State<App>, uri: Uri, Query(query): Query<PageQuery>) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.inventory().list(&page)).await
}

pub(crate) async fn show_inventory(State(app): State<App>, Id(id): Id<ProductId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.inventory().get(id)).await?)
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovementBody {
    reason: MovementReason,
    /// Units that come (positive) or go (negative, for an adjustment only).
    delta: i64,
    note: Option<String>,
}

/// Answers the stock level after it.
pub(crate) async fn create_movement(
    State(app): State<App>,
    Id(id): Id<ProductId>,
    Key(key): Key,
    Json(body): Json<MovementBody>,
) -> Answer {
    let MovementBody { reason, delta, note } = body;
    let level = app.run(move |db| match reason {
        MovementReason::Restock => {
            let units = Quantity::new("delta", delta)?.get();
            match key {
                Some(key) => db.inventory().restock_once(id, units, note.as_deref(), &key),
                None => db.inventory().restock(id, units, note.as_deref()),
            }
        }
        MovementReason::Adjustment => match key {
            Some(key) => db.inventory().adjust_once(id, delta, note.as_deref(), &key),
            None => db.inventory().adjust(id, delta, note.as_deref()),
        },
        _ => Err(Invalid::new("reason", "must be restock or adjustment; orders book the others").into()),
    });
    created(format!("/api/products/{id}/inventory"), level.await?)
}

//! `/api/inventory` and `/api/products/{id}/inventory`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{Invalid, Movement, MovementReason, OnBehalf, ProductId, Quantity, StockFilter, StockLevel};
use serde::Deserialize;
use utoipa::ToSchema;

use super::categories::PageQuery;
use crate::extract::{Id, IfNoneMatch, Integer, Json, Key, NoQuery, Query, list_query, text};
use crate::openapi::fields;
use crate::respond::{Answer, created, list, show};
use crate::state::Shared;

list_query! {
    pub(crate) StockQuery {
        /// Only products with all of these words in SKU, name, category, option values or description; see the section on search.
        #[param(value_type = fields::SearchText, inline, example = "lamp")]
        #[serde(deserialize_with = "text")]
        search: Option<String>,
    }
}

/// List stock levels
///
/// Sorted by product id.
#[utoipa::path(
    get, path = "", tag = "inventory", params(StockQuery),
    responses((status = 200, description = "A page of stock levels.", body = Vec<StockLevel>))
)]
pub(crate) async fn list_inventory(State(app): State<Shared>, uri: Uri, Query(query): Query<StockQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let mut filter = StockFilter::default().page(page);
    filter.search = query.search;
    list(
        &app,
        &uri,
        filter,
        counts,
        |shop, filter| shop.inventory().list(filter),
        |shop, filter| shop.inventory().count(filter),
    )
    .await
}

/// Show a product's stock level
///
/// Returns its ETag.
#[utoipa::path(
    get, path = "", tag = "inventory",
    responses((status = 200, description = "The stock level.", body = StockLevel))
)]
pub(crate) async fn show_inventory(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.inventory().get(id)).await?, &unless)
}

/// List a product's stock ledger
///
/// Every movement, newest first. Their sum is the stock level. Movements made by orders have no `id`.
#[utoipa::path(
    get, path = "", tag = "inventory", params(PageQuery),
    responses((status = 200, description = "A page of movements.", body = Vec<Movement>))
)]
pub(crate) async fn list_movements(
    State(app): State<Shared>,
    uri: Uri,
    Id(id): Id<ProductId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let (page, counts) = query.page()?;
    let movements = |shop: OnBehalf<'_>, (id, page): &_| shop.inventory().movements(*id, page);
    list(&app, &uri, (id, page), counts, movements, |shop, (id, _)| shop.inventory().count_movements(*id)).await
}

/// Reasons of a movement that a client may record.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes what create_movement takes of MovementReason")]
enum BookedReason {
    /// New goods arrived.
    Restock,
    /// A stock count found more or fewer units.
    Adjustment,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMovement)]
pub(crate) struct MovementBody {
    #[schema(value_type = BookedReason)]
    reason: MovementReason,
    #[schema(schema_with = fields::delta)]
    delta: Integer,
    #[schema(schema_with = fields::note_or_null)]
    note: Option<String>,
}

/// Record a stock movement
///
/// For restocks and stock counts. Orders record their own movements.
#[utoipa::path(
    post, path = "", tag = "inventory", request_body = MovementBody,
    responses((status = 201, description = "The stock level after the movement.", body = StockLevel))
)]
pub(crate) async fn create_movement(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    Key(key): Key,
    Json(body): Json<MovementBody>,
) -> Answer {
    let MovementBody { reason, delta: Integer(delta), note } = body;
    let level = match reason {
        MovementReason::Restock => {
            let units = Quantity::new("delta", delta)?.get();
            app.run(|db| db.inventory().idempotent(key).restock(id, units, note.as_deref())).await?
        }
        MovementReason::Adjustment => {
            app.run(|db| db.inventory().idempotent(key).adjust(id, delta, note.as_deref())).await?
        }
        _ => return Err(Invalid::new("reason", "must be restock or adjustment; orders record the others").into()),
    };
    created(format!("/api/products/{id}/inventory"), level)
}

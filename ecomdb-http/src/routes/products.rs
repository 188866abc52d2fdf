//! `/api/products`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{CategoryId, Cursor, Limit, Money, NewProduct, ProductFilter, ProductId, ProductPatch, ProductStatus};
use serde::Deserialize;

use super::categories::PageQuery;
use crate::extract::{Id, Json, Key, NoQuery, Query, page, present, text};
use crate::problem::Problem;
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProductQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    category_id: Option<CategoryId>,
    #[serde(deserialize_with = "text")]
    status: Option<ProductStatus>,
    #[serde(deserialize_with = "text")]
    text: Option<String>,
}

pub(crate) async fn list_products(State(app): State<App>, uri: Uri, Query(query): Query<ProductQuery>) -> Answer {
    let ProductQuery { limit, cursor, category_id, status, text } = query;
    let filter = ProductFilter { page: page(limit, cursor), category_id, status, text };
    list(&app, &uri, move |db| db.products().list(&filter)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductBody {
    name: String,
    category_id: CategoryId,
    price: Money,
    initial_stock: i64,
    sku: Option<String>,
    description: Option<String>,
    reorder_level: Option<i64>,
}

pub(crate) async fn create_product(State(app): State<App>, Key(key): Key, Json(body): Json<ProductBody>) -> Answer {
    let mut product = NewProduct::builder(body.name, body.category_id, body.price)
        .initial_stock(body.initial_stock)
        .description(body.description.unwrap_or_default())
        .reorder_level(body.reorder_level.unwrap_or_default());
    if let Some(sku) = body.sku {
        product = product.sku(sku);
    }
    let product = product.build()?;
    let product = app.run(move |db| match key {
        Some(key) => db.products().create_once(product, &key),
        None => db.products().create(product),
    });
    let product = product.await?;
    created(format!("/api/products/{}", product.id), product)
}

pub(crate) async fn show_product(State(app): State<App>, Id(id): Id<ProductId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.products().get(id)).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProductPatchBody {
    #[serde(deserialize_with = "present")]
    name: Option<String>,
    #[serde(deserialize_with = "present")]
    category_id: Option<CategoryId>,
    #[serde(deserialize_with = "present")]
    price: Option<Money>,
    #[serde(deserialize_with = "present")]
    sku: Option<String>,
    #[serde(deserialize_with = "present")]
    description: Option<String>,
    #[serde(deserialize_with = "present")]
    status: Option<ProductStatus>,
    #[serde(deserialize_with = "present")]
    reorder_level: Option<i64>,
}

pub(crate) async fn update_product(
    State(app): State<App>,
    Id(id): Id<ProductId>,
    Json(body): Json<ProductPatchBody>,
) -> Answer {
    let ProductPatchBody { name, category_id, price, sku, description, status, reorder_level } = body;
    let patch = ProductPatch { name, category_id, price, sku, description, status, reorder_level };
    ok(app.run(move |db| db.products().update(id, patch)).await?)
}

pub(crate) async fn delete_product(State(app): State<App>, Id(id): Id<ProductId>) -> Result<StatusCode, Problem> {
    app.run(move |db| db.products().delete(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn list_price_changes(
    State(app): State<App>,
    uri: Uri,
    Id(id): Id<ProductId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.products().price_history(id, &page)).await
}

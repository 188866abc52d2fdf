//! `/api/products`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{
    CategoryId, Cursor, Limit, Money, NewProduct, PriceChange, Product, ProductFilter, ProductId, ProductPatch,
    ProductSort, ProductStatus,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::categories::PageQuery;
use crate::extract::{Id, IfMatch, IfNoneMatch, Json, Key, NoQuery, Query, Whole, page, present, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, created, list, show};
use crate::state::Shared;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductQuery {
    /// How many rows at the most.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    /// Where the page begins: the `Link` header of the page before has it. It fits no other filters, and no other sort.
    #[param(value_type = fields::Cursor, inline)]
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    /// Only products of this category.
    #[param(value_type = fields::Id, inline, example = 1)]
    #[serde(deserialize_with = "text")]
    category_id: Option<CategoryId>,
    /// Only those in this state.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    status: Option<ProductStatus>,
    /// Only products whose name or SKU contains this. The case of ASCII letters does not count.
    #[param(value_type = fields::Sought, inline, example = "lamp")]
    #[serde(deserialize_with = "text")]
    text: Option<String>,
    /// Only products that cost as much or more.
    #[param(value_type = fields::Amount, inline)]
    #[serde(deserialize_with = "text")]
    min_price: Option<Money>,
    /// Only products that cost as much or less.
    #[param(value_type = fields::Amount, inline)]
    #[serde(deserialize_with = "text")]
    max_price: Option<Money>,
    /// Only products of which something is in stock, or only those of which nothing is.
    #[serde(deserialize_with = "text")]
    in_stock: Option<bool>,
    /// In which order; a minus sign turns it around. The newest first is `-created_at`.
    #[param(inline)]
    #[serde(deserialize_with = "text")]
    sort: Option<ProductSort>,
}

/// List products
///
/// With their categories, and whether they are in stock; how much of them, for callers with `inventory:read`. For customers,
/// archived products do not exist.
#[utoipa::path(
    get, path = "", tag = "products", params(ProductQuery),
    responses((status = 200, description = "A page of products.", body = Vec<Product>))
)]
pub(crate) async fn list_products(State(app): State<Shared>, uri: Uri, Query(query): Query<ProductQuery>) -> Answer {
    let ProductQuery { limit, cursor, category_id, status, text, min_price, max_price, in_stock, sort } = query;
    let (page, sort) = (page(limit, cursor), sort.unwrap_or_default());
    let filter = ProductFilter { page, sort, category_id, status, text, min_price, max_price, in_stock };
    list(&app, &uri, move |db| db.products().list(&filter)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProduct)]
pub(crate) struct ProductBody {
    #[schema(schema_with = fields::product_name)]
    name: String,
    #[schema(schema_with = fields::category_id)]
    category_id: CategoryId,
    #[schema(schema_with = fields::price)]
    price: Money,
    #[schema(schema_with = fields::initial_stock)]
    initial_stock: Whole,
    #[schema(schema_with = fields::sku_or_null)]
    sku: Option<String>,
    #[schema(schema_with = fields::description_or_null)]
    description: Option<String>,
    #[schema(schema_with = fields::reorder_level_or_null)]
    reorder_level: Option<Whole>,
}

/// Create a product
///
/// With its stock, which is booked as the first movement of its ledger.
#[utoipa::path(
    post, path = "", tag = "products", request_body = ProductBody,
    responses((status = 201, description = "The product.", body = Product))
)]
pub(crate) async fn create_product(State(app): State<Shared>, Key(key): Key, Json(body): Json<ProductBody>) -> Answer {
    let mut product = NewProduct::builder(body.name, body.category_id, body.price)
        .initial_stock(body.initial_stock.0)
        .description(body.description.unwrap_or_default())
        .reorder_level(body.reorder_level.unwrap_or_default().0);
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

/// Show a product
///
/// As it is now, with its category, its stock and its ETag.
#[utoipa::path(
    get, path = "", tag = "products",
    responses((status = 200, description = "The product.", body = Product))
)]
pub(crate) async fn show_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.look_up(move |db| db.products().get(id)).await?, &unless)
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ProductPatch)]
pub(crate) struct ProductPatchBody {
    #[schema(schema_with = fields::product_name)]
    #[serde(deserialize_with = "present")]
    name: Option<String>,
    #[schema(schema_with = fields::category_id)]
    #[serde(deserialize_with = "present")]
    category_id: Option<CategoryId>,
    #[schema(schema_with = fields::price)]
    #[serde(deserialize_with = "present")]
    price: Option<Money>,
    #[schema(schema_with = fields::sku)]
    #[serde(deserialize_with = "present")]
    sku: Option<String>,
    #[schema(schema_with = fields::description)]
    #[serde(deserialize_with = "present")]
    description: Option<String>,
    #[schema(nullable = false)]
    #[serde(deserialize_with = "present")]
    status: Option<ProductStatus>,
    #[schema(schema_with = fields::reorder_level)]
    #[serde(deserialize_with = "present")]
    reorder_level: Option<Whole>,
}

/// Change a product
///
/// What the merge patch does not name stays as it is; null is no value that anything here can have. A new price is
/// written into the price history; orders keep the one they were placed at.
#[utoipa::path(
    patch, path = "", tag = "products", request_body = ProductPatchBody,
    responses((status = 200, description = "The product as it is now.", body = Product))
)]
pub(crate) async fn update_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    expected: IfMatch,
    Json(body): Json<ProductPatchBody>,
) -> Answer {
    let ProductPatchBody { name, category_id, price, sku, description, status, reorder_level } = body;
    let reorder_level = reorder_level.map(|Whole(units)| units);
    let patch = ProductPatch { name, category_id, price, sku, description, status, reorder_level };
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.products().update_if(id, patch, is_expected)).await?)
}

/// Delete a product
///
/// One that was ordered cannot be deleted, but archived.
#[utoipa::path(
    delete, path = "", tag = "products",
    responses((status = 204, description = "The product is gone."))
)]
pub(crate) async fn delete_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.products().delete_if(id, move |now| expected.expects(now))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the changes of a product's price
///
/// The latest first.
#[utoipa::path(
    get, path = "", tag = "products", params(PageQuery),
    responses((status = 200, description = "A page of changes.", body = Vec<PriceChange>))
)]
pub(crate) async fn list_price_changes(
    State(app): State<Shared>,
    uri: Uri,
    Id(id): Id<ProductId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.products().price_history(id, &page)).await
}

//! `/api/products`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{
    CategoryId, ExternalId, Money, NewProduct, OnBehalf, OptionValues, PriceChange, Product, ProductFilter,
    ProductGroupId, ProductId, ProductPatch, ProductSort, ProductStatus,
};

use super::categories::PageQuery;
use crate::extract::{
    Id, IfMatch, IfNoneMatch, Integer, Json, Key, NoQuery, Query, list_query, new_body, patch_body, text,
};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, created, list, show};
use crate::state::Shared;

list_query! {
    pub(crate) ProductQuery {
        /// Only products of this category.
        #[param(value_type = fields::Id, inline, example = 1)]
        #[serde(deserialize_with = "text")]
        category_id: Option<CategoryId>,
        /// Only products of this group.
        #[param(value_type = fields::Id, inline, example = 1)]
        #[serde(deserialize_with = "text")]
        group_id: Option<ProductGroupId>,
        /// Only the product with this id in another system, as its source and id: `erp:4711`.
        #[param(value_type = fields::SourceAndId, inline, example = "erp:4711")]
        #[serde(deserialize_with = "text")]
        external_id: Option<ExternalId>,
        /// Only products in this state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        status: Option<ProductStatus>,
        /// Only products with all of these words in SKU, name, category, option values or description; see the section on search.
        #[param(value_type = fields::SearchText, inline, example = "lamp")]
        #[serde(deserialize_with = "text")]
        search: Option<String>,
        /// Only products with at least this price.
        #[param(value_type = fields::Amount, inline)]
        #[serde(deserialize_with = "text")]
        min_price: Option<Money>,
        /// Only products with at most this price.
        #[param(value_type = fields::Amount, inline)]
        #[serde(deserialize_with = "text")]
        max_price: Option<Money>,
        /// `true`: only products in stock. `false`: only products out of stock.
        #[serde(deserialize_with = "text")]
        in_stock: Option<bool>,
        /// Sort column; a leading minus sign means descending, as in `-created_at` (newest first).
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        sort: Option<ProductSort>,
    }
}

/// List products
///
/// With the category, and whether the product is in stock; the number of units is present for callers with
/// `inventory:read`. Archived products are hidden from customers.
#[utoipa::path(
    get, path = "", tag = "products", params(ProductQuery),
    responses((status = 200, description = "A page of products.", body = Vec<Product>))
)]
pub(crate) async fn list_products(State(app): State<Shared>, uri: Uri, Query(query): Query<ProductQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let ProductQuery {
        category_id, group_id, external_id, status, search, min_price, max_price, in_stock, sort, ..
    } = query;
    let mut filter = ProductFilter::default().page(page).sort(sort.unwrap_or_default());
    (filter.category_id, filter.status, filter.search) = (category_id, status, search);
    (filter.group_id, filter.external_id) = (group_id, external_id);
    (filter.min_price, filter.max_price, filter.in_stock) = (min_price, max_price, in_stock);
    list(
        &app,
        &uri,
        filter,
        counts,
        |shop, filter| shop.products().list(filter),
        |shop, filter| shop.products().count(filter),
    )
    .await
}

new_body! {
    NewProduct as ProductBody
    builder {
        name: String [schema_with = fields::product_name],
        category_id: CategoryId [schema_with = fields::category_id],
        price: Money [schema_with = fields::price],
    }
    required {
        initial_stock: Integer as i64 [schema_with = fields::initial_stock],
    }
    optional {
        sku: String [schema_with = fields::sku_or_null],
        description: String [schema_with = fields::description_or_null],
        reorder_level: Integer as i64 [schema_with = fields::reorder_level_or_null],
        group_id: ProductGroupId [schema_with = fields::group_id_or_null],
        options: OptionValues [schema_with = fields::option_values_or_null],
    }
}

/// Create a product
///
/// Its initial stock becomes the first movement of its stock ledger. With `group_id`, it joins a group; `options` then has a
/// value for each option of the group, and no other product of the group has the same values.
#[utoipa::path(
    post, path = "", tag = "products", request_body = ProductBody,
    responses((status = 201, description = "The product.", body = Product))
)]
pub(crate) async fn create_product(State(app): State<Shared>, Key(key): Key, Json(body): Json<ProductBody>) -> Answer {
    let product = body.build()?;
    let product = app.run(move |db| db.products().idempotent(key).create(product));
    let product = product.await?;
    created(format!("/api/products/{}", product.id), product)
}

/// Show a product
///
/// Returns the product with its category, stock and ETag.
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
    show(app.run(move |db| db.products().get(id)).await?, &unless)
}

patch_body! {
    ProductPatch as ProductPatchBody {
        name: String [schema_with = fields::product_name],
        category_id: CategoryId [schema_with = fields::category_id],
        price: Money [schema_with = fields::price],
        sku: String [schema_with = fields::sku],
        description: String [schema_with = fields::description],
        status: ProductStatus [nullable = false],
        reorder_level: Integer as i64 [schema_with = fields::reorder_level],
        group_id: Option<ProductGroupId> [schema_with = fields::group_id_or_null],
        options: OptionValues [schema_with = fields::option_values],
    }
}

/// Change a product
///
/// Takes a merge patch: absent fields keep their values. `group_id: null` lets the product leave its group; no other field
/// may be null. `options` replaces all values. A new price is recorded in the price history; existing orders keep the price
/// they were placed at.
#[utoipa::path(
    patch, path = "", tag = "products", request_body = ProductPatchBody,
    responses((status = 200, description = "The product.", body = Product))
)]
pub(crate) async fn update_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    expected: IfMatch,
    Json(body): Json<ProductPatchBody>,
) -> Answer {
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.products().update_if(id, body.into(), is_expected)).await?)
}

/// Delete a product
///
/// A product that was ordered cannot be deleted; archive it instead.
#[utoipa::path(
    delete, path = "", tag = "products",
    responses((status = 204, description = "The product is deleted."))
)]
pub(crate) async fn delete_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.products().delete_if(id, move |now| expected.expects(now))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a product's price history
///
/// Newest first.
#[utoipa::path(
    get, path = "", tag = "products", params(PageQuery),
    responses((status = 200, description = "A page of price changes.", body = Vec<PriceChange>))
)]
pub(crate) async fn list_price_changes(
    State(app): State<Shared>,
    uri: Uri,
    Id(id): Id<ProductId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let (page, counts) = query.page()?;
    let history = |shop: OnBehalf<'_>, (id, page): &_| shop.products().price_history(*id, page);
    list(&app, &uri, (id, page), counts, history, |shop, (id, _)| shop.products().count_price_changes(*id)).await
}

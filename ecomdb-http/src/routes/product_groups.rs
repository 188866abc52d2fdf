//! `/api/product-groups`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{NewProductGroup, ProductGroup, ProductGroupId, ProductGroupPatch, ProductGroupSummary};

use super::categories::PageQuery;
use crate::extract::{Id, IfMatch, IfNoneMatch, Json, Key, NoQuery, Query, new_body, patch_body};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, created, list, show};
use crate::state::Shared;

/// List product groups
///
/// Sorted by id, each with the number of its products.
#[utoipa::path(
    get, path = "", tag = "products", params(PageQuery),
    responses((status = 200, description = "A page of groups.", body = Vec<ProductGroupSummary>))
)]
pub(crate) async fn list_product_groups(State(app): State<Shared>, uri: Uri, Query(query): Query<PageQuery>) -> Answer {
    let (page, counts) = query.page()?;
    list(&app, &uri, page, counts, |shop, page| shop.groups().list(page), |shop, _| shop.groups().count()).await
}

new_body! {
    NewProductGroup as ProductGroupBody
    builder {
        name: String [schema_with = fields::product_group_name],
        options: Vec<String> [schema_with = fields::option_names],
    }
    required {}
    optional {
        description: String [schema_with = fields::description_or_null],
    }
}

/// Create a product group
///
/// A group of products that differ in the values of its options, such as colour and size. Products join it with `group_id` and
/// `options`, when they are created or changed.
#[utoipa::path(
    post, path = "", tag = "products", request_body = ProductGroupBody,
    responses((status = 201, description = "The group.", body = ProductGroup))
)]
pub(crate) async fn create_product_group(
    State(app): State<Shared>,
    Key(key): Key,
    Json(body): Json<ProductGroupBody>,
) -> Answer {
    let group = body.build()?;
    let group = app.run(move |db| db.groups().idempotent(key).create(group)).await?;
    created(format!("/api/product-groups/{}", group.id), group)
}

/// Show a product group
///
/// Returns the group with its products, at most 1,000, and its ETag. Archived products are hidden from customers.
#[utoipa::path(
    get, path = "", tag = "products",
    responses((status = 200, description = "The group.", body = ProductGroup))
)]
pub(crate) async fn show_product_group(
    State(app): State<Shared>,
    Id(id): Id<ProductGroupId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.groups().get(id)).await?, &unless)
}

patch_body! {
    ProductGroupPatch as ProductGroupPatchBody {
        name: String [schema_with = fields::product_group_name],
        description: String [schema_with = fields::description],
        options: Vec<String> [schema_with = fields::option_names],
    }
}

/// Change a product group
///
/// Takes a merge patch: absent fields keep their values, and no field may be null. While the group has products, its options
/// can only be renamed: as many as before, and those that stay keep their place.
#[utoipa::path(
    patch, path = "", tag = "products", request_body = ProductGroupPatchBody,
    responses((status = 200, description = "The group.", body = ProductGroup))
)]
pub(crate) async fn update_product_group(
    State(app): State<Shared>,
    Id(id): Id<ProductGroupId>,
    expected: IfMatch,
    Json(body): Json<ProductGroupPatchBody>,
) -> Answer {
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.groups().update_if(id, body.into(), is_expected)).await?)
}

/// Delete a product group
///
/// A group with products cannot be deleted; let them leave it first, with `group_id: null`.
#[utoipa::path(
    delete, path = "", tag = "products",
    responses((status = 204, description = "The group is deleted."))
)]
pub(crate) async fn delete_product_group(
    State(app): State<Shared>,
    Id(id): Id<ProductGroupId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.groups().delete_if(id, move |now| expected.expects(now))).await?;
    Ok(StatusCode::NO_CONTENT)
}

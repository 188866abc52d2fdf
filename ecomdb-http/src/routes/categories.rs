//! `/api/categories`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{Category, CategoryId, CategoryPatch, NewCategory};

use crate::extract::{Id, IfMatch, IfNoneMatch, Json, NoQuery, Query, list_query, new_body, patch_body};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, created, list, show};
use crate::state::Shared;

list_query! {
    /// The parameters of a list without filters.
    pub(crate) PageQuery {}
}

/// List categories
///
/// Sorted by id.
#[utoipa::path(
    get, path = "", tag = "categories", params(PageQuery),
    responses((status = 200, description = "A page of categories.", body = Vec<Category>))
)]
pub(crate) async fn list_categories(State(app): State<Shared>, uri: Uri, Query(query): Query<PageQuery>) -> Answer {
    let (page, counts) = query.page()?;
    list(&app, &uri, page, counts, |shop, page| shop.categories().list(page), |shop, _| shop.categories().count()).await
}

new_body! {
    NewCategory as CategoryBody
    builder {
        name: String [schema_with = fields::category_name],
    }
    required {}
    optional {
        parent_id: CategoryId [schema_with = fields::parent_id_or_null],
        description: String [schema_with = fields::description_or_null],
    }
}

/// Create a category
///
/// At the top level, or below a parent category.
#[utoipa::path(
    post, path = "", tag = "categories", request_body = CategoryBody,
    responses((status = 201, description = "The category.", body = Category))
)]
pub(crate) async fn create_category(State(app): State<Shared>, Json(body): Json<CategoryBody>) -> Answer {
    let category = body.build()?;
    let category = app.run(move |db| db.categories().create(category)).await?;
    created(format!("/api/categories/{}", category.id), category)
}

/// Show a category
///
/// Returns its ETag.
#[utoipa::path(
    get, path = "", tag = "categories",
    responses((status = 200, description = "The category.", body = Category))
)]
pub(crate) async fn show_category(
    State(app): State<Shared>,
    Id(id): Id<CategoryId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.categories().get(id)).await?, &unless)
}

patch_body! {
    CategoryPatch as CategoryPatchBody {
        name: String [schema_with = fields::category_name],
        parent_id: Option<CategoryId> [schema_with = fields::parent_id_or_null],
        description: String [schema_with = fields::description],
    }
}

/// Change a category
///
/// Takes a merge patch: absent fields keep their values. `parent_id: null` moves the category to the top level; no
/// other field may be null.
#[utoipa::path(
    patch, path = "", tag = "categories", request_body = CategoryPatchBody,
    responses((status = 200, description = "The category.", body = Category))
)]
pub(crate) async fn update_category(
    State(app): State<Shared>,
    Id(id): Id<CategoryId>,
    expected: IfMatch,
    Json(body): Json<CategoryPatchBody>,
) -> Answer {
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.categories().update_if(id, body.into(), is_expected)).await?)
}

/// Delete a category
///
/// A category with products or subcategories cannot be deleted.
#[utoipa::path(
    delete, path = "", tag = "categories",
    responses((status = 204, description = "The category is deleted."))
)]
pub(crate) async fn delete_category(
    State(app): State<Shared>,
    Id(id): Id<CategoryId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.categories().delete_if(id, move |now| expected.expects(now))).await?;
    Ok(StatusCode::NO_CONTENT)
}

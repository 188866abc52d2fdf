//! `/api/categories`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{CategoryId, CategoryPatch, Cursor, Limit, NewCategory};
use serde::Deserialize;

use crate::extract::{Id, Json, NoQuery, Query, page, present, text};
use crate::problem::Problem;
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

/// The parameters of a list without filters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PageQuery {
    #[serde(deserialize_with = "text")]
    pub(super) limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    pub(super) cursor: Option<Cursor>,
}

pub(crate) async fn list_categories(State(app): State<App>, uri: Uri, Query(query): Query<PageQuery>) -> Answer {
    let page = page(query.limit, query.cursor);
    list(&app, &uri, move |db| db.categories().list(&page)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryBody {
    name: String,
    parent_id: Option<CategoryId>,
    description: Option<String>,
}

pub(crate) async fn create_category(State(app): State<App>, Json(body): Json<CategoryBody>) -> Answer {
    let CategoryBody { name, parent_id, description } = body;
    let category = NewCategory { name, parent_id, description: description.unwrap_or_default() };
    let category = app.run(move |db| db.categories().create(category)).await?;
    created(format!("/api/categories/{}", category.id), category)
}

pub(crate) async fn show_category(State(app): State<App>, Id(id): Id<CategoryId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.categories().get(id)).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CategoryPatchBody {
    #[serde(deserialize_with = "present")]
    name: Option<String>,
    /// Null makes the category a root.
    #[serde(deserialize_with = "present")]
    parent_id: Option<Option<CategoryId>>,
    #[serde(deserialize_with = "present")]
    description: Option<String>,
}

pub(crate) async fn update_category(
    State(app): State<App>,
    Id(id): Id<CategoryId>,
    Json(body): Json<CategoryPatchBody>,
) -> Answer {
    let CategoryPatchBody { name, parent_id, description } = body;
    let patch = CategoryPatch { name, parent_id, description };
    ok(app.run(move |db| db.categories().update(id, patch)).await?)
}

pub(crate) async fn delete_category(State(app): State<App>, Id(id): Id<CategoryId>) -> Result<StatusCode, Problem> {
    app.run(move |db| db.categories().delete(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

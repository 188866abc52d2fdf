//! `/api/users`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{Cursor, Limit, NewUser, OrderFilter, OrderStatus, UserFilter, UserId, UserPatch, UserStatus};
use serde::Deserialize;

use crate::extract::{Id, Json, NoQuery, Query, page, present, text};
use crate::problem::Problem;
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    text: Option<String>,
}

pub(crate) async fn list_users(State(app): State<App>, uri: Uri, Query(query): Query<UserQuery>) -> Answer {
    let filter = UserFilter { page: page(query.limit, query.cursor), text: query.text };
    list(&app, &uri, move |db| db.users().list(&filter)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    email: String,
    first_name: String,
    last_name: String,
}

pub(crate) async fn create_user(State(app): State<App>, Json(body): Json<UserBody>) -> Answer {
    let user = NewUser::new(&body.email, &body.first_name, &body.last_name)?;
    let user = app.run(move |db| db.users().create(user)).await?;
    created(format!("/api/users/{}", user.id), user)
}

pub(crate) async fn show_user(State(app): State<App>, Id(id): Id<UserId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.users().get(id)).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserPatchBody {
    #[serde(deserialize_with = "present")]
    email: Option<String>,
    #[serde(deserialize_with = "present")]
    first_name: Option<String>,
    #[serde(deserialize_with = "present")]
    last_name: Option<String>,
    #[serde(deserialize_with = "present")]
    status: Option<UserStatus>,
}

pub(crate) async fn update_user(State(app): State<App>, Id(id): Id<UserId>, Json(body): Json<UserPatchBody>) -> Answer {
    let UserPatchBody { email, first_name, last_name, status } = body;
    let patch = UserPatch { email, first_name, last_name, status };
    ok(app.run(move |db| db.users().update(id, patch)).await?)
}

pub(crate) async fn delete_user(State(app): State<App>, Id(id): Id<UserId>) -> Result<StatusCode, Problem> {
    app.run(move |db| db.users().delete(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserOrderQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    status: Option<OrderStatus>,
}

pub(crate) async fn list_orders_of_user(
    State(app): State<App>,
    uri: Uri,
    Id(id): Id<UserId>,
    Query(query): Query<UserOrderQuery>,
) -> Answer {
    let filter = OrderFilter { page: page(query.limit, query.cursor), user_id: Some(id), status: query.status };
    list(&app, &uri, move |db| db.orders().list(&filter)).await
}

//! `/api/auth/api-keys`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use ecomdb::{ApiKey, ApiKeyFilter, ApiKeyId, Change, Cursor, Limit, NewApiKey, Scope, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::audit;
use crate::extract::{Id, Json, Query, page, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, created, list};
use crate::state::Shared;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyQuery {
    /// How many rows at the most.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    /// Where the page begins: the `Link` header of the page before has it.
    #[param(value_type = fields::Cursor, inline)]
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    /// Only those of this user.
    #[param(value_type = fields::Id, inline)]
    #[serde(deserialize_with = "text")]
    user_id: Option<UserId>,
}

/// List API keys
///
/// The own ones; with `users:manage`, those of everybody. Revoked and expired ones are among them. The latest comes first.
#[utoipa::path(
    get, path = "", tag = "auth", params(KeyQuery),
    responses((status = 200, description = "A page of keys.", body = Vec<ApiKey>))
)]
pub(crate) async fn list_keys(State(app): State<Shared>, uri: Uri, Query(query): Query<KeyQuery>) -> Answer {
    let filter = ApiKeyFilter { page: page(query.limit, query.cursor), user_id: query.user_id };
    list(&app, &uri, move |shop| shop.accounts().keys(&filter)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(crate) struct KeyBody {
    #[schema(schema_with = fields::key_name)]
    name: String,
    /// What it may do: one scope at least, and none that the user does not have.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// Never, unless given.
    expires_at: Option<DateTime<Utc>>,
    /// The caller, unless given.
    user_id: Option<UserId>,
}

/// A new key, with the secret that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKeyWithToken)]
pub(crate) struct NewKey {
    /// The secret. It cannot be had again.
    token: String,
    /// What is known of it from now on.
    key: ApiKey,
}

/// Make an API key
///
/// For a program, with as many scopes as it needs. The token is shown this once. A user has at most 50 active keys. The key
/// of a customer stays limited to what is the customer's own.
#[utoipa::path(
    post, path = "", tag = "auth", request_body = KeyBody,
    responses((status = 201, description = "The key, and its token.", body = NewKey))
)]
pub(crate) async fn create_key(State(app): State<Shared>, Json(body): Json<KeyBody>) -> Answer {
    let made = app.run(move |shop| {
        let user = match body.user_id {
            Some(user) => user,
            None => shop.accounts().me()?.id,
        };
        let key = NewApiKey::new(user, &body.name, body.scopes, body.expires_at)?;
        let (token, key) = shop.accounts().create_key(key)?;
        let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        audit::KEY_CREATED.entry().about(key.user_id).detail(format_args!("key {}: {scopes}", key.id)).log();
        Ok((token, key))
    });
    let (token, key) = made.await?;
    created(format!("/api/auth/api-keys/{}", key.id), NewKey { token: token.expose().to_owned(), key })
}

/// Revoke an API key
///
/// It ends at once; a second time changes nothing.
#[utoipa::path(
    delete, path = "", tag = "auth",
    responses((status = 204, description = "The key has ended."))
)]
pub(crate) async fn revoke_key(State(app): State<Shared>, Id(id): Id<ApiKeyId>) -> Result<StatusCode, Problem> {
    let done = app.run(move |shop| {
        let Change { before, after } = shop.accounts().end_key(id)?;
        if after.revoked_at != before.revoked_at {
            audit::KEY_REVOKED.entry().about(after.user_id).detail(format_args!("key {id}")).log();
        }
        Ok(())
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}

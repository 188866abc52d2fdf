//! `/api/auth/api-keys`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use ecomdb::{ApiKey, ApiKeyFilter, ApiKeyId, NewApiKey, OnBehalf, Scope, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts;
use crate::extract::{Id, Json, Query, list_query, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, created, list};
use crate::state::Shared;

list_query! {
    pub(crate) KeyQuery {
        /// Only keys of this user.
        #[param(value_type = fields::Id, inline)]
        #[serde(deserialize_with = "text")]
        user_id: Option<UserId>,
    }
}

/// List API keys
///
/// The caller's own keys; with `users:manage`, those of all users. Revoked and expired keys are included. Sorted by
/// creation, newest first.
#[utoipa::path(
    get, path = "", tag = "auth", params(KeyQuery),
    responses((status = 200, description = "A page of keys.", body = Vec<ApiKey>))
)]
pub(crate) async fn list_keys(State(app): State<Shared>, uri: Uri, Query(query): Query<KeyQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let mut filter = ApiKeyFilter::default().page(page);
    filter.user_id = query.user_id;
    let count = |shop: OnBehalf<'_>, filter: &_| shop.accounts().count_keys(filter);
    list(&app, &uri, filter, counts, |shop, filter| shop.accounts().keys(filter), count).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(crate) struct KeyBody {
    #[schema(schema_with = fields::key_name)]
    name: String,
    /// Scopes of the key: at least one, and only scopes that the user has.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// Expiry (UTC); without it, the key does not expire.
    expires_at: Option<DateTime<Utc>>,
    /// Owner of the key; the caller by default.
    user_id: Option<UserId>,
}

/// A new key and its secret, which is shown only once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKeyWithToken)]
pub(crate) struct NewKey {
    /// The secret, to be sent as `Authorization: Bearer TOKEN`. It is not stored and cannot be shown again.
    token: String,
    /// The key, as it is listed later.
    key: ApiKey,
}

/// Create an API key
///
/// For a program, with the scopes that it needs. The token is shown only once. A user has at most 50 active keys. A
/// customer's key gives access to the customer's own data only.
#[utoipa::path(
    post, path = "", tag = "auth", request_body = KeyBody,
    responses((status = 201, description = "The key, and its token.", body = NewKey))
)]
pub(crate) async fn create_key(State(app): State<Shared>, Json(body): Json<KeyBody>) -> Answer {
    let KeyBody { name, scopes, expires_at, user_id } = body;
    let new = move |user| Ok(NewApiKey::builder(user, name, scopes).expires_at(expires_at).build()?);
    let (token, key) = accounts::create_key(&app, None, user_id, new).await?;
    created(format!("/api/auth/api-keys/{}", key.id), NewKey { token: token.expose().to_owned(), key })
}

/// Revoke an API key
///
/// Takes effect at once. Revoking a revoked key changes nothing.
#[utoipa::path(
    delete, path = "", tag = "auth",
    responses((status = 204, description = "The key is revoked."))
)]
pub(crate) async fn revoke_key(State(app): State<Shared>, Id(id): Id<ApiKeyId>) -> Result<StatusCode, Problem> {
    accounts::revoke_key(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

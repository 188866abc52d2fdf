//! `/api/auth`

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ecomdb::{
    ApiKey, ApiKeyFilter, ApiKeyId, Credential, Cursor, Email, Limit, NewApiKey, Password, Role, Scope, User, UserId,
};
use serde::{Deserialize, Serialize};

use crate::auth::{self, Address, closing_cookies, session_cookie};
use crate::extract::{Id, Json, NoQuery, Query, Secret, page, text};
use crate::problem::Problem;
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    email: String,
    password: Secret,
    /// Whether the token is to be kept in a cookie, which no script can read, instead of being answered.
    #[serde(default)]
    cookie: bool,
}

/// Who has logged in.
#[derive(Debug, Serialize)]
struct LoginAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    expires_at: DateTime<Utc>,
    user: User,
}

pub(crate) async fn log_in(
    State(app): State<App>,
    address: Address,
    headers: HeaderMap,
    Json(body): Json<LoginBody>,
) -> Answer {
    if !app.authenticates() {
        return Err(auth::off());
    }
    let LoginBody { email, password: Secret(password), cookie } = body;
    let account = Email::new("email", &email).map_or_else(|_| String::new(), |email| email.to_string());
    app.attempts().count(address, account)?;
    let login = app.in_database(move |db| db.accounts().log_in(&email, &password)).await?;
    let token = (!cookie).then(|| login.token.expose().to_owned());
    let answer = LoginAnswer { token, expires_at: login.expires_at, user: login.user };
    let mut response = Json(answer).into_response();
    if let Some(kept) = session_cookie(&headers, &login.token, login.expires_at).filter(|_| cookie) {
        response.headers_mut().insert(SET_COOKIE, kept);
    }
    Ok(response)
}

pub(crate) async fn log_out(State(app): State<App>) -> Answer {
    app.run(|shop| shop.accounts().log_out()).await?;
    Ok(logged_out())
}

fn logged_out() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in closing_cookies() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The caller: who it is, and what it may do with what it showed.
#[derive(Debug, Serialize)]
struct Me {
    user: User,
    role: Role,
    scopes: Vec<Scope>,
    credential: &'static str,
}

pub(crate) async fn show_caller(State(app): State<App>, _: NoQuery) -> Answer {
    let me = app.run(|shop| {
        let user = shop.accounts().me()?;
        let credential = match shop.caller().credential() {
            Credential::ApiKey(_) => "api_key",
            Credential::Session(_) | Credential::Operator => "session",
        };
        Ok(Me { role: user.role, user, scopes: shop.caller().scopes().to_vec(), credential })
    });
    ok(me.await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    current_password: Secret,
    password: Secret,
}

/// Ends every session of the caller, this one too.
pub(crate) async fn change_password(State(app): State<App>, address: Address, Json(body): Json<ChangeBody>) -> Answer {
    let ChangeBody { current_password: Secret(current), password: Secret(password) } = body;
    let password = Password::new(password)?;
    let user = auth::caller().and_then(|caller| caller.user());
    app.attempts().count(address, format!("user {}", user.map_or(0, UserId::get)))?;
    app.run(move |shop| shop.accounts().change_password(&current, &password)).await?;
    Ok(logged_out())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    password: Secret,
}

pub(crate) async fn set_password(
    State(app): State<App>,
    Id(id): Id<UserId>,
    Json(body): Json<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let password = Password::new(body.password.0)?;
    app.run(move |shop| shop.accounts().set_password(id, &password)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    role: Role,
}

pub(crate) async fn set_role(State(app): State<App>, Id(id): Id<UserId>, Json(body): Json<RoleBody>) -> Answer {
    ok(app.run(move |shop| shop.accounts().set_role(id, body.role)).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeyQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    user_id: Option<UserId>,
}

pub(crate) async fn list_keys(State(app): State<App>, uri: Uri, Query(query): Query<KeyQuery>) -> Answer {
    let filter = ApiKeyFilter { page: page(query.limit, query.cursor), user_id: query.user_id };
    list(&app, &uri, move |shop| shop.accounts().keys(&filter)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyBody {
    name: String,
    scopes: Vec<Scope>,
    /// Never, unless given.
    expires_at: Option<DateTime<Utc>>,
    /// The caller, unless given.
    user_id: Option<UserId>,
}

/// A new key, with the secret that is shown this once.
#[derive(Debug, Serialize)]
struct NewKey {
    token: String,
    key: ApiKey,
}

pub(crate) async fn create_key(State(app): State<App>, Json(body): Json<KeyBody>) -> Answer {
    let made = app.run(move |shop| {
        let user = match body.user_id {
            Some(user) => user,
            None => shop.accounts().me()?.id,
        };
        shop.accounts().create_key(NewApiKey::new(user, &body.name, body.scopes, body.expires_at)?)
    });
    let (token, key) = made.await?;
    created(format!("/api/auth/api-keys/{}", key.id), NewKey { token: token.expose().to_owned(), key })
}

pub(crate) async fn revoke_key(State(app): State<App>, Id(id): Id<ApiKeyId>) -> Result<StatusCode, Problem> {
    app.run(move |shop| shop.accounts().revoke_key(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

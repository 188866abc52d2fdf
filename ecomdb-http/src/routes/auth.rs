//! `/api/auth`

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ecomdb::{
    ApiKey, ApiKeyFilter, ApiKeyId, Credential, Cursor, Email, Limit, NewApiKey, Password, Role, Scope, Session,
    SessionId, User, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::audit;
use crate::auth::{self, closing_cookie, session_cookie};
use crate::client::Client;
use crate::extract::{Id, Json, NoQuery, Query, Secret, page, text};
use crate::guard::Sender;
use crate::limits::Attempt;
use crate::openapi::fields;
use crate::problem::{Problem, kinds};
use crate::respond::{Answer, created, list, ok};
use crate::state::Shared;

/// The largest body of a login: 4 KiB.
const LOGIN_BODY: usize = 4 * 1024;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Login)]
pub(crate) struct LoginBody {
    /// The address of the user.
    email: String,
    /// The password of the user.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// Whether the token is to be kept in a cookie, which no script can read, instead of being answered.
    #[serde(default)]
    cookie: bool,
}

/// Who has logged in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedIn)]
pub(crate) struct LoginAnswer {
    /// The secret of the session, unless it is in the cookie. It cannot be had again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When the session ends at the latest.
    expires_at: DateTime<Utc>,
    /// Who it is.
    user: User,
}

/// Log in
///
/// Begins a session: of seven days, or a day without use. The least recently used one of a user who has 50 ends. Which of address and password is wrong, or whether the user may not
/// log in, is not told.
#[utoipa::path(
    post, path = "", tag = "auth", request_body = LoginBody,
    responses((status = 200, description = "Who has logged in, and the token.", body = LoginAnswer))
)]
pub(crate) async fn log_in(
    State(app): State<Shared>,
    attempt: Attempt,
    client: Client,
    Extension(sender): Extension<Sender>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    // Anybody can send this, so that little of it is taken.
    let Json(body) = Json::<LoginBody>::read(request, &app, LOGIN_BODY).await?;
    let LoginBody { email, password: Secret(password), cookie } = body;
    if cookie {
        sender.expect_own_page(&headers)?;
    }
    let account = Email::new("email", &email).ok();
    let account = account.as_ref().map(Email::as_str);
    let login = auth::prove(&app, attempt, account, |place| {
        app.in_database(move |db| {
            let _place = place;
            db.accounts().log_in(&email, &password)
        })
    });
    let login = login.await.inspect_err(|problem| {
        if problem.is(&kinds::WRONG_LOGIN) {
            audit::LOGIN_FAILED.entry().account(account).log();
        }
    })?;
    audit::LOGIN_SUCCEEDED.entry().account(account).about(login.user.id).log();
    let token = (!cookie).then(|| login.token.expose().to_owned());
    let answer = LoginAnswer { token, expires_at: login.expires_at, user: login.user };
    let mut response = Json(answer).into_response();
    if let Some(kept) = session_cookie(client, &login.token, login.expires_at).filter(|_| cookie) {
        response.headers_mut().insert(SET_COOKIE, kept);
    }
    Ok(response)
}

/// Log out
///
/// Ends the session.
#[utoipa::path(
    post, path = "", tag = "auth",
    responses((status = 204, description = "The session has ended."))
)]
pub(crate) async fn log_out(State(app): State<Shared>, client: Client, headers: HeaderMap) -> Answer {
    app.run(|shop| shop.accounts().log_out()).await?;
    audit::LOGGED_OUT.entry().log();
    Ok(logged_out(client, &headers))
}

fn logged_out(client: Client, headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = closing_cookie(client, headers) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// List the own sessions
///
/// Those that have not ended, the most recently used one first. There are at most 50.
#[utoipa::path(
    get, path = "", tag = "auth",
    responses((status = 200, description = "The sessions.", body = Vec<Session>))
)]
pub(crate) async fn list_sessions(State(app): State<Shared>, _: NoQuery) -> Answer {
    ok(app.run(|shop| shop.accounts().sessions()).await?)
}

/// End one of the own sessions
///
/// Logs out a browser or a program that is elsewhere.
#[utoipa::path(
    delete, path = "", tag = "auth",
    responses((status = 204, description = "The session has ended."))
)]
pub(crate) async fn end_session(
    State(app): State<Shared>,
    Id(id): Id<SessionId>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_current = auth::caller().is_some_and(|caller| caller.credential() == Credential::Session(id));
    app.run(move |shop| shop.accounts().end_session(id)).await?;
    audit::SESSION_ENDED.entry().detail(format_args!("session {id}")).log();
    Ok(if is_current { logged_out(client, &headers) } else { StatusCode::NO_CONTENT.into_response() })
}

/// End all other own sessions
///
/// The one that asks goes on.
#[utoipa::path(
    delete, path = "", tag = "auth",
    responses((status = 204, description = "The other sessions have ended."))
)]
pub(crate) async fn end_other_sessions(State(app): State<Shared>) -> Result<StatusCode, Problem> {
    app.run(|shop| shop.accounts().end_other_sessions()).await?;
    audit::SESSION_ENDED.entry().detail("all others").log();
    Ok(StatusCode::NO_CONTENT)
}

/// The caller: who it is, and what it may do with what it showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Caller)]
pub(crate) struct Me {
    /// Who it is.
    user: User,
    /// What the user is.
    role: Role,
    /// What may be done with what was shown.
    scopes: Vec<Scope>,
    /// What was shown: `session` or `api_key`.
    credential: &'static str,
}

/// Who am I?
///
/// And what may I do with what I showed?
#[utoipa::path(
    get, path = "", tag = "auth",
    responses((status = 200, description = "The caller.", body = Me))
)]
pub(crate) async fn show_caller(State(app): State<Shared>, _: NoQuery) -> Answer {
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub(crate) struct ChangeBody {
    /// The present one.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    #[schema(schema_with = fields::password)]
    password: Secret,
}

/// Change the own password
///
/// Ends every session of the caller, this one too.
#[utoipa::path(
    put, path = "", tag = "auth", request_body = ChangeBody,
    responses((status = 204, description = "The password was replaced."))
)]
pub(crate) async fn change_password(
    State(app): State<Shared>,
    attempt: Attempt,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<ChangeBody>,
) -> Answer {
    let ChangeBody { current_password: Secret(current), password: Secret(password) } = body;
    let password = Password::new(password)?;
    let account = auth::caller().and_then(|caller| caller.user()).map(|user| format!("user {user}"));
    let change = auth::prove(&app, attempt, account.as_deref(), |place| {
        app.run(move |shop| {
            let _place = place;
            shop.accounts().change_password(&current, &password)
        })
    });
    change.await.inspect_err(|problem| {
        if problem.is(&kinds::WRONG_LOGIN) {
            audit::PASSWORD_CHANGE_FAILED.entry().log();
        }
    })?;
    audit::PASSWORD_CHANGED.entry().log();
    Ok(logged_out(client, &headers))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPassword)]
pub(crate) struct PasswordBody {
    #[schema(schema_with = fields::password)]
    password: Secret,
}

/// Give a user another password
///
/// Ends every session of the user.
#[utoipa::path(
    put, path = "", tag = "users", request_body = PasswordBody,
    responses((status = 204, description = "The password was replaced."))
)]
pub(crate) async fn set_password(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    Json(body): Json<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let password = Password::new(body.password.0)?;
    app.run(move |shop| shop.accounts().set_password(id, &password)).await?;
    audit::PASSWORD_SET.entry().about(id).log();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
pub(crate) struct RoleBody {
    /// What the user is from now on.
    role: Role,
}

/// Make a user something else
///
/// At once. The last active admin stays one.
#[utoipa::path(
    put, path = "", tag = "users", request_body = RoleBody,
    responses((status = 200, description = "The user as it is now.", body = User))
)]
pub(crate) async fn set_role(State(app): State<Shared>, Id(id): Id<UserId>, Json(body): Json<RoleBody>) -> Answer {
    let user = app.run(move |shop| shop.accounts().set_role(id, body.role)).await?;
    audit::ROLE_CHANGED.entry().about(id).detail(user.role).log();
    ok(user)
}

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
        shop.accounts().create_key(NewApiKey::new(user, &body.name, body.scopes, body.expires_at)?)
    });
    let (token, key) = made.await?;
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    audit::KEY_CREATED.entry().about(key.user_id).detail(format_args!("key {}: {scopes}", key.id)).log();
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
    let key = app.run(move |shop| shop.accounts().revoke_key(id)).await?;
    audit::KEY_REVOKED.entry().about(key.user_id).detail(format_args!("key {id}")).log();
    Ok(StatusCode::NO_CONTENT)
}

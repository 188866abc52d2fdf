//! `/api/auth`

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ecomdb::{Credential, Password, Role, Scope, Session, SessionId, User, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts;
use crate::auth::{self, closing_cookie, session_cookie};
use crate::client::Client;
use crate::current;
use crate::extract::{Id, Json, NoQuery, Secret};
use crate::guard::Sender;
use crate::limits::Attempt;
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::Shared;

/// The largest body of a login: 4 KiB.
const LOGIN_BODY: usize = 4 * 1024;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Login)]
pub(crate) struct LoginBody {
    /// E-mail address of the user.
    email: String,
    /// Password of the user.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// If true, the token is set as an HttpOnly cookie instead of being part of the response.
    #[serde(default)]
    cookie: bool,
}

/// A new session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoggedIn)]
pub(crate) struct LoginAnswer {
    /// The secret of the session, absent if it is in a cookie. It is not stored and cannot be shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// When the session ends at the latest (UTC).
    expires_at: DateTime<Utc>,
    /// The user who has logged in.
    user: User,
}

/// Log in
///
/// Begins a session of at most seven days, which also ends after a day without use. A user has at most 50 sessions;
/// another login ends the least recently used one. A failed login does not tell whether the e-mail address or the
/// password was wrong, or whether the user is disabled.
#[utoipa::path(
    post, path = "", tag = "auth", request_body = LoginBody,
    responses((status = 200, description = "The session.", body = LoginAnswer))
)]
pub(crate) async fn log_in(
    State(app): State<Shared>,
    attempt: Attempt,
    client: Client,
    Extension(sender): Extension<Sender>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    // Open to everyone, so the body is limited to what a login needs.
    let body = match Json::<LoginBody>::read(request, &app, LOGIN_BODY).await {
        Ok(Json(body)) => body,
        Err(problem) => {
            auth::count_junk(attempt, &problem);
            return Err(problem);
        }
    };
    let LoginBody { email, password: Secret(password), cookie } = body;
    if cookie {
        sender.expect_own_page(&headers)?;
    }
    let login = auth::log_in(&app, attempt, email, password).await?;
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
/// Ends the current session.
#[utoipa::path(
    post, path = "", tag = "auth",
    responses((status = 204, description = "The session has ended."))
)]
pub(crate) async fn log_out(State(app): State<Shared>, client: Client, headers: HeaderMap) -> Answer {
    auth::log_out(&app).await?;
    Ok(logged_out(client, &headers))
}

fn logged_out(client: Client, headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = closing_cookie(client, headers) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// List the caller's sessions
///
/// Active sessions, most recently used first. There are at most 50.
#[utoipa::path(
    get, path = "", tag = "auth",
    responses((status = 200, description = "The sessions.", body = Vec<Session>))
)]
pub(crate) async fn list_sessions(State(app): State<Shared>, _: NoQuery) -> Answer {
    ok(app.run_blocking(|shop| shop.accounts().sessions()).await?)
}

/// End one of the caller's sessions
///
/// Logs out another browser or program.
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
    let is_current = current::caller().is_some_and(|caller| caller.credential() == Credential::Session(id));
    accounts::end_session(&app, id).await?;
    Ok(if is_current { logged_out(client, &headers) } else { StatusCode::NO_CONTENT.into_response() })
}

/// End the caller's other sessions
///
/// The current session continues.
#[utoipa::path(
    delete, path = "", tag = "auth",
    responses((status = 204, description = "The other sessions have ended."))
)]
pub(crate) async fn end_other_sessions(State(app): State<Shared>) -> Result<StatusCode, Problem> {
    accounts::end_other_sessions(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller, and what its credential allows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Caller)]
pub(crate) struct Me {
    /// The user.
    user: User,
    /// Role of the user.
    role: Role,
    /// Scopes of the credential.
    scopes: Vec<Scope>,
    /// Kind of the credential: `session` or `api_key`.
    credential: &'static str,
}

/// Show the caller
///
/// The user, and the scopes of the credential in use.
#[utoipa::path(
    get, path = "", tag = "auth",
    responses((status = 200, description = "The caller.", body = Me))
)]
pub(crate) async fn show_caller(State(app): State<Shared>, _: NoQuery) -> Answer {
    let me = app.run_blocking(|shop| {
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
    /// The current password.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    #[schema(schema_with = fields::password)]
    password: Secret,
}

/// Change the caller's password
///
/// Ends every session of the caller, including this one.
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
    accounts::change_password(&app, attempt, current, password).await?;
    Ok(logged_out(client, &headers))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPassword)]
pub(crate) struct PasswordBody {
    #[schema(schema_with = fields::password)]
    password: Secret,
}

/// Set a user's password
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
    accounts::set_password(&app, id, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
pub(crate) struct RoleBody {
    /// The new role.
    role: Role,
}

/// Set a user's role
///
/// Takes effect at once. The role of the last active admin cannot be changed.
#[utoipa::path(
    put, path = "", tag = "users", request_body = RoleBody,
    responses((status = 200, description = "The user.", body = User))
)]
pub(crate) async fn set_role(State(app): State<Shared>, Id(id): Id<UserId>, Json(body): Json<RoleBody>) -> Answer {
    ok(accounts::set_role(&app, id, body.role).await?)
}

//! Logging in and out. The limits and the audit log are those of the API.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::shell::{Entries, Flash, LoginForm, Visit, own_path, page, render, resume, see_other};
use crate::auth::{self, closing_cookie, session_cookie};
use crate::client::Client;
use crate::extract::{Query, text};
use crate::guard::Sender;
use crate::limits::Attempt;
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum size of a login in bytes. It may carry a form that was sent after the session had ended.
const LARGEST: usize = 128 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LoginQuery {
    /// Path to return to after the login.
    #[serde(rename = "return", deserialize_with = "text")]
    return_to: Option<String>,
}

/// `/login`. Without authentication there is nothing to log in to.
pub(super) async fn show_form(
    State(app): State<Shared>,
    visit: Visit,
    Query(LoginQuery { return_to }): Query<LoginQuery>,
) -> Answer {
    if !app.authenticates() {
        return see_other("/", None);
    }
    let return_to = return_to.as_deref().and_then(own_path).unwrap_or_default();
    let shell = visit.aside("Log in");
    render(&LoginForm { shell, message: "", email: "", return_to, resume: "", kept: "" })
}

/// Begins a session. If a form was kept, it is shown again.
pub(super) async fn log_in(
    State(app): State<Shared>,
    visit: Visit,
    attempt: Result<Attempt, Problem>,
    client: Client,
    Extension(sender): Extension<Sender>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    if !app.authenticates() {
        return see_other("/", None);
    }
    let entries = match Entries::read(request, &app, LARGEST).await {
        Ok(entries) => entries,
        Err(problem) => {
            if let Ok(attempt) = attempt {
                auth::count_junk(attempt, &problem);
            }
            return Err(problem);
        }
    };
    sender.expect_own_page(&headers)?;
    let (email, password) = (entries.value("email").to_owned(), entries.value("password").to_owned());
    let login = match attempt {
        Ok(attempt) => auth::log_in(&app, attempt, email, password).await,
        Err(problem) => Err(problem),
    };
    let login = match login {
        Ok(login) => login,
        Err(problem) => return ask_anew(visit, &entries, problem),
    };
    let mut response = match own_path(entries.value("resume")) {
        Some(action) => resume(visit, action, entries.value("kept"))?,
        None => see_other(own_path(entries.value("return")).unwrap_or("/"), None)?,
    };
    if let Some(cookie) = session_cookie(client, &login.token, login.expires_at) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The form again, with the status and the message of the problem, and without the password.
fn ask_anew(visit: Visit, entries: &Entries, problem: Problem) -> Answer {
    let status = problem.kind().status();
    let message = if problem.is(&kinds::WRONG_LOGIN) {
        "The e-mail address or the password is wrong.".to_owned()
    } else if matches!(status, 429 | 503) {
        format!("{}: try again in a moment.", problem.kind().title())
    } else {
        return Err(problem);
    };
    let form = LoginForm {
        shell: visit.aside("Log in"),
        message: &message,
        email: entries.value("email"),
        return_to: own_path(entries.value("return")).unwrap_or_default(),
        resume: own_path(entries.value("resume")).unwrap_or_default(),
        kept: entries.value("kept"),
    };
    let mut response = page(StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED), &form)?;
    if let Some(seconds) = problem.headers().remove(RETRY_AFTER) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    Ok(response)
}

/// Ends the session.
pub(super) async fn log_out(State(app): State<Shared>, client: Client, headers: HeaderMap) -> Answer {
    auth::log_out(&app).await?;
    logged_out(client, &headers, Flash::LoggedOut {})
}

/// The login page after the session has ended. The browser is told to clear its cache of pages.
pub(super) fn logged_out(client: Client, headers: &HeaderMap, flash: Flash) -> Answer {
    const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");
    let mut response = see_other("/login", Some(flash))?;
    response.headers_mut().insert(CLEAR, HeaderValue::from_static("\"cache\""));
    if let Some(cookie) = closing_cookie(client, headers) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

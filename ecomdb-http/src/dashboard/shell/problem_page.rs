//! Problems as pages. The status is that of the problem.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::entries::Entries;
use super::page::{Shell, page};
use super::paths::own_path;
use super::visit::Visit;
use crate::auth::{self, Needs, Use};
use crate::client::Client;
use crate::current::{self, request_id};
use crate::problem::{Problem, kinds};
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "shell/problem.html")]
struct ProblemPage {
    shell: Shell,
    status: u16,
    text: String,
    remedy: &'static str,
    /// Error messages of the fields.
    errors: Vec<String>,
    again: Option<Again>,
    /// Address and label of the link to another page.
    back: (String, String),
    /// The request id in the log, for an internal error.
    request_id: Option<String>,
    is_customer: bool,
}

/// The same form, to be sent again.
struct Again {
    action: String,
    entries: Entries,
}

/// The problem as a page. If sending the entries of a form again may help, the page has a button for it.
pub(super) fn show_problem(visit: Visit, entries: Option<&Entries>, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let back = entries.and_then(|entries| own_path(entries.value("return"))).map(str::to_owned);
    let action = visit.returns().to_owned();
    let again = entries.filter(|_| may_work_later(problem));
    let is_customer = visit.authenticates() && problem.is(&kinds::FORBIDDEN) && !visit.is_staff();
    let shell = visit.aside(title(problem));
    let template = ProblemPage {
        status: status.as_u16(),
        text: text(problem),
        remedy: remedy(problem),
        errors: problem.errors().iter().map(|error| format!("{}: {}", error.field, error.message)).collect(),
        again: again.map(|entries| Again { action, entries: entries.clone() }),
        back: back.map_or_else(|| way_on(&shell), |back| (back, "Back".to_owned())),
        request_id: problem.is(&kinds::INTERNAL).then(request_id),
        is_customer,
        shell,
    };
    let mut response = match page(status, &template) {
        Ok(response) => response,
        Err(problem) => return problem.into_response(),
    };
    let mut headers = problem.headers();
    // This header is for programs.
    headers.remove(WWW_AUTHENTICATE);
    response.headers_mut().extend(headers);
    response
}

fn may_work_later(problem: &Problem) -> bool {
    matches!(problem.kind().status(), 429 | 503)
}

/// The first section that the visitor may see.
fn way_on(shell: &Shell) -> (String, String) {
    let first = shell.links.first().map(|link| (link.path.to_owned(), format!("Go to {}", link.label)));
    first.unwrap_or_else(|| ("/".to_owned(), "Go to the start page".to_owned()))
}

/// Whether the problem is that there is no page at the address.
fn is_no_page(problem: &Problem) -> bool {
    problem.is(&kinds::NO_ROUTE) || problem.is(&kinds::METHOD_NOT_ALLOWED)
}

/// The title, for people.
fn title(problem: &Problem) -> &'static str {
    match problem.kind().status() {
        _ if is_no_page(problem) => "Page not found",
        400 => "The address is not right",
        403 if problem.is(&kinds::FORBIDDEN) => "You may not do this",
        422 => "Please check what you entered",
        500 => "Something went wrong",
        _ => problem.kind().title(),
    }
}

/// The problem as a sentence for people.
fn text(problem: &Problem) -> String {
    if problem.is(&kinds::NO_ROUTE) {
        return "There is no page at this address.".to_owned();
    }
    if problem.is(&kinds::METHOD_NOT_ALLOWED) {
        return "This address only receives forms: it has no page to open.".to_owned();
    }
    sentence(problem.detail())
}

/// What the visitor can do about it.
fn remedy(problem: &Problem) -> &'static str {
    if problem.is(&kinds::UNKNOWN_OUTCOME) {
        return "It is not known whether the change was made. Sending the form again is safe: it has no second effect.";
    }
    match problem.kind().status() {
        403 if problem.is(&kinds::CROSS_SITE) => {
            "Open the page at this server's own address, and send the form from there."
        }
        403 => "Someone with the role admin can change what you may do.",
        404 if problem.is(&kinds::NO_ROUTE) => "It may be mistyped, or from an older version.",
        404 => "It may have been deleted, or the address is mistyped.",
        409 | 412 => "Nothing was changed. Look at the current state, then try again.",
        429 => "Wait a moment, then try again.",
        500 => "Nothing was changed.",
        503 => "Nothing was changed. Try again in a moment.",
        _ => "",
    }
}

/// The detail of a problem as a sentence.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Middleware around the whole server: shows problems to browsers as pages, also without a matching route.
pub(crate) async fn explain(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if !wants_page(&request) {
        return next.run(request).await;
    }
    let visit = Visit::new(&app, request.uri(), request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Arc<Problem>>() {
        Some(problem) => {
            let mut page = show_problem(visit, None, &problem);
            let others = response.headers_mut().drain().filter_map(|(name, value)| Some((name?, value)));
            for (name, value) in others {
                page.headers_mut().entry(name).or_insert(value);
            }
            page
        }
        None => response,
    }
}

/// The answer to a request without a matching page. For a browser it is a page with the navigation of its user.
pub(crate) async fn refuse_page(app: &App, client: Client, request: Request, problem: Problem) -> Response {
    if !app.has_dashboard() || !wants_page(&request) {
        return problem.into_response();
    }
    let visit = Visit::new(app, request.uri(), request.headers());
    let token = auth::token(app, client, &request).unwrap_or_default();
    let visit = recognised(app, visit, client, token).await;
    show_problem(visit, None, &problem)
}

/// The visit of the user with this token, with the navigation of their role. Without a valid token, the unchanged
/// visit.
async fn recognised(app: &App, visit: Visit, client: Client, token: Option<String>) -> Visit {
    let Ok(caller) = auth::identify(app, Needs::Nothing, client, token, Use::Counts).await else { return visit };
    let mut known = visit.clone().by(Arc::clone(&caller));
    match current::acting_for(caller, known.read(app)).await {
        Ok(()) => known,
        Err(_) => visit,
    }
}

/// First segments of paths whose answers are for programs, whatever the client accepts.
const FOR_PROGRAMS: [&str; 6] = ["api", "docs", "problems", "healthz", "readyz", "metrics"];

fn wants_page(request: &Request) -> bool {
    let first = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
    !FOR_PROGRAMS.contains(&first) && accepts_html(request.headers())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

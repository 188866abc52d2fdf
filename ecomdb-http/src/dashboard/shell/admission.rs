//! Access to pages. The rules are those of the API; only the answers are for people.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ecomdb::{Caller, Role};

use super::again::ask_again;
use super::entries::{Entries, Kept, without_secrets};
use super::flash;
use super::page::{render, see_other};
use super::paths::with_query;
use super::problem_page::show_problem;
use super::visit::Visit;
use crate::auth::{self, Needs, Use};
use crate::client::Client;
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::{audit, current, guard};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Maximum size in bytes of a form that is kept while its sender logs in again.
const KEPT: usize = 64 * 1024;

/// Middleware in front of every page: authenticates, limits and authorizes like that of the API. Shows problems as
/// pages.
pub(crate) async fn admit(
    State((app, needs)): State<(Shared, Needs)>,
    client: Client,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = Visit::new(&app, request.uri(), request.headers());
    let kept = Kept::default();
    request.extensions_mut().insert(kept.clone());
    if needs == Needs::Nothing {
        let response = open(visit.clone(), request, next).await;
        return finish(visit, &kept, response);
    }
    if comes_from_elsewhere(&app, &request) {
        return answer(load_again());
    }
    let counts = if visit.is_in_background() { Use::InBackground } else { Use::Counts };
    let caller = match auth::token(&app, client, &request) {
        Ok(token) => auth::identify(&app, needs, client, token, counts).await,
        Err(problem) => Err(problem),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) if problem.is(&kinds::UNAUTHENTICATED) => {
            let asked = ask_to_log_in(&app, visit.clone(), request).await;
            return finish(visit, &kept, answer(asked));
        }
        Err(problem) => {
            let refused = refuse(&app, &kept, request, problem).await;
            return finish(visit, &kept, refused);
        }
    };
    let visit = visit.by(Arc::clone(&caller));
    let known = current::acting_for(Arc::clone(&caller), async {
        let mut visit = visit;
        let response = match admitted(&app, &mut visit, needs, &caller).await {
            Ok(()) => open(visit.clone(), request, next).await,
            Err(problem) => refuse(&app, &kept, request, problem).await,
        };
        finish(visit, &kept, response)
    });
    known.await
}

/// The problem. The entries of a form are kept if it can be sent again later.
async fn refuse(app: &App, kept: &Kept, request: Request, problem: Problem) -> Response {
    if matches!(problem.kind().status(), 429 | 503)
        && !reads(request.method())
        && let Ok(entries) = Entries::read(request, app, KEPT).await
    {
        kept.keep(&entries);
    }
    problem.into_response()
}

/// Refuses a caller who may not see the page; otherwise reads the data that all pages show.
async fn admitted(app: &App, visit: &mut Visit, needs: Needs, caller: &Arc<Caller>) -> Result<(), Problem> {
    expect_staff(needs, caller)?;
    visit.read(app).await?;
    needs.permit(caller)
}

/// The page, for a caller who may see it.
async fn open(visit: Visit, mut request: Request, next: Next) -> Response {
    match guard::refuse_query(&request) {
        Ok(()) => {
            request.extensions_mut().insert(visit);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Refuses customers, whatever scopes their role has. They may log out, which any caller may.
fn expect_staff(needs: Needs, caller: &Caller) -> Result<(), Problem> {
    if caller.role() != Role::Customer || needs == Needs::Caller {
        return Ok(());
    }
    audit::ACCESS_DENIED.entry().detail("dashboard").log();
    Err(Problem::new(&kinds::FORBIDDEN, "the dashboard is for the people who work in the shop"))
}

/// The response, or the problem in it as a page. A message counts as shown as soon as a page was rendered.
fn finish(visit: Visit, kept: &Kept, mut response: Response) -> Response {
    let has_flash = visit.has_flash();
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        response = show_problem(visit, kept.entries(), &problem);
    }
    if has_flash && response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        flash::forget(&mut response);
    }
    response
}

/// Whether a link of another site led here. In that case the browser withholds the session cookie.
fn comes_from_elsewhere(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let is_elsewhere = headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site");
    app.authenticates() && is_elsewhere && reads(request.method()) && !headers.contains_key(AUTHORIZATION)
}

fn reads(method: &Method) -> bool {
    [Method::GET, Method::HEAD].contains(method)
}

#[derive(Template)]
#[template(path = "shell/load_again.html")]
struct LoadAgain;

/// A page that loads the same address again. The request then comes from this server's own page, and has the session
/// cookie.
fn load_again() -> Answer {
    render(&LoadAgain)
}

/// Asks for a login, and then leads to the requested page. A form is kept, and can be sent after the login.
async fn ask_to_log_in(app: &App, visit: Visit, request: Request) -> Answer {
    if reads(request.method()) {
        return to_login(visit.returns());
    }
    let action = visit.returns().to_owned();
    let entries = Entries::read(request, app, KEPT).await?;
    let kept = without_secrets(entries);
    if kept.pairs().all(|(name, _)| name == "key" || name == "return") {
        return to_login(kept.value("return"));
    }
    ask_again(visit, &action, &kept)
}

fn to_login(return_to: &str) -> Answer {
    see_other(&with_query("/login", [("return", return_to)]), None)
}

fn answer(outcome: Answer) -> Response {
    outcome.unwrap_or_else(IntoResponse::into_response)
}

//! Authentication, and authorization per route. Authorization per row is the library's: see [`ecomdb::OnBehalf`].

mod credentials;
mod login;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use ecomdb::{Caller, Error, Scope};

pub(crate) use self::credentials::{closing_cookie, session_cookie};
pub(crate) use self::login::{count_junk, log_in, log_out};

use crate::client::Client;
use crate::limits::{Attempt, Permit};
use crate::problem::{Problem, kinds};
use crate::state::{App, Shared};
use crate::{audit, current, guard, observe};

/// What a route requires of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Open to everyone.
    Nothing,
    /// Any authenticated caller.
    Caller,
    /// A session: an API key is not enough.
    Session,
    /// The scope.
    Scope(Scope),
    /// One of the scopes; the body decides which one, so the library checks it.
    OneOf(&'static [Scope]),
    /// A session of a user with the scope.
    SessionWith(Scope),
}

impl From<Scope> for Needs {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

/// Middleware in front of every operation: authenticates, limits and authorizes.
pub(crate) async fn admit(
    State((app, needs)): State<(Shared, Needs)>,
    client: Client,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if needs == Needs::Nothing {
        guard::refuse_query(&request)?;
        return Ok(next.run(request).await);
    }
    let token = token(&app, client, &request)?;
    let caller = identify(&app, needs, client, token, Use::Counts).await?;
    needs.permit(&caller)?;
    guard::refuse_query(&request)?;
    Ok(current::acting_for(caller, next.run(request)).await)
}

/// The token of a request; none on a server without authentication.
pub(crate) fn token(app: &App, client: Client, request: &Request) -> Result<Option<String>, Problem> {
    if app.authenticates() { credentials::token(request, client) } else { Ok(None) }
}

/// Whether a request counts as use of its session, which expires after a day without use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Counts,
    /// A script refreshes a page without a user's action, which does not count as use of the session.
    InBackground,
}

/// The caller with this token, whose request is counted against its limit.
pub(crate) async fn identify(
    app: &App,
    needs: Needs,
    client: Client,
    token: Option<String>,
    counts: Use,
) -> Result<Arc<Caller>, Problem> {
    let caller = known(app, needs, token, counts).await?;
    if let Some(user) = caller.user() {
        observe::note_user(user.get());
        if let Some(limit) = app.rate_limit() {
            limit.count_user(user, client.address, Instant::now())?;
        }
    }
    Ok(caller)
}

async fn known(app: &App, needs: Needs, token: Option<String>, counts: Use) -> Result<Arc<Caller>, Problem> {
    if !app.authenticates() {
        return match needs {
            Needs::Caller | Needs::Session => Err(off()),
            Needs::Nothing | Needs::Scope(_) | Needs::OneOf(_) | Needs::SessionWith(_) => {
                Ok(Arc::new(Caller::operator()))
            }
        };
    }
    let Some(token) = token else {
        return Err(Problem::unauthenticated("log in, or send an API key: Authorization: Bearer TOKEN", false));
    };
    let (caller, use_is_due) =
        app.read_as_operator(move |db| db.run(move |shop| shop.accounts().recognise(&token))).await?;
    let caller = Arc::new(caller);
    if use_is_due && counts == Use::Counts {
        note_use(app, Arc::clone(&caller)).await;
    }
    Ok(caller)
}

impl Needs {
    /// Refuses a caller who lacks what the route requires.
    pub(crate) fn permit(self, caller: &Arc<Caller>) -> Result<(), Problem> {
        // Inside the caller's scope, so that the log names the caller.
        current::run_for(Arc::clone(caller), || self.refuse(caller).map_err(Problem::from))
    }

    /// Refuses early, before the body is read. The library checks again in the operation's own transaction.
    fn refuse(self, caller: &Caller) -> ecomdb::Result<()> {
        match self {
            Self::Scope(scope) => caller.demand(scope),
            Self::OneOf(scopes) => {
                scopes.iter().map(|scope| caller.demand(*scope)).reduce(Result::or).unwrap_or(Ok(()))
            }
            Self::Session => caller.demand_session(),
            Self::SessionWith(scope) => caller.demand_session().and(caller.demand(scope)),
            Self::Nothing | Self::Caller => Ok(()),
        }
    }
}

/// Records the use of a token. It runs on the blocking pool: behind a slow write it delays this request, but not the
/// reads of others.
async fn note_use(app: &App, caller: Arc<Caller>) {
    let noted = app.in_database(move |db| {
        db.accounts().note_use(&caller);
        Ok(())
    });
    if noted.await.is_err() {
        tracing::warn!("the use of a token could not be recorded");
    }
}

/// Counts the request before its body is read.
impl FromRequestParts<Shared> for Attempt {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        if !app.authenticates() {
            return Err(off());
        }
        let Client { address, .. } = parts.extensions.get().copied().unwrap_or_default();
        app.attempts().begin(address, Instant::now()).inspect_err(|_| audit::LOGIN_LOCKED.entry().log())
    }
}

/// Permission to check one password.
#[must_use]
pub(crate) struct Check {
    attempt: Attempt,
    _permit: Permit,
}

/// Waits for a slot to check a password, unless there were too many attempts before.
pub(crate) async fn await_turn(app: &App, mut attempt: Attempt, account: Option<&str>) -> Result<Check, Problem> {
    if let Some(account) = account {
        let counted = attempt.name(account, Instant::now());
        counted.inspect_err(|_| audit::LOGIN_LOCKED.entry().account(Some(account)).log())?;
    }
    let _permit = app.password_checks().enter(attempt.address()).await?;
    Ok(Check { attempt, _permit })
}

impl Check {
    /// Checks a password with `work` and counts the result, also when the client has disconnected.
    pub(crate) fn run<T>(self, work: impl FnOnce() -> ecomdb::Result<T>) -> ecomdb::Result<T> {
        let outcome = work();
        match &outcome {
            Ok(_) => self.attempt.succeeded(),
            Err(Error::WrongLogin) => self.attempt.failed(),
            // No password was checked.
            Err(_) => drop(self.attempt),
        }
        outcome
    }
}

/// The error of a route about accounts on a server without authentication.
pub(crate) fn off() -> Problem {
    Problem::new(&kinds::AUTHENTICATION_OFF, "this server runs without authentication: everyone acts as its operator")
}

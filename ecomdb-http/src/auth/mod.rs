//! Who asks, and whether the route is open to them. What they may see behind it, the library says: see
//! [`ecomdb::OnBehalf`].

mod credentials;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use ecomdb::{Caller, Error, Scope};

pub(crate) use self::credentials::{closing_cookie, session_cookie};

use crate::client::Client;
use crate::limits::{Attempt, Place};
use crate::problem::{Problem, kinds};
use crate::state::{App, Shared};
use crate::{audit, guard, observe};

/// What a route needs of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it is open to all.
    Nothing,
    /// That it is known who asks.
    Caller,
    /// That somebody logged in: an API key is not enough.
    Session,
    /// That the caller has the scope.
    Scope(Scope),
    /// That the caller has one of the scopes. Which one, the body says, and the library asks for that.
    OneOf(&'static [Scope]),
    /// That somebody logged in who has the scope.
    SessionWith(Scope),
}

impl From<Scope> for Needs {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

tokio::task_local! {
    /// On whose behalf the handler works that runs at the moment.
    static CALLER: Arc<Caller>;
}

/// The caller of the request that is being handled; none on a route that needs nothing.
pub(crate) fn caller() -> Option<Arc<Caller>> {
    CALLER.try_with(Arc::clone).ok()
}

/// Does work on behalf of this caller, on whatever thread.
pub(crate) fn acting_for<T>(caller: Option<Arc<Caller>>, work: impl FnOnce() -> T) -> T {
    match caller {
        Some(caller) => CALLER.sync_scope(caller, work),
        None => work(),
    }
}

/// Stands before the handler of every operation.
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
    let token = if app.authenticates() { credentials::token(&request, client)? } else { None };
    let caller = known(&app, needs, token).await?;
    if let Some(user) = caller.user() {
        observe::note_user(user.get());
        if let Some(limit) = app.rate_limit() {
            limit.count_user(user, client.address, Instant::now())?;
        }
    }
    // The log names the caller that is refused.
    CALLER.sync_scope(Arc::clone(&caller), || needs.refuse(&caller).map_err(Problem::from))?;
    guard::refuse_query(&request)?;
    Ok(CALLER.scope(caller, next.run(request)).await)
}

async fn known(app: &App, needs: Needs, token: Option<String>) -> Result<Arc<Caller>, Problem> {
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
    let (caller, use_is_due) = app.quickly_in_database(move |db| db.accounts().recognise(&token)).await?;
    let caller = Arc::new(caller);
    if use_is_due {
        note_use(app, Arc::clone(&caller)).await;
    }
    Ok(caller)
}

impl Needs {
    /// Refuses early, before the body is read. The library asks again in the transaction that does what is asked for.
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

/// Where it may wait: whoever writes at the moment holds up this request, and no look-up of others.
async fn note_use(app: &App, caller: Arc<Caller>) {
    let noted = app.in_database(move |db| {
        db.accounts().note_use(&caller);
        Ok(())
    });
    if noted.await.is_err() {
        tracing::warn!("the use of a token could not be noted");
    }
}

/// The right to check a password once.
#[must_use]
pub(crate) struct Check {
    attempt: Attempt,
    _place: Place,
}

/// Waits until a password may be checked, unless there were too many attempts before.
pub(crate) async fn await_turn(app: &App, mut attempt: Attempt, account: Option<&str>) -> Result<Check, Problem> {
    if let Some(account) = account {
        let counted = attempt.name(account, Instant::now());
        counted.inspect_err(|_| audit::LOGIN_LOCKED.entry().account(Some(account)).log())?;
    }
    let _place = app.turns().enter(attempt.address()).await?;
    Ok(Check { attempt, _place })
}

impl Check {
    /// Checks a password with `work`. How it ended is counted here, where it counts even when the client has gone.
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

/// What needs accounts, on a server that does not ask for them.
pub(crate) fn off() -> Problem {
    Problem::new(
        &kinds::AUTHENTICATION_OFF,
        "this server runs without authentication: it takes everybody for its operator",
    )
}

//! Changes of accounts, each with its event in the log, for the API and for the pages of the dashboard.
//!
//! Events are logged with the change, on its thread: code after it is not executed once the client has disconnected.

use std::sync::Arc;

use ecomdb::{ApiKey, ApiKeyId, Change, Error, NewApiKey, NewUser, Password, Role, SessionId, Token, User, UserId};

use crate::limits::Attempt;
use crate::problem::Problem;
use crate::repeats::{FormSent, Repeats};
use crate::state::App;
use crate::{audit, auth, current};

/// Creates a user who can log in. If the same form is sent again, it gets the same answer.
pub(crate) async fn create_member(
    app: &App,
    form: Option<FormSent>,
    user: NewUser,
    role: Role,
    password: Password,
) -> Result<(User, Password), Problem> {
    let sent = Arc::clone(app.new_members());
    let made = app.run_blocking(move |shop| {
        once(&sent, form, || {
            let user = shop.accounts().create(user, role, &password)?;
            audit::USER_CREATED.entry().account(Some(&user.email)).about(user.id).detail(role).log();
            Ok((user, password))
        })
    });
    made.await
}

/// Runs `make` once for each form; always, if the request has no form.
fn once<T: Clone>(
    sent: &Repeats<T>,
    form: Option<FormSent>,
    make: impl FnOnce() -> ecomdb::Result<T>,
) -> ecomdb::Result<T> {
    match form {
        Some(form) => sent.once(form, make),
        None => make(),
    }
}

pub(crate) async fn set_role(app: &App, id: UserId, role: Role) -> Result<User, Problem> {
    let made = app.run_blocking(move |shop| {
        let Change { before, after } = shop.accounts().change_role(id, role)?;
        if after.role != before.role {
            audit::ROLE_CHANGED.entry().about(id).detail(after.role).log();
        }
        Ok(after)
    });
    made.await
}

pub(crate) async fn set_password(app: &App, id: UserId, password: Password) -> Result<(), Problem> {
    let done = app.run_blocking(move |shop| {
        shop.accounts().set_password(id, &password)?;
        audit::PASSWORD_SET.entry().about(id).log();
        Ok(())
    });
    done.await
}

/// Changes the password of the caller, which ends all of its sessions.
pub(crate) async fn change_password(
    app: &App,
    attempt: Attempt,
    current: String,
    password: Password,
) -> Result<(), Problem> {
    let account = current::caller().and_then(|caller| caller.user()).map(|user| format!("user {user}"));
    let check = auth::await_turn(app, attempt, account.as_deref()).await?;
    let change = app.run_blocking(move |shop| {
        let outcome = check.run(|| shop.accounts().change_password(&current, &password));
        match &outcome {
            Ok(()) => audit::PASSWORD_CHANGED.entry().log(),
            Err(Error::WrongLogin) => audit::PASSWORD_CHANGE_FAILED.entry().log(),
            Err(_) => {}
        }
        outcome
    });
    change.await
}

/// Ends one of the caller's sessions.
pub(crate) async fn end_session(app: &App, id: SessionId) -> Result<(), Problem> {
    let done = app.run_blocking(move |shop| {
        shop.accounts().end_session(id)?;
        audit::SESSION_ENDED.entry().detail(format_args!("session {id}")).log();
        Ok(())
    });
    done.await
}

/// Ends all of the caller's sessions but the current one. Returns their number.
pub(crate) async fn end_other_sessions(app: &App) -> Result<usize, Problem> {
    let done = app.run_blocking(|shop| {
        let ended = shop.accounts().end_other_sessions()?;
        if ended > 0 {
            audit::SESSION_ENDED.entry().detail("all others").log();
        }
        Ok(ended)
    });
    done.await
}

/// Creates the key that `make` describes, by default for the caller. If the same form is sent again, it gets the same
/// answer.
pub(crate) async fn create_key(
    app: &App,
    form: Option<FormSent>,
    user: Option<UserId>,
    make: impl FnOnce(UserId) -> ecomdb::Result<NewApiKey> + Send + 'static,
) -> Result<(Token, ApiKey), Problem> {
    let sent = Arc::clone(app.new_keys());
    let made = app.run_blocking(move |shop| {
        once(&sent, form, || {
            let user = match user {
                Some(user) => user,
                None => shop.accounts().me()?.id,
            };
            let (token, key) = shop.accounts().create_key(make(user)?)?;
            let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
            audit::KEY_CREATED.entry().about(key.user_id).detail(format_args!("key {}: {scopes}", key.id)).log();
            Ok((token, key))
        })
    });
    made.await
}

pub(crate) async fn revoke_key(app: &App, id: ApiKeyId) -> Result<(), Problem> {
    let done = app.run_blocking(move |shop| {
        let Change { before, after } = shop.accounts().end_key(id)?;
        if after.revoked_at != before.revoked_at {
            audit::KEY_REVOKED.entry().about(after.user_id).detail(format_args!("key {id}")).log();
        }
        Ok(())
    });
    done.await
}

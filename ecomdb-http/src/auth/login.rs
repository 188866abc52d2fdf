//! Beginning and ending a session, for the API and for the pages of the dashboard.

use ecomdb::{Email, Error, Login};

use super::await_turn;
use crate::audit;
use crate::limits::Attempt;
use crate::problem::{Problem, kinds};
use crate::state::App;

/// Checks a password and begins a session. Logs the outcome.
pub(crate) async fn log_in(app: &App, attempt: Attempt, email: String, password: String) -> Result<Login, Problem> {
    let account = Email::new("email", &email).ok();
    let check = await_turn(app, attempt, account.as_ref().map(Email::as_str)).await?;
    let login = app.in_database(move |db| {
        let login = check.run(|| db.accounts().log_in(&email, &password));
        let name = account.as_ref().map(Email::as_str);
        match &login {
            Ok(login) => audit::LOGIN_SUCCEEDED.entry().account(name).about(login.user.id).log(),
            Err(Error::WrongLogin) => audit::LOGIN_FAILED.entry().account(name).log(),
            Err(_) => {}
        }
        login
    });
    login.await
}

/// Counts a login whose body could not be read as a failed attempt, so that junk is rate-limited too.
pub(crate) fn count_junk(attempt: Attempt, problem: &Problem) {
    if [&kinds::NOT_JSON, &kinds::MALFORMED, &kinds::TOO_LARGE].into_iter().any(|kind| problem.is(kind)) {
        attempt.failed();
    }
}

/// Ends the session of the caller.
pub(crate) async fn log_out(app: &App) -> Result<(), Problem> {
    let done = app.run_blocking(|shop| {
        shop.accounts().log_out()?;
        audit::LOGGED_OUT.entry().log();
        Ok(())
    });
    done.await
}

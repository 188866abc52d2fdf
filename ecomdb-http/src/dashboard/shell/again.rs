//! Forms whose session ended before they were sent: their entries are kept in the login page until the user has logged
//! in again.

use askama::Template;
use axum::http::StatusCode;

use super::entries::Entries;
use super::page::{Shell, page, render};
use super::visit::Visit;
use crate::respond::Answer;

/// A login form. It leads to `return_to`, or to the kept form.
#[derive(Template)]
#[template(path = "sign_in/login.html")]
pub(crate) struct LoginForm<'a> {
    pub(crate) shell: Shell,
    /// Why a login is needed, or why the last one failed.
    pub(crate) message: &'a str,
    pub(crate) email: &'a str,
    pub(crate) return_to: &'a str,
    /// Address to send the kept entries to; empty if there are none.
    pub(crate) resume: &'a str,
    /// The kept entries as one text.
    pub(crate) kept: &'a str,
}

/// Asks for a login, and keeps the entries of the form for `action`.
pub(super) fn ask_again(visit: Visit, action: &str, entries: &Entries) -> Answer {
    let message = "Your session has ended. What you entered is kept: log in, and the form is there again.";
    let (shell, return_to, kept) = (visit.aside("Log in"), entries.value("return"), entries.encoded());
    let form = LoginForm { shell, message, email: "", return_to, resume: action, kept: &kept };
    page(StatusCode::UNAUTHORIZED, &form)
}

#[derive(Template)]
#[template(path = "sign_in/resume.html")]
struct Resume {
    shell: Shell,
    action: String,
    entries: Entries,
}

/// The page after the login: a button that leads to the form with the kept entries.
pub(crate) fn resume(visit: Visit, action: &str, kept: &str) -> Answer {
    let shell = visit.aside("You are logged in");
    render(&Resume { shell, action: action.to_owned(), entries: Entries::decoded(kept) })
}

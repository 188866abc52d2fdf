//! The user's own password and sessions.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use ecomdb::{Credential, Password, Session, SessionId, User};

use super::tabs::{Tab, tabs};
use crate::client::Client;
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{
    Fields, Flash, Form, FromEntries, Section, Shell, Visit, refuse_form, render, see_other,
};
use crate::dashboard::sign_in::logged_out;
use crate::extract::{Id, NoQuery};
use crate::limits::Attempt;
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::{accounts, current};

#[derive(Template)]
#[template(path = "settings/account.html")]
struct AccountPage {
    shell: Shell,
    tabs: Vec<Choice>,
    form: Form<PasswordChange>,
    user: User,
    sessions: Vec<Session>,
}

impl AccountPage {
    async fn read(app: &App, visit: Visit, form: Form<PasswordChange>) -> Result<Self, Problem> {
        let read = app.run(|db| db.run(|shop| Ok((shop.accounts().me()?, shop.accounts().sessions()?))));
        let (user, sessions) = read.await?;
        let tabs = tabs(&visit, Tab::Account);
        Ok(Self { shell: visit.page("Your account", Section::Settings), tabs, form, user, sessions })
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}

/// A new password, and the current one as proof.
#[derive(Debug)]
pub(in crate::dashboard) struct PasswordChange {
    current: String,
    password: Password,
}

impl FromEntries for PasswordChange {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        // Spaces are part of a password.
        let [current, password, again] =
            ["current_password", "password", "password_again"].map(|name| fields.entries().value(name).to_owned());
        if current.is_empty() {
            fields.note("current_password", "must be given");
        }
        if password != again {
            fields.note("password_again", "must be the same as the new password");
        }
        let password = fields.check(Password::new(password))?;
        Some(Self { current, password })
    }
}

/// The user's own password and sessions.
pub(in crate::dashboard) async fn show_account(State(app): State<Shared>, visit: Visit, _: NoQuery) -> Answer {
    render(&AccountPage::read(&app, visit, Form::new(Default::default(), "")).await?)
}

/// Changes the user's own password. All sessions end, including those of anyone who knew the old password.
pub(in crate::dashboard) async fn change_password(
    State(app): State<Shared>,
    visit: Visit,
    attempt: Attempt,
    client: Client,
    headers: HeaderMap,
    mut form: Form<PasswordChange>,
) -> Answer {
    if let Some(PasswordChange { current, password }) = form.take() {
        match accounts::change_password(&app, attempt, current, password).await {
            Ok(()) => return logged_out(client, &headers, Flash::PasswordChanged {}),
            Err(problem) if problem.is(&kinds::WRONG_LOGIN) => form.note("current_password", "is wrong"),
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&AccountPage::read(&app, visit, form).await?)
}

/// Ends one of the user's own sessions.
pub(in crate::dashboard) async fn end_session(
    State(app): State<Shared>,
    Id(id): Id<SessionId>,
    client: Client,
    headers: HeaderMap,
    _: Form<()>,
) -> Answer {
    let is_current = current::caller().is_some_and(|caller| caller.credential() == Credential::Session(id));
    match accounts::end_session(&app, id).await {
        Ok(_) if is_current => logged_out(client, &headers, Flash::LoggedOut {}),
        Ok(_) => see_other("/settings/account", Some(Flash::SessionsEnded { sessions: 1 })),
        // The session has ended already, as the list shows.
        Err(problem) if problem.is(&kinds::NOT_FOUND) => see_other("/settings/account", None),
        Err(problem) => Err(problem),
    }
}

/// Ends all sessions of the user but this one.
pub(in crate::dashboard) async fn end_other_sessions(State(app): State<Shared>, _: Form<()>) -> Answer {
    let sessions = i64::try_from(accounts::end_other_sessions(&app).await?).unwrap_or(i64::MAX);
    see_other("/settings/account", Some(Flash::SessionsEnded { sessions }))
}

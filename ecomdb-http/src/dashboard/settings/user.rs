//! The role, the status and the password of a user.

use askama::Template;
use axum::extract::State;
use ecomdb::{Password, Role, User, UserId, UserPatch, UserStatus};

use super::new_user::{PasswordPage, ROLES, entered_password};
use super::tabs::{Tab, tabs};
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, once_only, refuse_form, render, see_other,
};
use crate::extract::{Id, NoQuery};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::{accounts, users};

#[derive(Template)]
#[template(path = "settings/user.html")]
struct UserPage<T> {
    shell: Shell,
    tabs: Vec<Choice>,
    form: Form<T>,
    user: User,
    roles: [(&'static str, &'static str); 3],
}

impl<T> UserPage<T> {
    /// The page, with the refused form on it.
    async fn read(app: &App, visit: Visit, id: UserId, mut form: Form<T>) -> Result<Self, Problem> {
        let user = app.run(move |db| db.users().get(id)).await?;
        if !form.is_set("role") {
            form.entries_mut().set("role", user.role.as_str());
        }
        let tabs = tabs(&visit, Tab::Users);
        let title = format!("{} {}", user.first_name, user.last_name);
        Ok(Self { shell: visit.page(title, Section::Settings), tabs, form, user, roles: ROLES })
    }

    fn is_disabled(&self) -> bool {
        self.user.status == UserStatus::Disabled
    }
}

/// The page of a user.
pub(in crate::dashboard) async fn show_user(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    _: NoQuery,
) -> Answer {
    let form = Form::<()>::new(Entries::default(), "");
    render(&UserPage::read(&app, visit, id, form).await?)
}

/// The chosen role.
#[derive(Debug)]
pub(in crate::dashboard) struct NewRole(Role);

impl FromEntries for NewRole {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        fields.required("role").map(Self)
    }
}

/// Sets the role of a user, with immediate effect.
pub(in crate::dashboard) async fn set_role(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    mut form: Form<NewRole>,
) -> Answer {
    if let Some(NewRole(role)) = form.take() {
        match accounts::set_role(&app, id, role).await {
            Ok(_) => return see_other(&path(id), Some(Flash::RoleChanged { id: id.get() })),
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&UserPage::read(&app, visit, id, form).await?)
}

/// The chosen status.
#[derive(Debug)]
pub(in crate::dashboard) struct NewStatus(UserStatus);

impl FromEntries for NewStatus {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        fields.required("status").map(Self)
    }
}

/// Disables or enables a user.
pub(in crate::dashboard) async fn set_status(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    mut form: Form<NewStatus>,
) -> Answer {
    if let Some(NewStatus(status)) = form.take() {
        let patch = UserPatch::default().status(status);
        match app.run_blocking(move |shop| users::change_if(shop, id, patch, |_| true)).await {
            Ok(_) => {
                let id = id.get();
                let is_active = status == UserStatus::Active;
                let flash = if is_active { Flash::UserEnabled { id } } else { Flash::UserDisabled { id } };
                return see_other(&form.return_path(&path(UserId::new(id))), Some(flash));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&UserPage::read(&app, visit, id, form).await?)
}

/// The entered password, if any.
#[derive(Debug)]
pub(in crate::dashboard) struct NewPassword(Option<Password>);

impl FromEntries for NewPassword {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        entered_password(fields).map(Self)
    }
}

/// Sets the password of a user. If none was entered, one is generated and shown once.
pub(in crate::dashboard) async fn set_password(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    mut form: Form<NewPassword>,
) -> Answer {
    if let Some(NewPassword(password)) = form.take() {
        let is_made_up = password.is_none();
        let password = password.unwrap_or_else(Password::random);
        match accounts::set_password(&app, id, password.clone()).await {
            Ok(()) if is_made_up => {
                let user = app.run(move |db| db.users().get(id)).await?;
                let tabs = tabs(&visit, Tab::Users);
                let shell = visit.page("The new password", Section::Settings);
                return once_only(&PasswordPage { shell, tabs, user: &user, password: password.expose() });
            }
            Ok(()) => return see_other(&path(id), Some(Flash::PasswordSet { id: id.get() })),
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&UserPage::read(&app, visit, id, form).await?)
}

fn path(id: UserId) -> String {
    format!("/settings/users/{id}")
}

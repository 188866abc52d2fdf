//! A new member: a user with the role staff or admin.

use askama::Template;
use axum::extract::State;
use ecomdb::{NewUser, Password, Role, User};

use super::tabs::{Tab, tabs};
use crate::accounts;
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, once_only, refuse_form, render, see_other,
};
use crate::extract::NoQuery;
use crate::respond::Answer;
use crate::state::Shared;

/// Values and labels of the roles.
pub(super) const ROLES: [(&str, &str); 3] = [
    ("staff", "Staff: works the shop"),
    ("admin", "Admin: also manages users, keys and settings"),
    ("customer", "Customer: buys, and sees no page here"),
];

#[derive(Template)]
#[template(path = "settings/new_user.html")]
struct NewUserPage {
    shell: Shell,
    tabs: Vec<Choice>,
    form: Form<NewMember>,
    roles: [(&'static str, &'static str); 3],
}

impl NewUserPage {
    fn new(visit: Visit, form: Form<NewMember>) -> Self {
        let tabs = tabs(&visit, Tab::Users);
        Self { shell: visit.page("New member", Section::Settings), tabs, form, roles: ROLES }
    }
}

/// A generated password, shown once.
#[derive(Template)]
#[template(path = "settings/password.html")]
pub(super) struct PasswordPage<'a> {
    pub(super) shell: Shell,
    pub(super) tabs: Vec<Choice>,
    pub(super) user: &'a User,
    pub(super) password: &'a str,
}

/// The entered new member. If no password was entered, one is generated.
#[derive(Debug)]
pub(in crate::dashboard) struct NewMember {
    user: NewUser,
    role: Role,
    password: Option<Password>,
}

impl FromEntries for NewMember {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let user = NewUser::new(fields.text("email"), fields.text("first_name"), fields.text("last_name"));
        let user = fields.check(user);
        let (role, password) = (fields.required("role"), entered_password(fields));
        Some(Self { user: user?, role: role?, password: password? })
    }
}

/// The entered password. The inner `None` means that none was entered, the outer one that it is invalid.
pub(super) fn entered_password(fields: &mut Fields<'_>) -> Option<Option<Password>> {
    match fields.entries().value("password") {
        "" => Some(None),
        password => fields.check(Password::new(password)).map(Some),
    }
}

/// The form for a new member.
pub(in crate::dashboard) async fn new_user(visit: Visit, _: NoQuery) -> Answer {
    let entries: Entries = [("role", "staff")].into_iter().collect();
    render(&NewUserPage::new(visit, Form::new(entries, "/settings/users")))
}

/// Creates a user who can log in.
pub(in crate::dashboard) async fn create_user(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<NewMember>,
) -> Answer {
    if let Some(NewMember { user, role, password }) = form.take() {
        let is_made_up = password.is_none();
        let password = password.unwrap_or_else(Password::random);
        match accounts::create_member(&app, form.once(), user, role, password).await {
            Ok((user, password)) if is_made_up => {
                let tabs = tabs(&visit, Tab::Users);
                let shell = visit.page("The password of the new member", Section::Settings);
                return once_only(&PasswordPage { shell, tabs, user: &user, password: password.expose() });
            }
            Ok((user, _)) => {
                let id = user.id.get();
                return see_other(&format!("/settings/users/{id}"), Some(Flash::MemberCreated { id }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&NewUserPage::new(visit, form))
}

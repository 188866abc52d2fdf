//! The forms to create and to change a customer.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use ecomdb::{NewUser, Scope, User, UserId, UserPatch};

use super::{address, full_name};
use crate::dashboard::shell::{
    Difference, Edits, Entries, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing,
    refuse_form, render, see_other,
};
use crate::extract::{Id, NoQuery};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::users;

/// Second clicks on a button are recognised for this long.
const LATE: TimeDelta = TimeDelta::minutes(1);

#[derive(Template)]
#[template(path = "customers/form.html")]
struct CustomerForm<T> {
    shell: Shell,
    form: Form<T>,
    /// The customer to change; `None` for a new one.
    user: Option<User>,
    /// Whether the e-mail address can be changed.
    has_email: bool,
    differences: Vec<Difference>,
}

impl<T> CustomerForm<T> {
    fn new(visit: Visit, form: Form<T>, user: Option<User>) -> Self {
        let title = user.as_ref().map_or_else(|| "New customer".to_owned(), |user| format!("Edit {}", full_name(user)));
        let has_email = visit.can(Scope::UsersManage);
        Self { shell: visit.page(title, Section::Customers), form, user, has_email, differences: Vec::new() }
    }

    /// The page to return to if nothing is changed.
    fn back(&self) -> String {
        self.user.as_ref().map_or_else(|| "/customers".to_owned(), |user| address(user.id))
    }
}

impl FromEntries for NewUser {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let user = Self::new(fields.text("email"), fields.text("first_name"), fields.text("last_name"));
        fields.check(user)
    }
}

/// The form for a new customer.
pub(in crate::dashboard) async fn new_customer(visit: Visit, _: NoQuery) -> Answer {
    render(&CustomerForm::<NewUser>::new(visit, Form::new(Entries::default(), "/customers"), None))
}

/// Creates a customer.
pub(in crate::dashboard) async fn create_customer(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<NewUser>,
) -> Answer {
    if let Some(user) = form.take() {
        let created = app.run_blocking(move |shop| users::create(shop, user)).await;
        let problem = match created {
            Ok(user) => return to_new(user.id),
            Err(problem) => problem,
        };
        if problem.is(&kinds::DUPLICATE)
            && let Some(id) = created_just_now(&app, &form, visit.now()).await?
        {
            return to_new(id);
        }
        form.refuse(problem)?;
    }
    refuse_form(&CustomerForm::new(visit, form, None))
}

fn to_new(id: UserId) -> Answer {
    see_other(&address(id), Some(Flash::CustomerCreated { id: id.get() }))
}

/// The customer that the same form created a moment ago, because its button was pressed twice.
async fn created_just_now(app: &App, form: &Form<NewUser>, now: DateTime<Utc>) -> Result<Option<UserId>, Problem> {
    let [email, first_name, last_name] = ["email", "first_name", "last_name"].map(|name| form.entry(name).trim());
    let found = {
        let email = email.to_owned();
        app.run(move |db| db.users().find(&email)).await?
    };
    let is_same =
        |user: &User| user.first_name == first_name && user.last_name == last_name && now - user.created_at < LATE;
    Ok(found.filter(is_same).map(|user| user.id))
}

/// The entered changes to a customer.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct CustomerEdit {
    patch: UserPatch,
    edits: Edits,
}

impl FromEntries for CustomerEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let entered = |name: &str| edits.has(name).then(|| fields.text(name).to_owned());
        let mut patch = UserPatch::default();
        patch.first_name = entered("first_name");
        patch.last_name = entered("last_name");
        patch.email = entered("email");
        Some(Self { patch, edits })
    }
}

/// The fields of the form.
fn values(user: &User, has_email: bool) -> Values {
    let mut values = vec![("first_name", user.first_name.clone()), ("last_name", user.last_name.clone())];
    if has_email {
        values.push(("email", user.email.clone()));
    }
    values
}

async fn read(app: &App, id: UserId) -> Result<User, Problem> {
    app.run(move |db| db.users().get(id)).await
}

/// The form to change a customer.
pub(in crate::dashboard) async fn edit_customer(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    _: NoQuery,
) -> Answer {
    let user = read(&app, id).await?;
    let values = values(&user, visit.can(Scope::UsersManage));
    let form = Form::<CustomerEdit>::new(editing(&values), &address(id));
    render(&CustomerForm::new(visit, form, Some(user)))
}

/// Changes a customer.
pub(in crate::dashboard) async fn update_customer(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    mut form: Form<CustomerEdit>,
) -> Answer {
    let has_email = visit.can(Scope::UsersManage);
    let mut conflict = None;
    if let Some(CustomerEdit { patch, edits }) = form.take() {
        let expected = edits.clone();
        let is_expected = move |now: &User| expected.fit(&values(now, has_email));
        match app.run_blocking(move |shop| users::change_if(shop, id, patch, is_expected)).await {
            Ok(_) => {
                let flash = (!edits.is_empty()).then_some(Flash::CustomerChanged { id: id.get() });
                return see_other(&form.return_path(&address(id)), flash);
            }
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edits),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let user = read(&app, id).await?;
    let now = values(&user, has_email);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = edits.differences(&now);
        form.note("", "Someone else has changed the customer while you were editing: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&CustomerForm { differences, ..CustomerForm::new(visit, form, Some(user)) })
}

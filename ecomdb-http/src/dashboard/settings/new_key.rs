//! A new API key, whose secret is shown once.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Days, NaiveDate, Utc};
use ecomdb::{ApiKey, NewApiKey, Scope, TimeZone};

use super::tabs::{Tab, tabs};
use crate::accounts;
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{
    Entries, Fields, Form, FromEntries, Section, Shell, Visit, once_only, refuse_form, render,
};
use crate::extract::NoQuery;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "settings/new_key.html")]
struct NewKeyPage {
    shell: Shell,
    tabs: Vec<Choice>,
    form: Form<KeyEntries>,
    /// The scopes of the caller, which the key can have.
    scopes: Vec<Scope>,
}

impl NewKeyPage {
    fn new(visit: Visit, form: Form<KeyEntries>) -> Self {
        let tabs = tabs(&visit, Tab::Keys);
        let scopes = Scope::ALL.iter().copied().filter(|scope| visit.can(*scope)).collect();
        Self { shell: visit.page("New API key", Section::Settings), tabs, form, scopes }
    }
}

#[derive(Template)]
#[template(path = "settings/key.html")]
struct KeyPage<'a> {
    shell: Shell,
    tabs: Vec<Choice>,
    key: &'a ApiKey,
    token: &'a str,
}

/// The entered new key.
#[derive(Debug)]
pub(in crate::dashboard) struct KeyEntries {
    name: String,
    scopes: Vec<Scope>,
    /// The last day on which the key is valid.
    last_day: Option<NaiveDate>,
}

impl FromEntries for KeyEntries {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required("name");
        let mut scopes = Vec::new();
        for word in fields.entries().values("scopes") {
            match word.parse() {
                Ok(scope) => scopes.push(scope),
                Err(message) => fields.note("scopes", message),
            }
        }
        if !fields.entries().has("scopes") {
            fields.note("scopes", "must be at least one");
        }
        let last_day = fields.text("last_day");
        let last_day = match last_day.is_empty().then_some(None).or_else(|| last_day.parse().ok().map(Some)) {
            Some(day) => day,
            None => {
                fields.note("last_day", "must be a day such as 2026-12-31");
                None
            }
        };
        Some(Self { name: name?, scopes, last_day })
    }
}

/// The form for a new key.
pub(in crate::dashboard) async fn new_key(visit: Visit, _: NoQuery) -> Answer {
    render(&NewKeyPage::new(visit, Form::new(Entries::default(), "/settings/keys")))
}

/// Creates a key for the caller. Without scripts, a double click sends the form twice, and the browser shows the second
/// answer.
pub(in crate::dashboard) async fn create_key(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<KeyEntries>,
) -> Answer {
    if let Some(KeyEntries { name, scopes, last_day }) = form.take() {
        if last_day.is_some_and(|day| day < visit.today()) {
            form.note("last_day", "must not be over");
            return refuse_form(&NewKeyPage::new(visit, form));
        }
        let end = last_day.map(|day| end_of(day, visit.zone()));
        let new = move |user| Ok(NewApiKey::builder(user, name, scopes).expires_at(end).build()?);
        match accounts::create_key(&app, form.once(), None, new).await {
            Ok((token, key)) => {
                let tabs = tabs(&visit, Tab::Keys);
                let shell = visit.page("The new API key", Section::Settings);
                return once_only(&KeyPage { shell, tabs, key: &key, token: token.expose() });
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&NewKeyPage::new(visit, form))
}

/// The end of a day in the shop's time zone.
fn end_of(day: NaiveDate, zone: TimeZone) -> DateTime<Utc> {
    zone.start_of(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

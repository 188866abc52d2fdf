//! Name, currency and time zone of the shop.

use askama::Template;
use axum::extract::State;
use ecomdb::{Currency, Scope, Shop, ShopPatch, TimeZone};

use super::tabs::{Tab, tabs};
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{
    Difference, Edits, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing, refuse_form,
    render, see_other,
};
use crate::extract::NoQuery;
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "settings/shop.html")]
struct ShopPage {
    shell: Shell,
    tabs: Vec<Choice>,
    form: Form<ShopEdit>,
    shop: Shop,
    /// Values and labels of the currencies.
    currencies: Vec<(&'static str, &'static str)>,
    zones: Vec<&'static str>,
    differences: Vec<Difference>,
    can_write: bool,
}

impl ShopPage {
    fn new(visit: Visit, form: Form<ShopEdit>, shop: Shop) -> Self {
        Self {
            tabs: tabs(&visit, Tab::Shop),
            form,
            shop,
            currencies: Currency::CODES.iter().map(|code| (*code, *code)).collect(),
            zones: TimeZone::names().collect(),
            differences: Vec::new(),
            can_write: visit.can(Scope::ShopManage),
            shell: visit.page("Shop settings", Section::Settings),
        }
    }
}

/// The entered changes to the settings.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct ShopEdit {
    patch: ShopPatch,
    edits: Edits,
}

impl FromEntries for ShopEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let entered = |name| edits.has(name).then(|| fields.text(name).to_owned());
        let mut patch = ShopPatch::default();
        (patch.name, patch.currency, patch.time_zone) = (entered("name"), entered("currency"), entered("time_zone"));
        Some(Self { patch, edits })
    }
}

fn values(shop: &Shop) -> Values {
    vec![
        ("name", shop.name.clone()),
        ("currency", shop.currency.to_string()),
        ("time_zone", shop.time_zone.to_string()),
    ]
}

async fn read(app: &App) -> Result<Shop, Problem> {
    app.run(|db| db.shop().get()).await
}

/// The first page of the settings.
pub(in crate::dashboard) async fn show_settings(_: NoQuery) -> Answer {
    see_other("/settings/shop", None)
}

/// The settings, as a form for callers who may change them.
pub(in crate::dashboard) async fn show_shop(State(app): State<Shared>, visit: Visit, _: NoQuery) -> Answer {
    let shop = read(&app).await?;
    render(&ShopPage::new(visit, Form::new(editing(&values(&shop)), ""), shop))
}

/// Changes the settings.
pub(in crate::dashboard) async fn update_shop(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<ShopEdit>,
) -> Answer {
    let mut conflict = None;
    if let Some(ShopEdit { patch, edits }) = form.take() {
        let expected = edits.clone();
        let is_expected = move |now: &Shop| expected.fit(&values(now));
        match app.run(move |db| db.shop().update_if(patch, is_expected)).await {
            Ok(_) => {
                let flash = (!edits.is_empty()).then_some(Flash::SettingsChanged {});
                return see_other(&form.return_path("/settings/shop"), flash);
            }
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edits),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let shop = read(&app).await?;
    let now = values(&shop);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = edits.differences(&now);
        form.note("", "Someone else has changed the settings while you were editing them: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&ShopPage { differences, ..ShopPage::new(visit, form, shop) })
}

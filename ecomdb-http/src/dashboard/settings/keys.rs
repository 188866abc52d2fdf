//! API keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use ecomdb::{ApiKey, ApiKeyFilter, ApiKeyId, OnBehalf, Page, RowCount, UserId};

use super::tabs::{Tab, tabs};
use crate::accounts;
use crate::dashboard::list::{Address, Choice, Pager};
use crate::dashboard::shell::{Flash, Form, Section, Shell, Visit, render, see_other};
use crate::extract::{Id, Query, list_query};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::Shared;

list_query! {
    pub(in crate::dashboard) KeyPageQuery {}
}

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct KeysPage {
    shell: Shell,
    tabs: Vec<Choice>,
    keys: Vec<Row>,
    pager: Pager,
    now: DateTime<Utc>,
}

/// A row of the list of keys.
struct Row {
    key: ApiKey,
    /// Name of the user.
    owner: String,
    badge: Badge,
}

/// The state of a key: word, icon and colour.
struct Badge {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
}

impl Row {
    fn is_active(&self) -> bool {
        self.badge.word == ACTIVE
    }
}

const ACTIVE: &str = "Active";

fn badge(key: &ApiKey, now: DateTime<Utc>) -> Badge {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => Badge { class: "is-cancelled", icon: "ban", word: "Revoked" },
        (None, Some(end)) if end <= now => Badge { class: "is-cancelled", icon: "clock", word: "Expired" },
        _ => Badge { class: "is-paid", icon: "circle-check", word: ACTIVE },
    }
}

/// A page of keys, with the names of their users.
fn read(
    shop: OnBehalf<'_>,
    filter: &ApiKeyFilter,
) -> ecomdb::Result<(Page<ApiKey>, RowCount, BTreeMap<UserId, String>)> {
    let page = shop.accounts().keys(filter)?;
    let mut owners = BTreeMap::new();
    for key in &page.items {
        if let Entry::Vacant(owner) = owners.entry(key.user_id) {
            let user = shop.users().get(key.user_id)?;
            owner.insert(format!("{} {}", user.first_name, user.last_name));
        }
    }
    Ok((page, shop.accounts().count_keys(filter)?, owners))
}

/// The user's own keys; for an admin, the keys of all users.
pub(in crate::dashboard) async fn list_keys(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<KeyPageQuery>,
) -> Answer {
    let (page, _) = query.page()?;
    let filter = ApiKeyFilter::default().page(page);
    let read = app.run(move |db| db.run(move |shop| read(shop, &filter)));
    let (page, count, owners) = read.await.map_err(Problem::of_query)?;
    let pager = Pager::new(&Address::new("/settings/keys", []), &page, count, "key", "keys");
    let now = visit.now();
    let row = |key: ApiKey| Row {
        owner: owners.get(&key.user_id).cloned().unwrap_or_default(),
        badge: badge(&key, now),
        key,
    };
    let keys = page.items.into_iter().map(row).collect();
    let tabs = tabs(&visit, Tab::Keys);
    render(&KeysPage { shell: visit.page("API keys", Section::Settings), tabs, keys, pager, now })
}

/// Revokes a key with immediate effect. Revoking a key that no longer exists succeeds, too.
pub(in crate::dashboard) async fn revoke_key(
    State(app): State<Shared>,
    Id(id): Id<ApiKeyId>,
    form: Form<()>,
) -> Answer {
    let flash = match accounts::revoke_key(&app, id).await {
        Ok(_) => Some(Flash::KeyRevoked { id: id.get() }),
        // The key no longer exists, as the list shows.
        Err(problem) if problem.is(&kinds::NOT_FOUND) => None,
        Err(problem) => return Err(problem),
    };
    see_other(&form.return_path("/settings/keys"), flash)
}

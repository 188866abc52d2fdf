//! The members (staff and admins), and a search for other users.

use askama::Template;
use axum::extract::State;
use ecomdb::{Limit, OnBehalf, PageRequest, Role, User, UserFilter, UserStatus};
use serde::Deserialize;

use super::tabs::{Tab, tabs};
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Query, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum number of users of a role that are shown.
const MOST: i64 = 200;

/// The parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct UserPageQuery {
    /// Words of a name or an address; by default, the members are shown.
    #[serde(deserialize_with = "text")]
    search: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/users.html")]
struct UsersPage {
    shell: Shell,
    tabs: Vec<Choice>,
    users: Vec<User>,
    /// Whether there are more users than shown.
    has_more: bool,
    search: String,
}

impl UsersPage {
    fn is_disabled(user: &User) -> bool {
        user.status == UserStatus::Disabled
    }
}

/// Users of any role with these words; by default the members, admins first. Also whether there are more.
fn find(shop: OnBehalf<'_>, search: &str) -> ecomdb::Result<(Vec<User>, bool)> {
    let all = UserFilter::default().page(PageRequest::default().limit(Limit::new(MOST)?));
    let filters = match search {
        "" => vec![all.clone().role(Role::Admin), all.role(Role::Staff)],
        search => vec![all.search(search)],
    };
    let (mut users, mut has_more) = (Vec::new(), false);
    for filter in filters {
        let page = shop.users().list(&filter)?;
        has_more |= page.next.is_some();
        users.extend(page.items);
    }
    Ok((users, has_more))
}

/// The list of the members, or of the users that were searched for.
pub(in crate::dashboard) async fn list_users(
    State(app): State<Shared>,
    visit: Visit,
    Query(UserPageQuery { search }): Query<UserPageQuery>,
) -> Answer {
    let search = search.unwrap_or_default().trim().to_owned();
    let wanted = search.clone();
    let found = app.run(move |db| db.run(move |shop| find(shop, &wanted))).await;
    let (users, has_more) = found.map_err(Problem::of_query)?;
    let tabs = tabs(&visit, Tab::Users);
    render(&UsersPage { shell: visit.page("Staff and admins", Section::Settings), tabs, users, has_more, search })
}

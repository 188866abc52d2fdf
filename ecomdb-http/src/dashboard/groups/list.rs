//! The list of product groups.

use askama::Template;
use axum::extract::State;
use ecomdb::{Cursor, OnBehalf, ProductGroupSummary, Scope};
use serde::Deserialize;

use crate::dashboard::format::count;
use crate::dashboard::list::{Address, Pager};
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Query, page, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct GroupQuery {
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

#[derive(Template)]
#[template(path = "groups/list.html")]
struct Groups {
    shell: Shell,
    rows: Vec<Row>,
    pager: Pager,
    /// Whether the shop has no groups yet.
    is_empty: bool,
    can_write: bool,
}

struct Row {
    group: ProductGroupSummary,
    options: String,
    variants: String,
}

/// The list of product groups.
pub(in crate::dashboard) async fn list_groups(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<GroupQuery>,
) -> Answer {
    let is_first = query.cursor.is_none() && query.before.is_none();
    let request = page(None, query.cursor, query.before)?;
    let read = move |shop: OnBehalf<'_>| Ok((shop.groups().list(&request)?, shop.groups().count()?));
    let (page, total) = app.run(move |db| db.run(read)).await.map_err(Problem::of_query)?;
    let row = |group: &ProductGroupSummary| Row {
        options: group.options.join(", "),
        variants: count(group.variant_count),
        group: group.clone(),
    };
    render(&Groups {
        rows: page.items.iter().map(row).collect(),
        pager: Pager::new(&Address::new("/product-groups", []), &page, total, "group", "groups"),
        is_empty: page.items.is_empty() && is_first,
        can_write: visit.can(Scope::CatalogWrite),
        shell: visit.page("Product groups", Section::Products),
    })
}

//! The page of a product group.

use askama::Template;
use axum::extract::State;
use ecomdb::{ProductGroupId, Scope};

use super::Variants;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Id, NoQuery};
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "groups/show.html")]
struct GroupPage {
    shell: Shell,
    variants: Variants,
    can_write: bool,
}

/// The page of a product group.
pub(in crate::dashboard) async fn show_group(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductGroupId>,
    _: NoQuery,
) -> Answer {
    let group = app.run(move |db| db.groups().get(id)).await?;
    render(&GroupPage {
        can_write: visit.can(Scope::CatalogWrite),
        shell: visit.page(group.name.as_str(), Section::Products),
        variants: Variants::of(group),
    })
}

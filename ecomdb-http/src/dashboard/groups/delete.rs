//! Deleting a product group, which cannot be undone: a page asks first.

use askama::Template;
use axum::extract::State;
use ecomdb::{ProductGroup, ProductGroupId};

use crate::dashboard::shell::{Flash, Form, Section, Shell, Visit, refuse_form, render, see_other};
use crate::extract::{Id, NoQuery};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "groups/delete.html")]
struct Deletion {
    shell: Shell,
    form: Form<()>,
    group: ProductGroup,
}

impl Deletion {
    async fn read(app: &App, id: ProductGroupId, visit: Visit, form: Form<()>) -> Result<Self, Problem> {
        let group = app.run(move |db| db.groups().get(id)).await?;
        let shell = visit.page(format!("Delete {}", group.name), Section::Products);
        Ok(Self { shell, form, group })
    }
}

/// Asks before a group is deleted.
pub(in crate::dashboard) async fn confirm_deletion(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductGroupId>,
    _: NoQuery,
) -> Answer {
    let form = Form::new(Default::default(), &format!("/product-groups/{id}"));
    render(&Deletion::read(&app, id, visit, form).await?)
}

/// Deletes a group. Deleting one that no longer exists succeeds, too.
pub(in crate::dashboard) async fn delete_group(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductGroupId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        match app.run(move |db| db.groups().delete(id)).await {
            Err(problem) if !problem.is(&kinds::NOT_FOUND) => form.refuse(problem)?,
            _ => return see_other("/product-groups", Some(Flash::GroupDeleted {})),
        }
    }
    refuse_form(&Deletion::read(&app, id, visit, form).await?)
}

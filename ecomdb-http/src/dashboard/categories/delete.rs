//! Deleting a category, which cannot be undone: a page asks first.

use askama::Template;
use axum::extract::State;
use ecomdb::{Category, CategoryId, OnBehalf};

use crate::dashboard::format::counted;
use crate::dashboard::shell::{Flash, Form, Section, Shell, Visit, refuse_form, render, see_other};
use crate::extract::{Id, NoQuery};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "categories/delete.html")]
struct Deletion {
    shell: Shell,
    form: Form<()>,
    category: Category,
    /// What must be moved or deleted first; empty if nothing must.
    within: Vec<String>,
}

impl Deletion {
    async fn read(app: &App, id: CategoryId, visit: Visit, form: Form<()>) -> Result<Self, Problem> {
        let read = move |shop: OnBehalf<'_>| {
            let below = super::all(shop)?.iter().filter(|category| category.parent_id == Some(id)).count();
            Ok((shop.categories().get(id)?, shop.categories().product_counts()?, below))
        };
        let (category, counts, below) = app.run(move |db| db.run(read)).await?;
        let products = counts.get(&id).copied().unwrap_or_default();
        let mut within = Vec::new();
        if products > 0 {
            within.push(counted(products, "product", "products"));
        }
        if below > 0 {
            within.push(counted(below, "category below it", "categories below it"));
        }
        let shell = visit.page(format!("Delete {}", category.name), Section::Categories);
        Ok(Self { shell, form, category, within })
    }
}

/// Asks before a category is deleted.
pub(in crate::dashboard) async fn confirm_deletion(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<CategoryId>,
    _: NoQuery,
) -> Answer {
    let form = Form::new(Default::default(), "/categories");
    render(&Deletion::read(&app, id, visit, form).await?)
}

/// Deletes a category. Deleting one that no longer exists succeeds, too.
pub(in crate::dashboard) async fn delete_category(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<CategoryId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        match app.run(move |db| db.categories().delete(id)).await {
            Err(problem) if !problem.is(&kinds::NOT_FOUND) => form.refuse(problem)?,
            _ => return see_other("/categories", Some(Flash::CategoryDeleted {})),
        }
    }
    refuse_form(&Deletion::read(&app, id, visit, form).await?)
}

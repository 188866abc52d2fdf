//! The forms to create, rename and move a category.

use askama::Template;
use axum::extract::State;
use ecomdb::{Category, CategoryId, CategoryPatch, NewCategory, OnBehalf};
use serde::Deserialize;

use super::{all, choices};
use crate::dashboard::shell::{
    Difference, Edits, Entries, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing,
    refuse_form, render, see_other,
};
use crate::extract::{Id, NoQuery, Query, entered};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "categories/form.html")]
struct CategoryForm<T> {
    shell: Shell,
    form: Form<T>,
    /// The category to change; `None` for a new one.
    category: Option<Category>,
    /// Ids and names of the possible parents.
    parents: Vec<(String, String)>,
    differences: Vec<Difference>,
}

impl<T> CategoryForm<T> {
    fn new(visit: Visit, form: Form<T>, category: Option<Category>, all: &[Category]) -> Self {
        let title =
            category.as_ref().map_or_else(|| "New category".to_owned(), |category| format!("Edit {}", category.name));
        Self {
            shell: visit.page(title, Section::Categories),
            form,
            parents: choices(all, category.as_ref().map(|category| category.id)),
            category,
            differences: Vec::new(),
        }
    }
}

impl FromEntries for NewCategory {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let parent = fields.optional::<CategoryId>("parent_id");
        let category = Self::builder(fields.text("name"))
            .parent_id(parent.flatten())
            .description(fields.lines("description"))
            .build();
        let category = fields.check(category);
        parent?;
        category
    }
}

/// The parameters of the form for a new category.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct NewCategoryQuery {
    /// The parent category that is preselected.
    #[serde(deserialize_with = "entered")]
    parent: Option<CategoryId>,
}

/// The form for a new category.
pub(in crate::dashboard) async fn new_category(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<NewCategoryQuery>,
) -> Answer {
    let categories = app.run(|db| db.run(all)).await?;
    let mut entries = Entries::default();
    if let Some(parent) = query.parent {
        entries.set("parent_id", parent.to_string());
    }
    render(&CategoryForm::<NewCategory>::new(visit, Form::new(entries, "/categories"), None, &categories))
}

/// Creates a category.
pub(in crate::dashboard) async fn create_category(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<NewCategory>,
) -> Answer {
    if let Some(category) = form.take() {
        match app.run(move |db| db.categories().create(category)).await {
            Ok(category) => {
                let flash = Flash::CategoryCreated { id: category.id.get() };
                return see_other(&form.return_path("/categories"), Some(flash));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let categories = app.run(|db| db.run(all)).await?;
    refuse_form(&CategoryForm::new(visit, form, None, &categories))
}

/// The entered changes to a category.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct CategoryEdit {
    patch: CategoryPatch,
    edits: Edits,
}

impl FromEntries for CategoryEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let mut patch = CategoryPatch::default();
        if edits.has("name") {
            patch = patch.name(fields.text("name"));
        }
        if edits.has("description") {
            patch = patch.description(fields.lines("description"));
        }
        if edits.has("parent_id") {
            patch.parent_id = Some(fields.optional("parent_id")?);
        }
        Some(Self { patch, edits })
    }
}

fn values(category: &Category) -> Values {
    vec![
        ("name", category.name.clone()),
        ("parent_id", category.parent_id.map(|parent| parent.to_string()).unwrap_or_default()),
        ("description", category.description.clone()),
    ]
}

async fn read(app: &App, id: CategoryId) -> Result<(Category, Vec<Category>), Problem> {
    let read = move |shop: OnBehalf<'_>| Ok((shop.categories().get(id)?, all(shop)?));
    app.run(move |db| db.run(read)).await
}

/// The form to change a category.
pub(in crate::dashboard) async fn edit_category(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<CategoryId>,
    _: NoQuery,
) -> Answer {
    let (category, categories) = read(&app, id).await?;
    let form = Form::<CategoryEdit>::new(editing(&values(&category)), "/categories");
    render(&CategoryForm::new(visit, form, Some(category), &categories))
}

/// Changes a category.
pub(in crate::dashboard) async fn update_category(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<CategoryId>,
    mut form: Form<CategoryEdit>,
) -> Answer {
    let mut conflict = None;
    if let Some(CategoryEdit { patch, edits }) = form.take() {
        let expected = edits.clone();
        let is_expected = move |now: &Category| expected.fit(&values(now));
        match app.run(move |db| db.categories().update_if(id, patch, is_expected)).await {
            Ok(category) => return see_other(&form.return_path("/categories"), changed(&category, &edits)),
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edits),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let (category, categories) = read(&app, id).await?;
    let now = values(&category);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = named(edits.differences(&now), &categories);
        form.note("", "Someone else has changed the category while you were editing it: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&CategoryForm { differences, ..CategoryForm::new(visit, form, Some(category), &categories) })
}

/// The message after a change. A move alone can be undone.
fn changed(category: &Category, edits: &Edits) -> Option<Flash> {
    let id = category.id.get();
    match edits.only("parent_id") {
        _ if edits.is_empty() => None,
        Some(from) => {
            let to = category.parent_id.map_or(0, CategoryId::get);
            Some(Flash::CategoryMoved { id, from: from.parse().unwrap_or_default(), to })
        }
        None => Some(Flash::CategoryChanged { id }),
    }
}

/// The differences, with names of categories instead of their ids.
fn named(mut differences: Vec<Difference>, categories: &[Category]) -> Vec<Difference> {
    let name = |id: &str| match categories.iter().find(|category| category.id.to_string() == id) {
        Some(category) => category.name.clone(),
        None if id.is_empty() => "(top level)".to_owned(),
        None => id.to_owned(),
    };
    for difference in differences.iter_mut().filter(|difference| difference.field == "parent_id") {
        for id in [&mut difference.was, &mut difference.now, &mut difference.yours] {
            *id = name(id);
        }
    }
    differences
}

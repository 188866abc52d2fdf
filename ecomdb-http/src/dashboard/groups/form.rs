//! The forms to create and to change a product group. Options are entered one on each line.

use askama::Template;
use axum::extract::State;
use ecomdb::{Invalid, NewProductGroup, ProductGroup, ProductGroupId, ProductGroupPatch};

use crate::dashboard::shell::{
    Difference, Edits, Entries, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing,
    refuse_form, render, see_other,
};
use crate::extract::{Id, NoQuery};
use crate::problem::kinds;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "groups/form.html")]
struct GroupForm<T> {
    shell: Shell,
    form: Form<T>,
    /// The group to change; `None` for a new one.
    group: Option<ProductGroup>,
    differences: Vec<Difference>,
}

impl<T> GroupForm<T> {
    fn new(visit: Visit, form: Form<T>, group: Option<ProductGroup>) -> Self {
        let title =
            group.as_ref().map_or_else(|| "New product group".to_owned(), |group| format!("Edit {}", group.name));
        Self { shell: visit.page(title, Section::Products), form, group, differences: Vec::new() }
    }
}

/// The names of options on the lines of a text.
fn names(lines: &str) -> Vec<String> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The error of each line, as one of the field that holds them all.
fn of_field(invalid: &Invalid) -> Option<Invalid> {
    let errors = invalid.fields().iter().map(|error| {
        let name = error.field.split('[').next().unwrap_or_default();
        Invalid::new(name, error.message.as_str())
    });
    errors.reduce(Invalid::and)
}

impl FromEntries for NewProductGroup {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let group = Self::builder(fields.text("name"), names(&fields.lines("options")));
        match group.description(fields.lines("description")).build() {
            Ok(group) => Some(group),
            Err(invalid) => fields.check(Err(of_field(&invalid)?)),
        }
    }
}

/// The form for a new group.
pub(in crate::dashboard) async fn new_group(visit: Visit, _: NoQuery) -> Answer {
    let form = Form::<NewProductGroup>::new(Entries::default(), "/product-groups");
    render(&GroupForm::new(visit, form, None))
}

/// Creates a group.
pub(in crate::dashboard) async fn create_group(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<NewProductGroup>,
) -> Answer {
    if let Some(group) = form.take() {
        let key = form.idempotency_key();
        match app.run(move |db| db.groups().idempotent(key).create(group)).await {
            Ok(group) => {
                let id = group.id.get();
                return see_other(&format!("/product-groups/{id}"), Some(Flash::GroupCreated { id }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&GroupForm::new(visit, form, None))
}

/// The entered changes to a group.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct GroupEdit {
    patch: ProductGroupPatch,
    edits: Edits,
}

impl FromEntries for GroupEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let mut patch = ProductGroupPatch::default();
        if edits.has("name") {
            patch = patch.name(fields.text("name"));
        }
        if edits.has("description") {
            patch = patch.description(fields.lines("description"));
        }
        if edits.has("options") {
            patch = patch.options(names(&fields.lines("options")));
        }
        Some(Self { patch, edits })
    }
}

fn values(group: &ProductGroup) -> Values {
    vec![
        ("name", group.name.clone()),
        ("options", group.options.join("\n")),
        ("description", group.description.clone()),
    ]
}

/// The form to change a group.
pub(in crate::dashboard) async fn edit_group(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductGroupId>,
    _: NoQuery,
) -> Answer {
    let group = app.run(move |db| db.groups().get(id)).await?;
    let form = Form::<GroupEdit>::new(editing(&values(&group)), &format!("/product-groups/{id}"));
    render(&GroupForm::new(visit, form, Some(group)))
}

/// Changes a group.
pub(in crate::dashboard) async fn update_group(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductGroupId>,
    mut form: Form<GroupEdit>,
) -> Answer {
    let mut conflict = None;
    if let Some(GroupEdit { patch, edits }) = form.take() {
        let expected = edits.clone();
        let is_expected = move |now: &ProductGroup| expected.fit(&values(now));
        match app.run(move |db| db.groups().update_if(id, patch, is_expected)).await {
            Ok(_) => {
                let flash = Flash::GroupChanged { id: id.get() };
                let path = form.return_path(&format!("/product-groups/{id}"));
                return see_other(&path, Some(flash).filter(|_| !edits.is_empty()));
            }
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edits),
            Err(problem) => {
                let name = |field: &str| field.split('[').next().unwrap_or_default().to_owned();
                let errors: Vec<_> =
                    problem.errors().iter().map(|error| (name(&error.field), error.message.clone())).collect();
                if problem.is(&kinds::INVALID) {
                    errors.into_iter().for_each(|(field, message)| form.note(&field, message));
                } else {
                    form.refuse(problem)?;
                }
            }
        }
    }
    let group = app.run(move |db| db.groups().get(id)).await?;
    let now = values(&group);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = edits.differences(&now);
        form.note("", "Someone else has changed the group while you were editing it: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&GroupForm { differences, ..GroupForm::new(visit, form, Some(group)) })
}

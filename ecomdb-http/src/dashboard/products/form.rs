//! The forms to create and to change a product.

use askama::Template;
use axum::extract::State;
use ecomdb::{Category, CategoryId, Money, NewProduct, OnBehalf, Product, ProductId, ProductPatch};
use serde::Deserialize;

use crate::dashboard::categories;
use crate::dashboard::shell::{
    Difference, Edits, Entries, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing,
    refuse_form, render, see_other,
};
use crate::extract::{Id, NoQuery, Query, entered};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "products/form.html")]
struct ProductForm<T> {
    shell: Shell,
    form: Form<T>,
    /// The product to change; `None` for a new one.
    product: Option<Product>,
    /// Ids and names.
    categories: Vec<(String, String)>,
    differences: Vec<Difference>,
}

impl<T> ProductForm<T> {
    fn new(visit: Visit, form: Form<T>, product: Option<Product>, categories: &[Category]) -> Self {
        let title =
            product.as_ref().map_or_else(|| "New product".to_owned(), |product| format!("Edit {}", product.name));
        Self {
            shell: visit.page(title, Section::Products),
            form,
            product,
            categories: categories::choices(categories, None),
            differences: Vec::new(),
        }
    }
}

impl FromEntries for NewProduct {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        // Unreadable values, whose errors are noted, become valid ones here, so that the other fields are checked, too.
        let category = fields.required("category_id").unwrap_or(CategoryId::new(1));
        let price = fields.required::<Money>("price").unwrap_or_default();
        let mut product = Self::builder(fields.text("name"), category, price)
            .description(fields.lines("description"))
            .initial_stock(fields.optional("initial_stock").flatten().unwrap_or_default())
            .reorder_level(fields.optional("reorder_level").flatten().unwrap_or_default());
        if !fields.text("sku").is_empty() {
            product = product.sku(fields.text("sku"));
        }
        fields.check(product.build())
    }
}

/// The parameters of the form for a new product.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct NewProductQuery {
    /// The category that is preselected.
    #[serde(deserialize_with = "entered")]
    category: Option<CategoryId>,
}

async fn all_categories(app: &App) -> Result<Vec<Category>, Problem> {
    app.run(|db| db.run(categories::all)).await
}

/// The form for a new product.
pub(in crate::dashboard) async fn new_product(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<NewProductQuery>,
) -> Answer {
    let categories = all_categories(&app).await?;
    let mut entries = Entries::default();
    entries.set("initial_stock", "0");
    entries.set("reorder_level", "0");
    if let Some(category) = query.category {
        entries.set("category_id", category.to_string());
    }
    render(&ProductForm::<NewProduct>::new(visit, Form::new(entries, "/products"), None, &categories))
}

/// Creates a product.
pub(in crate::dashboard) async fn create_product(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<NewProduct>,
) -> Answer {
    if let Some(product) = form.take() {
        let key = form.idempotency_key();
        match app.run(move |db| db.products().idempotent(key).create(product)).await {
            Ok(product) => {
                let id = product.id.get();
                return see_other(&format!("/products/{id}"), Some(Flash::ProductCreated { id }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&ProductForm::new(visit, form, None, &all_categories(&app).await?))
}

/// The entered changes to a product.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct ProductEdit {
    patch: ProductPatch,
    edits: Edits,
}

impl FromEntries for ProductEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let mut patch = ProductPatch::default();
        if edits.has("name") {
            patch = patch.name(fields.text("name"));
        }
        if edits.has("sku") {
            patch = patch.sku(fields.text("sku"));
        }
        if edits.has("description") {
            patch = patch.description(fields.lines("description"));
        }
        if edits.has("category_id") {
            patch.category_id = fields.required("category_id");
        }
        if edits.has("price") {
            patch.price = fields.required("price");
        }
        if edits.has("reorder_level") {
            patch.reorder_level = fields.required("reorder_level");
        }
        Some(Self { patch, edits })
    }
}

/// The fields of the form. The reorder level is left out for callers who may not read the inventory.
fn values(product: &Product) -> Values {
    let mut values = vec![
        ("name", product.name.clone()),
        ("category_id", product.category.id.to_string()),
        ("price", product.price.to_string()),
        ("sku", product.sku.clone()),
        ("description", product.description.clone()),
    ];
    values.extend(product.reorder_level.map(|level| ("reorder_level", level.to_string())));
    values
}

async fn read(app: &App, id: ProductId) -> Result<(Product, Vec<Category>), Problem> {
    let read = move |shop: OnBehalf<'_>| Ok((shop.products().get(id)?, categories::all(shop)?));
    app.run(move |db| db.run(read)).await
}

/// The form to change a product.
pub(in crate::dashboard) async fn edit_product(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    _: NoQuery,
) -> Answer {
    let (product, categories) = read(&app, id).await?;
    let form = Form::<ProductEdit>::new(editing(&values(&product)), &format!("/products/{id}"));
    render(&ProductForm::new(visit, form, Some(product), &categories))
}

/// Changes a product.
pub(in crate::dashboard) async fn update_product(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    mut form: Form<ProductEdit>,
) -> Answer {
    let mut conflict = None;
    if let Some(ProductEdit { patch, edits }) = form.take() {
        let expected = edits.clone();
        let is_expected = move |now: &Product| expected.fit(&values(now));
        match app.run(move |db| db.products().update_if(id, patch, is_expected)).await {
            Ok(product) => {
                let path = form.return_path(&format!("/products/{id}"));
                return see_other(&path, changed(&product, &edits));
            }
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edits),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let (product, categories) = read(&app, id).await?;
    let now = values(&product);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = named(edits.differences(&now), &categories);
        form.note("", "Someone else has changed the product while you were editing it: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&ProductForm { differences, ..ProductForm::new(visit, form, Some(product), &categories) })
}

/// The message after a change. A new price alone can be undone.
fn changed(product: &Product, edits: &Edits) -> Option<Flash> {
    let id = product.id.get();
    if edits.is_empty() {
        return None;
    }
    let before = edits.only("price").and_then(|price| price.parse::<Money>().ok());
    Some(match before {
        Some(before) => Flash::PriceChanged { id, before: before.minor(), now: product.price.minor() },
        None => Flash::ProductChanged { id },
    })
}

/// The differences, with names of categories instead of their ids.
fn named(mut differences: Vec<Difference>, categories: &[Category]) -> Vec<Difference> {
    let name = |id: &str| {
        let found = categories.iter().find(|category| category.id.to_string() == id);
        found.map_or_else(|| id.to_owned(), |category| category.name.clone())
    };
    for difference in differences.iter_mut().filter(|difference| difference.field == "category_id") {
        for id in [&mut difference.was, &mut difference.now, &mut difference.yours] {
            *id = name(id);
        }
    }
    differences
}

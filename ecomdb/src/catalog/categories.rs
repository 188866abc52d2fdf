//! Categories of products, in a tree.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::product::View;
use super::terms;
use crate::context::Context;
use crate::engine::{Connection, Moment, count_rows, insert_returning_id};
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::schema::{categories, products};
use crate::types::keyset::sorted;
use crate::types::patch::patch;
use crate::types::time::{json_time, now};
use crate::types::{CategoryId, Page, PageRequest, ProductStatus, RowCount, quoted, text};

/// Maximum length of a name in characters.
const MAX_NAME: usize = 200;
const LIST: &str = "categories";

/// A category of products.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = categories)]
#[non_exhaustive]
pub struct Category {
    /// Category id.
    pub id: CategoryId,
    /// Name, unique.
    pub name: String,
    /// Id of the parent category; `None` for a root.
    pub parent_id: Option<CategoryId>,
    /// Description; may be empty.
    pub description: String,
    /// When the category was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
}

/// A category to create. Made by [`NewCategory::builder`], or from its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewCategory {
    name: String,
    parent_id: Option<CategoryId>,
    description: String,
}

impl NewCategory {
    /// Starts a root category without a description.
    ///
    /// ```
    /// # use ecomdb::{Database, NewCategory};
    /// # let db = Database::open(":memory:")?;
    /// let home = db.categories().create("Home")?;
    /// let lamps = NewCategory::builder("Lamps").parent_id(home.id).description("For desk and floor").build()?;
    /// assert_eq!(db.categories().create(lamps)?.parent_id, Some(home.id));
    /// assert!(NewCategory::builder("").build().is_err());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn builder(name: impl Into<String>) -> CategoryBuilder {
        CategoryBuilder(Self { name: name.into(), parent_id: None, description: String::new() })
    }
}

/// Builder of a [`NewCategory`]; [`CategoryBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct CategoryBuilder(NewCategory);

impl CategoryBuilder {
    /// Sets the parent category; `None` for a root, the default.
    pub fn parent_id(mut self, parent: impl Into<Option<CategoryId>>) -> Self {
        self.0.parent_id = parent.into();
        self
    }

    /// Sets the description; empty by default.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.description = description.into();
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `name` (1 to 200 characters), `description` (at most 10,000 characters).
    pub fn build(self) -> Result<NewCategory, Invalid> {
        let Self(category) = self;
        let mut fields = Fields::default();
        let name = fields.check(text::name("name", &category.name, MAX_NAME));
        let description = fields.check(text::optional("description", &category.description, text::DESCRIPTION));
        fields.finish_with(|| Some(NewCategory { name: name?, description: description?, ..category }))
    }
}

impl TryFrom<&str> for NewCategory {
    type Error = Invalid;

    fn try_from(name: &str) -> Result<Self, Invalid> {
        Self::builder(name).build()
    }
}

patch! {
    /// Changes to a category; `None` keeps a value.
    #[derive(AsChangeset)]
    #[diesel(table_name = categories)]
    CategoryPatch {
        /// New name.
        text name: String,
        /// New parent; `Some(None)` makes the category a root.
        some parent_id: Option<CategoryId>,
        /// New description.
        text description: String,
    }
}

pub(crate) fn create(conn: &mut Connection, category: &NewCategory) -> Result<Category> {
    refuse_taken_name(conn, &category.name, None)?;
    if let Some(parent) = category.parent_id {
        expect_parent(conn, "parent_id", parent)?;
    }
    let now = now();
    let values = (
        categories::name.eq(&category.name),
        categories::parent_id.eq(category.parent_id),
        categories::description.eq(&category.description),
        categories::created_at.eq(Moment::of(now)),
    );
    let id = insert_returning_id!(conn, categories, values)?;
    get(conn, CategoryId::new(id))
}

pub(crate) fn get(conn: &mut Connection, id: CategoryId) -> Result<Category> {
    let category = categories::table.find(id).select(Category::as_select()).get_result(conn).optional()?;
    category.ok_or_else(|| Error::not_found("category", id))
}

/// A page of categories, by ascending id.
pub(crate) fn list(conn: &mut Connection, page: &PageRequest) -> Result<Page<Category>> {
    let categories = categories::table.select(Category::as_select()).into_boxed();
    let (query, direction) = sorted!(categories, page, LIST, ascending categories::id);
    let rows = query.load(conn)?;
    Ok(Page::of(rows, page, LIST, direction, |category: &Category| category.id.get()))
}

/// The number of categories.
pub(crate) fn count(conn: &mut Connection) -> Result<RowCount> {
    Ok(count_rows(conn, categories::table.select(categories::id))?)
}

/// The number of products in each category that has any, limited to products that the caller can see.
pub(crate) fn product_counts(conn: &mut Connection, context: &Context) -> Result<BTreeMap<CategoryId, i64>> {
    let counts = products::table.group_by(products::category_id).select((products::category_id, count_star()));
    let rows: Vec<(CategoryId, i64)> = if View::of(context).has_archived() {
        counts.load(conn)?
    } else {
        counts.filter(products::status.eq(ProductStatus::Active)).load(conn)?
    };
    Ok(rows.into_iter().collect())
}

fn refuse_taken_name(conn: &mut Connection, name: &str, except: Option<CategoryId>) -> Result<()> {
    let owner: Option<CategoryId> =
        categories::table.filter(categories::name.eq(name)).select(categories::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "category", field: "name", value: quoted(name).to_string() }.into())
        }
        _ => Ok(()),
    }
}

/// The parent of a referenced category. [`Error::Invalid`] on `field` if the category does not exist.
pub(super) fn expect_parent(conn: &mut Connection, field: &str, id: CategoryId) -> Result<Option<CategoryId>> {
    let parent: Option<Option<CategoryId>> =
        categories::table.find(id).select(categories::parent_id).get_result(conn).optional()?;
    parent.ok_or_else(|| Error::invalid(field, format!("no category has the id {id}")))
}

impl CategoryPatch {
    /// The validated patch, with its texts normalized.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let checked = Self {
            name: fields.check_some(self.name, |it| text::name("name", &it, MAX_NAME)),
            description: fields
                .check_some(self.description, |it| text::optional("description", &it, text::DESCRIPTION)),
            parent_id: self.parent_id,
        };
        fields.finish_with(|| Some(checked))
    }
}

/// The category, locked until the end of the transaction.
fn lock(conn: &mut Connection, id: CategoryId) -> Result<Category> {
    lock_row(conn, id)?;
    get(conn, id)
}

pub(super) fn lock_row(conn: &mut Connection, id: CategoryId) -> Result<()> {
    conn.lock_by_writing("UPDATE categories SET revision = revision + 1 WHERE id = ?", id.get())
}

fn expected(category: Category, is_expected: impl Fn(&Category) -> bool) -> Result<Category> {
    if is_expected(&category) {
        return Ok(category);
    }
    Err(Conflict::Changed { entity: "category", id: category.id.get() }.into())
}

/// Changes a category that is still as expected.
pub(crate) fn update(
    conn: &mut Connection,
    id: CategoryId,
    patch: &CategoryPatch,
    is_expected: impl Fn(&Category) -> bool,
) -> Result<Category> {
    let category = expected(lock(conn, id)?, is_expected)?;
    if *patch == CategoryPatch::default() {
        return Ok(category);
    }
    let after = write(conn, id, patch)?;
    if after.name != category.name {
        terms::rename_category(conn, id, &category.name, &after.name)?;
    }
    Ok(after)
}

/// Deletes an empty category that is still as expected.
pub(crate) fn delete(conn: &mut Connection, id: CategoryId, is_expected: impl Fn(&Category) -> bool) -> Result<()> {
    expected(lock(conn, id)?, is_expected)?;
    remove(conn, id)
}

fn write(conn: &mut Connection, id: CategoryId, patch: &CategoryPatch) -> Result<Category> {
    if let Some(name) = &patch.name {
        refuse_taken_name(conn, name, Some(id))?;
    }
    if let Some(Some(parent)) = patch.parent_id {
        refuse_cycle(conn, id, parent)?;
    }
    diesel::update(categories::table.find(id)).set(patch).execute(conn)?;
    get(conn, id)
}

/// Walks from the new parent to the root and locks each category. The locks detect two concurrent moves that are valid
/// alone, but form a cycle together.
fn refuse_cycle(conn: &mut Connection, id: CategoryId, parent: CategoryId) -> Result<()> {
    let (mut ancestor, mut seen) = (Some(parent), HashSet::new());
    while let Some(above) = ancestor {
        if above == id {
            return Err(Error::invalid("parent_id", format!("category {id} cannot be a part of itself")));
        }
        if !seen.insert(above) {
            return Err(Error::invalid("parent_id", format!("category {above} is a part of itself: move it first")));
        }
        lock_row(conn, above)?;
        ancestor = expect_parent(conn, "parent_id", above)?;
    }
    Ok(())
}

fn remove(conn: &mut Connection, id: CategoryId) -> Result<()> {
    let in_use = |by| Conflict::InUse { entity: "category", id: id.get(), by, instead: "move or delete those first" };
    let product: Option<i64> =
        products::table.filter(products::category_id.eq(id)).select(products::id).first(conn).optional()?;
    if product.is_some() {
        return Err(in_use("products").into());
    }
    let child: Option<i64> =
        categories::table.filter(categories::parent_id.eq(id)).select(categories::id).first(conn).optional()?;
    if child.is_some() {
        return Err(in_use("categories below it").into());
    }
    diesel::delete(categories::table.find(id)).execute(conn)?;
    Ok(())
}

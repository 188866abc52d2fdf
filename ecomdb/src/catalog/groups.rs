//! Groups of products that differ in the values of the group's options.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::listing;
use super::options::{self, MAX_OPTION, MAX_OPTIONS};
use super::product::{Product, View};
use crate::context::Context;
use crate::engine::{Connection, count_rows, sql};
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::idempotency;
use crate::schema::{product_groups, products};
use crate::types::keyset::sorted;
use crate::types::patch::patch;
use crate::types::time::{json_time, now, now_after};
use crate::types::{Limit, Page, PageRequest, ProductGroupId, RowCount, text};

/// Maximum length of a name in characters.
const MAX_NAME: usize = 200;
const LIST: &str = "groups";

/// A group of products that differ in the values of its options, such as colour and size.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ProductGroup {
    /// Group id.
    pub id: ProductGroupId,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Names of the options, in order.
    pub options: Vec<String>,
    /// Products of the group that the caller can see, by ascending id.
    pub variants: Vec<Product>,
    /// When the group was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// When name, description or options were last changed (UTC).
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
}

impl ProductGroup {
    /// Maximum number of options.
    pub const MAX_OPTIONS: usize = MAX_OPTIONS;
    /// Maximum length of the name or value of an option in characters.
    pub const MAX_OPTION: usize = MAX_OPTION;
    /// Maximum number of products.
    pub const MAX_VARIANTS: i64 = Limit::MAX;
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ProductGroupSummary {
    /// Group id.
    pub id: ProductGroupId,
    /// Name.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Names of the options, in order.
    pub options: Vec<String>,
    /// Number of products, archived ones included.
    pub variant_count: i64,
    /// When the group was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// When name, description or options were last changed (UTC).
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
}

/// A group to create. Made by [`NewProductGroup::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewProductGroup {
    name: String,
    description: String,
    options: Vec<String>,
}

impl NewProductGroup {
    /// Starts a group with the names of its options.
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, NewProductGroup};
    /// # let db = Database::open(":memory:")?;
    /// let clothes = db.categories().create("Clothes")?;
    /// let shirt = db.groups().create(NewProductGroup::builder("T-shirt", ["colour", "size"]).build()?)?;
    /// let large = NewProduct::builder("T-shirt, red, L", clothes.id, "19.99".parse()?);
    /// let large = large.group_id(shirt.id).options([("colour", "red"), ("size", "L")]).build()?;
    /// let large = db.products().create(large)?;
    /// assert_eq!(large.options.get("size"), Some("L"));
    /// assert_eq!(db.groups().get(shirt.id)?.variants, [large]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder<O: Into<String>>(
        name: impl Into<String>,
        options: impl IntoIterator<Item = O>,
    ) -> ProductGroupBuilder {
        let options = options.into_iter().map(Into::into).collect();
        ProductGroupBuilder(Self { name: name.into(), description: String::new(), options })
    }

    /// The facts that identify the request for its idempotency key.
    fn fingerprint(&self) -> String {
        let Self { name, description, options } = self;
        format!("product group {name:?}, {description:?}, options {options:?}")
    }
}

/// Builder of a [`NewProductGroup`]; [`ProductGroupBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct ProductGroupBuilder(NewProductGroup);

impl ProductGroupBuilder {
    /// Sets the description; empty by default.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.description = description.into();
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `name` (1 to 200 characters), `description` (at most 10,000 characters),
    /// `options` (1 to 5 names) and `options[0]` (1 to 60 characters, different from the other names).
    pub fn build(self) -> Result<NewProductGroup, Invalid> {
        let Self(NewProductGroup { name, description, options }) = self;
        let patch =
            ProductGroupPatch { name: Some(name), description: Some(description), options: Some(options) }.checked()?;
        Ok(NewProductGroup {
            name: patch.name.unwrap_or_default(),
            description: patch.description.unwrap_or_default(),
            options: patch.options.unwrap_or_default(),
        })
    }
}

patch! {
    /// Changes to a group; `None` keeps a value.
    ProductGroupPatch for group: ProductGroup {
        /// New name.
        text name: String = group.name,
        /// New description.
        text description: String = group.description,
        /// New names of the options. While the group has products, they can only be renamed: as many as before, and those
        /// that stay keep their place.
        some options: Vec<String> = group.options,
    }
}

impl ProductGroupPatch {
    /// The validated patch, with its texts normalized.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let checked = Self {
            name: fields.check_some(self.name, |it| text::name("name", &it, MAX_NAME)),
            description: fields
                .check_some(self.description, |it| text::optional("description", &it, text::DESCRIPTION)),
            options: self.options.map(|options| names(options, &mut fields)),
        };
        fields.finish_with(|| Some(checked))
    }
}

/// The normalized names of options; `fields` collects what is invalid.
fn names(options: Vec<String>, fields: &mut Fields) -> Vec<String> {
    if options.is_empty() || options.len() > MAX_OPTIONS {
        fields.add("options", format!("must have 1 to {MAX_OPTIONS} names, not {}", options.len()));
        return options;
    }
    let mut names: Vec<String> = Vec::with_capacity(options.len());
    for (place, option) in options.into_iter().enumerate() {
        let field = format!("options[{place}]");
        let Some(name) = fields.check(text::name(&field, &option, MAX_OPTION)) else { continue };
        if names.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
            fields.add(field, "must differ from the other options, not only in case");
        }
        names.push(name);
    }
    names
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = product_groups)]
struct Row {
    id: ProductGroupId,
    name: String,
    description: String,
    options: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Creates a group.
pub(crate) fn create(conn: &mut Connection, context: &Context, group: &NewProductGroup) -> Result<ProductGroup> {
    let find = |conn: &mut Connection, id| get(conn, context, ProductGroupId::new(id));
    let make = |conn: &mut Connection| make(conn, context, group).map(|made| (made.id.get(), made));
    idempotency::once(conn, context, "groups.create", || group.fingerprint(), find, make)
}

fn make(conn: &mut Connection, context: &Context, group: &NewProductGroup) -> Result<ProductGroup> {
    let at = now();
    let insert =
        sql("INSERT INTO product_groups (name, description, options, created_at, updated_at) VALUES (?, ?, ?, ?, ?)");
    let insert = insert.text(&group.name).text(&group.description);
    let id = insert.text(options::json(group.options.iter().map(String::as_str))).time(at).time(at).insert(conn)?;
    get(conn, context, ProductGroupId::new(id))
}

/// The group with the products that the caller can see.
pub(crate) fn get(conn: &mut Connection, context: &Context, id: ProductGroupId) -> Result<ProductGroup> {
    let row = product_groups::table.find(id).select(Row::as_select()).get_result(conn).optional()?;
    let Row { id, name, description, options, created_at, updated_at } =
        row.ok_or_else(|| Error::not_found("product group", id))?;
    let variants = listing::of_group(conn, View::of(context), id)?;
    Ok(ProductGroup { id, name, description, options: options::texts(&options), variants, created_at, updated_at })
}

/// The group, if it is still as expected.
pub(crate) fn get_if(
    conn: &mut Connection,
    context: &Context,
    id: ProductGroupId,
    is_expected: impl Fn(&ProductGroup) -> bool,
) -> Result<ProductGroup> {
    expected(get(conn, context, id)?, is_expected)
}

/// A page of groups, by ascending id.
pub(crate) fn list(conn: &mut Connection, page: &PageRequest) -> Result<Page<ProductGroupSummary>> {
    let groups = product_groups::table.select(Row::as_select()).into_boxed();
    let (query, direction) = sorted!(groups, page, LIST, ascending product_groups::id);
    let page = Page::of(query.load(conn)?, page, LIST, direction, |row: &Row| row.id.get());
    let ids: Vec<i64> = page.items.iter().map(|row| row.id.get()).collect();
    let counts: Vec<(Option<ProductGroupId>, i64)> = products::table
        .filter(products::group_id.eq_any(ids))
        .group_by(products::group_id)
        .select((products::group_id, count_star()))
        .load(conn)?;
    let counts: HashMap<_, _> = counts.into_iter().collect();
    Ok(page.map(|Row { id, name, description, options, created_at, updated_at }| {
        let variant_count = counts.get(&Some(id)).copied().unwrap_or(0);
        let options = options::texts(&options);
        ProductGroupSummary { id, name, description, options, variant_count, created_at, updated_at }
    }))
}

/// The number of groups.
pub(crate) fn count(conn: &mut Connection) -> Result<RowCount> {
    Ok(count_rows(conn, product_groups::table.select(product_groups::id))?)
}

/// Locks a group that a product joins, and returns the names of its options; `None` if it does not exist.
pub(super) fn join(conn: &mut Connection, id: ProductGroupId) -> Result<Option<Vec<String>>> {
    lock(conn, id)?;
    let options: Option<String> =
        product_groups::table.find(id).select(product_groups::options).get_result(conn).optional()?;
    Ok(options.map(|options| options::texts(&options)))
}

fn lock(conn: &mut Connection, id: ProductGroupId) -> Result<()> {
    conn.lock_by_writing("UPDATE product_groups SET revision = revision + 1 WHERE id = ?", id.get())
}

fn expected(group: ProductGroup, is_expected: impl Fn(&ProductGroup) -> bool) -> Result<ProductGroup> {
    if is_expected(&group) {
        return Ok(group);
    }
    Err(Conflict::Changed { entity: "product group", id: group.id.get() }.into())
}

/// The number of products of a group, archived ones included.
pub(super) fn variant_count(conn: &mut Connection, id: ProductGroupId) -> Result<i64> {
    Ok(products::table.filter(products::group_id.eq(id)).count().get_result(conn)?)
}

/// Changes a group that is still as expected.
pub(crate) fn update(
    conn: &mut Connection,
    context: &Context,
    id: ProductGroupId,
    patch: &ProductGroupPatch,
    is_expected: impl Fn(&ProductGroup) -> bool,
) -> Result<ProductGroup> {
    lock(conn, id)?;
    let before = expected(get(conn, context, id)?, is_expected)?;
    if !patch.changes(&before) {
        return Ok(before);
    }
    if let Some(options) = &patch.options
        && !renames(&before.options, options)
        && variant_count(conn, id)? > 0
    {
        let allowed = "can only be renamed while the group has products: as many as before, and those that stay keep \
                       their place";
        return Err(Error::invalid("options", allowed));
    }
    let at = now_after([before.updated_at]);
    let ProductGroupPatch { name, description, options } = patch;
    let update = sql("UPDATE product_groups SET name = ?, description = ?, options = ?, updated_at = ? WHERE id = ?");
    let update = update.text(name.as_ref().unwrap_or(&before.name));
    let update = update.text(description.as_ref().unwrap_or(&before.description));
    let options = options.as_ref().unwrap_or(&before.options).iter().map(String::as_str);
    update.text(options::json(options)).time(at).int(id).run(conn)?;
    get(conn, context, id)
}

/// Whether each option of a group keeps its place, under the same name or a new one.
fn renames(before: &[String], after: &[String]) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(old, new)| old == new || !before.contains(new))
}

/// Deletes a group without products that is still as expected.
pub(crate) fn delete(
    conn: &mut Connection,
    context: &Context,
    id: ProductGroupId,
    is_expected: impl Fn(&ProductGroup) -> bool,
) -> Result<()> {
    lock(conn, id)?;
    expected(get(conn, context, id)?, is_expected)?;
    if variant_count(conn, id)? > 0 {
        let instead = "let its products leave the group first";
        return Err(Conflict::InUse { entity: "product group", id: id.get(), by: "products", instead }.into());
    }
    diesel::delete(product_groups::table.find(id)).execute(conn)?;
    Ok(())
}

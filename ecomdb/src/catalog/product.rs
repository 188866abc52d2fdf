//! Product records, and their creation and changes.

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use super::images::Counted;
use super::options::StoredValues;
use super::{OptionValues, ProductImage};
use crate::context::Context;
use crate::error::{Fields, Invalid, Result};
use crate::inventory::{MAX_LEVEL, checked_level};
use crate::schema::{categories, inventory, product_groups, products};
use crate::types::patch::patch;
use crate::types::time::json_time;
use crate::types::{CategoryId, Money, ProductGroupId, ProductId, ProductStatus, Scope, in_range, text};

/// Category of a product.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = products)]
#[non_exhaustive]
pub struct CategoryRef {
    /// Category id.
    #[diesel(column_name = category_id)]
    pub id: CategoryId,
    // Lists join the categories by a left join.
    /// Name of the category.
    #[diesel(select_expression = categories::name.assume_not_null())]
    pub name: String,
}

/// A product with its category and stock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = products)]
#[non_exhaustive]
pub struct Product {
    /// Product id.
    pub id: ProductId,
    /// Stock keeping unit, unique.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Current price per unit.
    pub price: Money,
    /// Status of the product.
    pub status: ProductStatus,
    /// Category of the product.
    #[diesel(embed)]
    pub category: CategoryRef,
    /// Whether any unit is in stock.
    #[diesel(select_expression = inventory::quantity, deserialize_as = InStock)]
    pub in_stock: bool,
    /// Units in stock; `None` for callers without [`Scope::InventoryRead`].
    #[diesel(select_expression = inventory::quantity, deserialize_as = i64)]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Reorder level, in units; `None` for callers without [`Scope::InventoryRead`].
    #[diesel(select_expression = inventory::reorder_level, deserialize_as = i64)]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_level: Option<i64>,
    /// When the product was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// When the product was last changed, apart from its stock (UTC).
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
    /// Group of the product; `None` for a product that is in none.
    pub group_id: Option<ProductGroupId>,
    /// Values for the options of the group, in its order; empty for a product that is in none.
    #[diesel(select_expression = (product_groups::options.nullable(), products::option_values))]
    #[diesel(deserialize_as = StoredValues)]
    #[cfg_attr(feature = "utoipa", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub options: OptionValues,
    /// Images, in order.
    #[diesel(select_expression = products::image_count, deserialize_as = Counted)]
    pub images: Vec<ProductImage>,
}

impl Product {
    /// Maximum number of images.
    pub const MAX_IMAGES: usize = 20;

    /// Query of a product: its fields in order. Written as SQL, because Diesel's query builder takes a third of the time
    /// of reading a product.
    pub(super) const BY_ID: &str = "SELECT p.id, p.sku, p.name, p.description, p.price, p.status, c.id, c.name, i.quantity, \
         i.quantity, i.reorder_level, p.created_at, p.updated_at, p.group_id, g.options, p.option_values, p.image_count \
         FROM products p JOIN categories c ON c.id = p.category_id JOIN inventory i ON i.product_id = p.id \
         LEFT JOIN product_groups g ON g.id = p.group_id WHERE p.id = ?";
}

/// Whether a stock quantity is above 0.
pub struct InStock(bool);

impl<DB: Backend> Queryable<BigInt, DB> for InStock
where
    i64: FromSql<BigInt, DB>,
{
    type Row = i64;

    fn build(quantity: i64) -> deserialize::Result<Self> {
        Ok(Self(quantity > 0))
    }
}

impl From<InStock> for bool {
    fn from(InStock(in_stock): InStock) -> Self {
        in_stock
    }
}

/// The part of the catalog that a caller can see.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    has_levels: bool,
    has_archived: bool,
}

impl View {
    /// Stock levels need the scope to read the inventory. Callers limited to their own rows cannot see archived
    /// products.
    pub(super) fn of(context: &Context) -> Self {
        Self { has_levels: context.has(Scope::InventoryRead), has_archived: context.owner().is_none() }
    }

    /// Whether archived products are visible.
    pub(super) const fn has_archived(self) -> bool {
        self.has_archived
    }

    /// Removes what the caller cannot see from the product. False if the product itself is hidden.
    pub(super) fn restrict(self, product: &mut Product) -> bool {
        if !self.has_levels {
            (product.stock, product.reorder_level) = (None, None);
        }
        self.has_archived || product.status != ProductStatus::Archived
    }
}

/// A product to create, with its stock. Made by [`NewProduct::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewProduct {
    /// The columns. One without a value gets the default of the database, and the SKU a generated one.
    pub(crate) values: ProductPatch,
    pub(crate) initial_stock: i64,
}

impl NewProduct {
    /// Maximum length of a name in characters.
    pub const MAX_NAME: usize = 200;
    /// Maximum length of a SKU in characters.
    pub const MAX_SKU: usize = 64;
    /// Maximum initial stock and reorder level, in units.
    pub const MAX_STOCK: i64 = MAX_LEVEL;

    /// Starts a product with its required values.
    ///
    /// ```
    /// use ecomdb::{CategoryId, Money, NewProduct};
    ///
    /// let lamp = NewProduct::builder("Desk lamp", CategoryId::new(1), Money::from_minor(2999)).initial_stock(10).build();
    /// assert!(lamp.is_ok());
    /// let invalid = NewProduct::builder("", CategoryId::new(1), Money::from_minor(-1)).build().unwrap_err();
    /// assert_eq!(invalid.fields().len(), 2);
    /// ```
    pub fn builder(name: impl Into<String>, category_id: CategoryId, price: Money) -> ProductBuilder {
        let values = ProductPatch {
            name: Some(name.into()),
            category_id: Some(category_id),
            price: Some(price),
            description: Some(String::new()),
            status: Some(ProductStatus::Active),
            reorder_level: Some(0),
            ..ProductPatch::default()
        };
        ProductBuilder(Self { values, initial_stock: 0 })
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let mut values = self.values.clone();
        let (name, description) =
            (values.name.take().unwrap_or_default(), values.description.take().unwrap_or_default());
        let (price, sku) = (values.price.take().unwrap_or_default(), values.sku.take());
        let category = values.category_id.take().map_or(0, CategoryId::get);
        let (stock, level) = (self.initial_stock, values.reorder_level.take().unwrap_or_default());
        values.status = None;
        format!(
            "product {name:?} at {price} in category {category}, sku {sku:?}, {description:?}, stock {stock}, reorder at \
             {level}{}",
            values.further_facts()
        )
    }
}

/// Builder of a [`NewProduct`]; [`ProductBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct ProductBuilder(NewProduct);

impl ProductBuilder {
    /// Sets the stock keeping unit; generated by default.
    pub fn sku(mut self, sku: impl Into<String>) -> Self {
        self.0.values.sku = Some(sku.into());
        self
    }

    /// Sets the description; empty by default.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.0.values.description = Some(description.into());
        self
    }

    /// Sets the initial stock in units; 0 by default.
    pub fn initial_stock(mut self, units: i64) -> Self {
        self.0.initial_stock = units;
        self
    }

    /// Sets the reorder level, in units; 0 by default.
    pub fn reorder_level(mut self, units: i64) -> Self {
        self.0.values.reorder_level = Some(units);
        self
    }

    /// Sets the group; none by default. The product then needs a value for each option of the group.
    pub fn group_id(mut self, group: impl Into<Option<ProductGroupId>>) -> Self {
        self.0.values.group_id = group.into().map(Some);
        self
    }

    /// Sets the values for the options of the group, in any order; see [`ProductBuilder::group_id`].
    pub fn options(mut self, options: impl Into<OptionValues>) -> Self {
        self.0.values.options = Some(options.into());
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `name` (1 to 200 characters), `price` (0.00 to 999,999,999.99), `sku` (1 to
    /// 64 characters), `description` (at most 10,000 characters), `initial_stock` and `reorder_level` (0 to
    /// 1,000,000,000), `options` (at most 5), `options.colour` (1 to 60 characters).
    pub fn build(self) -> Result<NewProduct, Invalid> {
        let NewProduct { values, initial_stock } = self.0;
        let mut fields = Fields::default();
        let values = values.check(&mut fields);
        fields.check(in_range("initial_stock", initial_stock, 0..=NewProduct::MAX_STOCK));
        fields.check_some(values.reorder_level, checked_level);
        fields.finish_with(|| Some(NewProduct { values, initial_stock }))
    }
}

patch! {
    /// Changes to a product; `None` keeps a value.
    #[derive(Serialize, Insertable, AsChangeset)]
    #[diesel(table_name = products)]
    ProductPatch for product: Product {
        /// New name.
        text name: String = product.name,
        /// New category.
        some category_id: CategoryId = product.category.id,
        /// New price; existing orders keep theirs.
        some price: Money = product.price,
        /// New SKU.
        text sku: String = product.sku,
        /// New description.
        text description: String = product.description,
        /// New status.
        some status: ProductStatus = product.status,
        /// New reorder level in units.
        #[diesel(skip_insertion, skip_update)]
        some reorder_level: i64,
        /// New group; `Some(None)` to leave the present one. A product that joins a group needs `options`.
        some group_id: Option<ProductGroupId> = product.group_id,
        /// New values for all options of the group, in any order.
        #[diesel(skip_insertion, skip_update)]
        text options: OptionValues = product.options,
    }
}

impl ProductPatch {
    /// The given values, as text that stays the same when patches get further fields.
    fn further_facts(&self) -> String {
        let values = serde_json::to_value(self).unwrap_or_default();
        let values = values.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        values.map(|(name, value)| format!(", {name} {value}")).collect()
    }

    /// The validated patch, with its texts normalized.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let checked = self.check(&mut fields);
        fields.check_some(checked.reorder_level, checked_level);
        fields.finish_with(|| Some(checked))
    }

    /// The columns of `products` with their texts normalized; `fields` collects what is invalid.
    fn check(self, fields: &mut Fields) -> Self {
        Self {
            name: fields.check_some(self.name, |it| text::name("name", &it, NewProduct::MAX_NAME)),
            price: fields.check_some(self.price, |it| price("price", it)),
            sku: fields.check_some(self.sku, |it| text::identity("sku", &it, NewProduct::MAX_SKU)),
            description: fields
                .check_some(self.description, |it| text::optional("description", &it, text::DESCRIPTION)),
            options: self.options.map(|it| it.check(fields)),
            ..self
        }
    }

    /// Whether it changes name or SKU, which the items of orders keep.
    pub(super) fn renames(&self, product: &Product) -> bool {
        let Self { name, sku, .. } = self.clone();
        Self { name, sku, ..Self::default() }.changes(product)
    }

    /// Whether it changes the search terms of the product.
    pub(super) fn changes_words(&self, product: &Product) -> bool {
        let Self { name, category_id, sku, description, group_id, options, .. } = self.clone();
        Self { name, category_id, sku, description, group_id, options, ..Self::default() }.changes(product)
    }
}

fn price(field: &str, amount: Money) -> Result<Money, Invalid> {
    if (Money::ZERO..=Money::MAX_PRICE).contains(&amount) {
        Ok(amount)
    } else {
        Err(Invalid::new(field, format!("must lie between 0.00 and {}, not {amount}", Money::MAX_PRICE)))
    }
}

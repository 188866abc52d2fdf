//! Product records, and their creation and changes.

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Fields, Invalid, Result};
use crate::inventory::MAX_LEVEL;
use crate::schema::{categories, inventory, products};
use crate::types::patch::differs;
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::time::Stamp;
use crate::types::{CategoryId, Money, ProductId, Scope, text};

text_enum! {
    /// Status of a product.
    ProductStatus {
        /// Can be ordered.
        Active = "active",
        /// Cannot be ordered; past orders keep it.
        Archived = "archived",
    }
}

/// Category of a product.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = categories)]
#[non_exhaustive]
pub struct CategoryRef {
    /// Category id.
    pub id: CategoryId,
    /// Name of the column.
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
    /// Stock level at or below which the product is reordered, in units; `None` for callers without
    /// [`Scope::InventoryRead`].
    #[diesel(select_expression = inventory::reorder_level, deserialize_as = i64)]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_level: Option<i64>,
    /// When the product was created (UTC).
    #[diesel(deserialize_as = Stamp)]
    pub created_at: DateTime<Utc>,
    /// When the product was last changed, apart from its stock (UTC).
    #[diesel(deserialize_as = Stamp)]
    pub updated_at: DateTime<Utc>,
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

    /// The product with the fields that the caller can see; `None` if the product is hidden.
    pub(super) fn of_product(self, product: Product) -> Option<Product> {
        if product.status == ProductStatus::Archived && !self.has_archived {
            return None;
        }
        Some(if self.has_levels { product } else { Product { stock: None, reorder_level: None, ..product } })
    }
}

/// A product to create, with its stock. Made by [`NewProduct::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewProduct {
    pub(crate) name: String,
    pub(crate) category_id: CategoryId,
    pub(crate) price: Money,
    pub(crate) sku: Option<String>,
    pub(crate) description: String,
    pub(crate) initial_stock: i64,
    pub(crate) reorder_level: i64,
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
        ProductBuilder {
            name: name.into(),
            category_id,
            price,
            sku: None,
            description: String::new(),
            initial_stock: 0,
            reorder_level: 0,
        }
    }

    /// The facts that identify the request for its idempotency key.
    pub(crate) fn fingerprint(&self) -> String {
        let Self { name, category_id, price, sku, description, initial_stock, reorder_level } = self;
        format!(
            "product {name:?} at {price} in category {category_id}, sku {sku:?}, {description:?}, stock {initial_stock}, \
             reorder at {reorder_level}"
        )
    }
}

/// Builder of a [`NewProduct`]; [`ProductBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct ProductBuilder {
    name: String,
    category_id: CategoryId,
    price: Money,
    sku: Option<String>,
    description: String,
    initial_stock: i64,
    reorder_level: i64,
}

impl ProductBuilder {
    /// Sets the stock keeping unit; generated by default.
    pub fn sku(mut self, sku: impl Into<String>) -> Self {
        self.sku = Some(sku.into());
        self
    }

    /// Sets the description; empty by default.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the initial stock in units; 0 by default.
    pub fn initial_stock(mut self, units: i64) -> Self {
        self.initial_stock = units;
        self
    }

    /// Sets the stock level at or below which the product is reordered, in units; 0 by default.
    pub fn reorder_level(mut self, units: i64) -> Self {
        self.reorder_level = units;
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `name` (1 to 200 characters), `price` (0.00 to 999,999,999.99), `sku` (1 to
    /// 64 characters), `description` (at most 10,000 characters), `initial_stock` and `reorder_level` (0 to
    /// 1,000,000,000).
    pub fn build(self) -> Result<NewProduct, Invalid> {
        let mut fields = Fields::default();
        let name = fields.check(text::name("name", &self.name, NewProduct::MAX_NAME));
        fields.check(price("price", self.price));
        let sku = self.sku.as_ref().and_then(|sku| fields.check(sku_text(sku)));
        let description = fields.check(text::optional("description", &self.description, text::DESCRIPTION));
        fields.check(stock("initial_stock", self.initial_stock));
        fields.check(stock("reorder_level", self.reorder_level));
        let Self { category_id, price, initial_stock, reorder_level, .. } = self;
        fields.finish_with(|| {
            let (name, description) = (name?, description?);
            Some(NewProduct { name, category_id, price, sku, description, initial_stock, reorder_level })
        })
    }
}

/// Changes to a product; `None` keeps a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProductPatch {
    /// New name.
    pub name: Option<String>,
    /// New category.
    pub category_id: Option<CategoryId>,
    /// New price; existing orders keep theirs.
    pub price: Option<Money>,
    /// New SKU.
    pub sku: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New status.
    pub status: Option<ProductStatus>,
    /// New reorder level in units.
    pub reorder_level: Option<i64>,
}

setters! {
    ProductPatch {
        text name: String, some category_id: CategoryId, some price: Money, text sku: String, text description:
        String, some status: ProductStatus, some reorder_level: i64,
    }
}

/// Columns of `products` in a validated [`ProductPatch`].
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = products)]
pub(crate) struct CheckedPatch {
    pub(crate) name: Option<String>,
    pub(crate) category_id: Option<CategoryId>,
    pub(crate) price: Option<Money>,
    pub(crate) sku: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) status: Option<ProductStatus>,
}

impl CheckedPatch {
    pub(crate) fn new(patch: &ProductPatch) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let name = patch.name.as_ref();
        let name = name.and_then(|name| fields.check(text::name("name", name, NewProduct::MAX_NAME)));
        let sku = patch.sku.as_ref().and_then(|sku| fields.check(sku_text(sku)));
        let description = patch.description.as_ref();
        let description =
            description.and_then(|value| fields.check(text::optional("description", value, text::DESCRIPTION)));
        let new_price = patch.price.and_then(|amount| fields.check(price("price", amount)));
        if let Some(level) = patch.reorder_level {
            fields.check(stock("reorder_level", level));
        }
        let (category_id, status) = (patch.category_id, patch.status);
        let checked = Self { name, category_id, price: new_price, sku, description, status };
        fields.finish_with(|| Some(checked))
    }

    /// Whether the patch differs from the product.
    pub(crate) fn changes(&self, product: &Product) -> bool {
        let Self { name, category_id, price, sku, description, status } = self;
        differs(name, &product.name)
            || differs(category_id, &product.category.id)
            || differs(price, &product.price)
            || differs(sku, &product.sku)
            || differs(description, &product.description)
            || differs(status, &product.status)
    }
}

fn price(field: &str, amount: Money) -> Result<Money, Invalid> {
    if (Money::ZERO..=Money::MAX_PRICE).contains(&amount) {
        Ok(amount)
    } else {
        Err(Invalid::new(field, format!("must lie between 0.00 and {}, not {amount}", Money::MAX_PRICE)))
    }
}

fn stock(field: &str, units: i64) -> Result<i64, Invalid> {
    if (0..=NewProduct::MAX_STOCK).contains(&units) {
        Ok(units)
    } else {
        Err(Invalid::new(field, format!("must be a whole number from 0 to {}, not {units}", NewProduct::MAX_STOCK)))
    }
}

fn sku_text(sku: &str) -> Result<String, Invalid> {
    text::identity("sku", sku, NewProduct::MAX_SKU)
}

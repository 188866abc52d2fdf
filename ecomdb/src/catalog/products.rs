//! Creating, finding, changing and retiring products.

use diesel::prelude::*;

use super::product::CheckedPatch;
use super::{NewProduct, PriceChange, Product, ProductPatch, ProductStatus, categories, prices};
use crate::backend::{Connection, insert_returning_id};
use crate::database::Access;
use crate::error::{Conflict, Error, Result};
use crate::idempotency::{self, IdempotencyKey};
use crate::schema::{categories as category, inventory, order_items, products};
use crate::types::time::{Stamp, now};
use crate::types::{CategoryId, Page, PageRequest, ProductId, text};

const LIST: &str = "products";

/// Which products to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Which page.
    pub page: PageRequest,
    /// Only products of this category.
    pub category_id: Option<CategoryId>,
    /// Only products of this status.
    pub status: Option<ProductStatus>,
    /// Only products whose name or SKU contains this text of at most 254 characters, in any case of ASCII letters.
    pub text: Option<String>,
}

/// The products of a shop: [`Database::products`](crate::Database::products).
#[derive(Debug)]
pub struct Products<A>(pub(crate) A);

impl<A: Access> Products<A> {
    /// Creates a product and its inventory.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`category_id`) when there is no such category; [`Conflict::Duplicate`] (`sku`).
    pub fn create(self, product: NewProduct) -> Result<Product> {
        self.create_with_key(product, None)
    }

    /// Like [`Products::create`], but a repetition with the same key creates nothing and gives the first product.
    ///
    /// # Errors
    /// As [`Products::create`]; [`Conflict::IdempotencyKeyReused`] when the key was used for another product.
    pub fn create_once(self, product: NewProduct, key: &IdempotencyKey) -> Result<Product> {
        self.create_with_key(product, Some(key.clone()))
    }

    fn create_with_key(self, product: NewProduct, key: Option<IdempotencyKey>) -> Result<Product> {
        let request = key.as_ref().map(|_| product.fingerprint()).unwrap_or_default();
        let owner = self.0.owner();
        self.0.write(move |conn| {
            let find = |conn: &mut Connection, id| get(conn, ProductId::new(id));
            let make = |conn: &mut Connection| create(conn, &product).map(|made| (made.id.get(), made));
            idempotency::once(conn, "products.create", owner, key.as_ref(), &request, find, make)
        })
    }

    /// The product with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: ProductId) -> Result<Product> {
        self.0.read(|conn| get(conn, id))
    }

    /// A page of products, by id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for the cursor of another list, (`text`) for one that no product can have.
    pub fn list(self, filter: &ProductFilter) -> Result<Page<Product>> {
        self.0.read(|conn| list(conn, filter))
    }

    /// Changes a product; a patch of nothing changes nothing. A new price is written into its price history.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Conflict::Duplicate`] (`sku`).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, PageRequest, ProductPatch};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// db.products().update(lamp.id, ProductPatch { price: Some("24.99".parse()?), ..ProductPatch::default() })?;
    ///
    /// let history = db.products().price_history(lamp.id, &PageRequest::default())?;
    /// assert_eq!(history.items[0].old_price.to_string(), "29.99");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update(self, id: ProductId, patch: ProductPatch) -> Result<Product> {
        let checked = CheckedPatch::new(&patch)?;
        if patch == ProductPatch::default() {
            return self.get(id);
        }
        self.0.write(move |conn| update(conn, id, &checked, patch.reorder_level))
    }

    /// Deletes a product that was never ordered, with its inventory and price history.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Conflict::InUse`] for a product with orders, which can be archived instead.
    pub fn delete(self, id: ProductId) -> Result<()> {
        self.0.write(move |conn| delete(conn, id))
    }

    /// A page of the changes of a product's price, the latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`).
    pub fn price_history(self, id: ProductId, page: &PageRequest) -> Result<Page<PriceChange>> {
        self.0.read(|conn| {
            get(conn, id)?;
            prices::history(conn, id, page)
        })
    }
}

fn create(conn: &mut Connection, product: &NewProduct) -> Result<Product> {
    categories::expect_parent(conn, "category_id", product.category_id)?;
    let sku = match &product.sku {
        Some(sku) => {
            refuse_taken_sku(conn, sku, None)?;
            sku.clone()
        }
        None => generated_sku(),
    };
    let now = Stamp::from(now());
    let values = (
        products::category_id.eq(product.category_id),
        products::sku.eq(&sku),
        products::name.eq(&product.name),
        products::description.eq(&product.description),
        products::price.eq(product.price),
        products::status.eq(ProductStatus::Active),
        products::created_at.eq(now),
        products::updated_at.eq(now),
    );
    let id = ProductId::new(insert_returning_id!(conn, products, values)?);
    crate::inventory::create(conn, id, product.initial_stock, product.reorder_level)?;
    get(conn, id)
}

/// Twelve characters that are hard to confuse (no 0/O, 1/I), random: ids tell competitors how many products there are.
fn generated_sku() -> String {
    use rand::RngExt as _;

    const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = rand::rng();
    let letters = (0..12).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    "SKU-".chars().chain(letters).collect()
}

fn refuse_taken_sku(conn: &mut Connection, sku: &str, except: Option<ProductId>) -> Result<()> {
    let owner: Option<ProductId> =
        products::table.filter(products::sku.eq(sku)).select(products::id).first(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "product", field: "sku", value: format!("{sku:?}") }.into())
        }
        _ => Ok(()),
    }
}

fn get(conn: &mut Connection, id: ProductId) -> Result<Product> {
    let product = products::table
        .inner_join(category::table)
        .inner_join(inventory::table)
        .filter(products::id.eq(id))
        .select(Product::as_select())
        .first(conn)
        .optional()?;
    product.ok_or_else(|| Error::not_found("product", id))
}

/// [`Error::NotFound`] for a product that does not exist.
pub(crate) fn expect(conn: &mut Connection, id: ProductId) -> Result<()> {
    let found: Option<i64> = products::table.find(id).select(products::id).first(conn).optional()?;
    found.map(|_| ()).ok_or_else(|| Error::not_found("product", id))
}

fn list(conn: &mut Connection, filter: &ProductFilter) -> Result<Page<Product>> {
    let mut query = products::table
        .inner_join(category::table)
        .inner_join(inventory::table)
        .select(Product::as_select())
        .order(products::id)
        .into_boxed();
    if let Some(after) = filter.page.start(LIST)? {
        query = query.filter(products::id.gt(after));
    }
    if let Some(category) = filter.category_id {
        query = query.filter(products::category_id.eq(category));
    }
    if let Some(status) = filter.status {
        query = query.filter(products::status.eq(status));
    }
    if let Some(text) = &filter.text {
        let pattern = text::contains("text", text)?;
        query = query.filter(
            text::lower(products::name)
                .like(pattern.clone())
                .escape('!')
                .or(text::lower(products::sku).like(pattern).escape('!')),
        );
    }
    let rows = query.limit(filter.page.limit.get() + 1).load(conn)?;
    Ok(Page::of(rows, &filter.page, LIST, |product: &Product| product.id.get()))
}

fn update(conn: &mut Connection, id: ProductId, patch: &CheckedPatch, reorder_level: Option<i64>) -> Result<Product> {
    conn.lock_rows("SELECT id FROM products WHERE id = ?", id.get())?;
    let before = get(conn, id)?;
    if let Some(category) = patch.category_id {
        categories::expect_parent(conn, "category_id", category)?;
    }
    if let Some(sku) = &patch.sku {
        refuse_taken_sku(conn, sku, Some(id))?;
    }
    let now = Stamp::from(now());
    diesel::update(products::table.find(id)).set((patch, products::updated_at.eq(now))).execute(conn)?;
    if let Some(price) = patch.price {
        prices::record(conn, id, before.price, price)?;
    }
    if let Some(level) = reorder_level {
        crate::inventory::set_reorder_level(conn, id, level)?;
    }
    get(conn, id)
}

fn delete(conn: &mut Connection, id: ProductId) -> Result<()> {
    let ordered: Option<i64> = order_items::table
        .filter(order_items::product_id.eq(id))
        .select(order_items::order_id)
        .first(conn)
        .optional()?;
    if ordered.is_some() {
        return Err(Conflict::InUse {
            entity: "product",
            id: id.get(),
            by: "orders",
            instead: "archive the product instead",
        }
        .into());
    }
    match diesel::delete(products::table.find(id)).execute(conn)? {
        0 => Err(Error::not_found("product", id)),
        _ => Ok(()),
    }
}

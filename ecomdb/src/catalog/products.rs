//! Operations on products.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::product::{CheckedPatch, View};
use super::{
    NewProduct, PriceChange, Product, ProductFilter, ProductPatch, ProductStatus, categories, listing, prices,
};
use crate::backend::{Connection, fixed, insert_returning_id};
use crate::database::Access;
use crate::error::{Conflict, Error, Result};
use crate::idempotency::{self, IdempotencyKey};
use crate::schema::{order_items, products};
use crate::types::time::{Stamp, now, now_after};
use crate::types::{Page, PageRequest, ProductId, quoted};

/// Products of a shop, from [`Database::products`](crate::Database::products).
#[derive(Debug)]
pub struct Products<A>(pub(crate) A);

impl<A: Access> Products<A> {
    /// Creates a product and its inventory.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`category_id`) if it does not exist. [`Conflict::Duplicate`] (`sku`).
    pub fn create(self, product: NewProduct) -> Result<Product> {
        self.create_with_key(product, None)
    }

    /// Like [`Products::create`], but idempotent: a repeated key creates nothing and returns the first product.
    ///
    /// # Errors
    /// As [`Products::create`]. [`Conflict::IdempotencyKeyReused`] if the key was used for another product.
    pub fn create_once(self, product: NewProduct, key: &IdempotencyKey) -> Result<Product> {
        self.create_with_key(product, Some(key.clone()))
    }

    fn create_with_key(self, product: NewProduct, key: Option<IdempotencyKey>) -> Result<Product> {
        let request = key.as_ref().map(|_| product.fingerprint()).unwrap_or_default();
        let (asking, view) = (self.0.asking(), View::of(&self.0));
        self.0.write(move |conn| {
            let find = |conn: &mut Connection, id| get(conn, ProductId::new(id), view);
            let make = |conn: &mut Connection| create(conn, &product, view).map(|made| (made.id.get(), made));
            idempotency::once(conn, "products.create", asking, key.as_ref(), &request, find, make)
        })
    }

    /// The product with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: ProductId) -> Result<Product> {
        let view = View::of(&self.0);
        self.0.read(|conn| get(conn, id, view))
    }

    /// A page of the products that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for a cursor of another list, or of this one with another filter or sort; (`text`)
    /// for a text that no product can contain.
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, ProductFilter, ProductSort};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # for (name, price, stock) in [("Desk lamp", "29.99", 3), ("Floor lamp", "89.50", 1), ("Candle", "1.50", 0)] {
    /// #     db.products().create(NewProduct::builder(name, lamps.id, price.parse()?).initial_stock(stock).build()?)?;
    /// # }
    /// let dearest_first = ProductFilter {
    ///     in_stock: Some(true),
    ///     max_price: Some("100.00".parse()?),
    ///     sort: ProductSort::PriceDescending,
    ///     ..ProductFilter::default()
    /// };
    /// let names: Vec<_> = db.products().list(&dearest_first)?.items.into_iter().map(|product| product.name).collect();
    /// assert_eq!(names, ["Floor lamp", "Desk lamp"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(self, filter: &ProductFilter) -> Result<Page<Product>> {
        let view = View::of(&self.0);
        self.0.read(|conn| listing::list(conn, filter, view))
    }

    /// Changes a product and records a new price in its history. A patch without differences changes nothing, not even
    /// `updated_at`.
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
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Products::update`], but only if `is_expected` is true of the product, evaluated in the transaction that
    /// makes the change. This prevents lost updates.
    ///
    /// # Errors
    /// As [`Products::update`]. [`Conflict::Changed`] if `is_expected` is false.
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, ProductPatch};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// let lamp = db.products().create(NewProduct::builder("Lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// let rename = |name: &str| ProductPatch { name: Some(name.to_owned()), ..ProductPatch::default() };
    ///
    /// let (seen_by_ada, seen_by_bob) = (lamp.clone(), lamp.clone());
    /// db.products().update_if(lamp.id, rename("Desk lamp"), move |now| *now == seen_by_ada)?;
    /// let lost = db.products().update_if(lamp.id, rename("Floor lamp"), move |now| *now == seen_by_bob);
    /// assert!(lost.unwrap_err().is_conflict());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update_if(
        self,
        id: ProductId,
        patch: ProductPatch,
        is_expected: impl Fn(&Product) -> bool + Send + 'static,
    ) -> Result<Product> {
        let checked = CheckedPatch::new(&patch)?;
        let view = View::of(&self.0);
        if patch == ProductPatch::default() {
            return self.0.read(|conn| expected(get(conn, id, view)?, &is_expected));
        }
        self.0.write(move |conn| {
            let before = expected(lock(conn, id, view)?, &is_expected)?;
            update(conn, &before, &checked, patch.reorder_level, view)
        })
    }

    /// Deletes a product without orders, with its inventory and price history.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a product with orders, which can be archived instead.
    pub fn delete(self, id: ProductId) -> Result<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Products::delete`], but only if `is_expected` is true of the product, evaluated in the transaction that
    /// deletes it.
    ///
    /// # Errors
    /// As [`Products::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: ProductId, is_expected: impl Fn(&Product) -> bool + Send + 'static) -> Result<()> {
        let view = View::of(&self.0);
        self.0.write(move |conn| {
            expected(lock(conn, id, view)?, &is_expected)?;
            delete(conn, id)
        })
    }

    /// A page of a product's price changes, latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`).
    pub fn price_history(self, id: ProductId, page: &PageRequest) -> Result<Page<PriceChange>> {
        let view = View::of(&self.0);
        self.0.read(|conn| {
            get(conn, id, view)?;
            prices::history(conn, id, page)
        })
    }
}

fn create(conn: &mut Connection, product: &NewProduct, view: View) -> Result<Product> {
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
    crate::inventory::create(conn, id, product.initial_stock, product.reorder_level, now)?;
    get(conn, id, view)
}

/// Twelve random characters without ambiguous ones (0/O, 1/I). Sequential numbers would reveal the number of products.
fn generated_sku() -> String {
    use rand::RngExt as _;

    const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = rand::rng();
    let letters = (0..12).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    "SKU-".chars().chain(letters).collect()
}

fn refuse_taken_sku(conn: &mut Connection, sku: &str, except: Option<ProductId>) -> Result<()> {
    let owner: Option<ProductId> =
        products::table.filter(products::sku.eq(sku)).select(products::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "product", field: "sku", value: quoted(sku).to_string() }.into())
        }
        _ => Ok(()),
    }
}

/// Written as SQL, because Diesel's query builder takes a third of the time of reading a product.
const PRODUCT: &str = "SELECT p.id, p.sku, p.name, p.description, p.price, p.status, c.id, c.name, i.quantity, \
     i.quantity, i.reorder_level, p.created_at, p.updated_at \
     FROM products p JOIN categories c ON c.id = p.category_id JOIN inventory i ON i.product_id = p.id WHERE p.id = ?";

/// The product as the caller can see it.
fn get(conn: &mut Connection, id: ProductId, view: View) -> Result<Product> {
    type Category = (BigInt, Text);
    type Columns = (BigInt, Text, Text, Text, BigInt, Text, Category, BigInt, BigInt, BigInt, Timestamp, Timestamp);
    let product = fixed!(PRODUCT).int(id).rows::<Columns, Product>(conn)?.pop();
    product.and_then(|product| view.of_product(product)).ok_or_else(|| Error::not_found("product", id))
}

/// [`Error::NotFound`] if the product does not exist.
pub(crate) fn expect(conn: &mut Connection, id: ProductId) -> Result<()> {
    let found: Option<i64> = products::table.find(id).select(products::id).get_result(conn).optional()?;
    found.map(|_| ()).ok_or_else(|| Error::not_found("product", id))
}

/// The product, locked until the end of the transaction.
fn lock(conn: &mut Connection, id: ProductId, view: View) -> Result<Product> {
    conn.lock_rows("SELECT id FROM products WHERE id = ?", id.get())?;
    get(conn, id, view)
}

fn expected(product: Product, is_expected: impl Fn(&Product) -> bool) -> Result<Product> {
    if is_expected(&product) {
        return Ok(product);
    }
    Err(Conflict::Changed { entity: "product", id: product.id.get() }.into())
}

fn update(
    conn: &mut Connection,
    before: &Product,
    patch: &CheckedPatch,
    reorder_level: Option<i64>,
    view: View,
) -> Result<Product> {
    let id = before.id;
    if let Some(category) = patch.category_id {
        categories::expect_parent(conn, "category_id", category)?;
    }
    if let Some(sku) = &patch.sku {
        refuse_taken_sku(conn, sku, Some(id))?;
    }
    let level_changes = match reorder_level {
        Some(level) => crate::inventory::set_reorder_level(conn, id, level)?,
        None => false,
    };
    if !patch.changes(before) && !level_changes {
        return Ok(before.clone());
    }
    let at = Stamp::from(now_after([before.updated_at]));
    diesel::update(products::table.find(id)).set((patch, products::updated_at.eq(at))).execute(conn)?;
    if let Some(price) = patch.price {
        prices::record(conn, id, before.price, price, at)?;
    }
    get(conn, id, view)
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
    diesel::delete(products::table.find(id)).execute(conn)?;
    Ok(())
}

//! Operations on products.

use super::Access;
use crate::catalog::product::CheckedPatch;
use crate::catalog::{NewProduct, PriceChange, Product, ProductFilter, ProductPatch, View, listing, prices, products};
use crate::engine::Connection;
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::idempotency::{self, IdempotencyKey};
use crate::types::{Page, PageRequest, ProductId, Scope};

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
        let (asking, view) = (self.0.asking(), view(&self.0));
        self.0.write(move |conn| {
            let find = |conn: &mut Connection, id| products::get(conn, ProductId::new(id), view);
            let make = |conn: &mut Connection| products::create(conn, &product, view).map(|made| (made.id.get(), made));
            idempotency::once(conn, "products.create", asking, key.as_ref(), &request, find, make)
        })
    }

    /// The product with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: ProductId) -> Result<Product> {
        let view = view(&self.0);
        self.0.read(|conn| products::get(conn, id, view))
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
        let view = view(&self.0);
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
        let view = view(&self.0);
        if patch == ProductPatch::default() {
            return self.0.read(|conn| products::expected(products::get(conn, id, view)?, &is_expected));
        }
        self.0.write(move |conn| {
            let before = products::expected(products::lock(conn, id, view)?, &is_expected)?;
            products::update(conn, &before, &checked, patch.reorder_level, view)
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
        let view = view(&self.0);
        self.0.write(move |conn| {
            products::expected(products::lock(conn, id, view)?, &is_expected)?;
            products::delete(conn, id)
        })
    }

    /// A page of a product's price changes, latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`).
    pub fn price_history(self, id: ProductId, page: &PageRequest) -> Result<Page<PriceChange>> {
        let view = view(&self.0);
        self.0.read(|conn| {
            products::get(conn, id, view)?;
            prices::history(conn, id, page)
        })
    }
}

/// The part of the catalog that the caller can see.
fn view(access: &impl Access) -> View {
    View::new(access.has(Scope::InventoryRead), access.owner().is_some())
}

//! Operations on products.

use super::access::{Access, checked};
use super::{NoKey, OperationKey, WithKey};
use crate::catalog::{
    ExternalId, NewProduct, PriceChange, Product, ProductFilter, ProductImage, ProductPatch, external_ids, images,
    listing, products,
};
use crate::context::Context;
use crate::engine::Connection;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::types::{IdempotencyKey, Page, PageRequest, ProductId, RowCount, Scope};

/// Products of a shop, from [`Database::products`](crate::Database::products).
#[derive(Debug)]
pub struct Products<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> Products<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes the operation idempotent: repeated with the same key and request, it creates nothing and returns the first
    /// product. Keys are distinct for each kind of operation and each user; see [`IdempotencyKey`].
    ///
    /// Only `create` takes a key; a patch has the same effect each time.
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    ///
    /// ```
    /// # use ecomdb::{Database, IdempotencyKey, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// let key = IdempotencyKey::new("import-17")?;
    /// let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?;
    /// let created = db.products().idempotent(&key).create(lamp.clone())?;
    /// assert_eq!(db.products().idempotent(&key).create(lamp)?, created);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Other operations do not compile with a key:
    ///
    /// ```compile_fail,E0599
    /// # use ecomdb::{Database, IdempotencyKey, ProductId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let key = IdempotencyKey::new("import-17")?;
    /// db.products().idempotent(&key).delete(ProductId::new(1))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> Products<A, WithKey> {
        Products { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> Products<A, K> {
    /// Creates a product and its inventory.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`category_id`, `group_id`) if it does not exist; (`options.colour`) for each option of the group
    /// without a value, and each value without an option. [`Conflict::Duplicate`] (`sku`; `options` if a product of the group
    /// has the same values).
    pub fn create(self, product: NewProduct) -> A::Answer<Product> {
        self.access.write(Scope::CatalogWrite, self.key.into_key(), move |conn, context| {
            products::create(conn, context, &product)
        })
    }
}

impl<A: Access> Products<A> {
    /// The product with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: ProductId) -> A::Answer<Product> {
        self.access.read(Scope::CatalogRead, move |conn, context| products::get(conn, context, id))
    }

    /// A page of the products that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`, `before`) for a cursor of another list, or of this one with another filter or sort;
    /// (`search`); see [`UserFilter`](crate::UserFilter#search).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, ProductFilter, ProductSort};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # for (name, price, stock) in [("Desk lamp", "29.99", 3), ("Floor lamp", "89.50", 1), ("Candle", "1.50", 0)] {
    /// #     db.products().create(NewProduct::builder(name, lamps.id, price.parse()?).initial_stock(stock).build()?)?;
    /// # }
    /// let dearest_first =
    ///     ProductFilter::default().in_stock(true).max_price("100.00".parse()?).sort(ProductSort::PriceDescending);
    /// let names: Vec<_> = db.products().list(&dearest_first)?.items.into_iter().map(|product| product.name).collect();
    /// assert_eq!(names, ["Floor lamp", "Desk lamp"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(self, filter: &ProductFilter) -> A::Answer<Page<Product>> {
        let filter = filter.clone();
        self.access.read(Scope::CatalogRead, move |conn, context| listing::list(conn, context, &filter))
    }

    /// Number of products that match the filter, on all pages.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`search`); see [`UserFilter`](crate::UserFilter#search).
    pub fn count(self, filter: &ProductFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.access.read(Scope::CatalogRead, move |conn, context| listing::count(conn, context, &filter))
    }

    /// Changes a product and records a new price in its history. A patch without differences changes nothing, not even
    /// `updated_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Conflict::Duplicate`] (`sku`, `options`), as [`Products::create`].
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, PageRequest, ProductPatch};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// db.products().update(lamp.id, ProductPatch::default().price("24.99".parse()?))?;
    ///
    /// let history = db.products().price_history(lamp.id, &PageRequest::default())?;
    /// assert_eq!(history.items[0].old_price.to_string(), "29.99");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update(self, id: ProductId, patch: ProductPatch) -> A::Answer<Product> {
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
    /// let rename = |name: &str| ProductPatch::default().name(name);
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
    ) -> A::Answer<Product> {
        let patch = checked!(A, patch.checked());
        if patch == ProductPatch::default() {
            let get = move |conn: &mut Connection, context: &Context| products::get_if(conn, context, id, &is_expected);
            return self.access.read(Scope::CatalogRead, get);
        }
        self.access.write(Scope::CatalogWrite, None, move |conn, context| {
            products::update(conn, context, id, &patch, &is_expected)
        })
    }

    /// Replaces the images of a product; an empty list removes them. The addresses are stored, not fetched. The same images
    /// again change nothing, not even `updated_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`images` if there are more than 20; `images[2].url`, `images[2].alt`).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, ProductImage};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// let front = ProductImage::new("https://cdn.example/lamp.webp", "The lamp, lit");
    /// let lamp = db.products().set_images(lamp.id, vec![front, ProductImage::new("/images/box.webp", "")])?;
    /// assert_eq!(lamp.images[1].url, "/images/box.webp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_images(self, id: ProductId, images: Vec<ProductImage>) -> A::Answer<Product> {
        self.set_images_if(id, images, |_| true)
    }

    /// Like [`Products::set_images`], but only if `is_expected` is true of the product, evaluated in the transaction that
    /// makes the change.
    ///
    /// # Errors
    /// As [`Products::set_images`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn set_images_if(
        self,
        id: ProductId,
        images: Vec<ProductImage>,
        is_expected: impl Fn(&Product) -> bool + Send + 'static,
    ) -> A::Answer<Product> {
        let images = checked!(A, images::checked(images));
        self.access.write(Scope::CatalogWrite, None, move |conn, context| {
            products::set_images(conn, context, id, &images, &is_expected)
        })
    }

    /// The ids of a product in other systems, sorted by source.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn external_ids(self, id: ProductId) -> A::Answer<Vec<ExternalId>> {
        self.access.read(Scope::CatalogRead, move |conn, context| external_ids::list(conn, context, id))
    }

    /// The product with this id in another system.
    ///
    /// # Errors
    /// [`Error::UnknownExternalId`].
    ///
    /// ```
    /// # use ecomdb::{Database, ExternalId, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// let in_erp = ExternalId::new("erp", "4711")?;
    /// db.products().set_external_id(lamp.id, in_erp.clone())?;
    /// assert_eq!(db.products().by_external_id(&in_erp)?, lamp);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn by_external_id(self, id: &ExternalId) -> A::Answer<Product> {
        let id = id.clone();
        self.access.read(Scope::CatalogRead, move |conn, context| external_ids::find(conn, context, &id))
    }

    /// Sets the id of a product in another system. It replaces the product's present id there; the same id again changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::Duplicate`] (`external_id`) if another product has it.
    pub fn set_external_id(self, product: ProductId, id: ExternalId) -> A::Answer<ExternalId> {
        self.access
            .write(Scope::CatalogWrite, None, move |conn, context| external_ids::set(conn, context, product, &id))
    }

    /// Removes the id of a product in another system, if it has one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the product. [`Error::Invalid`] (`source`).
    pub fn remove_external_id(self, product: ProductId, source: &str) -> A::Answer<()> {
        let source = checked!(A, external_ids::checked_source(source));
        self.access.write(Scope::CatalogWrite, None, move |conn, context| {
            external_ids::remove(conn, context, product, &source)
        })
    }

    /// Deletes a product without orders, with its inventory, price history, images and external ids.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a product with orders, which can be archived instead.
    pub fn delete(self, id: ProductId) -> A::Answer<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Products::delete`], but only if `is_expected` is true of the product, evaluated in the transaction that
    /// deletes it.
    ///
    /// # Errors
    /// As [`Products::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: ProductId, is_expected: impl Fn(&Product) -> bool + Send + 'static) -> A::Answer<()> {
        let delete = move |conn: &mut Connection, context: &Context| products::delete(conn, context, id, &is_expected);
        self.access.write(Scope::CatalogWrite, None, delete)
    }

    /// A page of a product's price changes, latest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`, `before`).
    pub fn price_history(self, id: ProductId, page: &PageRequest) -> A::Answer<Page<PriceChange>> {
        let page = page.clone();
        self.access.read(Scope::CatalogRead, move |conn, context| products::price_history(conn, context, id, &page))
    }

    /// Number of a product's price changes.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn count_price_changes(self, id: ProductId) -> A::Answer<RowCount> {
        self.access.read(Scope::CatalogRead, move |conn, context| products::count_price_changes(conn, context, id))
    }
}

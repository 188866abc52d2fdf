//! Operations on the stock.

use super::access::{Access, checked};
use super::{NoKey, OperationKey, WithKey};
use crate::context::Context;
use crate::engine::Connection;
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::inventory::{self, Movement, NewMovement, StockFilter, StockLevel};
use crate::types::{IdempotencyKey, Invalid, Page, PageRequest, ProductId, RowCount, Scope};

/// Stock of a shop, from [`Database::inventory`](crate::Database::inventory).
#[derive(Debug)]
pub struct Inventory<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> Inventory<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes the operation idempotent: repeated with the same key and request, it books nothing and returns the current
    /// stock level. Keys are distinct for each kind of operation and each user; see [`IdempotencyKey`].
    ///
    /// Only `restock` and `adjust` take a key; setting a reorder level has the same effect each time.
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    ///
    /// ```
    /// # use ecomdb::{Database, IdempotencyKey, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// let key = IdempotencyKey::new("delivery-17")?;
    /// db.inventory().idempotent(&key).restock(lamp.id, 40, None)?;
    /// assert_eq!(db.inventory().idempotent(&key).restock(lamp.id, 40, None)?.quantity, 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Other operations do not compile with a key:
    ///
    /// ```compile_fail,E0599
    /// # use ecomdb::{Database, IdempotencyKey, ProductId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let key = IdempotencyKey::new("delivery-17")?;
    /// db.inventory().idempotent(&key).set_reorder_level(ProductId::new(1), 5)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> Inventory<A, WithKey> {
        Inventory { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> Inventory<A, K> {
    /// Books the delivery of `quantity` units.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`quantity`: 1 to 1,000,000; `note`: at most 500 characters).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// assert_eq!(db.inventory().restock(lamp.id, 40, Some("delivery 17"))?.quantity, 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restock(self, product: ProductId, quantity: i64, note: Option<&str>) -> A::Answer<StockLevel> {
        self.book(NewMovement::restock(product, quantity, note))
    }

    /// Books the difference found by a stock count: positive for surplus, negative for loss.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`delta`: not 0, within 1,000,000; `note`: at most 500 characters).
    /// [`Conflict::InsufficientStock`] if the stock would become negative.
    pub fn adjust(self, product: ProductId, delta: i64, note: Option<&str>) -> A::Answer<StockLevel> {
        self.book(NewMovement::adjustment(product, delta, note))
    }

    fn book(self, movement: Result<NewMovement, Invalid>) -> A::Answer<StockLevel> {
        let movement = checked!(A, movement);
        let book = move |conn: &mut Connection, context: &Context| inventory::book(conn, context, &movement);
        self.access.write(Scope::InventoryWrite, self.key.into_key(), book)
    }
}

impl<A: Access> Inventory<A> {
    /// Stock level of one product.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, product: ProductId) -> A::Answer<StockLevel> {
        self.access.read(Scope::InventoryRead, move |conn, _| inventory::get(conn, product))
    }

    /// A page of the stock levels that match the filter, by ascending product id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`search`, `cursor`, `before`).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, StockFilter};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// let found = db.inventory().list(&StockFilter::default().search("desk"))?;
    /// assert_eq!(found.items[0].product_name, "Desk lamp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(self, filter: &StockFilter) -> A::Answer<Page<StockLevel>> {
        let filter = filter.clone();
        self.access.read(Scope::InventoryRead, move |conn, _| inventory::list(conn, &filter))
    }

    /// Number of stock levels that match the filter, counted up to [`RowCount::MAX`].
    ///
    /// # Errors
    /// [`Error::Invalid`] (`search`).
    pub fn count(self, filter: &StockFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.access.read(Scope::InventoryRead, move |conn, _| inventory::count(conn, &filter))
    }

    /// A page of a product's ledger, latest entry first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`, `before`).
    pub fn movements(self, product: ProductId, page: &PageRequest) -> A::Answer<Page<Movement>> {
        let page = page.clone();
        self.access.read(Scope::InventoryRead, move |conn, _| inventory::movements(conn, product, &page))
    }

    /// Number of entries of a product's ledger.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn count_movements(self, product: ProductId) -> A::Answer<RowCount> {
        self.access.read(Scope::InventoryRead, move |conn, _| inventory::count_movements(conn, product))
    }

    /// Sets the reorder level of a product, in units.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`reorder_level`: 0 to 1,000,000,000).
    pub fn set_reorder_level(self, product: ProductId, units: i64) -> A::Answer<StockLevel> {
        let units = checked!(A, inventory::checked_level(units));
        self.access
            .write(Scope::InventoryWrite, None, move |conn, _| inventory::set_reorder_level(conn, product, units))
    }
}

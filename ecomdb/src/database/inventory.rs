//! Operations on the stock.

use super::Access;
use crate::engine::Connection;
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::idempotency::{self, IdempotencyKey};
use crate::inventory::{self, Movement, NewMovement, StockLevel};
use crate::types::{Page, PageRequest, ProductId};

/// Stock of a shop, from [`Database::inventory`](crate::Database::inventory).
#[derive(Debug)]
pub struct Inventory<A>(pub(crate) A);

impl<A: Access> Inventory<A> {
    /// Stock level of one product.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, product: ProductId) -> Result<StockLevel> {
        self.0.read(|conn| inventory::get(conn, product))
    }

    /// A page of stock levels, by ascending product id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for the cursor of another list.
    pub fn list(self, page: &PageRequest) -> Result<Page<StockLevel>> {
        self.0.read(|conn| inventory::list(conn, page))
    }

    /// A page of a product's ledger, latest entry first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`).
    pub fn movements(self, product: ProductId, page: &PageRequest) -> Result<Page<Movement>> {
        self.0.read(|conn| inventory::movements(conn, product, page))
    }

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
    pub fn restock(self, product: ProductId, quantity: i64, note: Option<&str>) -> Result<StockLevel> {
        self.book_with_key(NewMovement::restock(product, quantity, note)?, None)
    }

    /// Like [`Inventory::restock`], but idempotent: a repeated key books nothing and returns the current stock level.
    ///
    /// # Errors
    /// As [`Inventory::restock`]. [`Conflict::IdempotencyKeyReused`] if the key was used for another movement.
    pub fn restock_once(
        self,
        product: ProductId,
        quantity: i64,
        note: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<StockLevel> {
        self.book_with_key(NewMovement::restock(product, quantity, note)?, Some(key.clone()))
    }

    /// Books the difference found by a stock count: positive for surplus, negative for loss.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`delta`: not 0, within 1,000,000; `note`: at most 500 characters).
    /// [`Conflict::InsufficientStock`] if the stock would become negative.
    pub fn adjust(self, product: ProductId, delta: i64, note: Option<&str>) -> Result<StockLevel> {
        self.book_with_key(NewMovement::adjustment(product, delta, note)?, None)
    }

    /// Like [`Inventory::adjust`], but idempotent: a repeated key books nothing and returns the current stock level.
    ///
    /// # Errors
    /// As [`Inventory::adjust`]. [`Conflict::IdempotencyKeyReused`] if the key was used for another movement.
    pub fn adjust_once(
        self,
        product: ProductId,
        delta: i64,
        note: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<StockLevel> {
        self.book_with_key(NewMovement::adjustment(product, delta, note)?, Some(key.clone()))
    }

    fn book_with_key(self, movement: NewMovement, key: Option<IdempotencyKey>) -> Result<StockLevel> {
        let request = movement.fingerprint();
        let asking = self.0.asking();
        self.0.write(move |conn| {
            let find = |conn: &mut Connection, product| inventory::get(conn, ProductId::new(product));
            let make =
                |conn: &mut Connection| inventory::book(conn, &movement).map(|level| (movement.product.get(), level));
            idempotency::once(conn, "inventory.book", asking, key.as_ref(), &request, find, make)
        })
    }

    /// Sets the stock level at or below which a product is reordered, in units.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`reorder_level`: 0 to 1,000,000,000).
    pub fn set_reorder_level(self, product: ProductId, units: i64) -> Result<StockLevel> {
        let units = inventory::checked_level(units)?;
        self.0.write(move |conn| {
            inventory::set_reorder_level(conn, product, units)?;
            inventory::get(conn, product)
        })
    }
}

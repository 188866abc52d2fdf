//! Operations on orders.

#[cfg(feature = "mysql")]
use std::sync::Arc;
#[cfg(feature = "mysql")]
use std::time::Instant;

use super::Access;
#[cfg(feature = "mysql")]
use super::Database;
use crate::engine::Connection;
#[cfg(feature = "mysql")]
use crate::engine::{self, Attempts, Work};
use crate::error::{Conflict, Error, Result};
use crate::idempotency::{self, IdempotencyKey};
use crate::ordering::{self, NewOrder, Order, OrderFilter, OrderSummary, Request};
use crate::types::{OrderId, Page, Scope};

/// Orders of a shop, from [`Database::orders`](crate::Database::orders).
#[derive(Debug)]
pub struct Orders<A>(pub(crate) A);

impl<A: Access> Orders<A> {
    /// Places an order in one transaction: takes the stock, and records the payment if there is one.
    ///
    /// An order with a captured payment is completed at once. So is an order with a total of 0.00, whose payment is not
    /// recorded.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`user_id`, `items[i].product_id` when there is no such user or product; `items` when they
    /// cost more than [`Money::MAX_TOTAL`](crate::Money::MAX_TOTAL)); [`Conflict::InsufficientStock`];
    /// [`Conflict::Inactive`] for a disabled user or an archived product;
    /// [`Conflict::Overpayment`].
    ///
    /// ```
    /// # use ecomdb::{Conflict, Database, Error, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 2).build()?)?;
    /// assert_eq!(order.total.to_string(), "59.98");
    ///
    /// let error = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 2).build()?).unwrap_err();
    /// assert!(matches!(error, Error::Conflict(Conflict::InsufficientStock { requested: 2, available: Some(1), .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn place(self, order: NewOrder) -> Result<Order> {
        self.place_with_key(order, None)
    }

    /// Like [`Orders::place`], but idempotent: a repeated key places nothing and returns the first order.
    ///
    /// # Errors
    /// As [`Orders::place`]. [`Conflict::IdempotencyKeyReused`] if the key was
    /// used for another order.
    pub fn place_once(self, order: NewOrder, key: &IdempotencyKey) -> Result<Order> {
        self.place_with_key(order, Some(key.clone()))
    }

    fn place_with_key(self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Order> {
        let (owner, asking) = (self.0.owner(), self.0.asking());
        let (reads_orders, reads_stock) = (self.0.has(Scope::OrdersRead), self.0.has(Scope::InventoryRead));
        let placed = self.0.place(Request { order, owner, asking, key, claim: None });
        let placed = placed.map_err(|error| if reads_stock { error } else { without_level(error) });
        Ok(placed?.shown(reads_orders))
    }

    /// The order with this id, in detail.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: OrderId) -> Result<Order> {
        let owner = self.0.owner();
        self.0.snapshot(|conn| ordering::detail(conn, id, owner))
    }

    /// A page of the orders that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user that does not exist. [`Error::Invalid`] (`cursor`) for a cursor of another list,
    /// or of this one with another filter or sort.
    pub fn list(self, filter: &OrderFilter) -> Result<Page<OrderSummary>> {
        let owner = self.0.owner();
        self.0.read(|conn| ordering::list(conn, filter, owner))
    }

    /// Cancels an order that is pending or has a total of 0.00. Returns its stock and refunds what was paid.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalTransition`] for any other order.
    /// [`Error::Forbidden`] if a payment must be refunded and the caller lacks [`Scope::PaymentsSettle`].
    pub fn cancel(self, id: OrderId) -> Result<Order> {
        self.cancel_with_key(id, None)
    }

    /// Like [`Orders::cancel`], but idempotent: a repeated key returns the order in its current state.
    ///
    /// # Errors
    /// As [`Orders::cancel`]. [`Conflict::IdempotencyKeyReused`] if the key was
    /// used to cancel another order.
    ///
    /// ```
    /// # use ecomdb::{Database, IdempotencyKey, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 2).build()?)?;
    /// let key = IdempotencyKey::new("cancel-1")?;
    /// let cancelled = db.orders().cancel_once(order.id, &key)?;
    /// assert_eq!(db.orders().cancel_once(order.id, &key)?, cancelled);
    /// assert!(db.orders().cancel(order.id).unwrap_err().is_conflict());
    /// assert_eq!(db.products().get(lamp.id)?.stock, Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_once(self, id: OrderId, key: &IdempotencyKey) -> Result<Order> {
        self.cancel_with_key(id, Some(key.clone()))
    }

    fn cancel_with_key(self, id: OrderId, key: Option<IdempotencyKey>) -> Result<Order> {
        let request = format!("order {id}");
        let (owner, asking) = (self.0.owner(), self.0.asking());
        let (caller, reads_orders) = (self.0.caller(), self.0.has(Scope::OrdersRead));
        let cancelled = self.0.write(move |conn| {
            let find = |conn: &mut Connection, id| ordering::detail(conn, OrderId::new(id), owner);
            let make =
                |conn: &mut Connection| ordering::cancel(conn, id, owner, &caller).map(|order| (id.get(), order));
            idempotency::once(conn, "orders.cancel", asking, key.as_ref(), &request, find, make)
        });
        Ok(cancelled?.shown(reads_orders))
    }
}

/// Hides the stock level in a shortage from callers without [`Scope::InventoryRead`], unless it is low. The caller can
/// then correct a cart, but not read stock levels by requesting a million units.
fn without_level(error: Error) -> Error {
    match error {
        Error::Conflict(Conflict::InsufficientStock { product_id, requested, available }) => {
            let available = available.filter(|units| *units <= Conflict::FEW);
            Conflict::InsufficientStock { product_id, requested, available }.into()
        }
        other => other,
    }
}

/// Batching of orders on MariaDB and MySQL. A single order without a key uses the statements of one order, which are
/// fewer.
#[cfg(feature = "mysql")]
pub(super) const TOGETHER: Work<Request, Order> = Work {
    alone: |conn, request| request.place(conn),
    together: ordering::place_together,
    is_simple: |request| request.key.is_none(),
    full: "too many orders wait to be placed",
};

#[cfg(feature = "mysql")]
impl Database {
    /// Places an order, in a transaction of its own or in one with others that are placed at the same time.
    pub(super) fn place_order(&self, request: Request) -> Result<Order> {
        let Some(lane) = &self.inner.order_lane else { return self.write(move |conn| request.place(conn)) };
        let (request, started) = (Arc::new(request), Instant::now());
        // All of it is one attempt: a failure that began before the database recovered says nothing about it afterwards.
        let order = self.writing(|| {
            let pool = &self.inner.pool;
            let alone = || engine::write(pool, Attempts::since(started, pool), |conn| request.place(conn));
            lane.join(&request, started).unwrap_or_else(alone)
        })?;
        self.count_write();
        Ok(order)
    }
}

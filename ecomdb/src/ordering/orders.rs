//! Operations on orders.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use super::place::Request;
use super::{NewOrder, Order, OrderFilter, OrderItem, OrderSummary, OrderUser, cancel, listing};
use crate::auth::Scope;
use crate::backend::{Connection, fixed};
use crate::database::Access;
use crate::error::{Conflict, Error, Result};
use crate::idempotency::{self, IdempotencyKey};
use crate::payments;
use crate::schema::orders;
use crate::types::{Money, OrderId, Page, ProductId, UserId};

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
    /// [`Error::Invalid`] (`user_id` or `items[i].product_id` if it does not exist; `items` if the total exceeds
    /// [`Money::MAX_TOTAL`]). [`Conflict::InsufficientStock`](crate::Conflict::InsufficientStock).
    /// [`Conflict::Inactive`](crate::Conflict::Inactive) for a disabled user or an archived product.
    /// [`Conflict::Overpayment`](crate::Conflict::Overpayment).
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
    /// As [`Orders::place`]. [`Conflict::IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused) if the key was
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
        self.0.snapshot(|conn| detail(conn, id, owner))
    }

    /// A page of the orders that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user that does not exist. [`Error::Invalid`] (`cursor`) for a cursor of another list,
    /// or of this one with another filter or sort.
    pub fn list(self, filter: &OrderFilter) -> Result<Page<OrderSummary>> {
        let owner = self.0.owner();
        self.0.read(|conn| listing::list(conn, filter, owner))
    }

    /// Cancels an order that is pending or has a total of 0.00. Returns its stock and refunds what was paid.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalTransition`](crate::Conflict::IllegalTransition) for any other order.
    /// [`Error::Forbidden`] if a payment must be refunded and the caller lacks [`Scope::PaymentsSettle`].
    pub fn cancel(self, id: OrderId) -> Result<Order> {
        self.cancel_with_key(id, None)
    }

    /// Like [`Orders::cancel`], but idempotent: a repeated key returns the order in its current state.
    ///
    /// # Errors
    /// As [`Orders::cancel`]. [`Conflict::IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused) if the key was
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
            let find = |conn: &mut Connection, id| detail(conn, OrderId::new(id), owner);
            let make = |conn: &mut Connection| cancel::cancel(conn, id, owner, &caller).map(|order| (id.get(), order));
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

/// The order, locked by a write, because decisions also depend on its payments and refunds. An owner can lock only its
/// own orders.
pub(crate) fn lock(conn: &mut Connection, id: OrderId, owner: Option<UserId>) -> Result<OrderSummary> {
    conn.lock_by_writing("UPDATE orders SET revision = revision + 1 WHERE id = ?", id.get())?;
    let order = orders::table.find(id).select(OrderSummary::as_select());
    let order = match owner {
        Some(owner) => order.filter(orders::user_id.eq(owner)).get_result(conn),
        None => order.get_result(conn),
    };
    order.optional()?.ok_or_else(|| Error::not_found("order", id))
}

/// Written as SQL, like the other queries of an order, because Diesel's query builder takes a third of the time of
/// reading one.
const ORDER: &str = "SELECT o.id, o.user_id, o.status, o.total, o.refunded, o.item_count, o.placed_at, o.completed_at, \
     o.cancelled_at, u.id, u.email, u.first_name, u.last_name \
     FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = ?";
const ORDER_OF_USER: &str = "SELECT o.id, o.user_id, o.status, o.total, o.refunded, o.item_count, o.placed_at, \
     o.completed_at, o.cancelled_at, u.id, u.email, u.first_name, u.last_name \
     FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = ? AND o.user_id = ?";

/// The order in detail. An owner can read only its own orders.
pub(crate) fn detail(conn: &mut Connection, id: OrderId, owner: Option<UserId>) -> Result<Order> {
    type Summary = (BigInt, BigInt, Text, BigInt, BigInt, BigInt, Timestamp, Nullable<Timestamp>, Nullable<Timestamp>);
    type User = (BigInt, Text, Text, Text);
    let mut found: Vec<(OrderSummary, OrderUser)> = match owner {
        Some(owner) => fixed!(ORDER_OF_USER).int(id).int(owner).rows::<(Summary, User), _>(conn)?,
        None => fixed!(ORDER).int(id).rows::<(Summary, User), _>(conn)?,
    };
    let (summary, user) = found.pop().ok_or_else(|| Error::not_found("order", id))?;
    let items = items(conn, id)?;
    let payments = payments::of_order(conn, id)?;
    let refunds = if summary.refunded > Money::ZERO { payments::refunds_of_order(conn, id)? } else { Vec::new() };
    Ok(Order::new(summary, user, items, payments, refunds))
}

fn items(conn: &mut Connection, order: OrderId) -> Result<Vec<OrderItem>> {
    type Row = (i64, String, String, i64, i64);
    let rows: Vec<Row> = fixed!(
        "SELECT i.product_id, p.name, p.sku, i.quantity, i.unit_price \
         FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = ? ORDER BY i.product_id"
    )
    .int(order)
    .rows::<(BigInt, Text, Text, BigInt, BigInt), Row>(conn)?;
    let item = |(product, product_name, sku, quantity, unit_price)| {
        let unit_price = Money::from_minor(unit_price);
        let line_total = unit_price.times(quantity)?;
        Ok(OrderItem { product_id: ProductId::new(product), product_name, sku, quantity, unit_price, line_total })
    };
    rows.into_iter().map(item).collect()
}

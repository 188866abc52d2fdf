//! Operations on orders.

use std::sync::Arc;
use std::time::Instant;

use super::access::checked;
use super::pending::Pending;
use super::{Access, Database, NoKey, OperationKey, WithKey};
use crate::engine::{self, Attempts, Lane, Work};
use crate::error::{Conflict, Error, Result};
use crate::ordering::{
    self, Address, Due, NewOrder, Order, OrderFilter, OrderNeighbours, OrderQuote, OrderSummary, Request,
};
use crate::types::{AddressKind, HoldMinutes, IdempotencyKey, Limit, OrderId, Page, RowCount, Scope};

/// Orders of a shop, from [`Database::orders`](crate::Database::orders).
#[derive(Debug)]
pub struct Orders<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> Orders<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes the operation idempotent: repeated with the same key and request, it changes nothing and returns the order in its
    /// current state. Keys are distinct for each kind of operation and each user; see [`IdempotencyKey`].
    ///
    /// Only `place`, `extend` and `cancel` take a key.
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    ///
    /// ```
    /// # use ecomdb::{Database, IdempotencyKey, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let key = IdempotencyKey::new("checkout-1")?;
    /// let order = NewOrder::builder(ada.id).item(lamp.id, 2).build()?;
    /// let placed = db.orders().idempotent(&key).place(order.clone())?;
    /// assert_eq!(db.orders().idempotent(&key).place(order)?, placed);
    /// assert_eq!(db.products().get(lamp.id)?.stock, Some(1));
    ///
    /// let cancelled = db.orders().idempotent(&key).cancel(placed.id)?;
    /// assert_eq!(db.orders().idempotent(&key).cancel(placed.id)?, cancelled);
    /// assert!(db.orders().cancel(placed.id).unwrap_err().is_conflict());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Other operations do not compile with a key:
    ///
    /// ```compile_fail,E0599
    /// # use ecomdb::{Database, IdempotencyKey, OrderId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let key = IdempotencyKey::new("checkout-1")?;
    /// db.orders().idempotent(&key).get(OrderId::new(1))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> Orders<A, WithKey> {
        Orders { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> Orders<A, K> {
    /// Places an order in one transaction: takes the stock, and records the payment if there is one.
    ///
    /// An order with a captured payment is completed at once. So is an order with a total of 0.00, whose payment is not
    /// recorded.
    ///
    /// If too little is in stock, or the voucher is used up, orders whose hold has ended and that hold these products or a
    /// use of the voucher are expired, at most 100, and the order is tried once more; within a transaction of the caller it
    /// is not.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`user_id`, `items[i].product_id` when there is no such user or product; `items` when they
    /// cost more than [`Money::MAX_TOTAL`](crate::Money::MAX_TOTAL); `replacing` if there is no such order of the user);
    /// [`Conflict::InsufficientStock`]; [`Conflict::UserDisabled`]; [`Conflict::ProductArchived`];
    /// [`Error::Invalid`] (`payment.amount`) for a payment of more than the total; [`Conflict::Duplicate`] for a
    /// `reference` that another payment has. For an order that replaces another one: [`Conflict::IllegalOrderTransition`]
    /// unless that is pending and nothing of it was paid; [`Conflict::OrderExpired`].
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
    pub fn place(self, order: NewOrder) -> A::Answer<Order> {
        self.access.place(order, self.key.into_key())
    }

    /// Extends the hold of an order to `minutes` from now on. A hold that lasts longer stays as it is. The buyer is
    /// left out for callers without [`Scope::OrdersRead`].
    ///
    /// # Errors
    /// [`Error::Invalid`] (`minutes`, 1 to 43,200). [`Error::NotFound`]. [`Conflict::NoHold`] unless the
    /// order is pending and has a hold. [`Conflict::OrderExpired`].
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).hold(15).build()?)?;
    /// let longer = db.orders().extend(order.id, 30)?;
    /// assert!(longer.expires_at > order.expires_at);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn extend(self, id: OrderId, minutes: i64) -> A::Answer<Order> {
        let minutes = checked!(A, HoldMinutes::new("minutes", minutes));
        self.access.write(Scope::OrdersWrite, self.key.into_key(), move |conn, context| {
            ordering::extend(conn, context, id, minutes)
        })
    }

    /// Cancels an order that is pending or has a total of 0.00. Returns its stock and refunds what was paid.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalOrderTransition`] for any other order.
    /// [`Error::Forbidden`] if a payment must be refunded and the caller lacks [`Scope::PaymentsSettle`].
    pub fn cancel(self, id: OrderId) -> A::Answer<Order> {
        self.access
            .write(Scope::OrdersWrite, self.key.into_key(), move |conn, context| ordering::cancel(conn, context, id))
    }
}

impl<A: Access> Orders<A> {
    /// Sets an address of a pending order, or removes it with `None`. Once the order is completed or cancelled, its addresses
    /// are fixed. Customer and addresses are left out for callers without [`Scope::OrdersRead`].
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::AddressesFixed`] unless the order is pending. [`Conflict::OrderExpired`].
    /// [`Conflict::UserDisabled`] for a new address, if the customer is disabled.
    ///
    /// ```
    /// # use ecomdb::{Address, AddressKind, Database, NewOrder, NewProduct, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let london = Address::builder("Ada Lovelace", "12 St James's Square", "London", "GB").postcode("SW1Y 4JH");
    /// let order = NewOrder::builder(ada.id).item(lamp.id, 1).shipping_address(london).build()?;
    /// let order = db.orders().place(order)?;
    ///
    /// let paris = Address::builder("Ada Lovelace", "3 rue de la Paix", "Paris", "FR").postcode("75002").build()?;
    /// let order = db.orders().set_address(order.id, AddressKind::Shipping, Some(paris))?;
    /// assert_eq!(order.shipping_address.map(|it| it.country().name()), Some("France"));
    ///
    /// db.orders().cancel(order.id)?;
    /// assert!(db.orders().set_address(order.id, AddressKind::Shipping, None).unwrap_err().is_conflict());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_address(self, id: OrderId, kind: AddressKind, address: impl Into<Option<Address>>) -> A::Answer<Order> {
        let address = address.into();
        self.access.write(Scope::OrdersWrite, None, move |conn, context| {
            ordering::set_address(conn, context, id, kind, address.as_ref())
        })
    }

    /// Cancels orders whose hold has ended, in one transaction: at most `limit` of them, those that ended first. Returns their
    /// units to stock, and returns the number of orders. An order that another transaction is working on is left to the next
    /// call. `ecomdb serve` calls this now and then; whoever uses the library alone does it themselves.
    ///
    /// ```
    /// # use ecomdb::{Database, Limit};
    /// # let db = Database::open("sqlite::memory:")?;
    /// while db.orders().expire(Limit::new(100)?)? == 100 {}
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn expire(self, limit: Limit) -> A::Answer<usize> {
        self.access.write(Scope::OrdersWrite, None, move |conn, context| {
            ordering::expire(conn, context, Due::All, limit.get())
        })
    }

    /// What an order would cost if it were placed now: validated and priced as placing it does. Writes and locks nothing, so
    /// the order can still be refused when it is placed. Units held by orders that are due count as taken.
    ///
    /// # Errors
    /// As `place`.
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewProduct, NewUser, NewVoucher};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// db.vouchers().create(NewVoucher::percent("SUMMER", "10".parse()?).build()?)?;
    /// let basket = NewOrder::builder(ada.id).item(lamp.id, 2).voucher("summer").shipping("Standard", "4.90".parse()?).build()?;
    /// let quote = db.orders().quote(basket.clone())?;
    /// assert_eq!(quote.total.to_string(), "58.88");
    /// assert_eq!(db.orders().place(basket)?.total, quote.total);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn quote(self, order: NewOrder) -> A::Answer<OrderQuote> {
        self.access.snapshot(Scope::OrdersWrite, move |conn, context| ordering::quote(conn, context, &order))
    }

    /// The order with this id, in detail.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: OrderId) -> A::Answer<Order> {
        self.access.snapshot(Scope::OrdersRead, move |conn, context| ordering::detail(conn, context, id))
    }

    /// A page of the orders that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user that does not exist. [`Error::Invalid`] (`cursor`, `before`) for a cursor of
    /// another list, or of this one with another filter or sort.
    pub fn list(self, filter: &OrderFilter) -> A::Answer<Page<OrderSummary>> {
        let filter = filter.clone();
        self.access.read(Scope::OrdersRead, move |conn, context| ordering::list(conn, context, &filter))
    }

    /// The orders before and after this one in the list of the filter, in its sort order. The page of the filter does
    /// not matter, and the order itself need not match.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for the user of the filter.
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewProduct, NewUser, OrderFilter, OrderStatus};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// # let place = || db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build()?);
    /// let (first, second, third) = (place()?.id, place()?.id, place()?.id);
    /// let beside = db.orders().neighbours(second, &OrderFilter::default())?;
    /// assert_eq!((beside.before, beside.after), (Some(third), Some(first)));
    ///
    /// db.orders().cancel(third)?;
    /// let unpaid = OrderFilter::default().status(OrderStatus::Pending);
    /// assert_eq!(db.orders().neighbours(second, &unpaid)?.before, None);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn neighbours(self, id: OrderId, filter: &OrderFilter) -> A::Answer<OrderNeighbours> {
        let filter = filter.clone();
        self.access.read(Scope::OrdersRead, move |conn, context| ordering::neighbours(conn, context, id, &filter))
    }

    /// Number of orders that match the filter, on all pages.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user that does not exist.
    pub fn count(self, filter: &OrderFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.access.read(Scope::OrdersRead, move |conn, context| ordering::count(conn, context, &filter))
    }
}

/// Batching of orders on a server. A single order without a key uses the statements of one order, which are
/// fewer.
pub(super) const TOGETHER: Work<Request, Order> = Work {
    alone: |conn, request| request.place(conn),
    together: ordering::place_together,
    is_simple: |request| !request.has_key(),
    full: "too many orders wait to be placed",
};

impl Database {
    /// Places an order in a transaction of its own; on a server, in one with others placed at the same time. If it is
    /// refused because of what other orders hold, expires those of them that are due, and tries once more.
    pub(super) fn place_order(&self, request: Request) -> Result<Order> {
        let request = Arc::new(request);
        match self.try_to_place(&request) {
            Err(error) if may_be_held(&error) && self.make_way(&request) => self.try_to_place(&request),
            outcome => outcome,
        }
    }

    /// Whether orders were expired that held what this one needs. A failure is not that of the order.
    fn make_way(&self, request: &Arc<Request>) -> bool {
        if !is_in_the_way(self.run_read(|conn| request.has_one_in_its_way(conn))) {
            return false;
        }
        let request = Arc::clone(request);
        has_made_way(self.run_write(move |conn| request.make_way(conn)))
    }

    fn try_to_place(&self, request: &Arc<Request>) -> Result<Order> {
        if let Some(lane) = &self.inner.order_lane {
            let started = Instant::now();
            // All of it is one attempt: a failure that began before the database recovered says nothing about it afterwards.
            let order = self.writing(|| {
                let pool = &self.inner.pool;
                let alone = || engine::write(pool, Attempts::since(started, pool), |conn| request.place(conn));
                lane.join(pool, request, started).unwrap_or_else(alone)
            })?;
            self.count_write();
            return Ok(order);
        }
        let request = Arc::clone(request);
        self.run_write(move |conn| request.place(conn))
    }

    /// [`Database::place_order`] as a future. The first attempt begins at once.
    pub(super) fn place_later(&self, request: Request) -> Pending<Order> {
        let request = Arc::new(request);
        let (db, first) = (self.clone(), self.try_to_place_later(&request));
        Pending::of(async move {
            match first.await {
                Err(error) if may_be_held(&error) => match db.make_way_later(&request).await {
                    true => db.try_to_place_later(&request).await,
                    false => Err(error),
                },
                outcome => outcome,
            }
        })
    }

    async fn make_way_later(&self, request: &Arc<Request>) -> bool {
        let own = Arc::clone(request);
        if !is_in_the_way(self.later(move |db| db.run_read(|conn| own.has_one_in_its_way(conn))).await) {
            return false;
        }
        let own = Arc::clone(request);
        has_made_way(self.write_later(move |conn| own.make_way(conn)).await)
    }

    fn try_to_place_later(&self, request: &Arc<Request>) -> Pending<Order> {
        if let Some(lane) = &self.inner.order_lane {
            return self.join_later(lane, request);
        }
        let request = Arc::clone(request);
        self.write_later(move |conn| request.place(conn))
    }

    /// Places an order in a batch, as a future.
    fn join_later(&self, lane: &Arc<Lane<Request, Order>>, request: &Arc<Request>) -> Pending<Order> {
        if let Err(error) = self.refuse_read_only() {
            return Pending::known(Err(error));
        }
        let (answer, pending) = Pending::new();
        let started = Instant::now();
        let (db, began, own) = (self.clone(), self.inner.health.begin(), Arc::clone(request));
        let done = move |outcome| match outcome {
            Some(outcome) => db.finish_later(began, outcome, answer),
            // Not here, where others wait for their results.
            None => Arc::clone(&db.inner.workers).go_on(move || {
                let pool = &db.inner.pool;
                let alone = || engine::write(pool, Attempts::since(started, pool), |conn| own.place(conn));
                let outcome = db.inner.settings.during(alone);
                db.finish_later(began, outcome, answer);
            }),
        };
        lane.join_later((&self.inner.workers, self.inner.settings.clone()), &self.inner.pool, request, done);
        pending
    }
}

/// Whether an order was refused for what other orders may hold: units, or uses of its voucher.
fn may_be_held(error: &Error) -> bool {
    match error {
        Error::Conflict(Conflict::InsufficientStock { .. }) => true,
        Error::Invalid(invalid) => invalid.fields().iter().any(|error| error.field == "voucher"),
        _ => false,
    }
}

fn is_in_the_way(found: Result<bool>) -> bool {
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "looking for orders to expire for the sake of another one failed");
        false
    })
}

fn has_made_way(expired: Result<usize>) -> bool {
    match expired {
        Ok(orders) => orders > 0,
        Err(error) => {
            tracing::warn!(%error, "expiring orders for the sake of another one failed");
            false
        }
    }
}

//! The database: opening it, reading, writing and maintenance.

mod access;
#[cfg(feature = "accounts")]
mod accounts;
mod analytics;
mod asynchronous;
mod backup;
mod builder;
mod categories;
mod changes;
mod check;
mod export;
mod folding;
#[cfg(feature = "generator")]
mod generate;
mod health;
mod inventory;
mod key;
mod on_behalf;
mod once;
mod orders;
mod own_error;
mod payments;
mod pending;
mod product_groups;
mod products;
mod run;
mod shop;
mod snapshot;
mod statistics;
mod transaction;
mod users;
mod vouchers;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};

pub use self::access::Access;
#[cfg(feature = "accounts")]
pub use self::accounts::Accounts;
pub use self::analytics::Analytics;
pub use self::asynchronous::Asynchronous;
pub use self::builder::DatabaseBuilder;
pub use self::categories::Categories;
pub use self::changes::Changes;
pub use self::inventory::Inventory;
pub use self::key::{NoKey, OperationKey, WithKey};
pub use self::on_behalf::{Guarded, OnBehalf};
pub use self::orders::Orders;
pub use self::payments::Payments;
pub use self::pending::Pending;
pub use self::product_groups::ProductGroups;
pub use self::products::Products;
pub use self::shop::ShopSettings;
pub use self::statistics::Statistics;
pub use self::users::Users;
pub use self::vouchers::Vouchers;

use self::own_error::OwnError;
#[cfg(feature = "accounts")]
use crate::accounts::Semaphore;
use crate::engine::{Applied, Connection, DatabaseUrl, Engine, Health, Lane, Pool, Workers, Writer};
use crate::error::{Error, Result};
use crate::migrations;
use crate::ordering::{Order, Request};
use crate::types::settings::Settings;

/// An e-commerce database. Clones are handles to the same database; handles can be shared between threads.
///
/// ```
/// use ecomdb::{Database, Money, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod};
///
/// let db = Database::open("sqlite::memory:")?;
/// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
/// let lamps = db.categories().create("Lamps")?;
/// let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(10).build()?;
/// let lamp = db.products().create(lamp)?;
///
/// let order = NewOrder::builder(ada.id).item(lamp.id, 2).payment(NewPayment::captured(PaymentMethod::Card)).build()?;
/// let order = db.orders().place(order)?;
/// assert_eq!(order.total.to_string(), "59.98");
/// assert_eq!(db.products().get(lamp.id)?.stock, Some(8));
/// assert!(db.check()?.is_clean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    pool: Pool,
    /// Semaphore for concurrent password hashes.
    #[cfg(feature = "accounts")]
    password_slots: Semaphore,
    /// Settings that transactions need.
    settings: Settings,
    health: Health,
    /// What opening the database migrated.
    applied: Applied,
    /// Number of committed transactions.
    writes: AtomicU64,
    writer: Option<Writer>,
    /// Batches concurrent orders.
    order_lane: Option<Arc<Lane<Request, Order>>>,
    /// Threads of asynchronous operations.
    workers: Arc<Workers>,
}

impl Database {
    /// Opens the database with default options. Creates a missing SQLite file and applies migrations.
    ///
    /// `sqlite://shop.db`, `sqlite::memory:`, `mysql://user:password@host:3306/shop`, `postgres://user:password@host/shop`.
    /// `:memory:` and a plain path are SQLite databases, too. A plain path contains none of `:`, `=` and `?`, so that a
    /// mistyped URL creates no file; other paths need `sqlite://`.
    ///
    /// # Errors
    /// As [`DatabaseBuilder::open`].
    ///
    /// ```
    /// use ecomdb::Database;
    ///
    /// let db = Database::open(":memory:")?;
    /// let error = Database::open("sqlit://shop.db").unwrap_err();
    /// assert!(error.to_string().contains("sqlite://FILE"));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn open(url: &str) -> Result<Self> {
        Self::builder(url).open()
    }

    /// Options for opening a database.
    pub fn builder(url: impl Into<String>) -> DatabaseBuilder {
        DatabaseBuilder::new(url.into())
    }

    /// Runs read-only queries, each of which sees the latest committed data. On SQLite, writes are refused.
    ///
    /// The closure is retried if the server closed an idle connection, or cancelled a query because of a conflict. Its
    /// error can be an application's own; see [`Database::write`].
    ///
    /// # Errors
    /// Errors of the closure. [`Error::Overloaded`] if no connection becomes free. [`Error::Contention`].
    /// [`Error::Unavailable`].
    pub fn read<T, E: From<Error> + 'static>(&self, body: impl Fn(&mut Connection) -> Result<T, E>) -> Result<T, E> {
        let own = OwnError::new();
        own.restore(self.run_read(|conn| own.run(conn, &body)))
    }

    /// Like [`Database::read`], but all queries see the same snapshot.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn snapshot<T, E: From<Error> + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let own = OwnError::new();
        own.restore(self.run_snapshot(|conn| own.run(conn, &body)))
    }

    /// Runs a transaction, and returns its result once it is durable. An error or panic rolls it back.
    ///
    /// The error can be the application's own, if it has a `From<ecomdb::Error>`: it is returned as it is. (Where the type
    /// cannot be inferred, name it: `Ok::<_, ecomdb::Error>(())`.)
    ///
    /// The closure is retried after a deadlock or serialisation failure, so it must have no other side effects. It is
    /// retried for each error that it returns after one of its statements lost such a conflict, also if that is an error of
    /// the application. On a server, the transaction is READ COMMITTED regardless of the server's default: each query sees
    /// the latest committed data. On SQLite, one thread runs all writes of this process and commits queued ones together
    /// (group commit). The closure must neither call `write` of the same database
    /// nor wait for its futures.
    ///
    /// # Errors
    /// Errors of the closure. [`Error::Contention`], [`Error::Overloaded`], [`Error::UnknownOutcome`],
    /// [`Error::Unavailable`].
    ///
    /// ```
    /// use ecomdb::{Database, Error, NewUser};
    ///
    /// #[derive(Debug)]
    /// enum SignUpError {
    ///     NotInvited,
    ///     Shop(Error),
    /// }
    ///
    /// impl From<Error> for SignUpError {
    ///     fn from(error: Error) -> Self {
    ///         Self::Shop(error)
    ///     }
    /// }
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
    /// let outcome = db.write(move |tx| {
    ///     tx.users().create(ada.clone())?;
    ///     Err::<(), _>(SignUpError::NotInvited)
    /// });
    /// assert!(matches!(outcome, Err(SignUpError::NotInvited)));
    /// assert!(db.users().list(&Default::default())?.items.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn write<T, E>(&self, body: impl Fn(&mut Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let own = OwnError::new();
        let kept = own.clone();
        own.restore(self.run_write(move |conn| kept.run(conn, &body)))
    }

    /// Drops and recreates all tables and views of the shop. Other tables in the database are not changed.
    ///
    /// # Errors
    /// [`Error::Configuration`], without any change, while another table has a foreign key to the shop, or, on
    /// PostgreSQL, another view reads a table of the shop. Those of [`Database::write`].
    pub fn reset(&self) -> Result<()> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                let url = self.inner.url.clone();
                return writer.exclusive(move |conn| conn.reset(&url, migrations::of(url.engine)));
            }
            let url = &self.inner.url;
            self.inner.pool.with_own(|conn| conn.reset(url, migrations::of(url.engine)))
        })
    }

    /// Current time of the configured clock, outside a transaction.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.settings.now()
    }

    /// Semaphore for concurrent password hashes.
    #[cfg(feature = "accounts")]
    pub(crate) fn password_slots(&self) -> &Semaphore {
        &self.inner.password_slots
    }

    /// The engine, chosen by the URL.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.url.engine
    }

    /// The migrations that opening the database ran, such as `0001_base`, in their order; none if the schema was the
    /// newest.
    #[must_use]
    pub fn applied_migrations(&self) -> &[&'static str] {
        &self.inner.applied.migrations
    }

    /// The views that opening the database made, because they were missing or had an older text.
    #[must_use]
    pub fn renewed_views(&self) -> &[&'static str] {
        &self.inner.applied.views
    }

    /// The views that opening the database with migrations on could not recreate, so that they have an older text. Reports
    /// and writes work.
    #[must_use]
    pub fn stale_views(&self) -> &[&'static str] {
        self.inner.applied.stale.as_ref().map_or(&[], |stale| &stale.views)
    }

    /// Why [`stale_views`](Self::stale_views) could not be recreated; `None` if there are none.
    #[must_use]
    pub fn stale_views_reason(&self) -> Option<&str> {
        self.inner.applied.stale.as_ref().map(|stale| stale.reason.as_str())
    }

    /// Whether the database was opened with [`DatabaseBuilder::read_only`].
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.inner.url.read_only
    }

    /// Settings of the shop: name, currency, time zone.
    #[must_use]
    pub fn shop(&self) -> ShopSettings<&Self> {
        ShopSettings(self)
    }

    /// Users.
    #[must_use]
    pub fn users(&self) -> Users<&Self> {
        Users(self)
    }

    /// Categories.
    #[must_use]
    pub fn categories(&self) -> Categories<&Self> {
        Categories(self)
    }

    /// Products.
    #[must_use]
    pub fn products(&self) -> Products<&Self> {
        Products::new(self)
    }

    /// Groups of products.
    #[must_use]
    pub fn groups(&self) -> ProductGroups<&Self> {
        ProductGroups::new(self)
    }

    /// Inventory.
    #[must_use]
    pub fn inventory(&self) -> Inventory<&Self> {
        Inventory::new(self)
    }

    /// Orders.
    #[must_use]
    pub fn orders(&self) -> Orders<&Self> {
        Orders::new(self)
    }

    /// Payments.
    #[must_use]
    pub fn payments(&self) -> Payments<&Self> {
        Payments::new(self)
    }

    /// Vouchers.
    #[must_use]
    pub fn vouchers(&self) -> Vouchers<&Self> {
        Vouchers::new(self)
    }

    /// Reports. Each includes everything committed before it began.
    #[must_use]
    pub fn analytics(&self) -> Analytics<&Self> {
        Analytics(self)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("engine", &self.engine().as_str()).finish_non_exhaustive()
    }
}

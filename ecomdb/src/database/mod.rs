//! The database: opening it, reading, writing and maintenance.

mod access;
mod accounts;
mod analytics;
mod asynchronous;
mod backup;
mod builder;
mod categories;
mod check;
mod export;
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
mod products;
mod snapshot;
mod statistics;
mod transaction;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

pub use self::access::Access;
pub use self::accounts::Accounts;
pub use self::analytics::Analytics;
pub use self::asynchronous::Asynchronous;
pub use self::builder::DatabaseBuilder;
pub use self::categories::Categories;
pub use self::inventory::Inventory;
pub use self::key::{NoKey, OperationKey, WithKey};
pub use self::on_behalf::{Guarded, OnBehalf};
pub use self::orders::Orders;
pub use self::payments::Payments;
pub use self::pending::Pending;
pub use self::products::Products;
pub use self::statistics::Statistics;
pub use self::users::Users;

use self::own_error::OwnError;
use self::pending::Answer;
use crate::accounts::Semaphore;
use crate::analytics::sales;
use crate::engine::{
    self, Applied, Attempts, Began, Connection, DatabaseUrl, Engine, Health, Lane, Pool, Workers, Writer,
};
use crate::error::{Error, Result, Unavailable};
use crate::migrations;
use crate::ordering::{Order, Request};
use crate::tables::targets;
use crate::types::settings::Settings;

/// Fold the sales queue every 4,096 writes, so that the next report folds at most about 15 ms of backlog. Large batches
/// cost less per order, because orders share rollup rows.
const WRITES_PER_FOLD: u64 = 4_096;

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
    /// (group commit). The closure must not call `write` of the same database.
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

    /// [`Database::read`] with an error of this library.
    pub(crate) fn run_read<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(|| self.inner.pool.read(&body));
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_read(began, &outcome);
        }
        outcome
    }

    /// [`Database::snapshot`] with an error of this library.
    pub(crate) fn run_snapshot<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        self.run_read(|conn| engine::snapshot(conn, &body))
    }

    /// [`Database::write`] with an error of this library.
    pub(crate) fn run_write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let outcome = self.transact(body)?;
        self.count_write();
        Ok(outcome)
    }

    /// Folds the sales queue after every [`WRITES_PER_FOLD`] writes.
    fn count_write(&self) {
        if self.fold_is_due() {
            self.fold_or_warn();
        }
    }

    /// Counts a write. Returns true after every [`WRITES_PER_FOLD`] writes.
    fn fold_is_due(&self) -> bool {
        self.inner.writes.fetch_add(1, Ordering::Relaxed) % WRITES_PER_FOLD == WRITES_PER_FOLD - 1
    }

    /// The caller's transaction is committed, so a failed fold is only logged; the next report folds.
    fn fold_or_warn(&self) {
        if let Err(error) = self.fold_what_piles_up() {
            tracing::warn!(%error, "folding the sales queue failed");
        }
    }

    /// Records the outcome of a write that no thread waits for, and sends it.
    fn finish_later<T>(self, began: Began, outcome: Result<T>, answer: Answer<T>) {
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_write(began, &outcome);
        }
        if outcome.is_ok() && self.fold_is_due() {
            let db = self.clone();
            self.inner.workers.go_on(move || db.fold_or_warn());
        }
        // The caller may close the database once it has the result.
        drop(self);
        answer.send(Ok(outcome));
    }

    fn transact<T: Send + 'static>(&self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                return writer.call(body);
            }
            engine::write(&self.inner.pool, Attempts::of(&self.inner.pool), body)
        })
    }

    /// Runs a write and records its outcome. All writes use it.
    fn writing<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        self.refuse_read_only()?;
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(write);
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_write(began, &outcome);
        }
        outcome
    }

    /// Whether the error may concern a table of the application. [`Database::ready`] tells whether the shop lacks a
    /// privilege.
    fn is_own_lack<T>(&self, outcome: &Result<T>) -> bool {
        self.inner.pool.watch().is_some() && matches!(outcome, Err(Error::Unavailable(Unavailable::NoAccess(_))))
    }

    /// Fails early on a read-only database, for operations with long work before the first write.
    pub(crate) fn refuse_read_only(&self) -> Result<()> {
        match self.is_read_only() {
            true => Err(Unavailable::ReadOnly("it was opened to be read only".to_owned()).into()),
            false => Ok(()),
        }
    }

    /// Runs a write-heavy transaction on a connection reserved for it.
    pub(crate) fn bulk_write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            if let Some(writer) = &self.inner.writer {
                self.inner.pool.close_idle();
                let url = self.inner.url.clone();
                return writer.exclusive(move |conn| {
                    // The load may leave WAL mode and return to it.
                    let _log = url.without_log();
                    conn.bulk_transaction(&targets(), |conn| {
                        let outcome = body(conn)?;
                        url.verify()?;
                        Ok(outcome)
                    })
                });
            }
            let pool = &self.inner.pool;
            engine::write(pool, Attempts::of(pool), move |conn| conn.bulk_transaction(&targets(), &body))
        })
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
            self.inner.pool.with(|conn| conn.reset(url, migrations::of(url.engine)))
        })
    }

    /// Folds all queued sales events, as every report does first. Returns their number.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn fold(&self) -> Result<usize> {
        let mut folded = 0;
        loop {
            let some = self.transact(sales::fold)?;
            folded += some;
            // Later events are left to the next fold.
            if some < sales::BATCH {
                return Ok(folded);
            }
        }
    }

    fn fold_pairs(&self) -> Result<()> {
        while self.transact(sales::fold_pairs)? == sales::PAIRS_BATCH {}
        Ok(())
    }

    fn fold_for(&self, rollups: sales::Rollups) -> Result<()> {
        self.fold()?;
        if rollups == sales::Rollups::WithPairs {
            self.fold_pairs()?;
        }
        Ok(())
    }

    fn fold_what_piles_up(&self) -> Result<()> {
        self.fold()?;
        if self.run_read(|conn| sales::pairs_waiting(conn, sales::PAIRS_BATCH))? {
            self.fold_pairs()?;
        }
        Ok(())
    }

    /// Recomputes the rollups from the orders. Needed only if [`Database::check`] finds a difference.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn rebuild(&self) -> Result<()> {
        self.transact(sales::rebuild)
    }

    /// Current time of the configured clock, outside a transaction.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.settings.now()
    }

    /// Semaphore for concurrent password hashes.
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

    /// Whether the database was opened with [`DatabaseBuilder::read_only`].
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.inner.url.read_only
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

//! The database: opening it, and the ways into it.

mod access;
mod accounts;
mod analytics;
mod backup;
mod builder;
mod categories;
mod check;
mod export;
mod generate;
mod health;
mod inventory;
mod on_behalf;
mod once;
mod orders;
mod payments;
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
pub use self::builder::DatabaseBuilder;
pub use self::categories::Categories;
pub use self::inventory::Inventory;
pub use self::on_behalf::{Guarded, OnBehalf};
pub use self::orders::Orders;
pub use self::payments::Payments;
pub use self::products::Products;
pub use self::statistics::Statistics;
pub use self::users::Users;

use crate::accounts::Semaphore;
use crate::analytics::sales;
#[cfg(feature = "mysql")]
use crate::engine::Lane;
#[cfg(feature = "sqlite")]
use crate::engine::Writer;
use crate::engine::{self, Attempts, Connection, DatabaseUrl, Health, Pool};
use crate::error::{Error, Result, Unavailable};
#[cfg(feature = "mysql")]
use crate::ordering::{Order, Request};
use crate::tables::targets;
use crate::types::settings::Settings;

/// So often somebody folds the sales that wait, though no report has asked for them, so that they never are too many: the
/// next report folds these in some 15 ms. Many at once cost less than few, since they meet in the same rows.
const WRITES_PER_FOLD: u64 = 4_096;

/// An e-commerce database. Clones are handles to the same one; it can be shared between threads.
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
    /// How many passwords are hashed at once.
    password_slots: Semaphore,
    /// What transactions need to know.
    settings: Settings,
    health: Health,
    /// How many transactions were committed.
    writes: AtomicU64,
    #[cfg(feature = "sqlite")]
    writer: Option<Writer>,
    /// Where orders meet that are placed at the same time.
    #[cfg(feature = "mysql")]
    order_lane: Option<Lane<Request, Order>>,
}

impl Database {
    /// Opens the database at the URL with the usual settings, creating the SQLite file and applying migrations.
    ///
    /// `sqlite://shop.db`, `sqlite::memory:`, `mysql://user:password@host:3306/shop`, `postgres://user:password@host/shop`.
    ///
    /// # Errors
    /// As [`DatabaseBuilder::open`].
    ///
    /// ```
    /// use ecomdb::Database;
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let error = Database::open("sqlit://shop.db").unwrap_err();
    /// assert!(error.to_string().contains("sqlite://FILE"));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn open(url: &str) -> Result<Self> {
        Self::builder(url).open()
    }

    /// Settings other than the usual ones.
    pub fn builder(url: impl Into<String>) -> DatabaseBuilder {
        DatabaseBuilder::new(url.into())
    }

    /// Runs queries that change nothing, each seeing what was committed before it. On SQLite, a write is refused.
    ///
    /// The closure may run again: when a server closed an idle connection, or ended a query in favour of another transaction.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Overloaded`] when no connection becomes free, [`Error::Contention`],
    /// [`Error::Unavailable`].
    pub fn read<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(|| self.inner.pool.read(&body));
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_read(began, &outcome);
        }
        outcome
    }

    /// Like [`Database::read`], but all queries see the same moment.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn snapshot<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        self.read(|conn| engine::snapshot(conn, &body))
    }

    /// Runs a transaction and gives its result once it is durable. An error or a panic in it undoes all of it.
    ///
    /// The closure runs again after a deadlock or a serialisation failure, so it should have no other effects. On a server
    /// the transaction is READ COMMITTED, whatever is usual there: each query sees what was committed before it. On
    /// SQLite one thread runs all writes of this process and commits those that wait together; a closure must not call
    /// `write` of the same database itself.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Contention`], [`Error::Overloaded`], [`Error::UnknownOutcome`],
    /// [`Error::Unavailable`].
    ///
    /// ```
    /// use ecomdb::{Database, Error, NewUser};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
    /// let outcome = db.write(move |tx| {
    ///     tx.users().create(ada.clone())?;
    ///     Err::<(), _>(Error::RolledBack)
    /// });
    /// assert!(outcome.is_err());
    /// assert!(db.users().list(&Default::default())?.items.is_empty());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn write<T: Send + 'static>(&self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let outcome = self.transact(body)?;
        self.count_write();
        Ok(outcome)
    }

    /// Now and then, somebody has to fold.
    fn count_write(&self) {
        let writes = self.inner.writes.fetch_add(1, Ordering::Relaxed);
        if writes % WRITES_PER_FOLD == WRITES_PER_FOLD - 1 {
            // The transaction is committed, so whatever becomes of this is not its caller's concern: what is not folded
            // now waits for the next report.
            if let Err(error) = self.fold_what_piles_up() {
                tracing::warn!(%error, "the sales that wait could not be folded");
            }
        }
    }

    fn transact<T: Send + 'static>(&self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.writing(|| {
            #[cfg(feature = "sqlite")]
            if let Some(writer) = &self.inner.writer {
                return writer.call(body);
            }
            engine::write(&self.inner.pool, Attempts::of(&self.inner.pool), body)
        })
    }

    /// Every write goes through this.
    fn writing<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        self.refuse_read_only()?;
        let began = self.inner.health.begin();
        let outcome = self.inner.settings.during(write);
        if !self.is_own_lack(&outcome) {
            self.inner.health.note_write(began, &outcome);
        }
        outcome
    }

    /// Whether the caller may lack a privilege on a table of its own. Whether the shop lacks one, [`Database::ready`] tells.
    fn is_own_lack<T>(&self, outcome: &Result<T>) -> bool {
        self.inner.pool.watch().is_some() && matches!(outcome, Err(Error::Unavailable(Unavailable::NoAccess(_))))
    }

    /// An operation that takes long before it writes asks first.
    pub(crate) fn refuse_read_only(&self) -> Result<()> {
        match self.is_read_only() {
            true => Err(Unavailable::ReadOnly("it was opened to be read only".to_owned()).into()),
            false => Ok(()),
        }
    }

    /// Runs a transaction that writes more than it reads, alone on its connection.
    pub(crate) fn bulk_write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writing(|| {
            #[cfg(feature = "sqlite")]
            if let Some(writer) = &self.inner.writer {
                self.inner.pool.close_idle();
                let url = self.inner.url.clone();
                return writer.exclusive(move |conn| {
                    // It may leave the write-ahead mode and come back to it.
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

    /// Drops and recreates the shop's tables and views: an empty shop. Other tables of the database stay as they are.
    ///
    /// # Errors
    /// [`Error::Configuration`], and nothing is changed, while a foreign key of a table that is not the shop's refers to one
    /// that is; on PostgreSQL also while a view of the application reads one. Those of [`Database::write`].
    pub fn reset(&self) -> Result<()> {
        self.writing(|| {
            #[cfg(feature = "sqlite")]
            if let Some(writer) = &self.inner.writer {
                let url = self.inner.url.clone();
                return writer.exclusive(move |conn| conn.reset(&url));
            }
            self.inner.pool.with(|conn| conn.reset(&self.inner.url))
        })
    }

    /// Brings what reports read up to date, which every report does by itself. Gives the number of sales events that
    /// waited.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn fold(&self) -> Result<usize> {
        let mut folded = 0;
        loop {
            let some = self.transact(sales::fold)?;
            folded += some;
            // What comes in from now on is for the next one.
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
        if self.read(|conn| sales::pairs_waiting(conn, sales::PAIRS_BATCH))? {
            self.fold_pairs()?;
        }
        Ok(())
    }

    /// Makes what reports read anew from the orders. There should never be a need: see [`Database::check`].
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn rebuild(&self) -> Result<()> {
        self.transact(sales::rebuild)
    }

    /// The time that its clock shows, outside of a transaction.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.settings.now()
    }

    /// How many passwords are hashed at once.
    pub(crate) fn password_slots(&self) -> &Semaphore {
        &self.inner.password_slots
    }

    /// The name of the engine: `"SQLite"`, `"MySQL"` or `"PostgreSQL"`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.inner.url.engine.name()
    }

    /// Whether it was opened with [`DatabaseBuilder::read_only`].
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
        Products(self)
    }

    /// Inventory.
    #[must_use]
    pub fn inventory(&self) -> Inventory<&Self> {
        Inventory(self)
    }

    /// Orders.
    #[must_use]
    pub fn orders(&self) -> Orders<&Self> {
        Orders(self)
    }

    /// Payments.
    #[must_use]
    pub fn payments(&self) -> Payments<&Self> {
        Payments(self)
    }

    /// What the shop sells, in reports, each with everything that was committed before it began.
    #[must_use]
    pub fn analytics(&self) -> Analytics<&Self> {
        Analytics(self)
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

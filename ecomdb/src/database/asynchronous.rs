//! Asynchronous access: the operations return futures, for any runtime, and no thread of the caller waits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::access::{Access, can_fold};
use super::on_behalf::OnBehalf;
use super::own_error::OwnError;
use super::pending::Pending;
use super::{
    Analytics, Categories, Database, Inventory, Orders, Payments, ProductGroups, Products, ShopSettings, Users,
    Vouchers,
};
use crate::analytics::sales::{self, Rollups, SalesReader};
use crate::context::{Caller, Context};
use crate::engine::{Connection, Writer};
use crate::error::{Error, Result};
use crate::ordering::{NewOrder, Order, Request};
use crate::types::{IdempotencyKey, Scope};

/// A database whose operations return futures, from [`Database::asynchronous`] or [`OnBehalf::asynchronous`]. Clones are
/// handles to the same database.
#[derive(Debug, Clone)]
pub struct Asynchronous {
    db: Database,
    caller: Caller,
}

impl Database {
    /// The same operations as futures, each a [`Pending`]. They need no particular runtime.
    ///
    /// On SQLite, the thread that writes for all callers wakes the future of a transaction, so no thread waits for it.
    /// Reads, and all operations on a server, run on threads of this library: as many as
    /// [`connections`](crate::DatabaseBuilder::connections), started as they are needed. An operation that waits for one
    /// longer than [`wait`](crate::DatabaseBuilder::wait), or finds 4,096 others waiting, fails with
    /// [`Error::Overloaded`]. Orders on MariaDB and MySQL still share transactions, to which a quarter of the threads is
    /// left.
    ///
    /// ```
    /// use ecomdb::{Database, NewUser};
    ///
    /// # pollster::block_on(async {
    /// let db = Database::open("sqlite::memory:")?.asynchronous();
    /// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?).await?;
    /// assert_eq!(db.users().get(ada.id).await?, ada);
    /// # Ok::<(), ecomdb::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn asynchronous(&self) -> Asynchronous {
        Asynchronous { db: self.clone(), caller: Caller::operator() }
    }

    /// [`Database::read`] as a future.
    ///
    /// # Errors
    /// As [`Database::read`].
    ///
    /// ```
    /// use ecomdb::{Database, Error, UserFilter};
    ///
    /// # pollster::block_on(async {
    /// let db = Database::open("sqlite::memory:")?;
    /// let users = db.read_async(|conn| conn.users().list(&UserFilter::default())).await?;
    /// assert!(users.items.is_empty());
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    pub fn read_async<T, E>(&self, body: impl Fn(&mut Connection) -> Result<T, E> + Send + 'static) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let own = OwnError::new();
        let kept = own.clone();
        self.later(move |db| db.run_read(|conn| kept.run(conn, &body))).restored(own)
    }

    /// [`Database::write`] as a future.
    ///
    /// # Errors
    /// As [`Database::write`].
    ///
    /// ```
    /// use ecomdb::{Database, Error, NewUser};
    ///
    /// # pollster::block_on(async {
    /// let db = Database::open("sqlite::memory:")?;
    /// let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
    /// let ada = db.write_async(move |tx| tx.users().create(ada.clone())).await?;
    /// assert_eq!(ada.first_name, "Ada");
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    pub fn write_async<T, E>(&self, body: impl Fn(&mut Connection) -> Result<T, E> + Send + 'static) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let own = OwnError::new();
        let kept = own.clone();
        self.write_later(move |conn| kept.run(conn, &body)).restored(own)
    }

    /// Runs blocking work on a thread of the library, in the tracing span of the caller. Closures of SQLite
    /// transactions cannot use it: the transaction would wait for the work, and the work for the transaction.
    pub(super) fn later<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        if self.inner.writer.as_ref().is_some_and(Writer::is_writing_thread) {
            return Pending::known(Err(Error::NestedWrite));
        }
        let (answer, pending) = Pending::new();
        let (db, span) = (self.clone(), tracing::Span::current());
        self.inner.workers.submit(move |turn| {
            if answer.is_unwanted() {
                return;
            }
            let work = || turn.and_then(|()| span.in_scope(|| work(&db)));
            let outcome = catch_unwind(AssertUnwindSafe(work));
            // The caller may close the database as soon as it has the result.
            drop(db);
            answer.send(outcome);
        });
        pending
    }

    /// [`Database::run_write`] as a future.
    pub(super) fn write_later<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        if let Some(writer) = &self.inner.writer {
            if let Err(error) = self.refuse_read_only() {
                return Pending::known(Err(error));
            }
            let (answer, pending) = Pending::new();
            let (db, began, span) = (self.clone(), self.inner.health.begin(), tracing::Span::current());
            let body = move |conn: &mut Connection| span.in_scope(|| body(conn));
            writer.submit(body, move |outcome| db.finish_later(began, outcome, answer));
            return pending;
        }
        self.later(move |db| db.run_write(body))
    }

    /// Folds all queued sales events.
    async fn fold_later(&self, rollups: Rollups) -> Result<()> {
        while self.write_later(sales::fold).await? == sales::BATCH {}
        if rollups == Rollups::WithPairs {
            while self.write_later(sales::fold_pairs).await? == sales::PAIRS_BATCH {}
        }
        Ok(())
    }
}

impl OnBehalf<'_> {
    /// The same operations as futures; see [`Database::asynchronous`].
    #[must_use]
    pub fn asynchronous(self) -> Asynchronous {
        Asynchronous { db: self.db.clone(), caller: self.caller.clone() }
    }
}

impl Access for Asynchronous {
    type Answer<T: Send + 'static> = Pending<T>;

    fn read<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        if let Err(error) = self.caller.demand(needed) {
            return Pending::known(Err(error));
        }
        self.db.later(move |db| db.on_behalf_of(&self.caller).guarded().read(needed, body))
    }

    fn snapshot<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        if let Err(error) = self.caller.demand(needed) {
            return Pending::known(Err(error));
        }
        self.db.later(move |db| db.on_behalf_of(&self.caller).guarded().snapshot(needed, body))
    }

    fn report<T: Send + 'static>(
        self,
        rollups: Rollups,
        body: impl Fn(&mut SalesReader<'_>) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        let Self { db, caller } = self;
        if let Err(error) = caller.demand(Scope::ReportsRead) {
            return Pending::known(Err(error));
        }
        let body = move |conn: &mut SalesReader<'_>| {
            caller.verify(conn, &[Scope::ReportsRead])?;
            body(conn)
        };
        let settled = db.later(move |db| Ok((db.settled_report(rollups, &body)?, body)));
        // No thread waits while sales are folded, which may take as long as any other write.
        Pending::of(async move {
            let (settled, body) = settled.await?;
            if let Some(report) = settled {
                return Ok(report);
            }
            let is_folded = can_fold(db.fold_later(rollups).await)?;
            db.later(move |db| db.report_now(is_folded, &body)).await
        })
    }

    fn write<T: Send + 'static>(
        self,
        needed: Scope,
        key: Option<IdempotencyKey>,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        if let Err(error) = self.caller.demand(needed) {
            return Pending::known(Err(error));
        }
        let context = Context::new(self.caller, key);
        self.db.write_later(move |conn| {
            context.verify(conn, &[needed])?;
            body(conn, &context)
        })
    }

    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Pending<Order> {
        let request = Request::new(order, Context::new(self.caller, key));
        match request.demand() {
            Ok(()) => self.db.place_later(request),
            Err(error) => Pending::known(Err(error)),
        }
    }

    fn known<T: Send + 'static>(outcome: Result<T>) -> Pending<T> {
        Pending::known(outcome)
    }

    fn map<T: Send + 'static, U: Send + 'static>(
        answer: Pending<T>,
        change: impl FnOnce(T) -> U + Send + 'static,
    ) -> Pending<U> {
        answer.map(change)
    }
}

/// The operations of [`Database`], as futures.
impl Asynchronous {
    /// Runs other operations, one or several, on a thread of the library: those of accounts, exports, or steps that must
    /// be finished once they have begun. If the future is dropped before the closure gets a thread, the closure is left
    /// out. It is not the place for long computations, which would keep the thread from others.
    ///
    /// # Errors
    /// Those of the closure. [`Error::Overloaded`].
    ///
    /// ```
    /// use ecomdb::{Database, Error, NewUser, Password};
    ///
    /// # pollster::block_on(async {
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # db.accounts().set_password(ada.id, &Password::new("correct horse battery")?)?;
    /// # let login = db.accounts().log_in("ada@example.com", "correct horse battery")?;
    /// let caller = db.asynchronous().run(move |shop| shop.accounts().authenticate(login.token.expose())).await?;
    /// assert_eq!(caller.user(), Some(ada.id));
    /// # Ok::<(), Error>(())
    /// # }).unwrap();
    /// ```
    pub fn run<T, E>(&self, work: impl FnOnce(OnBehalf<'_>) -> Result<T, E> + Send + 'static) -> Pending<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let caller = self.caller.clone();
        self.db.later(move |db| Ok(work(db.on_behalf_of(&caller)))).flattened()
    }

    /// Settings of the shop.
    #[must_use]
    pub fn shop(&self) -> ShopSettings<Self> {
        ShopSettings(self.clone())
    }

    /// Users.
    #[must_use]
    pub fn users(&self) -> Users<Self> {
        Users(self.clone())
    }

    /// Categories.
    #[must_use]
    pub fn categories(&self) -> Categories<Self> {
        Categories(self.clone())
    }

    /// Products.
    #[must_use]
    pub fn products(&self) -> Products<Self> {
        Products::new(self.clone())
    }

    /// Groups of products.
    #[must_use]
    pub fn groups(&self) -> ProductGroups<Self> {
        ProductGroups::new(self.clone())
    }

    /// Inventory.
    #[must_use]
    pub fn inventory(&self) -> Inventory<Self> {
        Inventory::new(self.clone())
    }

    /// Orders.
    #[must_use]
    pub fn orders(&self) -> Orders<Self> {
        Orders::new(self.clone())
    }

    /// Payments.
    #[must_use]
    pub fn payments(&self) -> Payments<Self> {
        Payments::new(self.clone())
    }

    /// Vouchers.
    #[must_use]
    pub fn vouchers(&self) -> Vouchers<Self> {
        Vouchers::new(self.clone())
    }

    /// Reports.
    #[must_use]
    pub fn analytics(&self) -> Analytics<Self> {
        Analytics(self.clone())
    }
}

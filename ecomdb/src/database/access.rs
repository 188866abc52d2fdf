//! One set of nouns for two situations: `db.orders().place(..)` is a transaction of its own, and inside
//! `db.write(|tx| ..)` `tx.orders().place(..)` is a part of the one that is open.

use diesel::Connection as _;

use super::Database;
use crate::analytics::Analytics;
use crate::analytics::sales::{self, Rollups, SalesReader};
use crate::auth::{Caller, Scope};
use crate::backend::{Connection, fixed};
use crate::catalog::{Categories, Products};
use crate::error::{Error, Result};
use crate::inventory::Inventory;
use crate::ordering::{Order, Orders, Request};
use crate::payments::Payments;
use crate::types::UserId;
use crate::users::Users;

/// What the shop's operations run on: `&Database`, or the [`Connection`] of an open transaction.
pub trait Access: sealed::Sealed + Sized {
    /// See [`Database::read`].
    ///
    /// # Errors
    /// What the closure returns, and those of [`Database::read`].
    fn read<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T>;

    /// See [`Database::snapshot`].
    ///
    /// # Errors
    /// What the closure returns, and those of [`Database::snapshot`].
    fn snapshot<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T>;

    /// Reads what reports read, with everything folded in that was committed before: see
    /// [`Database::analytics`]. In an open transaction, its own changes too; a connection that may only read cannot fold.
    ///
    /// # Errors
    /// What the closure returns, and those of [`Database::snapshot`] and [`Database::write`].
    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T>;

    /// See [`Database::write`]. In an open transaction, an error undoes only this operation.
    ///
    /// # Errors
    /// What the closure returns, and those of [`Database::write`].
    fn write<T: Send + 'static>(self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T>;

    /// Places an order, in a transaction of its own or in one with others that are placed at the same time.
    ///
    /// # Errors
    /// As [`Orders::place_once`].
    fn place(self, request: Request) -> Result<Order> {
        self.write(move |conn| request.place(conn))
    }

    /// On whose behalf: to be verified once more in the transaction, where an operation finds out only there what it needs.
    fn caller(&self) -> Caller {
        Caller::operator()
    }

    /// The user whose rows alone may be seen and changed; `None` for all: see [`Database::on_behalf_of`].
    fn owner(&self) -> Option<UserId> {
        None
    }

    /// The user who asks, whose idempotency keys are apart from those of others; `None` for the program itself.
    fn asking(&self) -> Option<UserId> {
        None
    }

    /// Requires this scope for writes instead of the usual one.
    #[must_use]
    fn needing(self, scope: Scope) -> Self {
        let _ = scope;
        self
    }

    /// Whether the caller has the scope: for answers that tell some callers more than others.
    fn has(&self, scope: Scope) -> bool {
        let _ = scope;
        true
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &super::Database {}
    impl Sealed for &mut super::Connection {}
    impl Sealed for crate::auth::Guarded<'_> {}
}

impl Access for &Database {
    fn read<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        Database::read(self, body)
    }

    fn snapshot<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        Database::snapshot(self, body)
    }

    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T> {
        // A shop where nothing has happened since the last report is not written to.
        let settled = self.snapshot(|conn| match rollups.wait(conn)? {
            true => Ok(None),
            false => body(&mut SalesReader::folded(conn)).map(Some),
        })?;
        if let Some(report) = settled {
            return Ok(report);
        }
        match self.fold_for(rollups) {
            Ok(()) => self.snapshot(|conn| body(&mut SalesReader::folded(conn))),
            Err(Error::Unavailable(why)) => {
                tracing::debug!(%why, "the sales that wait cannot be folded, so a report reads all orders");
                self.snapshot(|conn| body(&mut SalesReader::unfolded(conn)))
            }
            Err(error) => Err(error),
        }
    }

    fn write<T: Send + 'static>(self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        Database::write(self, body)
    }

    #[cfg(feature = "mysql")]
    fn place(self, request: Request) -> Result<Order> {
        self.place_order(request)
    }
}

impl Access for &mut Connection {
    fn read<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        body(self)
    }

    fn snapshot<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        body(self)
    }

    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T> {
        if !rollups.wait(self)? {
            return body(&mut SalesReader::folded(self));
        }
        match fold_within(self, rollups) {
            Ok(()) => body(&mut SalesReader::folded(self)),
            Err(Error::Unavailable(_)) => body(&mut SalesReader::unfolded(self)),
            Err(error) => Err(error),
        }
    }

    fn write<T: Send + 'static>(self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        in_step(self, body)
    }
}

/// Folds as a part of the open transaction.
fn fold_within(conn: &mut Connection, rollups: Rollups) -> Result<()> {
    while in_step(conn, sales::fold)? == sales::BATCH {}
    if rollups == Rollups::WithPairs {
        while in_step(conn, sales::fold_pairs)? == sales::PAIRS_BATCH {}
    }
    Ok(())
}

/// Runs one operation of an open transaction so that its error undoes only itself.
fn in_step<T>(conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
    if !conn.steps_are_cached() {
        // Diesel gives the error of a rollback that failed instead of the error that led to it.
        let mut first = None;
        let outcome = conn.transaction(|conn| {
            body(conn).map_err(|error| {
                first = Some(error);
                Error::RolledBack
            })
        });
        return outcome.map_err(|error| first.unwrap_or(error));
    }
    // Diesel prepares its own savepoints anew each time. A panic leaves this one open; the transaction around it ends.
    fixed!("SAVEPOINT step").run(conn)?;
    let outcome = body(conn);
    if outcome.is_err() && fixed!("ROLLBACK TO step").run(conn).is_err() {
        // The failure, such as a full disk, ended the whole transaction. No later step may run as if it had not.
        conn.mark_as_broken();
        return outcome;
    }
    fixed!("RELEASE step").run(conn)?;
    outcome
}

/// The same nouns as on [`Database`], within the open transaction.
impl Connection {
    /// Who buys.
    pub fn users(&mut self) -> Users<&mut Self> {
        Users(self)
    }

    /// What products are grouped by.
    pub fn categories(&mut self) -> Categories<&mut Self> {
        Categories(self)
    }

    /// What is sold.
    pub fn products(&mut self) -> Products<&mut Self> {
        Products(self)
    }

    /// What is in stock.
    pub fn inventory(&mut self) -> Inventory<&mut Self> {
        Inventory(self)
    }

    /// What was ordered.
    pub fn orders(&mut self) -> Orders<&mut Self> {
        Orders(self)
    }

    /// How it was paid.
    pub fn payments(&mut self) -> Payments<&mut Self> {
        Payments(self)
    }

    /// What the shop sells, in reports, with what the open transaction did. It holds up other reports until the
    /// transaction ends. In [`Database::read`] and [`Database::snapshot`] use [`Database::analytics`]: a connection that
    /// only reads cannot fold the sales that wait.
    pub fn analytics(&mut self) -> Analytics<&mut Self> {
        Analytics(self)
    }
}

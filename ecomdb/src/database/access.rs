//! One set of nouns for two situations: `db.orders().place(..)` is a transaction of its own, and inside
//! `db.write(|tx| ..)` `tx.orders().place(..)` is a part of the one that is open.

use super::Database;
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::Caller;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::ordering::{Order, Request};
use crate::types::{Scope, UserId};

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
    /// As [`Orders::place_once`](crate::Orders::place_once).
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
    impl Sealed for super::super::Guarded<'_> {}
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

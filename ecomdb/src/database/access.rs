//! The same operations outside and inside a transaction: `db.orders().place(..)` runs a transaction of its own,
//! `tx.orders().place(..)` in `db.write(|tx| ..)` is a step of the open one.

use super::Database;
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::Caller;
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::ordering::{Order, Request};
use crate::types::{Scope, UserId};

/// What operations of the shop run on: `&Database`, or the [`Connection`] of an open transaction.
pub trait Access: sealed::Sealed + Sized {
    /// See [`Database::read`].
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::read`].
    fn read<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T>;

    /// See [`Database::snapshot`].
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::snapshot`].
    fn snapshot<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T>;

    /// Reads the rollups after folding all committed sales; see [`Database::analytics`]. In an open transaction,
    /// includes its own changes. A read-only connection cannot fold.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::snapshot`] and [`Database::write`].
    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T>;

    /// See [`Database::write`]. In an open transaction, an error rolls back only this operation.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::write`].
    fn write<T: Send + 'static>(self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T>;

    /// Places an order, alone or in a batch with concurrent orders.
    ///
    /// # Errors
    /// As [`Orders::place_once`](crate::Orders::place_once).
    fn place(self, request: Request) -> Result<Order> {
        self.write(move |conn| request.place(conn))
    }

    /// The caller, for operations that must verify further scopes in their transaction.
    fn caller(&self) -> Caller {
        Caller::operator()
    }

    /// The user to whose rows access is limited; `None` for all. See [`Database::on_behalf_of`].
    fn owner(&self) -> Option<UserId> {
        None
    }

    /// The user whose idempotency keys are used; `None` for the program itself.
    fn asking(&self) -> Option<UserId> {
        None
    }

    /// Requires `scope` for writes instead of the resource's default.
    #[must_use]
    fn needing(self, scope: Scope) -> Self {
        let _ = scope;
        self
    }

    /// Whether the caller has the scope, for answers that depend on it.
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
        // Do not write if no sales are queued.
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

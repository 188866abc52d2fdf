//! The same operations outside and inside a transaction: `db.orders().place(..)` runs a transaction of its own,
//! `tx.orders().place(..)` in `db.write(|tx| ..)` is a step of the open one.

use super::Database;
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::{Caller, Context};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::ordering::{NewOrder, Order, Request};
use crate::types::{IdempotencyKey, Scope};

/// What operations of the shop run on: `&Database`, or the [`Connection`] of an open transaction. Each operation gets a
/// connection and the context: on whose behalf it runs, and under which idempotency key.
pub trait Access: sealed::Sealed + Sized {
    /// See [`Database::read`]. Requires the scope.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::read`].
    fn read<T>(self, needed: Scope, body: impl Fn(&mut Connection, &Context) -> Result<T>) -> Result<T>;

    /// See [`Database::snapshot`]. Requires the scope.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::snapshot`].
    fn snapshot<T>(self, needed: Scope, body: impl Fn(&mut Connection, &Context) -> Result<T>) -> Result<T>;

    /// Reads the rollups after folding all committed sales; see [`Database::analytics`]. In an open transaction,
    /// includes its own changes. A read-only connection cannot fold.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::snapshot`] and [`Database::write`].
    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T>;

    /// See [`Database::write`]. Requires the scope. In an open transaction, an error rolls back only this operation.
    ///
    /// # Errors
    /// Errors of the closure, and those of [`Database::write`].
    fn write<T: Send + 'static>(
        self,
        needed: Scope,
        key: Option<IdempotencyKey>,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T>;

    /// Places an order, alone or in a batch with concurrent orders.
    ///
    /// # Errors
    /// As [`Orders::place`](crate::Orders::place).
    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Order>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &super::Database {}
    impl Sealed for &mut super::Connection {}
    impl Sealed for super::super::Guarded<'_> {}
}

impl Access for &Database {
    fn read<T>(self, _: Scope, body: impl Fn(&mut Connection, &Context) -> Result<T>) -> Result<T> {
        Database::run_read(self, |conn| body(conn, &Context::OPERATOR))
    }

    fn snapshot<T>(self, _: Scope, body: impl Fn(&mut Connection, &Context) -> Result<T>) -> Result<T> {
        Database::run_snapshot(self, |conn| body(conn, &Context::OPERATOR))
    }

    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T> {
        // Do not write if no sales are queued.
        let settled = Database::run_snapshot(self, |conn| match rollups.wait(conn)? {
            true => Ok(None),
            false => body(&mut SalesReader::folded(conn)).map(Some),
        })?;
        if let Some(report) = settled {
            return Ok(report);
        }
        match self.fold_for(rollups) {
            Ok(()) => Database::run_snapshot(self, |conn| body(&mut SalesReader::folded(conn))),
            Err(Error::Unavailable(why)) => {
                tracing::debug!(%why, "folding the sales queue failed, so the report reads all orders");
                Database::run_snapshot(self, |conn| body(&mut SalesReader::unfolded(conn)))
            }
            Err(error) => Err(error),
        }
    }

    fn write<T: Send + 'static>(
        self,
        _: Scope,
        key: Option<IdempotencyKey>,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let context = Context::new(Caller::operator(), key);
        Database::run_write(self, move |conn| body(conn, &context))
    }

    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Order> {
        self.place_order(Request::new(order, Context::new(Caller::operator(), key)))
    }
}

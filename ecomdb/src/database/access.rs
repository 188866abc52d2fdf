//! The same operations outside and inside a transaction: `db.orders().place(..)` runs a transaction of its own,
//! `tx.orders().place(..)` in `db.write(|tx| ..)` is a step of the open one.

use super::Database;
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::{Caller, Context};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::ordering::{NewOrder, Order, Request};
use crate::types::{IdempotencyKey, Scope};

/// What operations of the shop run on: `&Database`, the [`Connection`] of an open transaction, or [`Asynchronous`], all
/// also with the permissions of a caller. Each operation gets a connection and the context: on whose behalf it runs, and
/// under which idempotency key. This trait is sealed.
///
/// [`Asynchronous`]: crate::Asynchronous
pub trait Access: sealed::Sealed + Sized {
    /// What an operation returns: `Result<T>`, or the future of one, [`Pending<T>`](crate::Pending).
    type Answer<T: Send + 'static>;

    /// See [`Database::read`]. Requires the scope.
    fn read<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Self::Answer<T>;

    /// See [`Database::snapshot`]. Requires the scope.
    fn snapshot<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Self::Answer<T>;

    /// Reads the rollups after folding all committed sales; see [`Database::analytics`]. In an open transaction,
    /// includes its own changes. A read-only connection cannot fold.
    fn report<T: Send + 'static>(
        self,
        rollups: Rollups,
        body: impl Fn(&mut SalesReader<'_>) -> Result<T> + Send + 'static,
    ) -> Self::Answer<T>;

    /// See [`Database::write`]. Requires the scope. In an open transaction, an error rolls back only this operation.
    fn write<T: Send + 'static>(
        self,
        needed: Scope,
        key: Option<IdempotencyKey>,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Self::Answer<T>;

    /// Places an order, alone or in a batch with concurrent orders. See [`Orders::place`](crate::Orders::place).
    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Self::Answer<Order>;

    /// The answer of an operation that needs no database.
    fn known<T: Send + 'static>(outcome: Result<T>) -> Self::Answer<T>;

    /// Changes the result of an operation.
    fn map<T: Send + 'static, U: Send + 'static>(
        answer: Self::Answer<T>,
        change: impl FnOnce(T) -> U + Send + 'static,
    ) -> Self::Answer<U>;
}

/// A valid value, or an early return with the error as the answer of the operation.
macro_rules! checked {
    ($access:ident, $value:expr) => {
        match $value {
            Ok(value) => value,
            Err(error) => return $access::known(Err(error.into())),
        }
    };
}
pub(super) use checked;

mod sealed {
    pub trait Sealed {}
    impl Sealed for &super::Database {}
    impl Sealed for &mut super::Connection {}
    impl Sealed for super::super::Guarded<'_> {}
    impl Sealed for super::super::Asynchronous {}
}

impl Database {
    /// The report, unless sales are queued, which would need a write.
    pub(super) fn settled_report<T>(
        &self,
        rollups: Rollups,
        body: &impl Fn(&mut SalesReader<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.run_snapshot(|conn| match rollups.wait(conn)? {
            true => Ok(None),
            false => body(&mut SalesReader::folded(conn)).map(Some),
        })
    }

    /// The report from the rollups, or from all orders.
    pub(super) fn report_now<T>(
        &self,
        is_folded: bool,
        body: &impl Fn(&mut SalesReader<'_>) -> Result<T>,
    ) -> Result<T> {
        self.run_snapshot(|conn| match is_folded {
            true => body(&mut SalesReader::folded(conn)),
            false => body(&mut SalesReader::unfolded(conn)),
        })
    }
}

/// Whether the sales queue was folded; `false` if the database refused the write, so that the report reads all orders.
pub(super) fn can_fold(folded: Result<()>) -> Result<bool> {
    match folded {
        Ok(()) => Ok(true),
        Err(Error::Unavailable(why)) => {
            tracing::debug!(%why, "folding the sales queue failed, so the report reads all orders");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

impl Access for &Database {
    type Answer<T: Send + 'static> = Result<T>;

    fn read<T: Send + 'static>(
        self,
        _: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Database::run_read(self, |conn| body(conn, &Context::OPERATOR))
    }

    fn snapshot<T: Send + 'static>(
        self,
        _: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Database::run_snapshot(self, |conn| body(conn, &Context::OPERATOR))
    }

    fn report<T: Send + 'static>(
        self,
        rollups: Rollups,
        body: impl Fn(&mut SalesReader<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if let Some(report) = self.settled_report(rollups, &body)? {
            return Ok(report);
        }
        let is_folded = can_fold(self.fold_for(rollups))?;
        self.report_now(is_folded, &body)
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

    fn known<T: Send + 'static>(outcome: Result<T>) -> Result<T> {
        outcome
    }

    fn map<T: Send + 'static, U: Send + 'static>(
        answer: Result<T>,
        change: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U> {
        answer.map(change)
    }
}

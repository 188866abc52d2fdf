//! Operations within an open transaction. Each is a step, whose error rolls back only that step.

use diesel::Connection as _;

use super::{
    Access, Analytics, Categories, Inventory, Orders, Payments, ProductGroups, Products, ShopSettings, Users, Vouchers,
};
use crate::analytics::sales::{self, Rollups, SalesReader};
use crate::context::{Caller, Context};
use crate::engine::{Connection, fixed};
use crate::error::{Error, Result};
use crate::ordering::{NewOrder, Order, Request};
use crate::types::{IdempotencyKey, Scope};

impl Access for &mut Connection {
    type Answer<T: Send + 'static> = Result<T>;

    fn read<T: Send + 'static>(
        self,
        _: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        body(self, &Context::OPERATOR)
    }

    fn snapshot<T: Send + 'static>(
        self,
        _: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        body(self, &Context::OPERATOR)
    }

    fn report<T: Send + 'static>(
        self,
        rollups: Rollups,
        body: impl Fn(&mut SalesReader<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if !rollups.wait(self)? {
            return body(&mut SalesReader::folded(self));
        }
        match fold_within(self, rollups) {
            Ok(()) => body(&mut SalesReader::folded(self)),
            Err(Error::Unavailable(_)) => body(&mut SalesReader::unfolded(self)),
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
        in_step(self, |conn| body(conn, &context))
    }

    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Order> {
        let request = Request::new(order, Context::new(Caller::operator(), key));
        in_step(self, |conn| request.place(conn))
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

/// Folds within the open transaction.
fn fold_within(conn: &mut Connection, rollups: Rollups) -> Result<()> {
    while in_step(conn, sales::fold)? == sales::BATCH {}
    if rollups == Rollups::WithPairs {
        while in_step(conn, sales::fold_pairs)? == sales::PAIRS_BATCH {}
    }
    Ok(())
}

/// Runs one operation in a savepoint, so that its error rolls back only that operation.
fn in_step<T>(conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
    if !conn.steps_are_cached() {
        // Diesel returns the error of a failed rollback; keep the one that caused it.
        let mut first = None;
        let outcome = conn.transaction(|conn| {
            // A failure must be known before the savepoint is released.
            let outcome = body(conn).and_then(|value| conn.await_responses().map(|()| value));
            outcome.map_err(|error| {
                first = Some(error);
                Error::RolledBack
            })
        });
        return outcome.map_err(|error| first.unwrap_or(error));
    }
    // Diesel would prepare its own savepoints again each time. After a panic the savepoint stays open, but the
    // transaction is rolled back.
    fixed!("SAVEPOINT step").run(conn)?;
    let outcome = body(conn);
    if outcome.is_err() && fixed!("ROLLBACK TO step").run(conn).is_err() {
        // The failure, such as a full disk, rolled back the whole transaction, so no later step may run.
        conn.mark_as_broken();
        return outcome;
    }
    fixed!("RELEASE step").run(conn)?;
    outcome
}

/// The operations of [`Database`](crate::Database), within the open transaction.
impl Connection {
    /// Settings of the shop.
    pub fn shop(&mut self) -> ShopSettings<&mut Self> {
        ShopSettings(self)
    }

    /// Users.
    pub fn users(&mut self) -> Users<&mut Self> {
        Users(self)
    }

    /// Categories.
    pub fn categories(&mut self) -> Categories<&mut Self> {
        Categories(self)
    }

    /// Products.
    pub fn products(&mut self) -> Products<&mut Self> {
        Products::new(self)
    }

    /// Groups of products.
    pub fn groups(&mut self) -> ProductGroups<&mut Self> {
        ProductGroups::new(self)
    }

    /// Inventory.
    pub fn inventory(&mut self) -> Inventory<&mut Self> {
        Inventory::new(self)
    }

    /// Orders.
    pub fn orders(&mut self) -> Orders<&mut Self> {
        Orders::new(self)
    }

    /// Payments.
    pub fn payments(&mut self) -> Payments<&mut Self> {
        Payments::new(self)
    }

    /// Vouchers.
    pub fn vouchers(&mut self) -> Vouchers<&mut Self> {
        Vouchers::new(self)
    }

    /// Reports, including the changes of the open transaction. They block other reports until the transaction ends.
    /// Within [`Database::read`](crate::Database::read) and [`Database::snapshot`](crate::Database::snapshot), use
    /// [`Database::analytics`](crate::Database::analytics), because a read-only connection cannot fold queued sales.
    pub fn analytics(&mut self) -> Analytics<&mut Self> {
        Analytics(self)
    }
}

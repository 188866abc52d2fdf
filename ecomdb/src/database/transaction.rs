//! The nouns within an open transaction: each operation is a step of it, whose error undoes only itself.

use diesel::Connection as _;

use super::{Access, Analytics, Categories, Inventory, Orders, Payments, Products, Users};
use crate::analytics::sales::{self, Rollups, SalesReader};
use crate::engine::{Connection, fixed};
use crate::error::{Error, Result};

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

/// The same nouns as on [`Database`](crate::Database), within the open transaction.
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
    /// transaction ends. In [`Database::read`](crate::Database::read) and [`Database::snapshot`](crate::Database::snapshot) use [`Database::analytics`](crate::Database::analytics): a connection that
    /// only reads cannot fold the sales that wait.
    pub fn analytics(&mut self) -> Analytics<&mut Self> {
        Analytics(self)
    }
}

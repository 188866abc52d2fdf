//! Maintenance of the rollups that reports read.
//!
//! A transaction that completes, refunds or cancels a completed order [`record`]s one event. [`fold`] applies queued
//! events to the rollups. It uses only the events and immutable facts (items, totals, customers and times of orders).
//! The rollups are therefore exact for the folded events, in whatever order and however late these are folded.
//! order or how much later they are folded: the rollups are exact as of the events that were.

mod changes;
mod fold;
mod pairs;
mod reader;
mod rebuild;
mod rollup;

pub(crate) use self::fold::{count_waiting, fold, lock, waiting};
pub(crate) use self::pairs::{PAIRS_BATCH, fold_pairs, pairs_waiting};
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub use self::reader::SalesReader;
pub(crate) use self::rebuild::{Comparison, compare, rebuild, sum_up_customers};
pub(super) use self::rollup::slices;

use crate::backend::{Connection, fixed};
#[cfg(feature = "mysql")]
use crate::backend::{Sql, rows, sql_for_rows};
use crate::error::Result;
use crate::types::{Money, OrderId};

/// Maximum number of events folded in one transaction, which bounds its duration.
pub(crate) const BATCH: usize = 5_000;
/// Maximum number of products in an order whose pairs are counted; pairs grow quadratically.
pub(crate) const LARGEST_BASKET: usize = 25;

/// The rollups that a report reads, which must be folded first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub enum Rollups {
    /// All rollups except product pairs.
    Sums,
    /// All rollups.
    WithPairs,
}

impl Rollups {
    /// Whether events are queued for these rollups.
    pub(crate) fn wait(self, conn: &mut Connection) -> Result<bool> {
        Ok(waiting(conn)? || (self == Self::WithPairs && pairs_waiting(conn, 1)?))
    }
}

/// A change to the sales of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    /// The order was completed.
    Completed,
    /// The amount was refunded, as a part of the total.
    RefundedInPart(Money),
    /// The rest was refunded; the amount is the sum of the earlier partial refunds.
    Refunded(Money),
    /// An order with total 0, completed when placed, was cancelled.
    Cancelled,
}

/// Queues the change for the rollups, in the transaction that makes it.
pub(crate) fn record(conn: &mut Connection, order: OrderId, sale: Sale) -> Result<()> {
    let (sign, refunded) = match sale {
        Sale::Completed => (1_i64, 0),
        Sale::RefundedInPart(amount) => (0, amount.minor()),
        Sale::Refunded(before) => (-1, -before.minor()),
        Sale::Cancelled => (-1, 0),
    };
    let insert = fixed!("INSERT INTO sales_events (order_id, sign, refunded) VALUES (?, ?, ?)");
    insert.int(order).int(sign).int(refunded).run(conn)?;
    Ok(())
}

/// Queues the completion of these orders.
#[cfg(feature = "mysql")]
pub(crate) fn record_completed(conn: &mut Connection, orders: &[OrderId]) -> Result<()> {
    if !orders.is_empty() {
        let rows = rows(orders.len(), "(?, 1, 0)");
        let insert = format!("INSERT INTO sales_events (order_id, sign, refunded) VALUES {rows}");
        let insert = sql_for_rows(orders.len(), insert);
        orders.iter().copied().fold(insert, Sql::int).run(conn)?;
    }
    Ok(())
}

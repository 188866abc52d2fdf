//! The rollups that reports read, and how they follow the orders.
//!
//! A transaction that moves an order into or out of the state completed, or gives back a part of it, [`record`]s one
//! event. [`fold`] takes the events that wait and adds what they changed to the rollups. Nothing but the events' own rows
//! and what never changes (items, totals, customers and times of orders) goes into it, so it does not matter in which
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

/// The most events that one transaction folds, so that none takes long.
pub(crate) const BATCH: usize = 5_000;
/// The largest basket whose products count as bought together: the pairs grow with its square.
pub(crate) const LARGEST_BASKET: usize = 25;

/// What a report reads, so what is to be folded before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub enum Rollups {
    /// All but the pairs of products.
    Sums,
    /// Those too.
    WithPairs,
}

impl Rollups {
    /// Whether anything waits to be folded into them.
    pub(crate) fn wait(self, conn: &mut Connection) -> Result<bool> {
        Ok(waiting(conn)? || (self == Self::WithPairs && pairs_waiting(conn, 1)?))
    }
}

/// What happened to the sales of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    /// It was completed.
    Completed,
    /// A part of its total was given back.
    RefundedInPart(Money),
    /// The rest of it was given back, after so much in parts.
    Refunded(Money),
    /// It was completed, since it cost nothing, and is cancelled.
    Cancelled,
}

/// Notes it for the rollups, in the transaction in which it happens.
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

/// Notes that these orders were completed.
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

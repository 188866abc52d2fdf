//! Sales events: one for each change of an order's sales. The next report folds them into the rollups.

use crate::engine::{Connection, Sql, fixed, rows, sql_for_rows};
use crate::error::Result;
use crate::types::{Money, OrderId};

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
    Ok(insert.int(order).int(sign).int(refunded).send(conn)?)
}

/// Queues the completion of these orders.
pub(crate) fn record_completed(conn: &mut Connection, orders: &[OrderId]) -> Result<()> {
    if !orders.is_empty() {
        let rows = rows(orders.len(), "(?, 1, 0)");
        let insert = format!("INSERT INTO sales_events (order_id, sign, refunded) VALUES {rows}");
        let insert = sql_for_rows(orders.len(), insert);
        orders.iter().copied().fold(insert, Sql::int).send(conn)?;
    }
    Ok(())
}

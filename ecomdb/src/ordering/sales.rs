//! Sales events: one for each change of an order's sales or of its stage. The next report folds them into the rollups.

use super::{OrderRecord, Payment};
use crate::engine::{Connection, fixed, sql};
use crate::error::Result;
use crate::types::{Money, OrderId, OrderStatus};

/// A change of the sales of an order, or of the stage that it has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    /// The order was placed.
    Placed { is_completed: bool, has_payment: bool },
    /// The order got its first payment, but was not completed by it.
    Attempted,
    /// The order was completed some time after it was placed.
    Completed { by_first_payment: bool },
    /// The amount was refunded, which is a part of the total.
    RefundedInPart(Money),
    /// The remaining amount was refunded. The value is the sum of the earlier partial refunds.
    Refunded(Money),
    /// An order with total 0, completed when placed, was cancelled.
    Cancelled,
}

/// The values of an event, without the order id.
struct Changes {
    sign: i64,
    refunded: i64,
    placed: i64,
    attempted: i64,
    returned: i64,
}

impl Sale {
    /// The event of placing an order.
    pub(super) fn placed(order: &OrderRecord, payment: Option<&Payment>) -> Self {
        Self::Placed { is_completed: order.status == OrderStatus::Completed, has_payment: payment.is_some() }
    }

    fn changes(self) -> Changes {
        let none = Changes { sign: 0, refunded: 0, placed: 0, attempted: 0, returned: 0 };
        match self {
            Self::Placed { is_completed, has_payment } => {
                let attempted = i64::from(is_completed || has_payment);
                Changes { sign: i64::from(is_completed), placed: 1, attempted, ..none }
            }
            Self::Attempted => Changes { attempted: 1, ..none },
            Self::Completed { by_first_payment } => Changes { sign: 1, attempted: i64::from(by_first_payment), ..none },
            Self::RefundedInPart(amount) => Changes { refunded: amount.minor(), ..none },
            Self::Refunded(before) => Changes { sign: -1, refunded: -before.minor(), returned: 1, ..none },
            Self::Cancelled => Changes { sign: -1, attempted: -1, ..none },
        }
    }

    /// Sign and attempted, the only values that differ between events of placing an order.
    pub(super) fn of_placing(self) -> [i64; 2] {
        let Changes { sign, attempted, .. } = self.changes();
        [sign, attempted]
    }
}

/// Queues the change for the rollups, in the transaction that makes it.
pub(crate) fn record(conn: &mut Connection, order: OrderId, sale: Sale) -> Result<()> {
    let Changes { sign, refunded, placed, attempted, returned } = sale.changes();
    let insert = fixed!(
        "INSERT INTO sales_events (order_id, sign, refunded, placed, attempted, returned) VALUES (?, ?, ?, ?, ?, ?)"
    );
    let insert = insert.int(order).int(sign).int(refunded).int(placed).int(attempted).int(returned);
    Ok(insert.send(conn)?)
}

/// Queues the events of placing these orders.
pub(super) fn record_placed(conn: &mut Connection, orders: &[(OrderId, Sale)]) -> Result<()> {
    if !orders.is_empty() {
        let values = orders.iter().fold(sql(""), |values, (order, sale)| {
            let [sign, attempted] = sale.of_placing();
            values.int(*order).int(sign).int(0_i64).int(attempted)
        });
        let into = "sales_events (order_id, sign, refunded, attempted)";
        conn.insert_rows(into, orders.len(), values).send(conn)?;
    }
    Ok(())
}

//! Cancelling an order: the stock goes back, and so does what was already paid of it.

use diesel::prelude::*;

use super::{Order, OrderStatus, detail, lock, return_stock};
use crate::backend::Connection;
use crate::error::{Conflict, Result};
use crate::inventory::MovementReason;
use crate::payments;
use crate::schema::orders;
use crate::types::time::{Stamp, now};
use crate::types::{OrderId, UserId};

pub(super) fn cancel(conn: &mut Connection, id: OrderId, owner: Option<UserId>) -> Result<Order> {
    let order = lock(conn, id, owner)?;
    if order.status != OrderStatus::Pending {
        return Err(Conflict::IllegalTransition {
            entity: "order",
            id: id.get(),
            from: order.status.as_str(),
            to: OrderStatus::Cancelled.as_str(),
            why: "only a pending order can be cancelled; a completed one can be refunded",
        }
        .into());
    }
    let at = now();
    let returned = payments::close_all(conn, id, at)?;
    return_stock(conn, id, MovementReason::Cancel, at)?;
    diesel::update(orders::table.find(id))
        .set((
            orders::status.eq(OrderStatus::Cancelled),
            orders::cancelled_at.eq(Some(Stamp::from(at))),
            orders::refunded.eq(returned),
        ))
        .execute(conn)?;
    detail(conn, id, owner)
}

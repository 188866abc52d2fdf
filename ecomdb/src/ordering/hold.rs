//! Holds: a pending order holds its units until the end of its hold, `expires_at`.
//!
//! After that it cannot be paid, whether or not a sweep has cancelled it, because that is decided under the order's
//! lock. A sweep cancels many orders in one transaction: it locks the orders that no other transaction has locked, then
//! their stock by ascending product id, then their vouchers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::stock::return_stock_of;
use super::{NewOrder, Order, detail, lock};
use crate::context::Context;
use crate::engine::{Connection, Sql, send, sql};
use crate::error::{Conflict, Result};
use crate::idempotency;
use crate::schema::orders;
use crate::types::time::now;
use crate::types::{HoldMinutes, OrderId, UserId};
use crate::vouchers;

/// Makes the hold of an order last for this number of minutes from now on. A longer hold is kept.
pub(crate) fn extend(conn: &mut Connection, context: &Context, id: OrderId, minutes: HoldMinutes) -> Result<Order> {
    let request = || format!("order {id} for {} minutes", minutes.get());
    let find = |conn: &mut Connection, id| detail(conn, context, OrderId::new(id));
    let make = |conn: &mut Connection| hold_longer(conn, context, id, minutes).map(|order| (id.get(), order));
    let order = idempotency::once(conn, context, "orders.extend", request, find, make)?;
    Ok(order.shown(context))
}

fn hold_longer(conn: &mut Connection, context: &Context, id: OrderId, minutes: HoldMinutes) -> Result<Order> {
    let (order, at) = (lock(conn, context, id)?, now());
    let Some(end) = order.expires_at else { return Err(Conflict::NoHold { order_id: id, from: order.status }.into()) };
    if let Some(expired_at) = order.expired_at(at) {
        return Err(Conflict::OrderExpired { order_id: id, expired_at }.into());
    }
    let end = end.max(minutes.after(at));
    send!(conn, diesel::update(orders::table.find(id)).set(orders::expires_at.eq(Some(end))))?;
    detail(conn, context, id)
}

/// Which orders to expire.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Due<'a> {
    /// All orders whose hold has ended.
    All,
    /// The orders among them that hold a product of this order, or a use of its voucher when that is used up.
    InTheWayOf(&'a NewOrder),
}

/// Cancels at most `limit` orders whose hold has ended, earliest end first. Skips orders that another transaction has
/// locked. An owner can expire only its own orders. Returns the number of orders.
pub(crate) fn expire(conn: &mut Connection, context: &Context, due: Due<'_>, limit: i64) -> Result<usize> {
    let at = now();
    let found = ended(conn, context, due, at, limit)?;
    let orders = if found.is_empty() { found } else { locked(conn, &found, at)? };
    if orders.is_empty() {
        return Ok(0);
    }
    let with_voucher = with_voucher(conn, &orders)?;
    close(conn, &orders, at)?;
    return_stock_of(conn, &orders, at)?;
    for (order, user) in with_voucher {
        vouchers::give_back(conn, order, user)?;
    }
    Ok(orders.len())
}

/// Whether there is an order as in [`Due::InTheWayOf`].
pub(super) fn is_in_the_way(conn: &mut Connection, order: &NewOrder) -> Result<bool> {
    Ok(!ended(conn, &Context::OPERATOR, Due::InTheWayOf(order), now(), 1)?.is_empty())
}

/// The orders with a voucher, by ascending voucher id, with their users.
fn with_voucher(conn: &mut Connection, orders: &[OrderId]) -> Result<Vec<(OrderId, UserId)>> {
    let (is_among, values) = conn.among(&["o.id"], orders.iter().copied().fold(sql(""), Sql::int));
    let select = sql(format!(
        "SELECT o.id, o.user_id FROM orders o JOIN order_adjustments a ON a.order_id = o.id \
         WHERE o.adjustments IS NOT NULL AND a.voucher_id IS NOT NULL AND {is_among} \
         ORDER BY a.voucher_id, o.user_id, o.id"
    ));
    let found: Vec<(i64, i64)> = select.all(values).rows::<(BigInt, BigInt), _>(conn)?;
    Ok(found.into_iter().map(|(order, user)| (OrderId::new(order), UserId::new(user))).collect())
}

/// Cancels the orders, which must be unpaid, and fails their pending payments.
fn close(conn: &mut Connection, orders: &[OrderId], at: DateTime<Utc>) -> Result<()> {
    let ids = || orders.iter().copied().fold(sql(""), Sql::int);
    let (is_among, values) = conn.among(&["order_id"], ids());
    let fail = sql(format!("UPDATE payments SET status = 'failed' WHERE status = 'pending' AND {is_among}"));
    fail.all(values).send(conn)?;
    let (is_among, values) = conn.among(&["id"], ids());
    let cancel = sql(format!(
        "UPDATE orders SET status = 'cancelled', cancelled_at = ?, expires_at = NULL, cancel_reason = 'expired' \
         WHERE {is_among}"
    ));
    Ok(cancel.time(at).all(values).send(conn)?)
}

/// Orders whose hold has ended, as found by a read without locks.
fn ended(
    conn: &mut Connection,
    context: &Context,
    due: Due<'_>,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OrderId>> {
    let found: Vec<i64> = query(conn, context, due, at, limit, "").rows::<BigInt, i64>(conn)?;
    Ok(found.into_iter().map(OrderId::new).collect())
}

/// Whether the order `o` has a use of the voucher with this code, which is used up, or used up for the user of `o`.
const USES_VOUCHER: &str = " OR EXISTS (SELECT 1 FROM order_adjustments a JOIN vouchers v ON v.id = a.voucher_id \
     JOIN voucher_uses u ON u.voucher_id = v.id AND u.user_id = o.user_id \
     WHERE a.order_id = o.id AND v.code = ? \
     AND (v.used >= v.usage_limit OR u.used >= v.per_user_limit AND u.user_id = ?))";

/// The query of [`ended`], after `prefix`.
fn query(conn: &Connection, context: &Context, due: Due<'_>, at: DateTime<Utc>, limit: i64, prefix: &str) -> Sql {
    let moment = conn.moment();
    let query =
        sql(format!("{prefix}SELECT o.id FROM orders o WHERE o.status = 'pending' AND o.expires_at <= {moment}"));
    let mut query = query.moment(at);
    if let Some(owner) = context.owner() {
        query = query.and(" AND o.user_id = ?").int(owner);
    }
    if let Due::InTheWayOf(order) = due {
        let (is_among, products) = conn.among(&["i.product_id"], order.lines.keys().copied().fold(sql(""), Sql::int));
        let holds = format!(" AND (EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND {is_among})");
        query = query.and(&holds).all(products);
        if let Some(code) = &order.voucher {
            query = query.and(USES_VOUCHER).text(code).int(order.user_id);
        }
        query = query.and(")");
    }
    query.and(" ORDER BY o.expires_at, o.id LIMIT ?").int(limit)
}

/// The orders among these that are still due, locked. Skips orders that another transaction has locked.
fn locked(conn: &mut Connection, orders: &[OrderId], at: DateTime<Utc>) -> Result<Vec<OrderId>> {
    let lock = conn.for_update_skipping();
    if lock.is_empty() {
        return Ok(orders.to_vec());
    }
    let (is_among, values) = conn.among(&["id"], orders.iter().copied().fold(sql(""), Sql::int));
    let moment = conn.moment();
    let text = format!("SELECT id FROM orders WHERE {is_among} AND expires_at <= {moment} ORDER BY id{lock}");
    let found: Vec<i64> = sql(text).all(values).moment(at).rows::<BigInt, i64>(conn)?;
    Ok(found.into_iter().map(OrderId::new).collect())
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::Text;

    use super::*;
    use crate::types::ProductId;
    use crate::{Database, Error};

    /// How SQLite finds the orders, as its query plan.
    fn plan(db: &Database, due: Due<'_>) -> String {
        type Step = (i64, i64, i64, String);
        let steps = db.read(|conn| {
            let query = query(conn, &Context::OPERATOR, due, now(), 100, "EXPLAIN QUERY PLAN ");
            Ok::<_, Error>(query.rows::<(BigInt, BigInt, BigInt, Text), Step>(conn)?)
        });
        steps.unwrap().swap_remove(0).3
    }

    #[test]
    fn due_orders_are_found_by_the_end_of_their_hold() {
        let db = Database::open("sqlite::memory:").unwrap();
        let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(1), 1).voucher("TEN").build().unwrap();
        for due in [Due::All, Due::InTheWayOf(&order)] {
            assert_eq!(plan(&db, due), "SEARCH o USING INDEX orders_expires_at_idx (expires_at<?)", "{due:?}");
        }
    }
}

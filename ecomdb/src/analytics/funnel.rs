//! Funnel of orders, and orders without payment.

use diesel::sql_types::{BigInt, Text, Timestamp};

use super::rows::{FunnelStep, UnpaidOrder};
use super::sales::SalesReader;
use super::sums::sums;
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::text_enum::text_enum;
use crate::types::time::Stamp;
use crate::types::{Limit, Money, OrderId, Period, UserId};

text_enum! {
    /// A stage that orders reach.
    FunnelStage {
        /// The order was placed.
        Placed = "placed",
        /// A payment was attempted, or the total is zero.
        PaymentAttempted = "payment_attempted",
        /// The order was paid in full.
        Paid = "paid",
        /// The order was paid, and refunded in full.
        Refunded = "refunded",
    }
}

/// Pending orders without a completed payment, by ascending id.
pub(crate) fn unpaid(conn: &mut Connection, period: &Period, limit: Limit) -> Result<Vec<UnpaidOrder>> {
    let (from, to) = period.bounds();
    type Row = (i64, i64, String, i64, Stamp, i64);
    let at = conn.moment();
    let rows: Vec<Row> = sql(format!(
        "SELECT o.id, o.user_id, u.email, o.total, o.placed_at, \
         (SELECT COUNT(*) FROM payments p WHERE p.order_id = o.id) \
         FROM orders o JOIN users u ON u.id = o.user_id \
         WHERE o.status = 'pending' AND o.status <> 'completed' AND o.placed_at >= {at} AND o.placed_at < {at} \
         AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'paid') \
         ORDER BY o.id LIMIT ?"
    ))
    .moment(from)
    .moment(to)
    .int(limit.get())
    .rows::<(BigInt, BigInt, Text, BigInt, Timestamp, BigInt), Row>(conn)?;
    let order = |(id, user, email, total, placed_at, payment_attempts): Row| UnpaidOrder {
        order_id: OrderId::new(id),
        user_id: UserId::new(user),
        email,
        total: Money::from_minor(total),
        placed_at: placed_at.into(),
        payment_attempts,
    };
    Ok(rows.into_iter().map(order).collect())
}

/// All stages, in order. Completed orders are read from the rollups; the others are counted by status.
pub(crate) fn funnel(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<FunnelStep>> {
    let (from, to) = period.bounds();
    let completed = sums(conn, (from, to))?;
    let (int, at) = (conn.int_type(), conn.moment());
    let others = sql(format!(
        "SELECT s.status, CAST(s.attempted AS {int}), COUNT(*), CAST(SUM(s.total) AS {int}) FROM (\
         SELECT o.status, o.total, CASE WHEN o.status = 'refunded' OR EXISTS \
         (SELECT 1 FROM payments p WHERE p.order_id = o.id) THEN 1 ELSE 0 END AS attempted FROM orders o \
         WHERE o.status IN ('pending', 'cancelled', 'refunded') AND o.status <> 'completed' AND o.placed_at >= {at} AND o.placed_at < {at}) s \
         GROUP BY s.status, s.attempted"
    ));
    type Row = (String, i64, i64, i64);
    let others: Vec<Row> = others.moment(from).moment(to).rows::<(Text, BigInt, BigInt, BigInt), Row>(conn)?;
    let count = |start: (i64, Money), counts: &dyn Fn(&str, bool) -> bool| {
        let mut matching = others.iter().filter(|(status, attempted, ..)| counts(status, *attempted != 0));
        matching.try_fold(start, |(orders, amount), (_, _, more, total)| -> Result<_> {
            Ok((orders + more, amount.plus(Money::from_minor(*total))?))
        })
    };
    let start = (completed.orders, completed.revenue);
    let placed = count(start, &|_, _| true)?;
    let step = |stage, (orders, amount): (i64, Money)| FunnelStep {
        stage,
        orders,
        amount,
        share_of_placed: if placed.0 == 0 { 0.0 } else { orders as f64 / placed.0 as f64 },
    };
    Ok(vec![
        step(FunnelStage::Placed, placed),
        step(FunnelStage::PaymentAttempted, count(start, &|_, attempted| attempted)?),
        step(FunnelStage::Paid, count(start, &|status, _| status == "refunded")?),
        step(FunnelStage::Refunded, count((0, Money::ZERO), &|status, _| status == "refunded")?),
    ])
}

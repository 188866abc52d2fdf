//! Funnel of orders, and orders without payment.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text};

use super::calendar::{Span, split_by_day};
use super::rows::{FunnelStep, UnpaidOrder};
use super::sales::SalesReader;
use crate::engine::{Connection, Moment, sql};
use crate::error::Result;
use crate::types::text_enum::text_enum;
use crate::types::{Limit, Money, OrderId, OrderStatus, Period, UserId};

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
    type Row = (i64, i64, String, i64, DateTime<Utc>, i64);
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
    .rows::<(BigInt, BigInt, Text, BigInt, Moment, BigInt), Row>(conn)?;
    let order = |(id, user, email, total, placed_at, payment_attempts): Row| UnpaidOrder {
        order_id: OrderId::new(id),
        user_id: UserId::new(user),
        email,
        total: Money::from_minor(total),
        placed_at,
        payment_attempts,
    };
    Ok(rows.into_iter().map(order).collect())
}

/// All stages, in order. Whole days are read from the rollup, the rest of the period from the orders.
pub(crate) fn funnel(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<FunnelStep>> {
    let mut stages = [(0, Money::ZERO); 4];
    let days = split_by_day(period.bounds());
    if let Some((first, end)) = days.whole {
        reach(&mut stages, of_days(conn, first, end)?)?;
    }
    for part in days.parts {
        for more in of_orders(conn, part)? {
            reach(&mut stages, more)?;
        }
    }
    let placed = stages[0].0;
    let step = |(stage, (orders, amount)): (&FunnelStage, (i64, Money))| FunnelStep {
        stage: *stage,
        orders,
        amount,
        share_of_placed: if placed == 0 { 0.0 } else { orders as f64 / placed as f64 },
    };
    Ok(FunnelStage::ALL.iter().zip(stages).map(step).collect())
}

/// Orders and the sum of their totals, for each stage.
type Stages = [(i64, Money); 4];

fn reach(stages: &mut Stages, more: Stages) -> Result<()> {
    for ((orders, amount), (more, total)) in stages.iter_mut().zip(more) {
        (*orders, *amount) = (*orders + more, amount.plus(total)?);
    }
    Ok(())
}

fn of_days(conn: &mut SalesReader<'_>, first: i64, end: i64) -> Result<Stages> {
    let int = conn.int_type();
    let sum =
        |column| format!("CAST(COALESCE(SUM({column}), 0) AS {int}), CAST(COALESCE(SUM({column}_amount), 0) AS {int})");
    let sums = ["placed", "attempted", "paid", "returned"].map(sum).join(", ");
    let select = conn.sql(format!("SELECT {sums} FROM funnel_by_day WHERE day >= ? AND day < ?"));
    type Pair = (BigInt, BigInt);
    let (placed, attempted, paid, refunded) =
        select
            .int(first)
            .int(end)
            .one::<(Pair, Pair, Pair, Pair), ((i64, i64), (i64, i64), (i64, i64), (i64, i64))>(conn)?;
    Ok([placed, attempted, paid, refunded].map(|(orders, total)| (orders, Money::from_minor(total))))
}

/// What the orders of each status reached.
fn of_orders(conn: &mut SalesReader<'_>, (from, to): Span) -> Result<Vec<Stages>> {
    let (int, at) = (conn.int_type(), conn.moment());
    let select = sql(format!(
        "SELECT s.status, CAST(s.attempted AS {int}), COUNT(*), CAST(SUM(s.total) AS {int}) FROM (\
         SELECT o.status, o.total, CASE WHEN o.status IN ('completed', 'refunded') OR EXISTS \
         (SELECT 1 FROM payments p WHERE p.order_id = o.id) THEN 1 ELSE 0 END AS attempted FROM orders o \
         WHERE o.placed_at >= {at} AND o.placed_at < {at}) s GROUP BY s.status, s.attempted"
    ));
    type Row = (OrderStatus, i64, i64, i64);
    let rows: Vec<Row> = select.moment(from).moment(to).rows::<(Text, BigInt, BigInt, BigInt), Row>(conn)?;
    let stages = |(status, attempted, orders, total): Row| {
        let is_refunded = status == OrderStatus::Refunded;
        let is_paid = is_refunded || status == OrderStatus::Completed;
        [true, attempted != 0, is_paid, is_refunded]
            .map(|reached| if reached { (orders, Money::from_minor(total)) } else { (0, Money::ZERO) })
    };
    Ok(rows.into_iter().map(stages).collect())
}

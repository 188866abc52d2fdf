//! Rules about each order, proved in one pass over all orders: the order against its lines, payments and refunds, and
//! its lines against the stock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Broken, CheckResult, SHOWN, result};
use crate::engine::{Connection, Moment, sql};
use crate::error::Result;
use crate::types::OrderStatus;

const TOTAL: &str = "the total of an order is the sum of its items and adjustments";
const PAID: &str = "what was paid of an order is the sum of its captured payments, and all of it once it is completed";
const REFUNDED: &str = "what was refunded of an order is the sum of its refunds, and all of it once it is refunded";
const TIMES: &str = "an order has the times of its state, and they follow its placing";
const STOCK: &str = "the stock of a product is the sum of its ledger";

/// Number of orders that are read at a time.
const CHUNK: i64 = 8_192;

/// The results of all rules.
pub(super) fn check(conn: &mut Connection) -> Result<Vec<CheckResult>> {
    let mut pass = Pass::default();
    let mut after = i64::MIN;
    loop {
        let orders = orders(conn, after)?;
        let Some(last) = orders.last() else { break };
        let sums = Sums::of(conn, &orders)?;
        after = last.id;
        orders.iter().zip(&sums.of_orders).for_each(|(order, sums)| pass.look_at(order, sums));
        for (product, units) in sums.returned {
            *pass.ledger.entry(product).or_default() += units;
        }
    }
    pass.finish(conn)
}

struct Order {
    id: i64,
    status: OrderStatus,
    total: i64,
    /// The part of the total that comes from adjustments.
    adjustments: i64,
    paid: i64,
    refunded: i64,
    item_count: i64,
    placed_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    /// Whether it has a reason for its cancellation.
    has_reason: bool,
}

/// The next orders after an id, by ascending id.
fn orders(conn: &mut Connection, after: i64) -> Result<Vec<Order>> {
    type Amounts = (i64, Option<i64>, i64, i64, i64);
    type MaybeTime = Option<DateTime<Utc>>;
    type Times = (DateTime<Utc>, MaybeTime, MaybeTime, MaybeTime);
    type Row = (i64, OrderStatus, Amounts, Times, Option<String>);
    type Columns = (
        BigInt,
        Text,
        (BigInt, Nullable<BigInt>, BigInt, BigInt, BigInt),
        (Moment, Nullable<Moment>, Nullable<Moment>, Nullable<Moment>),
        Nullable<Text>,
    );
    let select =
        sql("SELECT id, status, total, adjustments, paid, refunded, item_count, placed_at, expires_at, completed_at, \
                      cancelled_at, cancel_reason FROM orders WHERE id > ? ORDER BY id LIMIT ?");
    let mut orders = Vec::new();
    let add = |(id, status, amounts, (placed_at, expires_at, completed_at, cancelled_at), reason): Row| {
        let (total, adjustments, paid, refunded, item_count) = amounts;
        let adjustments = adjustments.unwrap_or(0);
        orders.push(Order {
            id,
            status,
            total,
            adjustments,
            paid,
            refunded,
            item_count,
            placed_at,
            expires_at,
            completed_at,
            cancelled_at,
            has_reason: reason.is_some(),
        });
    };
    select.int(after).int(CHUNK).each::<Columns, Row>(conn, add)?;
    Ok(orders)
}

/// The sums of the lines, payments and refunds of an order. `items` is `None` without lines.
#[derive(Debug, Clone, Copy)]
struct Sum {
    items: Option<i64>,
    units: i64,
    captured: i64,
    returned: i64,
}

/// The sums of consecutive orders.
struct Sums {
    of_orders: Vec<Sum>,
    /// Units by product that orders took (negative) or returned.
    returned: BTreeMap<i64, i64>,
}

impl Sums {
    fn of(conn: &mut Connection, orders: &[Order]) -> Result<Self> {
        let (Some(first), Some(last)) = (orders.first(), orders.last()) else {
            return Ok(Self { of_orders: Vec::new(), returned: BTreeMap::new() });
        };
        let span = (first.id, last.id);
        let place = |order: i64| orders.binary_search_by_key(&order, |order| order.id).ok();
        let mut sums = vec![Sum { items: None, units: 0, captured: 0, returned: 0 }; orders.len()];
        let mut returned: BTreeMap<i64, i64> = BTreeMap::new();
        let mut at = 0;
        let line = |(order, product, quantity, unit_price): (i64, i64, i64, i64)| {
            while orders.get(at).is_some_and(|at| at.id < order) {
                at += 1;
            }
            let Some(order) = orders.get(at).filter(|at| at.id == order) else { return };
            let sum = &mut sums[at];
            (sum.items, sum.units) = (Some(sum.items.unwrap_or(0) + quantity * unit_price), sum.units + quantity);
            if order.cancelled_at.is_none() {
                *returned.entry(product).or_default() -= quantity;
            }
        };
        let select = "SELECT order_id, product_id, quantity, unit_price FROM order_items \
                      WHERE order_id >= ? AND order_id <= ? ORDER BY order_id";
        sql(select).int(span.0).int(span.1).each::<(BigInt, BigInt, BigInt, BigInt), _>(conn, line)?;
        let select = "SELECT order_id, amount FROM payments WHERE order_id >= ? AND order_id <= ? \
                      AND status IN ('paid', 'refunded')";
        let add = |(order, amount): (i64, i64)| {
            if let Some(place) = place(order) {
                sums[place].captured += amount;
            }
        };
        sql(select).int(span.0).int(span.1).each::<(BigInt, BigInt), _>(conn, add)?;
        let select = "SELECT order_id, amount FROM refunds WHERE order_id >= ? AND order_id <= ?";
        let add = |(order, amount): (i64, i64)| {
            if let Some(place) = place(order) {
                sums[place].returned += amount;
            }
        };
        sql(select).int(span.0).int(span.1).each::<(BigInt, BigInt), _>(conn, add)?;
        Ok(Self { of_orders: sums, returned })
    }
}

#[derive(Default)]
struct Pass {
    orders: i64,
    totals: Vec<Broken>,
    paid: Vec<Broken>,
    refunded: Vec<Broken>,
    times: Vec<Broken>,
    /// Units by product that the lines took from the stock (negative) or returned.
    ledger: BTreeMap<i64, i64>,
}

impl Pass {
    fn look_at(&mut self, order: &Order, sum: &Sum) {
        self.orders += 1;
        if !order.has_its_total(sum) {
            let (items, units) = (sum.items.map_or(0, |items| items + order.adjustments), sum.units);
            let is = format!("{} for {} units", order.total, order.item_count);
            note(&mut self.totals, order, is, format!("{items} for {units} units"));
        }
        let Order { status, total, paid, refunded, .. } = order;
        if !order.is_paid_as_it_says(sum) {
            let should = format!("payments of {} on a total of {total}", sum.captured);
            note(&mut self.paid, order, format!("{status}, paid {paid}"), should);
        }
        if !order.is_refunded_as_it_says(sum) {
            let should = format!("refunds of {} on a total of {total}", sum.returned);
            note(&mut self.refunded, order, format!("{status}, refunded {refunded}"), should);
        }
        if !order.has_its_times() {
            let should = "the times and the reason of its state, after placed_at";
            note(&mut self.times, order, status.to_string(), should.to_owned());
        }
    }

    fn finish(mut self, conn: &mut Connection) -> Result<Vec<CheckResult>> {
        let of_orders = |rule, broken| result(rule, "order", self.orders, broken);
        let mut results = vec![
            of_orders(TOTAL, self.totals),
            of_orders(PAID, self.paid),
            of_orders(REFUNDED, self.refunded),
            of_orders(TIMES, self.times),
        ];
        results.insert(0, stock(conn, &mut self.ledger)?);
        Ok(results)
    }
}

impl Order {
    fn has_its_total(&self, sum: &Sum) -> bool {
        sum.items.is_some_and(|items| items + self.adjustments == self.total) && self.item_count == sum.units
    }

    fn is_paid_as_it_says(&self, sum: &Sum) -> bool {
        let is_paid = self.paid == self.total;
        self.paid == sum.captured
            && self.paid <= self.total
            && match self.status {
                OrderStatus::Completed | OrderStatus::Refunded => is_paid,
                OrderStatus::Pending => !is_paid,
                OrderStatus::Cancelled => true,
            }
    }

    fn is_refunded_as_it_says(&self, sum: &Sum) -> bool {
        let is_refunded = self.refunded == self.total;
        self.refunded == sum.returned
            && self.refunded <= self.total
            && match self.status {
                OrderStatus::Refunded => is_refunded,
                OrderStatus::Completed => !is_refunded || self.total == 0,
                OrderStatus::Pending => self.refunded == 0,
                OrderStatus::Cancelled => true,
            }
    }

    fn has_its_times(&self) -> bool {
        let is_paid = matches!(self.status, OrderStatus::Completed | OrderStatus::Refunded);
        let follows = |time: Option<DateTime<Utc>>| time.is_none_or(|time| time >= self.placed_at);
        self.completed_at.is_some() == is_paid
            && self.cancelled_at.is_some() == (self.status == OrderStatus::Cancelled)
            && self.has_reason == (self.status == OrderStatus::Cancelled)
            && follows(self.expires_at)
            && follows(self.completed_at)
            && follows(self.cancelled_at)
    }
}

fn note(broken: &mut Vec<Broken>, order: &Order, is: String, should: String) {
    if broken.len() < SHOWN {
        broken.push((order.id, is, should));
    }
}

/// Compares the stock with its ledger: units that lines took and returned, refunds and movements.
fn stock(conn: &mut Connection, ledger: &mut BTreeMap<i64, i64>) -> Result<CheckResult> {
    let mut add = |(product, units): (i64, i64)| *ledger.entry(product).or_default() += units;
    let movements = sql("SELECT product_id, delta FROM inventory_movements");
    movements.each::<(BigInt, BigInt), _>(conn, &mut add)?;
    let returns = sql("SELECT i.product_id, i.quantity FROM refunds r JOIN order_items i ON i.order_id = r.order_id \
                       WHERE r.restocked = 1");
    returns.each::<(BigInt, BigInt), _>(conn, &mut add)?;
    let (mut compared, mut broken) = (0, Vec::new());
    let inventory = sql("SELECT product_id, quantity FROM inventory ORDER BY product_id");
    let compare = |(product, quantity): (i64, i64)| {
        compared += 1;
        let should = ledger.get(&product).copied().unwrap_or_default();
        if (quantity != should || quantity < 0) && broken.len() < SHOWN {
            broken.push((product, quantity.to_string(), should.to_string()));
        }
    };
    inventory.each::<(BigInt, BigInt), _>(conn, compare)?;
    Ok(result(STOCK, "product", compared, broken))
}

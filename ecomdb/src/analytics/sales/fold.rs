//! Folding of queued sales events into the rollups.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text};

use super::changes::{Changes, Days, Event};
use super::customers::{Customer, CustomerChanges, needs_days};
use super::items::items;
use super::lock::lock;
use super::{BATCH, pairs, rollup, rollup::slices};
use crate::analytics::countries::number_of;
use crate::engine::{Connection, Moment, Sql, marks, sql};
use crate::error::Result;
use crate::types::Country;

/// Whether any event is queued.
pub(crate) fn waiting(conn: &mut Connection) -> Result<bool> {
    Ok(!sql("SELECT id FROM sales_events ORDER BY id LIMIT 1").rows::<BigInt, i64>(conn)?.is_empty())
}

/// Number of queued events.
pub(crate) fn count_waiting(conn: &mut Connection) -> Result<u64> {
    let count = sql("SELECT COUNT(*) FROM sales_events").one::<BigInt, i64>(conn)?;
    Ok(count.unsigned_abs())
}

/// Folds the oldest queued events, at most [`BATCH`], and returns their number. Must run in a transaction.
///
/// A row lock admits one folder at a time. One statement reads the events, and they are deleted by id. An event that
/// commits meanwhile, with whatever id, thus stays queued for the next fold.
pub(crate) fn fold(conn: &mut Connection) -> Result<usize> {
    if !waiting(conn)? {
        return Ok(0);
    }
    lock(conn)?;
    let events = events(conn)?;
    let orders: BTreeSet<i64> = events.iter().filter(|event| event.sign != 0).map(|event| event.order).collect();
    let items = items(conn, orders)?;
    let changes = Changes::of(&events, &items);
    let customers = customer_changes(conn, &changes)?;
    write(conn, changes, customers)?;
    delete(conn, &events)?;
    Ok(events.len())
}

fn events(conn: &mut Connection) -> Result<Vec<Event>> {
    type Row = (i64, i64, (i64, i64, i64, i64, i64), i64, DateTime<Utc>, i64, i64, Option<Country>);
    type Columns =
        (BigInt, BigInt, (BigInt, BigInt, BigInt, BigInt, BigInt), BigInt, Moment, BigInt, BigInt, Nullable<Text>);
    let select = sql("SELECT e.id, e.order_id, e.sign, e.refunded, e.placed, e.attempted, e.returned, o.user_id, \
                      o.placed_at, o.total, o.item_count, o.country \
                      FROM sales_events e JOIN orders o ON o.id = e.order_id ORDER BY e.id LIMIT ?");
    let rows: Vec<Row> = select.int(BATCH as i64).rows::<Columns, Row>(conn)?;
    let event = |(id, order, changes, user, placed_at, total, units, country): Row| Event {
        id,
        order,
        sign: changes.0,
        refunded: changes.1,
        placed: changes.2,
        attempted: changes.3,
        returned: changes.4,
        user,
        placed_at,
        total,
        units,
        country: number_of(country),
    };
    Ok(rows.into_iter().map(event).collect())
}

/// What the changes do to the rollups by customer.
fn customer_changes(conn: &mut Connection, changes: &Changes) -> Result<CustomerChanges> {
    let changed = changes.by_customer();
    let before = customers(conn, changed.keys().copied())?;
    let rearranged = changed.iter().filter(|(user, days)| needs_days(before.get(user), days)).map(|(user, _)| *user);
    let mut all_days = days_of(conn, rearranged)?;
    let mut outcome = CustomerChanges::default();
    for (user, changes) in &changed {
        match all_days.remove(user) {
            Some(days) => outcome.rearrange(*user, days, changes),
            None => outcome.extend(*user, before.get(user), changes),
        }
    }
    Ok(outcome.finish())
}

/// The rows of these customers, if they have one.
fn customers(conn: &mut Connection, users: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, Customer>> {
    let mut customers = BTreeMap::new();
    for some in slices(&Vec::from_iter(users)) {
        let select = sql(format!(
            "SELECT user_id, orders, revenue, refunded, first_day, last_day FROM sales_by_customer WHERE user_id IN ({})",
            marks(some.len())
        ));
        type Row = (i64, i64, i64, i64, i64, i64);
        let select = some.iter().copied().fold(select, Sql::int);
        let rows: Vec<Row> = select.rows::<(BigInt, BigInt, BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
        let customer =
            |(user, orders, revenue, refunded, first, last)| (user, [orders, revenue, refunded, first, last]);
        customers.extend(rows.into_iter().map(customer));
    }
    Ok(customers)
}

/// All days of these customers.
fn days_of(conn: &mut Connection, users: impl Iterator<Item = i64>) -> Result<BTreeMap<i64, Days>> {
    let users = Vec::from_iter(users);
    let mut days: BTreeMap<i64, Days> = users.iter().map(|user| (*user, Days::new())).collect();
    for some in slices(&users) {
        let select = sql(format!(
            "SELECT user_id, day, orders, revenue, refunded FROM sales_by_customer_day WHERE user_id IN ({})",
            marks(some.len())
        ));
        type Row = (i64, i64, i64, i64, i64);
        let select = some.iter().copied().fold(select, Sql::int);
        let rows: Vec<Row> = select.rows::<(BigInt, BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
        for (user, day, orders, revenue, refunded) in rows {
            days.entry(user).or_default().insert(day, [orders, revenue, refunded]);
        }
    }
    Ok(days)
}

fn write(conn: &mut Connection, changes: Changes, customers: CustomerChanges) -> Result<()> {
    rollup::BY_MONTH.write(conn, &Vec::from_iter(changes.months))?;
    rollup::BY_DAY.write(conn, &Vec::from_iter(changes.days))?;
    rollup::BY_QUARTER_HOUR.write(conn, &Vec::from_iter(changes.quarter_hours))?;
    rollup::BY_PRODUCT.write(conn, &Vec::from_iter(changes.products))?;
    rollup::BY_PRODUCT_MONTH.write(conn, &Vec::from_iter(changes.product_months))?;
    rollup::BY_PRODUCT_DAY.write(conn, &Vec::from_iter(changes.product_days))?;
    rollup::BY_COUNTRY_DAY.write(conn, &Vec::from_iter(changes.country_days))?;
    rollup::BY_CUSTOMER_DAY.write(conn, &Vec::from_iter(changes.customer_days))?;
    rollup::FUNNEL_BY_DAY.write(conn, &Vec::from_iter(changes.funnel))?;
    rollup::BY_CUSTOMER.write(conn, &Vec::from_iter(customers.customers))?;
    rollup::BY_COHORT.write(conn, &Vec::from_iter(customers.cohorts))?;
    let baskets: Vec<(i64, i64)> = changes.baskets.into_iter().map(|(order, [sign])| (order, sign)).collect();
    pairs::hand_on(conn, &baskets)
}

fn delete(conn: &mut Connection, events: &[Event]) -> Result<()> {
    for some in slices(events) {
        let delete = sql(format!("DELETE FROM sales_events WHERE id IN ({})", marks(some.len())));
        some.iter().map(|event| event.id).fold(delete, Sql::int).run(conn)?;
    }
    Ok(())
}

//! All rollups except pairs, added up in one pass over the orders. Slices of time limit the memory.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use super::{Comparison, SHOWN};
use crate::analytics::by_id::{ById, IntMap};
use crate::analytics::calendar::{Buckets, Span, day_of, month_of, quarter_hour_of, start_of_month};
use crate::analytics::sales::items::lines;
use crate::analytics::sales::rollup::{
    BY_COHORT, BY_COUNTRY_DAY, BY_CUSTOMER, BY_CUSTOMER_DAY, BY_DAY, BY_MONTH, BY_PRODUCT, BY_PRODUCT_DAY,
    BY_PRODUCT_MONTH, BY_QUARTER_HOUR, FUNNEL_BY_DAY, Rollup,
};
use crate::engine::{Connection, Moment, Sql, sql};
use crate::error::Result;
use crate::types::Period;

/// Number of months in a slice.
const MONTHS: usize = 3;
/// Maximum number of keys of a rollup; unused keys are 0.
type Keys = (i64, i64);

/// Compares all rollups except pairs, in the order of [`ROLLUPS`](crate::analytics::sales::rollup::ROLLUPS).
pub(super) fn compare(conn: &mut Connection) -> Result<Vec<Comparison>> {
    let mut pass = Pass::new();
    for slice in slices(conn)? {
        pass.add_sales(conn, slice)?;
        pass.add_funnel(conn, slice)?;
        pass.add_customers();
        pass.compare_slice(conn, slice)?;
    }
    pass.finish(conn)
}

/// Slices that together cover all time, each with a few months that have orders.
fn slices(conn: &mut Connection) -> Result<Vec<Span>> {
    let months = sql(format!("SELECT month FROM {} ORDER BY month", BY_MONTH.table)).rows::<BigInt, i64>(conn)?;
    let (from, to) = Period::ALL.bounds();
    let turns =
        months.into_iter().step_by(MONTHS).skip(1).map(start_of_month).filter(|turn| from < *turn && *turn < to);
    let mut turns: Vec<_> = std::iter::once(from).chain(turns).chain([to]).collect();
    turns.dedup();
    Ok(turns.windows(2).map(|pair| (pair[0], pair[1])).collect())
}

/// The buckets of a slice. The first and the last slice are unbounded.
fn buckets((from, to): Span, bucket_of: fn(DateTime<Utc>) -> i64) -> Buckets {
    let (first, end) = Period::ALL.bounds();
    let from = if from == first { i64::MIN } else { bucket_of(from) };
    (from, if to == end { i64::MAX } else { bucket_of(to) })
}

/// The rollups, each with its expected rows.
struct Pass {
    months: Beside<4>,
    days: Beside<4>,
    quarter_hours: Beside<4>,
    products: Beside<3>,
    product_months: Beside<2>,
    product_days: Beside<2>,
    country_days: Beside<4>,
    customer_days: Beside<3>,
    customers: Beside<5>,
    cohorts: Beside<4>,
    funnel: Beside<8>,
    /// Orders, revenue and refunds of the slice, by customer and month.
    customer_months: IntMap<Keys, [i64; 3]>,
    /// The month of each customer's first order.
    cohort_of: ById<i64>,
}

/// A row of `sales_folded`.
struct Sale {
    order: i64,
    user: i64,
    placed_at: DateTime<Utc>,
    country: i64,
    orders: i64,
    units: i64,
    revenue: i64,
    refunded: i64,
}

impl Pass {
    fn new() -> Self {
        Self {
            months: Beside::new(&BY_MONTH),
            days: Beside::new(&BY_DAY),
            quarter_hours: Beside::new(&BY_QUARTER_HOUR),
            products: Beside::new(&BY_PRODUCT),
            product_months: Beside::new(&BY_PRODUCT_MONTH),
            product_days: Beside::new(&BY_PRODUCT_DAY),
            country_days: Beside::new(&BY_COUNTRY_DAY),
            customer_days: Beside::new(&BY_CUSTOMER_DAY),
            customers: Beside::new(&BY_CUSTOMER),
            cohorts: Beside::new(&BY_COHORT),
            funnel: Beside::new(&FUNNEL_BY_DAY),
            customer_months: IntMap::default(),
            cohort_of: ById::default(),
        }
    }

    fn add_sales(&mut self, conn: &mut Connection, slice: Span) -> Result<()> {
        let mut sales = sales_in(conn, slice)?;
        for sale in &sales {
            let (month, day) = (month_of(sale.placed_at), day_of(sale.placed_at));
            let sums = [sale.orders, sale.units, sale.revenue, sale.refunded];
            self.months.add((month, 0), sums);
            self.days.add((day, 0), sums);
            self.quarter_hours.add((quarter_hour_of(sale.placed_at), 0), sums);
            self.country_days.add((day, sale.country), sums);
            let spent = [sale.orders, sale.revenue, sale.refunded];
            self.customer_days.add((day, sale.user), spent);
            add_all(self.customer_months.entry((sale.user, month)).or_default(), spent);
        }
        sales.sort_unstable_by_key(|sale| sale.order);
        // An order can have several rows: itself, and queued changes that are subtracted.
        let net = |rows: &[Sale]| (rows[0].order, rows[0].placed_at, rows.iter().map(|sale| sale.orders).sum::<i64>());
        let net: Vec<_> = sales.chunk_by(|left, right| left.order == right.order).map(net).collect();
        let net: Vec<_> = net.into_iter().filter(|(.., orders)| *orders != 0).collect();
        let ids: Vec<i64> = net.iter().map(|(order, ..)| *order).collect();
        let mut net = net.into_iter().peekable();
        lines(conn, &ids, |items| {
            while net.next_if(|(order, ..)| *order < items[0].order).is_some() {}
            let Some((_, placed_at, orders)) = net.next_if(|(order, ..)| *order == items[0].order) else { return };
            let (month, day) = (month_of(placed_at), day_of(placed_at));
            for item in items {
                let units = orders * item.quantity;
                let revenue = units * item.unit_price;
                self.products.add((item.product, 0), [orders, units, revenue]);
                self.product_months.add((month, item.product), [units, revenue]);
                self.product_days.add((day, item.product), [units, revenue]);
            }
        })
    }

    fn add_funnel(&mut self, conn: &mut Connection, (from, to): Span) -> Result<()> {
        let at = conn.moment();
        let select = format!(
            "SELECT placed_at, total, placed, attempted, paid, returned FROM funnel_folded \
             WHERE placed_at >= {at} AND placed_at < {at}"
        );
        type Row = (DateTime<Utc>, i64, (i64, i64, i64, i64));
        let add = |(placed_at, total, (placed, attempted, paid, returned)): Row| {
            let stages = [placed, attempted, paid, returned];
            let values = std::array::from_fn(|i| if i % 2 == 0 { stages[i / 2] } else { stages[i / 2] * total });
            self.funnel.add((day_of(placed_at), 0), values);
        };
        let select = sql(select).moment(from).moment(to);
        Ok(select.each::<(Moment, BigInt, (BigInt, BigInt, BigInt, BigInt)), Row>(conn, add)?)
    }

    /// Adds the values that follow from the sales by customer and day or month. Only days and months with orders count.
    fn add_customers(&mut self) {
        for ((day, user), [orders, revenue, refunded]) in &self.customer_days.expected {
            if *orders != 0 {
                let [sum, spent, returned, first, last] =
                    self.customers.expected.entry((*user, 0)).or_insert([0, 0, 0, i64::MAX, i64::MIN]);
                (*sum, *spent, *returned) = (*sum + orders, *spent + revenue, *returned + refunded);
                (*first, *last) = ((*first).min(*day), (*last).max(*day));
            }
        }
        self.customer_months.retain(|_, [orders, ..]| *orders != 0);
        let mut firsts: ById<i64> = ById::default();
        for (user, month) in self.customer_months.keys() {
            let first = firsts.entry(*user).or_insert(*month);
            *first = (*first).min(*month);
        }
        for (user, month) in firsts {
            self.cohort_of.entry(user).or_insert(month);
        }
        for ((user, month), [orders, revenue, refunded]) in self.customer_months.drain() {
            let cohort = self.cohort_of.get(&user).copied().unwrap_or(month);
            self.cohorts.add((cohort, month), [1, orders, revenue, refunded]);
        }
    }

    fn compare_slice(&mut self, conn: &mut Connection, slice: Span) -> Result<()> {
        self.months.compare(conn, Some(buckets(slice, month_of)))?;
        self.days.compare(conn, Some(buckets(slice, day_of)))?;
        self.quarter_hours.compare(conn, Some(buckets(slice, quarter_hour_of)))?;
        self.product_months.compare(conn, Some(buckets(slice, month_of)))?;
        self.product_days.compare(conn, Some(buckets(slice, day_of)))?;
        self.country_days.compare(conn, Some(buckets(slice, day_of)))?;
        self.customer_days.compare(conn, Some(buckets(slice, day_of)))?;
        self.funnel.compare(conn, Some(buckets(slice, day_of)))
    }

    fn finish(mut self, conn: &mut Connection) -> Result<Vec<Comparison>> {
        self.products.compare(conn, None)?;
        self.customers.compare(conn, None)?;
        self.cohorts.compare(conn, None)?;
        Ok(vec![
            self.months.compared(conn)?,
            self.days.compared(conn)?,
            self.quarter_hours.compared(conn)?,
            self.products.compared(conn)?,
            self.product_months.compared(conn)?,
            self.product_days.compared(conn)?,
            self.country_days.compared(conn)?,
            self.customer_days.compared(conn)?,
            self.customers.compared(conn)?,
            self.cohorts.compared(conn)?,
            self.funnel.compared(conn)?,
        ])
    }
}

fn sales_in(conn: &mut Connection, (from, to): Span) -> Result<Vec<Sale>> {
    let at = conn.moment();
    let select = format!(
        "SELECT order_id, user_id, placed_at, country, orders, units, revenue, refunded FROM sales_folded \
         WHERE placed_at >= {at} AND placed_at < {at}"
    );
    type Row = ((i64, i64, DateTime<Utc>, i64), (i64, i64, i64, i64));
    let mut sales = Vec::new();
    let add = |((order, user, placed_at, country), (orders, units, revenue, refunded)): Row| {
        sales.push(Sale { order, user, placed_at, country, orders, units, revenue, refunded });
    };
    let select = sql(select).moment(from).moment(to);
    select.each::<((BigInt, BigInt, Moment, BigInt), (BigInt, BigInt, BigInt, BigInt)), Row>(conn, add)?;
    Ok(sales)
}

/// A rollup of `V` values, with its expected rows.
struct Beside<const V: usize> {
    rollup: &'static Rollup,
    /// The expected rows, without those of compared slices.
    expected: IntMap<Keys, [i64; V]>,
    /// The first rows that differ: the actual values, and the expected ones.
    differing: BTreeMap<Keys, [[i64; V]; 2]>,
}

impl<const V: usize> Beside<V> {
    fn new(rollup: &'static Rollup) -> Self {
        Self { rollup, expected: IntMap::default(), differing: BTreeMap::new() }
    }

    fn add(&mut self, keys: Keys, values: [i64; V]) {
        add_all(self.expected.entry(keys).or_insert([0; V]), values);
    }

    /// Compares the rows of the buckets, or all rows, with the expected rows, which are then dropped.
    fn compare(&mut self, conn: &mut Connection, buckets: Option<Buckets>) -> Result<()> {
        let (table, columns) = (self.rollup.table, self.columns());
        let select = match buckets {
            Some((first, end)) => {
                let key = self.rollup.keys[0];
                sql(format!("SELECT {columns} FROM {table} WHERE {key} >= ? AND {key} < ?")).int(first).int(end)
            }
            None => sql(format!("SELECT {columns} FROM {table}{}", self.rollup.present())),
        };
        let mut expected = std::mem::take(&mut self.expected);
        self.each(conn, select, |beside, keys, is| {
            let should = expected.remove(&keys).unwrap_or([0; V]);
            beside.note(keys, [is, should]);
        })?;
        for (keys, should) in expected {
            self.note(keys, [[0; V], should]);
        }
        Ok(())
    }

    fn note(&mut self, keys: Keys, [is, should]: [[i64; V]; 2]) {
        if is != should {
            self.differing.insert(keys, [is, should]);
            if self.differing.len() > SHOWN {
                self.differing.pop_last();
            }
        }
    }

    /// Two keys, and three or eight values; zeros for those that the rollup lacks.
    fn columns(&self) -> String {
        let padded = |names: &[&'static str], count| -> Vec<&'static str> {
            names.iter().copied().chain(std::iter::repeat("0")).take(count).collect()
        };
        [padded(self.rollup.keys, 2), padded(self.rollup.values, if V <= 3 { 3 } else { 8 })].concat().join(", ")
    }

    fn each(
        &mut self,
        conn: &mut Connection,
        select: Sql,
        mut take: impl FnMut(&mut Self, Keys, [i64; V]),
    ) -> Result<()> {
        type Key = (BigInt, BigInt);
        if V <= 3 {
            type Row = (Keys, (i64, i64, i64));
            let row = |(keys, (a, b, c)): Row| take(&mut *self, keys, std::array::from_fn(|i| [a, b, c][i]));
            select.each::<(Key, (BigInt, BigInt, BigInt)), Row>(conn, row)?;
        } else {
            type Four = (BigInt, BigInt, BigInt, BigInt);
            type Row = (Keys, (i64, i64, i64, i64), (i64, i64, i64, i64));
            let row = |(keys, (a, b, c, d), (e, f, g, h)): Row| {
                take(&mut *self, keys, std::array::from_fn(|i| [a, b, c, d, e, f, g, h][i]));
            };
            select.each::<(Key, Four, Four), Row>(conn, row)?;
        }
        Ok(())
    }

    fn compared(self, conn: &mut Connection) -> Result<Comparison> {
        let described = |((a, b), [is, should]): (Keys, [[i64; V]; 2])| self.rollup.described(&[a, b], &is, &should);
        self.rollup.comparison(conn, self.differing.into_iter().map(described).collect())
    }
}

fn add_all<const N: usize>(sums: &mut [i64; N], more: [i64; N]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

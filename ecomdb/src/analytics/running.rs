//! Sums of the sales of one product, or to one customer, in each of many spans of time.
//!
//! The sum of a span is the difference of the running totals at its ends. The running total at an instant is that at
//! the nearest midnight (UTC), read from the rollup by day, plus or minus the sales between the two, read from the
//! orders. Thus at most half a day of orders is read for each end, in any time zone.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::BigInt;

use super::calendar::{SECONDS_PER_DAY, Span, day_of, start_of_day};
use super::sales::{SalesReader, slices};
use crate::engine::{Connection, Moment, Sql, sql};
use crate::error::Result;

/// The product or customer whose sales are summed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sales {
    /// Sums: units, revenue, 0.
    OfProduct(i64),
    /// Sums: orders, revenue, refunds.
    ToCustomer(i64),
}

pub(super) type Sums = [i64; 3];

/// The sums of each span; 0 for an empty span.
pub(super) fn sums_of_each(conn: &mut SalesReader<'_>, sales: Sales, spans: &[Span]) -> Result<Vec<Sums>> {
    let totals = RunningTotals::read(conn, sales, spans)?;
    let sums = |(from, to): &Span| match from < to {
        true => minus(totals.until(*to), totals.until(*from)),
        false => Sums::default(),
    };
    Ok(spans.iter().map(sums).collect())
}

/// The first and the last day (UTC) with sales, if there is one.
pub(super) fn days_with_sales(conn: &mut SalesReader<'_>, sales: Sales) -> Result<Option<(i64, i64)>> {
    let select = match sales {
        Sales::OfProduct(_) => {
            "SELECT MIN(s.day), MAX(s.day) FROM sales_by_day d CROSS JOIN sales_by_product_day s \
             WHERE s.day = d.day AND s.product_id = ? AND s.units > 0 HAVING COUNT(*) > 0"
        }
        Sales::ToCustomer(_) => "SELECT first_day, last_day FROM sales_by_customer WHERE user_id = ? AND orders > 0",
    };
    let days = conn.sql(select).int(sales.id()).rows::<(BigInt, BigInt), (i64, i64)>(conn)?;
    Ok(days.first().copied())
}

/// Running totals at the ends of some spans, from an arbitrary origin.
struct RunningTotals {
    /// Days with sales, each with the running total at its end.
    days: Vec<(i64, Sums)>,
    /// Sales near the ends of the spans, each with the sum of all of them up to it.
    sales: Vec<(DateTime<Utc>, Sums)>,
}

impl RunningTotals {
    fn read(conn: &mut SalesReader<'_>, sales: Sales, spans: &[Span]) -> Result<Self> {
        let mut ends: Vec<DateTime<Utc>> = spans.iter().flat_map(|(from, to)| [*from, *to]).collect();
        ends.sort_unstable();
        ends.dedup();
        let (Some(first), Some(last)) = (ends.first(), ends.last()) else {
            return Ok(Self { days: Vec::new(), sales: Vec::new() });
        };
        let days = sales.by_day(conn, (nearest_midnight(*first), nearest_midnight(*last)))?;
        let sales = sales.within(conn, &to_nearest_midnights(&ends))?;
        Ok(Self { days: add_up(days), sales: add_up(sales) })
    }

    fn until(&self, moment: DateTime<Utc>) -> Sums {
        let midnight = nearest_midnight(moment);
        let before = |time| total_before(&self.sales, time);
        let since_midnight = minus(before(moment), before(start_of_day(midnight)));
        plus(total_before(&self.days, midnight), since_midnight)
    }
}

impl Sales {
    const fn id(self) -> i64 {
        match self {
            Self::OfProduct(id) | Self::ToCustomer(id) => id,
        }
    }

    /// Days in a half-open range, in order.
    fn by_day(self, conn: &mut SalesReader<'_>, (first, end): (i64, i64)) -> Result<Vec<(i64, Sums)>> {
        let select = match self {
            // The key of this rollup begins with the day, so each day of the shop is looked up.
            Self::OfProduct(_) => format!(
                "SELECT s.day, s.units, s.revenue, CAST(0 AS {}) FROM sales_by_day d CROSS JOIN sales_by_product_day s \
                 WHERE s.day = d.day AND s.product_id = ? AND d.day >= ? AND d.day < ? ORDER BY d.day",
                conn.int_type()
            ),
            Self::ToCustomer(_) => "SELECT day, orders, revenue, refunded FROM sales_by_customer_day \
                                    WHERE user_id = ? AND day >= ? AND day < ? ORDER BY day"
                .to_owned(),
        };
        type Row = (i64, i64, i64, i64);
        let select = conn.sql(select).int(self.id()).int(first).int(end);
        let rows: Vec<Row> = select.rows::<(BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
        Ok(rows.into_iter().map(|(day, a, b, c)| (day, [a, b, c])).collect())
    }

    /// The sales within disjoint spans, which must be in order. May also return sales between the spans.
    pub(super) fn within(self, conn: &mut SalesReader<'_>, spans: &[Span]) -> Result<Vec<(DateTime<Utc>, Sums)>> {
        let (Some((from, _)), Some((_, to))) = (spans.first(), spans.last()) else { return Ok(Vec::new()) };
        let mut sales = if self.has_fewer_orders_than(conn, spans)? {
            let select = self.select(conn, By::Id);
            self.load(conn, select, &[(*from, *to)])?
        } else {
            let select = self.select(conn, By::Time);
            let mut sales = Vec::new();
            for some in slices(spans) {
                let union = vec![select.as_str(); some.len()].join(" UNION ALL ");
                sales.extend(self.load(conn, union, some)?);
            }
            sales
        };
        sales.sort_unstable();
        Ok(sales)
    }

    /// Whether reading all orders with the product, or of the customer, is cheaper than reading all orders within the
    /// spans.
    fn has_fewer_orders_than(self, conn: &mut SalesReader<'_>, spans: &[Span]) -> Result<bool> {
        let own = match self {
            Self::OfProduct(_) => "SELECT orders FROM sales_by_product WHERE product_id = ?",
            Self::ToCustomer(_) => "SELECT orders FROM sales_by_customer WHERE user_id = ?",
        };
        let own = conn.sql(own).int(self.id()).rows::<BigInt, i64>(conn)?.first().copied().unwrap_or(0);
        Ok(own <= orders_in(conn, spans)?)
    }

    /// A query for completed orders between two times, which are bound after the id.
    fn select(self, conn: &Connection, by: By) -> String {
        let at = conn.moment();
        let (zero, one) = (format!("CAST(0 AS {})", conn.int_type()), format!("CAST(1 AS {})", conn.int_type()));
        let times = |column: &str| format!("o.status = 'completed' AND {column} >= {at} AND {column} < {at}");
        // SQLite joins in the written order with CROSS JOIN; the servers know how many rows there are.
        match (self, by) {
            (Self::OfProduct(_), By::Id) => format!(
                "SELECT o.placed_at, i.quantity, i.quantity * i.unit_price, {zero} FROM order_items i CROSS JOIN orders o \
                 WHERE i.product_id = ? AND o.id = i.order_id AND {}",
                times(&conn.unindexed("o.placed_at"))
            ),
            (Self::OfProduct(_), By::Time) => format!(
                "SELECT o.placed_at, i.quantity, i.quantity * i.unit_price, {zero} FROM orders o CROSS JOIN order_items i \
                 WHERE i.product_id = ? AND i.order_id = o.id AND {}",
                times("o.placed_at")
            ),
            (Self::ToCustomer(_), By::Id) => format!(
                "SELECT o.placed_at, {one}, o.total, o.refunded FROM orders o WHERE o.user_id = ? AND {}",
                times(&conn.unindexed("o.placed_at"))
            ),
            (Self::ToCustomer(_), By::Time) => format!(
                "SELECT o.placed_at, {one}, o.total, o.refunded FROM orders o WHERE {} = ? AND {}",
                conn.unindexed("o.user_id"),
                times("o.placed_at")
            ),
        }
    }

    fn load(self, conn: &mut Connection, select: String, spans: &[Span]) -> Result<Vec<(DateTime<Utc>, Sums)>> {
        type Row = (DateTime<Utc>, i64, i64, i64);
        let bind = |select: Sql, (from, to): &Span| select.int(self.id()).moment(*from).moment(*to);
        let select = spans.iter().fold(sql(select), bind);
        let rows: Vec<Row> = select.rows::<(Moment, BigInt, BigInt, BigInt), Row>(conn)?;
        Ok(rows.into_iter().map(|(placed_at, a, b, c)| (placed_at, [a, b, c])).collect())
    }
}

/// The index by which orders are found.
#[derive(Debug, Clone, Copy)]
enum By {
    Id,
    Time,
}

/// Approximate number of orders within the spans.
fn orders_in(conn: &mut SalesReader<'_>, spans: &[Span]) -> Result<i64> {
    let (Some((from, _)), Some((_, to))) = (spans.first(), spans.last()) else { return Ok(0) };
    let (first, end) = (day_of(*from), day_of(*to) + 1);
    let select = format!(
        "SELECT CAST(COALESCE(SUM(orders), 0) AS {}) FROM sales_by_day WHERE day >= ? AND day < ?",
        conn.int_type()
    );
    let orders = conn.sql(select).int(first).int(end).one::<BigInt, i64>(conn)?;
    let seconds: i64 = spans.iter().map(|(from, to)| (*to - *from).num_seconds()).sum();
    let all_seconds = (end - first) * SECONDS_PER_DAY;
    Ok(i64::try_from(i128::from(orders) * i128::from(seconds) / i128::from(all_seconds)).unwrap_or(i64::MAX))
}

/// The day (UTC) that begins nearest to an instant.
fn nearest_midnight(moment: DateTime<Utc>) -> i64 {
    day_of(moment + TimeDelta::hours(12))
}

/// The spans between each instant and its nearest midnight, disjoint and in order. The instants must be in order.
fn to_nearest_midnights(moments: &[DateTime<Utc>]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for moment in moments {
        let midnight = start_of_day(nearest_midnight(*moment));
        let (from, to) = (midnight.min(*moment), midnight.max(*moment));
        match spans.last_mut() {
            Some((_, end)) if *end >= from => *end = to.max(*end),
            _ if from < to => spans.push((from, to)),
            _ => {}
        }
    }
    spans
}

/// Replaces each value by the sum of all up to it.
fn add_up<K>(mut values: Vec<(K, Sums)>) -> Vec<(K, Sums)> {
    let mut total = Sums::default();
    for (_, value) in &mut values {
        total = plus(total, *value);
        *value = total;
    }
    values
}

/// The last total before a key.
fn total_before<K: PartialOrd>(totals: &[(K, Sums)], key: K) -> Sums {
    let count = totals.partition_point(|(other, _)| *other < key);
    count.checked_sub(1).map_or(Sums::default(), |last| totals[last].1)
}

fn plus(a: Sums, b: Sums) -> Sums {
    std::array::from_fn(|i| a[i] + b[i])
}

fn minus(a: Sums, b: Sums) -> Sums {
    std::array::from_fn(|i| a[i] - b[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn orders_are_read_from_the_nearest_midnight_alone() {
        let berlin = [at("2026-03-01T23:00:00Z"), at("2026-03-02T23:00:00Z"), at("2026-03-03T23:00:00Z")];
        let spans: Vec<_> =
            to_nearest_midnights(&berlin).iter().map(|(from, to)| (from.to_string(), *to - *from)).collect();
        let hour = TimeDelta::hours(1);
        let starts = ["2026-03-01 23:00:00 UTC", "2026-03-02 23:00:00 UTC", "2026-03-03 23:00:00 UTC"];
        assert_eq!(spans, starts.map(|start| (start.to_owned(), hour)));
        assert_eq!(to_nearest_midnights(&[at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z")]), []);
    }

    #[test]
    fn spans_that_overlap_are_one() {
        let hours: Vec<_> = (0..=24).map(|hour| at("2026-03-01T00:00:00Z") + TimeDelta::hours(hour)).collect();
        assert_eq!(
            to_nearest_midnights(&hours),
            [
                (at("2026-03-01T00:00:00Z"), at("2026-03-01T11:00:00Z")),
                (at("2026-03-01T12:00:00Z"), at("2026-03-02T00:00:00Z"))
            ]
        );
    }
}

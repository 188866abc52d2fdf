//! Sums of orders in any span of time, read from the largest buckets that fit.

use diesel::sql_types::BigInt;

use super::calendar::{Buckets, Finest, Pieces, Span, cut};
use super::sales::{SalesReader, slices};
use crate::engine::{Connection, Sql, sql};
use crate::error::Result;
use crate::types::Money;

/// Sums over completed orders; money in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) orders: i64,
    pub(super) units: i64,
    pub(super) revenue: Money,
    pub(super) refunds: Money,
}

impl Sums {
    pub(crate) fn net(&self) -> Result<Money> {
        Ok(self.revenue.minus(self.refunds)?)
    }

    pub(crate) fn add(&mut self, other: Self) -> Result<()> {
        self.orders += other.orders;
        self.units += other.units;
        self.revenue = self.revenue.plus(other.revenue)?;
        self.refunds = self.refunds.plus(other.refunds)?;
        Ok(())
    }
}

/// Orders, units, revenue, refunded.
pub(super) type Columns = (BigInt, BigInt, BigInt, BigInt);

impl From<(i64, i64, i64, i64)> for Sums {
    fn from((orders, units, revenue, refunded): (i64, i64, i64, i64)) -> Self {
        Self { orders, units, revenue: Money::from_minor(revenue), refunds: Money::from_minor(refunded) }
    }
}

/// Sums of one span.
pub(crate) fn sums(conn: &mut SalesReader<'_>, span: Span) -> Result<Sums> {
    Ok(sums_of_each(conn, &[span])?.first().copied().unwrap_or_default())
}

/// Sums of each span. The number of statements does not depend on the length of the spans.
pub(crate) fn sums_of_each(conn: &mut SalesReader<'_>, spans: &[Span]) -> Result<Vec<Sums>> {
    let mut sums = vec![Sums::default(); spans.len()];
    let pieces: Vec<Pieces> = spans.iter().map(|span| cut(*span, Finest::QuarterHour)).collect();
    let collect = |buckets: fn(&Pieces) -> &[Buckets]| -> Vec<(usize, Buckets)> {
        let of = |(i, pieces)| buckets(pieces).iter().map(move |buckets| (i, *buckets));
        pieces.iter().enumerate().flat_map(of).collect()
    };
    add_buckets(conn, "sales_by_month", "month", &collect(|pieces| pieces.months.as_slice()), &mut sums)?;
    add_buckets(conn, "sales_by_day", "day", &collect(|pieces| &pieces.days), &mut sums)?;
    add_buckets(conn, "sales_by_quarter_hour", "quarter_hour", &collect(|pieces| &pieces.quarter_hours), &mut sums)?;
    for (sums, pieces) in sums.iter_mut().zip(&pieces) {
        for end in &pieces.ends {
            sums.add(sums_of_orders(conn, *end)?)?;
        }
    }
    Ok(sums)
}

/// Adds to the sums of each index the table's values in its range of buckets.
fn add_buckets(
    conn: &mut SalesReader<'_>,
    table: &'static str,
    key: &'static str,
    wanted: &[(usize, Buckets)],
    sums: &mut [Sums],
) -> Result<()> {
    let hull = wanted.iter().map(|(_, buckets)| *buckets).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((first, end)) = hull else { return Ok(()) };
    let buckets: i64 = wanted.iter().map(|(_, (first, end))| end - first).sum();
    // Many adjacent ranges, such as the steps of a trend, are read by one query.
    if wanted.len() > 4 && end - first <= 4 * buckets {
        return add_hull(conn, table, key, (first, end), wanted, sums);
    }
    let (int, columns) = (conn.int_type(), summed(conn));
    // MySQL needs a cast to know the type of a parameter in a select list.
    let range = format!("SELECT CAST(? AS {int}) AS i, CAST(? AS {int}) AS first, CAST(? AS {int}) AS until");
    for some in slices(wanted) {
        let ranges = vec![range.as_str(); some.len()].join(" UNION ALL ");
        let select = conn.sql(format!(
            "SELECT r.i, {columns} FROM ({ranges}) r JOIN {table} s ON s.{key} >= r.first AND s.{key} < r.until \
             GROUP BY r.i"
        ));
        let bind = |select: Sql, (i, (first, end)): &(usize, Buckets)| select.int(*i as i64).int(*first).int(*end);
        let rows = some.iter().fold(select, bind).rows::<(BigInt, Columns), (i64, (i64, i64, i64, i64))>(conn)?;
        for (i, row) in rows {
            sums[i as usize].add(row.into())?;
        }
    }
    Ok(())
}

/// Like [`add_buckets`], with one query for all buckets between the first and the last.
fn add_hull(
    conn: &mut SalesReader<'_>,
    table: &'static str,
    key: &'static str,
    (first, end): Buckets,
    wanted: &[(usize, Buckets)],
    sums: &mut [Sums],
) -> Result<()> {
    let select = conn.sql(format!(
        "SELECT {key}, orders, units, revenue, refunded FROM {table} WHERE {key} >= ? AND {key} < ? ORDER BY {key}"
    ));
    type Row = (i64, (i64, i64, i64, i64));
    let rows: Vec<Row> = select.int(first).int(end).rows::<(BigInt, Columns), Row>(conn)?;
    for (i, (first, end)) in wanted {
        let start = rows.partition_point(|(bucket, _)| bucket < first);
        for (_, row) in rows[start..].iter().take_while(|(bucket, _)| bucket < end) {
            sums[*i].add((*row).into())?;
        }
    }
    Ok(())
}

/// The four sums over a table `s`, cast to integers.
pub(crate) fn summed(conn: &Connection) -> String {
    let int = conn.int_type();
    format!(
        "CAST(SUM(s.orders) AS {int}), CAST(SUM(s.units) AS {int}), CAST(SUM(s.revenue) AS {int}), \
         CAST(SUM(s.refunded) AS {int})"
    )
}

fn sums_of_orders(conn: &mut Connection, (from, to): Span) -> Result<Sums> {
    let (int, at) = (conn.int_type(), conn.moment());
    let select = sql(format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(item_count), 0) AS {int}), CAST(COALESCE(SUM(total), 0) AS {int}), \
         CAST(COALESCE(SUM(refunded), 0) AS {int}) \
         FROM orders WHERE status = 'completed' AND placed_at >= {at} AND placed_at < {at}"
    ));
    Ok(select.moment(from).moment(to).one::<Columns, (i64, i64, i64, i64)>(conn)?.into())
}

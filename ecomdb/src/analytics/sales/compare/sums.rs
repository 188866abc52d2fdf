//! Sums of the rows of a definition, added up here.

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use super::{Difference, SHOWN};
use crate::analytics::by_id::IntMap;
use crate::analytics::calendar::{Buckets, Span, day_of, month_of, quarter_hour_of, start_of_month};
use crate::analytics::sales::rollup::{BY_MONTH, Rollup};
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::Period;

/// Months of a slice, which bounds the memory for the sums.
const MONTHS: usize = 3;
/// As many keys as a rollup can have.
type Keys = (i64, i64);
/// As many values as a rollup can have.
type Values = [i64; 8];
/// What a rollup should have, and what it has.
type Sums = IntMap<Keys, [Values; 2]>;
type Columns = (Key, (BigInt, BigInt, BigInt, BigInt), (BigInt, BigInt, BigInt, BigInt));
type Key = (BigInt, BigInt);
type Row = (Keys, (i64, i64, i64, i64), (i64, i64, i64, i64));

/// A part of a rollup by time: the times of its orders, and its buckets.
type Slice = (Span, Buckets);

impl Rollup {
    /// The first differences. `rows` is the query of rows that the rollup should be the sums of.
    pub(super) fn added_up(&self, conn: &mut Connection, rows: &str) -> Result<Vec<Difference>> {
        let bucket_of: Option<fn(DateTime<Utc>) -> i64> = match self.keys {
            ["month", ..] => Some(month_of),
            ["day", ..] => Some(day_of),
            ["quarter_hour", ..] => Some(quarter_hour_of),
            _ => None,
        };
        let mut differing = Vec::new();
        match bucket_of {
            Some(bucket_of) => {
                for slice in slices(conn, bucket_of)? {
                    differing.extend(self.differing(conn, rows, Some(slice))?);
                }
            }
            None => differing.extend(self.differing(conn, rows, None)?),
        }
        differing.sort_unstable();
        differing.truncate(SHOWN);
        let described = |((a, b), [should, is]): (Keys, [Values; 2])| self.described(&[a, b], &is, &should);
        Ok(differing.into_iter().map(described).collect())
    }

    /// The first keys of a slice, or of all, whose values differ.
    fn differing(&self, conn: &mut Connection, rows: &str, slice: Option<Slice>) -> Result<Vec<(Keys, [Values; 2])>> {
        let columns = self.padded();
        let (is, should) = match slice {
            Some((_, (first, end))) => {
                let (key, at) = (self.keys[0], conn.moment());
                let is = format!("SELECT {columns} FROM {} WHERE {key} >= ? AND {key} < ?", self.table);
                let span = format!("WHERE f.placed_at >= {at} AND f.placed_at < {at}");
                (sql(is).int(first).int(end), format!("SELECT {columns} FROM ({rows} {span}) r"))
            }
            None => (sql(format!("SELECT {columns} FROM {}", self.table)), format!("SELECT {columns} FROM ({rows}) r")),
        };
        let should = slice.into_iter().fold(sql(should), |should, ((from, to), _)| should.moment(from).moment(to));
        let mut sums = Sums::default();
        should.each::<Columns, Row>(conn, |row| add(&mut sums, row, 0))?;
        is.each::<Columns, Row>(conn, |row| add(&mut sums, row, 1))?;
        let mut differing: Vec<_> = sums.into_iter().filter(|(_, [should, is])| should != is).collect();
        differing.sort_unstable();
        differing.truncate(SHOWN);
        Ok(differing)
    }

    /// The columns, with zeros for the keys and values that it does not have.
    fn padded(&self) -> String {
        let padded = |names: &[&'static str], count| -> Vec<&'static str> {
            names.iter().copied().chain(std::iter::repeat("0")).take(count).collect()
        };
        [padded(self.keys, 2), padded(self.values, 8)].concat().join(", ")
    }
}

fn add(sums: &mut Sums, (key, (a, b, c, d), (e, f, g, h)): Row, side: usize) {
    let values = &mut sums.entry(key).or_default()[side];
    for (sum, value) in values.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *sum += value;
    }
}

/// Slices that cover all of time, each of a few months with orders.
fn slices(conn: &mut Connection, bucket_of: fn(DateTime<Utc>) -> i64) -> Result<Vec<Slice>> {
    let months = sql(format!("SELECT month FROM {} ORDER BY month", BY_MONTH.table)).rows::<BigInt, i64>(conn)?;
    let turns: Vec<_> = months.into_iter().step_by(MONTHS).skip(1).map(start_of_month).collect();
    let (from, to) = Period::ALL.bounds();
    let froms = std::iter::once((from, i64::MIN)).chain(turns.iter().map(|turn| (*turn, bucket_of(*turn))));
    let tos = turns.iter().map(|turn| (*turn, bucket_of(*turn))).chain(std::iter::once((to, i64::MAX)));
    let slice = |((from, first), (to, end))| ((from, to), (first, end));
    Ok(froms.zip(tos).map(slice).collect())
}

//! Sums by id over the rows of a period, and rankings of them.

use std::cmp::Reverse;

use diesel::sql_types::BigInt;

use super::by_id::ById;
use super::sales::SalesReader;
use crate::engine::{Engine, Sql};
use crate::error::Result;
use crate::types::Limit;

/// Two sums and a maximum.
pub(super) type Values = [i64; 3];
/// Values by id.
pub(super) type Totals = ById<Values>;

/// Adds up the rows of a query. `columns` are all of its columns, in order: id, two columns to sum, and one of which the
/// maximum is taken. `bind` binds its values.
///
/// SQLite groups by sorting, which takes several times as long as reading the rows, so they are added up here. Servers
/// group by hashing, and then have fewer rows to send.
pub(super) fn totals(
    conn: &mut SalesReader<'_>,
    rows: &str,
    columns: [&str; 4],
    bind: impl FnOnce(Sql) -> Sql,
) -> Result<Totals> {
    let (int, [id, a, b, c]) = (conn.int_type(), columns);
    let query = match conn.engine() {
        Engine::Sqlite => rows.to_owned(),
        Engine::Mysql | Engine::Postgres => format!(
            "SELECT {id}, CAST(SUM({a}) AS {int}), CAST(SUM({b}) AS {int}), CAST(MAX({c}) AS {int}) \
             FROM ({rows}) s GROUP BY {id}"
        ),
    };
    let mut totals = Totals::default();
    let add = |(id, a, b, c): (i64, i64, i64, i64)| {
        let values: &mut Values = totals.entry(id).or_insert([0, 0, i64::MIN]);
        *values = [values[0] + a, values[1] + b, values[2].max(c)];
    };
    bind(conn.sql(query)).each::<(BigInt, BigInt, BigInt, BigInt), _>(conn, add)?;
    Ok(totals)
}

/// The ids with the highest value at `place`, highest first. Ties are broken by id.
pub(super) fn highest(totals: Totals, place: usize, limit: Limit) -> Vec<(i64, Values)> {
    let mut rows: Vec<(i64, Values)> = totals.into_iter().collect();
    let rank = |(id, values): &(i64, Values)| (Reverse(values[place]), *id);
    let limit = limit.get() as usize;
    if limit < rows.len() {
        rows.select_nth_unstable_by_key(limit, rank);
        rows.truncate(limit);
    }
    rows.sort_unstable_by_key(rank);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_ties_are_broken_by_id() {
        let totals: Totals = (1..=9).map(|id| (id, [id / 2, 10 - id, 0])).collect();
        let first = |place| highest(totals.clone(), place, Limit::new(3).unwrap());
        assert_eq!(first(0), [(8, [4, 2, 0]), (9, [4, 1, 0]), (6, [3, 4, 0])]);
        assert_eq!(first(1), [(1, [0, 9, 0]), (2, [1, 8, 0]), (3, [1, 7, 0])]);
    }
}

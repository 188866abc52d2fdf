//! Sums by id over the rows of a period, and rankings by these sums.

use diesel::sql_types::BigInt;

use super::by_id::ById;
use super::ranking::Highest;
use super::sales::SalesReader;
use crate::engine::{Engine, Sql};
use crate::error::Result;
use crate::types::Limit;

/// Two sums and a maximum.
pub(super) type Values = [i64; 3];

/// Values by id.
#[derive(Debug, Clone)]
pub(super) enum Totals {
    /// The values of each id from 0 on. Those without rows have [`NONE`].
    Dense(Vec<Values>),
    Hashed(ById<Values>),
}

/// The values before the first row.
const NONE: Values = [0, 0, i64::MIN];

impl Totals {
    /// Empty totals for about `rows` rows with ids up to `highest`. If there are few gaps between the ids, an array is
    /// indexed by them, which takes a fraction of the time of hashing.
    pub(super) fn for_rows(rows: i64, highest: i64) -> Self {
        match usize::try_from(highest) {
            Ok(last) if Self::lie_close(rows, highest) => Self::Dense(vec![NONE; last + 1]),
            _ => Self::Hashed(ById::default()),
        }
    }

    /// Whether an array for all ids up to `highest` has few places for each row.
    pub(super) fn lie_close(rows: i64, highest: i64) -> bool {
        highest / 4 < rows
    }

    pub(super) fn add(&mut self, (id, a, b, c): (i64, i64, i64, i64)) {
        let values = match self {
            Self::Dense(values) => match usize::try_from(id).ok().filter(|place| *place < values.len()) {
                Some(place) => &mut values[place],
                None => {
                    self.hash();
                    return self.add((id, a, b, c));
                }
            },
            Self::Hashed(values) => values.entry(id).or_insert(NONE),
        };
        *values = [values[0] + a, values[1] + b, values[2].max(c)];
    }

    /// Ids turned out to be higher.
    #[cold]
    fn hash(&mut self) {
        *self = Self::Hashed(self.iter().collect());
    }

    /// Forgets ids by their values.
    pub(super) fn retain(&mut self, keep: impl Fn(&Values) -> bool) {
        match self {
            Self::Dense(values) => values.iter_mut().filter(|values| !keep(values)).for_each(|values| *values = NONE),
            Self::Hashed(values) => values.retain(|_, values| keep(values)),
        }
    }

    pub(super) fn get(&self, id: i64) -> Option<Values> {
        match self {
            Self::Dense(values) => {
                let values = usize::try_from(id).ok().and_then(|place| values.get(place)).copied();
                values.filter(|values| *values != NONE)
            }
            Self::Hashed(values) => values.get(&id).copied(),
        }
    }

    /// Ids with their values, in no particular order.
    pub(super) fn iter(&self) -> Rows<'_> {
        match self {
            Self::Dense(values) => Rows::Dense(values.iter().enumerate()),
            Self::Hashed(values) => Rows::Hashed(values.iter()),
        }
    }
}

/// Ids with their values.
#[derive(Debug, Clone)]
pub(super) enum Rows<'a> {
    Dense(std::iter::Enumerate<std::slice::Iter<'a, Values>>),
    Hashed(std::collections::hash_map::Iter<'a, i64, Values>),
}

impl Iterator for Rows<'_> {
    type Item = (i64, Values);

    fn next(&mut self) -> Option<(i64, Values)> {
        match self {
            Self::Dense(values) => values.find(|(_, values)| **values != NONE).map(|(id, values)| (id as i64, *values)),
            Self::Hashed(values) => values.next().map(|(id, values)| (*id, *values)),
        }
    }
}
/// Adds up the rows of a query to `totals`. `columns` are all of its columns, in order: id, two columns to sum, and one of which the
/// maximum is taken. `bind` binds its values.
///
/// SQLite groups by sorting, which takes several times as long as reading the rows, so they are added up here. Servers
/// group by hashing, and then send fewer rows.
pub(super) fn totals(
    conn: &mut SalesReader<'_>,
    mut totals: Totals,
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
    bind(conn.sql(query)).each::<(BigInt, BigInt, BigInt, BigInt), _>(conn, |row| totals.add(row))?;
    Ok(totals)
}

/// The ids with the highest value at `place`, highest first. Ties are broken by id.
pub(super) fn highest(rows: impl Iterator<Item = (i64, Values)>, place: usize, limit: Limit) -> Vec<(i64, Values)> {
    let mut highest = Highest::new(limit);
    rows.for_each(|(id, values)| highest.offer(values[place], id, values));
    highest.into_sorted().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_ties_are_broken_by_id() {
        let rows = || (1..=9).map(|id| (id, [id / 2, 10 - id, 0]));
        let first = |place| highest(rows(), place, Limit::new(3).unwrap());
        assert_eq!(first(0), [(8, [4, 2, 0]), (9, [4, 1, 0]), (6, [3, 4, 0])]);
        assert_eq!(first(1), [(1, [0, 9, 0]), (2, [1, 8, 0]), (3, [1, 7, 0])]);
    }

    #[test]
    fn an_array_and_a_map_hold_the_same() {
        let rows = [(3, 1, 10, 7), (0, 2, 20, 5), (3, 4, 40, 6), (9, 0, 0, 1)];
        let expected = [(0, [2, 20, 5]), (3, [5, 50, 7]), (9, [0, 0, 1])];
        for highest in [9, 5, -1, i64::MAX] {
            let mut totals = Totals::for_rows(4, highest);
            rows.into_iter().for_each(|row| totals.add(row));
            assert_eq!([totals.get(3), totals.get(4), totals.get(-1)], [Some([5, 50, 7]), None, None]);
            let mut rows: Vec<_> = totals.iter().collect();
            rows.sort_unstable();
            assert_eq!(rows, expected, "ids up to {highest}");
            totals.retain(|[units, ..]| *units > 2);
            assert_eq!(totals.iter().collect::<Vec<_>>(), expected[1..2], "ids up to {highest}");
        }
    }
}

//! Comparing rollups with their definitions.
//!
//! Servers compare in SQL. SQLite would sort all rows to group them, once for each rollup, so they are added up here.

mod one_pass;
mod pairs;

use diesel::sql_types::{BigInt, Text};

use super::rollup::{BY_PAIR, ROLLUPS, Rollup};
use crate::engine::{Connection, Engine, Merge, sql};
use crate::error::Result;

/// A rollup compared with its definition.
pub(crate) struct Comparison {
    pub(crate) rule: &'static str,
    pub(crate) table: &'static str,
    pub(crate) compared: i64,
    /// Key, actual value and expected value of the first rows that differ.
    pub(crate) differences: Vec<Difference>,
}

/// Key, actual value and expected value of a row, as text.
pub(super) type Difference = (String, String, String);

/// Maximum number of differences that are returned.
const SHOWN: usize = 10;

/// Compares every rollup with its definition, and passes on each result. Run it in a snapshot, so that no fold comes in
/// between.
pub(crate) fn compare(conn: &mut Connection, mut take: impl FnMut(Comparison) -> Result<()>) -> Result<()> {
    if conn.engine() == Engine::Sqlite {
        one_pass::compare(conn)?.into_iter().try_for_each(&mut take)?;
        let differences = match pairs::differences(conn)? {
            Some(differences) => differences,
            None => BY_PAIR.queried(conn)?,
        };
        return take(BY_PAIR.comparison(conn, differences)?);
    }
    for rollup in ROLLUPS {
        let differences = rollup.queried(conn)?;
        take(rollup.comparison(conn, differences)?)?;
    }
    Ok(())
}

impl Rollup {
    fn comparison(&self, conn: &mut Connection, differences: Vec<Difference>) -> Result<Comparison> {
        let compared = sql(format!("SELECT COUNT(*) FROM {}", self.table)).one::<BigInt, i64>(conn)?;
        Ok(Comparison { rule: self.rule, table: self.table, compared, differences })
    }

    /// The differences, found by one query.
    fn queried(&self, conn: &mut Connection) -> Result<Vec<Difference>> {
        let columns: Vec<&str> = self.keys.iter().chain(self.values).copied().collect();
        // The names come from the first part of the UNION; the definition itself has none.
        let names = columns.join(", ");
        let signed = |side: &str| -> Vec<String> {
            self.values.iter().map(|value| format!("SUM(CASE WHEN side = '{side}' THEN {value} ELSE 0 END)")).collect()
        };
        let text = |side: &str| format!("CONCAT({})", with_names(self.values, &signed(side)));
        let keys = format!(
            "CONCAT({})",
            with_names(self.keys, &self.keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
        );
        let differ: Vec<String> =
            signed("is").iter().zip(signed("should")).map(|(is, should)| format!("{is} <> {should}")).collect();
        let query = format!(
            "SELECT {keys}, {is}, {should} FROM (SELECT {names}, 'is' AS side FROM {table}{present} \
             UNION ALL SELECT d.*, 'should' FROM ({definition}) d) sides \
             GROUP BY {group} HAVING {differ} ORDER BY {group} LIMIT {SHOWN}",
            is = text("is"),
            should = text("should"),
            table = self.table,
            present = self.present(),
            definition = self.query(),
            group = self.keys.join(", "),
            differ = differ.join(" OR "),
        );
        Ok(sql(query).rows::<(Text, Text, Text), Difference>(conn)?)
    }

    /// A customer without remaining orders keeps a row of zeros.
    fn present(&self) -> &'static str {
        if self.merge == Merge::Replace { " WHERE orders <> 0" } else { "" }
    }

    /// A difference as text.
    fn described(&self, keys: &[i64], is: &[i64], should: &[i64]) -> Difference {
        let words = |names: &[&str], values: &[i64]| {
            let word = |(name, value): (&&str, &i64)| format!("{name} {value}");
            names.iter().zip(values).map(word).collect::<Vec<_>>().join(", ")
        };
        (words(self.keys, keys), words(self.values, is), words(self.values, should))
    }
}

/// Names and values for CONCAT, such as `'month ', month, ', orders ', orders`.
fn with_names(names: &[&str], values: &[String]) -> String {
    let part = |(i, (name, value)): (usize, (&&str, &String))| {
        let comma = if i == 0 { "" } else { ", " };
        format!("'{comma}{name} ', {value}")
    };
    names.iter().zip(values).enumerate().map(part).collect::<Vec<_>>().join(", ")
}

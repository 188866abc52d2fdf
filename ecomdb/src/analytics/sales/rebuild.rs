//! Rebuilding rollups and comparing them with their definitions.

use diesel::sql_types::{BigInt, Text};

use super::lock::lock;
use super::rollup::{ROLLUPS, Rollup};
use crate::engine::{Connection, Merge, sql};
use crate::error::Result;

/// Recomputes every rollup from the base tables. Must run in a transaction.
///
/// Queued events stay queued, because the definitions exclude them. A commit between two statements does no harm: it
/// changes the orders and the queue by the same amount.
pub(crate) fn rebuild(conn: &mut Connection) -> Result<()> {
    lock(conn)?;
    for rollup in ROLLUPS {
        sql(format!("DELETE FROM {}", rollup.table)).run(conn)?;
        sql(format!("INSERT INTO {} ({}) {}", rollup.table, rollup.columns(), rollup.definition)).run(conn)?;
    }
    Ok(())
}

/// Computes the sales by customer from those by customer and day, after a bulk load that filled all other rollups.
pub(crate) fn sum_up_customers(conn: &mut Connection) -> Result<()> {
    let insert = "INSERT INTO sales_by_customer (user_id, orders, revenue, refunded, first_day, last_day) \
                  SELECT user_id, SUM(orders), SUM(revenue), SUM(refunded), MIN(day), MAX(day) \
                  FROM sales_by_customer_day GROUP BY user_id";
    sql(insert).run(conn)?;
    Ok(())
}

/// A rollup compared with its definition.
pub(crate) struct Comparison {
    pub(crate) rule: &'static str,
    pub(crate) table: &'static str,
    pub(crate) compared: i64,
    /// Keys, actual value and expected value of the first rows that differ.
    pub(crate) differences: Vec<(String, String, String)>,
}

/// Compares every rollup with its definition. Run it in a snapshot, so that no fold comes in between.
pub(crate) fn compare(conn: &mut Connection) -> impl Iterator<Item = Result<Comparison>> {
    ROLLUPS.iter().map(move |rollup| rollup.compare(conn))
}

impl Rollup {
    fn compare(&self, conn: &mut Connection) -> Result<Comparison> {
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
        // A customer without remaining orders keeps a row of zeros.
        let present = if self.merge == Merge::Replace { " WHERE orders <> 0" } else { "" };
        let query = format!(
            "SELECT {keys}, {is}, {should} FROM (SELECT {names}, 'is' AS side FROM {table}{present} \
             UNION ALL SELECT d.*, 'should' FROM ({definition}) d) sides \
             GROUP BY {group} HAVING {differ} ORDER BY {group} LIMIT 10",
            is = text("is"),
            should = text("should"),
            table = self.table,
            definition = self.definition,
            group = self.keys.join(", "),
            differ = differ.join(" OR "),
        );
        let compared = sql(format!("SELECT COUNT(*) FROM {}", self.table)).one::<BigInt, i64>(conn)?;
        let differences = sql(query).rows::<(Text, Text, Text), (String, String, String)>(conn)?;
        Ok(Comparison { rule: self.rule, table: self.table, compared, differences })
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

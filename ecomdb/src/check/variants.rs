//! Rules about the products of groups.

use diesel::sql_types::{BigInt, Text};

use super::{CheckResult, SHOWN, result};
use crate::catalog::options;
use crate::engine::{Connection, sql};
use crate::error::Result;

const RULE: &str = "a product of a group has a value for each of the group's options";

/// Number of products that are read at a time.
const CHUNK: i64 = 8_192;

/// The result of the rule, which counts the values in JSON: each engine has other functions for that.
pub(super) fn check(conn: &mut Connection) -> Result<CheckResult> {
    let (mut after, mut compared, mut broken) = (i64::MIN, 0, Vec::new());
    loop {
        let select = "SELECT p.id, g.options, p.option_values FROM products p \
                      JOIN product_groups g ON g.id = p.group_id WHERE p.id > ? ORDER BY p.id LIMIT ?";
        let products = sql(select).int(after).int(CHUNK).rows::<(BigInt, Text, Text), (i64, String, String)>(conn)?;
        let Some((last, ..)) = products.last() else { break };
        after = *last;
        compared += products.len() as i64;
        for (id, options, values) in products {
            let (options, count) = (options::texts(&options), options::texts(&values).len());
            if count != options.len() && broken.len() < SHOWN {
                broken.push((id, format!("the values {values}"), format!("one for each of {}", options.join(", "))));
            }
        }
    }
    Ok(result(RULE, "product", compared, broken))
}

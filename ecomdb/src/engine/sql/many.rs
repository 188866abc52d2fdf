//! Statements for many values. PostgreSQL gets an array for each column: the text is the same for any number of rows,
//! so it is prepared once. The other engines get a placeholder for each value.
//!
//! The values are collected in an [`Sql`] without a text, row by row.

use std::fmt::Write as _;

use super::{Sql, Value, rows, sql, sql_for_rows};
use crate::engine::times::text_of;
use crate::engine::{Connection, Engine};

impl Connection {
    /// `INSERT INTO {into} ...` with this number of rows; `into` is a table with its columns.
    pub(crate) fn insert_rows(&self, into: &str, count: usize, values: Sql) -> Sql {
        let columns = values.values.len() / count.max(1);
        match self.engine() {
            Engine::Postgres => {
                let (table, arrays) = arrays(values, columns);
                sql(format!("INSERT INTO {into} SELECT * FROM {table}")).all(arrays)
            }
            Engine::Sqlite | Engine::Mysql => {
                let rows = rows(count, &format!("({})", rows(columns, "?")));
                sql_for_rows(count, format!("INSERT INTO {into} VALUES {rows}")).all(values)
            }
        }
    }

    /// A condition that the columns equal one of the rows, and the values to bind to it.
    pub(crate) fn among(&self, columns: &[&str], values: Sql) -> (String, Sql) {
        let count = values.values.len() / columns.len().max(1);
        let names = columns.join(", ");
        match (self.engine(), columns) {
            (Engine::Postgres, [_]) => {
                let (table, arrays) = arrays(values, 1);
                let array = table.trim_start_matches("unnest");
                (format!("{names} = ANY{array}"), arrays)
            }
            (Engine::Postgres, _) => {
                let (table, arrays) = arrays(values, columns.len());
                (format!("({names}) IN (SELECT * FROM {table})"), arrays)
            }
            (Engine::Sqlite | Engine::Mysql, [_]) => {
                let marks = rows(count, "?");
                (format!("{names} IN ({marks})"), sql_for_rows(count, String::new()).all(values))
            }
            (Engine::Sqlite | Engine::Mysql, _) => {
                let marks = rows(count, &format!("({})", rows(columns.len(), "?")));
                (format!("({names}) IN ({marks})"), sql_for_rows(count, String::new()).all(values))
            }
        }
    }
}

/// The rows as a table expression of PostgreSQL, and the arrays to bind for it.
pub(crate) fn arrays(values: Sql, columns: usize) -> (String, Sql) {
    let kinds = values.values.iter().take(columns).map(|value| format!("CAST(? AS {}[])", value.kind()));
    let table = format!("unnest({})", kinds.collect::<Vec<_>>().join(", "));
    let column = |column: usize| array(values.values.iter().skip(column).step_by(columns.max(1)));
    let arrays = (0..columns).map(column).fold(sql(""), Sql::text);
    (table, arrays)
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "BIGINT",
            Self::Word(_) | Self::Text(_) => "TEXT",
            Self::Time(_) | Self::Moment(_) => "TIMESTAMP",
        }
    }
}

/// The text of an array: `{1,2}`, `{"a","b"}`.
fn array<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let mut text = String::from("{");
    for (i, value) in values.enumerate() {
        text.push_str(if i == 0 { "" } else { "," });
        match value {
            // Writing to a string cannot fail.
            Value::Int(Some(value)) => drop(write!(text, "{value}")),
            Value::Word(value) => quote(&mut text, value),
            Value::Text(Some(value)) => quote(&mut text, value),
            Value::Time(Some(value)) | Value::Moment(value) => quote(&mut text, &text_of(*value)),
            Value::Int(None) | Value::Text(None) | Value::Time(None) => text.push_str("NULL"),
        }
    }
    text.push('}');
    text
}

fn quote(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn an_array_holds_any_value() {
        let time = DateTime::from_timestamp_micros(1_772_452_800_000_001).unwrap();
        let values = sql("").int(1).text("a \"b\" \\ {c}, NULL").maybe_time(Some(time));
        let values = values.maybe_int(None).word("NULL").maybe_time(None);
        let (table, arrays) = arrays(values, 3);
        assert_eq!(table, "unnest(CAST(? AS BIGINT[]), CAST(? AS TEXT[]), CAST(? AS TIMESTAMP[]))");
        let texts: Vec<_> = arrays.values.iter().map(|value| format!("{value:?}")).collect();
        let expected = ["{1,NULL}", r#"{"a \"b\" \\ {c}, NULL","NULL"}"#, r#"{"2026-03-02 12:00:00.000001",NULL}"#];
        assert_eq!(texts, expected.map(|text| format!("{:?}", Value::Text(Some(text.to_owned())))));
    }
}

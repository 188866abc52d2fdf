//! Differences between the SQL of the engines.

use diesel::sql_types::BigInt;

use super::sql::{Merge, sql};
use super::{Connection, Engine};
use crate::error::Result;

impl Connection {
    /// Suffix of a SELECT that locks its rows until the end of the transaction. SQLite needs none, because it has a
    /// single writer.
    pub(crate) fn for_update(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Mysql | Engine::Postgres => " FOR UPDATE",
        }
    }

    /// Like [`Connection::for_update`], for the rows of one of the joined tables. MariaDB locks the rows of all.
    pub(crate) fn for_update_of(&self, table: &str) -> String {
        match self.engine() {
            Engine::Sqlite => String::new(),
            Engine::Mysql => " FOR UPDATE".to_owned(),
            Engine::Postgres => format!(" FOR UPDATE OF {table}"),
        }
    }

    /// Like [`Connection::for_update`], but leaves out rows that another transaction has locked. MariaDB before 10.6 waits
    /// for them.
    pub(crate) fn for_update_skipping(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            // MySQL and MariaDB each skip the other's comment.
            Engine::Mysql => " FOR UPDATE /*!80001 SKIP LOCKED */ /*M!100600 SKIP LOCKED */",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The name of a column that is a reserved word on some engine.
    pub(crate) fn quoted(&self, name: &str) -> String {
        match self.engine() {
            Engine::Mysql => format!("`{name}`"),
            Engine::Sqlite | Engine::Postgres => format!("\"{name}\""),
        }
    }

    /// Integer type for CAST. Servers return sums of integers as decimals.
    pub(crate) fn int_type(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "INTEGER",
            Engine::Mysql => "SIGNED",
            Engine::Postgres => "BIGINT",
        }
    }

    /// Placeholder for a time in a comparison, bound by [`Sql::moment`](super::Sql::moment).
    pub(crate) fn moment(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "?",
            Engine::Mysql => "CAST(? AS DATETIME(6))",
            Engine::Postgres => "CAST(? AS TIMESTAMP)",
        }
    }

    /// The day (UTC) of a time column, counted from 1970-01-01.
    pub(crate) fn day(&self, column: &str) -> String {
        match self.engine() {
            Engine::Sqlite => format!("{column} / 86400000000"),
            Engine::Mysql => format!("TO_DAYS({column}) - 719528"),
            Engine::Postgres => format!("CAST({column} AS DATE) - DATE '1970-01-01'"),
        }
    }

    /// The column with a unary plus, which hides it from the choice of an index. SQLite has no statistics by default,
    /// so it would use an index on a column where most rows have the same value.
    pub(crate) fn unindexed(&self, column: &str) -> String {
        match self.engine() {
            Engine::Sqlite => format!("+{column}"),
            Engine::Mysql | Engine::Postgres => column.to_owned(),
        }
    }

    /// Suffix of an INSERT that adds to an existing row with the same keys, or replaces its values.
    pub(crate) fn on_conflict(&self, table: &str, keys: &[&str], values: &[&str], merge: Merge) -> String {
        let is_mysql = self.engine() == Engine::Mysql;
        let set = |value: &&str| match (merge, is_mysql) {
            (Merge::Add, true) => format!("{value} = {value} + VALUES({value})"),
            (Merge::Replace, true) => format!("{value} = VALUES({value})"),
            (Merge::Add, false) => format!("{value} = {table}.{value} + excluded.{value}"),
            (Merge::Replace, false) => format!("{value} = excluded.{value}"),
        };
        let sets = values.iter().map(set).collect::<Vec<_>>().join(", ");
        match is_mysql {
            true => format!("ON DUPLICATE KEY UPDATE {sets}"),
            false => format!("ON CONFLICT ({}) DO UPDATE SET {sets}", keys.join(", ")),
        }
    }

    /// Locks rows that the transaction also writes if it changes anything. To decide about other rows, use
    /// [`Connection::lock_by_writing`]. `select` must return the keys in the same order for all callers.
    pub(crate) fn lock_rows(&mut self, select: &'static str, id: i64) -> Result<()> {
        let lock = self.for_update();
        if !lock.is_empty() {
            sql(format!("{select}{lock}")).int(id).rows::<BigInt, i64>(self)?;
        }
        Ok(())
    }

    /// Locks a row by a write, sent before the next statement that is waited for: `update` increments its `revision`.
    /// Of two transactions that write the row, the second waits and sees the changes of the first, or fails and is
    /// retried. It fails between nodes of a Galera cluster, whose locks are local to a node, and at snapshot isolation,
    /// where later commits are invisible. SQLite has one writer, so it needs no lock.
    ///
    /// The value must change, because MariaDB does not replicate an update without changes.
    pub(crate) fn lock_by_writing(&mut self, update: &'static str, id: i64) -> Result<()> {
        if !self.for_update().is_empty() {
            sql(update).int(id).send(self)?;
        }
        Ok(())
    }
}

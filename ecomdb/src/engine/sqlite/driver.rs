//! Operations of a connection to SQLite.

use diesel::connection::{
    AnsiTransactionManager, SimpleConnection as _, TransactionDepthChange, TransactionManager as _,
};
use diesel::sql_types::{BigInt, Integer};
use diesel::{QueryResult, RunQueryDsl as _, SqliteConnection};

use super::switch_to_wal;
use crate::engine::driver::Driver;
use crate::engine::failure::take_unavailable;
use crate::engine::migrations::Catalog;
use crate::engine::{Engine, sql, transaction};
use crate::error::{Error, Result};

impl Driver for SqliteConnection {
    const ENGINE: Engine = Engine::Sqlite;
    const CATALOG: Catalog = Catalog {
        // SQLite compares names without case.
        names: "SELECT LOWER(name) FROM sqlite_schema",
        references: "SELECT child.name, 'foreign key of the column ' || key.\"from\", key.\"table\" \
                     FROM sqlite_schema child, pragma_foreign_key_list(child.name) key WHERE child.type = 'table'",
        dropping: None,
    };

    fn begin_snapshot(&mut self) -> QueryResult<()> {
        sql("BEGIN").execute_on(self)?;
        transaction::note(self, TransactionDepthChange::IncreaseDepth)
    }

    fn end_snapshot(&mut self) -> QueryResult<()> {
        sql("ROLLBACK").execute_on(self)?;
        transaction::note(self, TransactionDepthChange::DecreaseDepth)
    }

    fn steps_are_cached(&mut self) -> bool {
        transaction::depth(self) > 0
    }

    fn take_failure(&mut self) -> Option<Error> {
        take_unavailable().map(Error::Unavailable)
    }

    fn save_log(&mut self) -> Result<bool> {
        #[derive(diesel::QueryableByName)]
        struct Checkpoint {
            #[diesel(sql_type = Integer)]
            busy: i32,
            #[diesel(sql_type = Integer)]
            log: i32,
            #[diesel(sql_type = Integer)]
            checkpointed: i32,
        }
        let done: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(self)?;
        Ok(done.busy == 0 && done.log == done.checkpointed)
    }

    /// The version changes with every transaction of another connection, even if it changes other tables.
    fn state_of(&mut self, _tables: &[&str]) -> QueryResult<String> {
        let version = sql("PRAGMA data_version").one_on::<BigInt, i64, _>(self)?;
        Ok(version.to_string())
    }

    /// Begins one IMMEDIATE transaction around all migrations. A second process waits for it, and then finds nothing to do.
    /// Foreign keys are switched off first, which is possible only outside a transaction; otherwise dropping a table would
    /// delete its rows one by one.
    fn begin_migrating(&mut self) -> Result<()> {
        self.batch_execute("PRAGMA foreign_keys = OFF;")?;
        let begun = AnsiTransactionManager::begin_transaction_sql(self, "BEGIN IMMEDIATE");
        if begun.is_err() {
            self.batch_execute("PRAGMA foreign_keys = ON;")?;
        }
        Ok(begun?)
    }

    fn end_migrating(&mut self, keep: bool) -> Result<()> {
        let ended = match keep {
            true => AnsiTransactionManager::commit_transaction(self),
            false => AnsiTransactionManager::rollback_transaction(self),
        };
        self.batch_execute("PRAGMA foreign_keys = ON;")?;
        Ok(ended?)
    }

    fn settle_schema(&mut self) -> Result<()> {
        switch_to_wal(self)
    }
}

//! Operations of a connection to MariaDB or MySQL.

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, SimpleConnection as _, TransactionDepthChange, TransactionManager as _,
};
use diesel::sql_types::Text;

use super::MysqlConnection;
use crate::engine::driver::Driver;
use crate::engine::migrations::{self, Catalog};
use crate::engine::{Engine, LOCK_WAIT, marks, sql, transaction};
use crate::error::{Error, Result};

impl Driver for MysqlConnection {
    const ENGINE: Engine = Engine::Mysql;
    const CATALOG: Catalog = Catalog {
        names: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        references: "SELECT IF(constraint_schema = DATABASE(), table_name, CONCAT(constraint_schema, '.', table_name)), \
                     CONCAT('constraint ', constraint_name), referenced_table_name \
                     FROM information_schema.referential_constraints WHERE unique_constraint_schema = DATABASE()",
        // The server also checks references from tables that this user cannot see.
        dropping: Some(("SET SESSION foreign_key_checks = 1", "SET SESSION foreign_key_checks = 0")),
    };

    /// Begins a transaction, together with its first statement where that is safe; see [`pipeline`](super::pipeline).
    fn begin(&mut self) -> QueryResult<()> {
        if self.is_guarded && transaction::depth(self) == 0 {
            self.begin_later()
        } else {
            AnsiTransactionManager::begin_transaction(self)
        }
    }

    fn await_begin(&mut self) -> QueryResult<()> {
        self.begin_now()
    }

    /// Unlike Diesel, sends no ROLLBACK after a failure, because the caller closes the connection.
    fn commit(&mut self) -> QueryResult<()> {
        if transaction::depth(self) != 1 {
            return AnsiTransactionManager::commit_transaction(self);
        }
        self.batch_execute("COMMIT")?;
        transaction::note(self, TransactionDepthChange::DecreaseDepth)
    }

    fn begin_snapshot(&mut self) -> QueryResult<()> {
        let set = self.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        let begun = set.and_then(|()| {
            AnsiTransactionManager::begin_transaction_sql(self, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        });
        if begun.is_err() {
            // The level would apply to the next transaction, which may be another caller's write, so the connection is
            // discarded.
            AnsiTransactionManager::transaction_manager_status_mut(self).set_in_error();
        }
        begun
    }

    fn await_responses(&mut self) -> QueryResult<()> {
        self.catch_up()
    }

    fn take_loss(&mut self) -> Option<diesel::result::Error> {
        self.loss()
    }

    fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// When each table was last changed, to the second. MariaDB records the time at which the transaction began, when
    /// it commits. Within two seconds after a change, the text contains the time of the query, so that another change
    /// in the same second is not missed.
    fn state_of(&mut self, tables: &[&str]) -> QueryResult<String> {
        let select = sql(format!(
            "SELECT CONCAT_WS(' ', IF(MAX(update_time) > NOW() - INTERVAL 2 SECOND, NOW(6), 0), \
             GROUP_CONCAT(COALESCE(update_time, '-') ORDER BY table_name)) \
             FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN ({})",
            marks(tables.len())
        ));
        let select = tables.iter().fold(select, |select, table| select.text(*table));
        select.one_on::<Text, String, _>(self)
    }

    /// Disables foreign key checks, since adding a key would read every row. DDL waits for readers, and commits implicitly.
    fn begin_migrating(&mut self) -> Result<()> {
        let wait = migrations::WAIT.as_secs();
        self.guard(false)?;
        self.set_unlimited(true)?;
        Ok(self.batch_execute(&format!("SET SESSION foreign_key_checks = 0, lock_wait_timeout = {wait}"))?)
    }

    fn end_migrating(&mut self, _keep: bool) -> Result<()> {
        let wait = LOCK_WAIT.as_secs();
        self.batch_execute(&format!("SET SESSION foreign_key_checks = 1, lock_wait_timeout = {wait}"))?;
        Ok(self.set_unlimited(false)?)
    }
}

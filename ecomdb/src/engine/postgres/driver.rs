//! Operations of a connection to PostgreSQL.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::sql_types::Text;

use super::PgConnection;
use crate::engine::driver::Driver;
use crate::engine::migrations::Catalog;
use crate::engine::{Engine, Target, of_commit, sql};
use crate::error::{Error, Result};

/// Foreign keys and views. PostgreSQL itself refuses to drop tables with other dependencies.
const REFERENCES: &str = "
    WITH dependent AS (
        SELECT conrelid AS oid, 'constraint ' || conname AS through, confrelid AS own
        FROM pg_constraint WHERE contype = 'f'
        UNION
        SELECT r.ev_class, 'view', d.refobjid
        FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    )
    SELECT CASE WHEN c.relnamespace = own.relnamespace THEN c.relname::text ELSE c.oid::regclass::text END,
        through, own.relname::text
    FROM dependent
    JOIN pg_class c ON c.oid = dependent.oid
    JOIN pg_class own ON own.oid = dependent.own AND own.relnamespace = quote_ident(current_schema())::regnamespace";

/// Key of the advisory lock: the letters "ecomdb" as a number.
const MIGRATION_LOCK: i64 = 0x65_63_6f_6d_64_62;

/// Sets the isolation level explicitly, because the default depends on role, database and a pooler's other clients.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

impl Driver for PgConnection {
    const ENGINE: Engine = Engine::Postgres;
    const CATALOG: Catalog = Catalog {
        names: "SELECT relname::text FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace",
        references: REFERENCES,
        dropping: None,
    };

    /// Begins a transaction together with its first statement, which saves a round trip.
    fn begin(&mut self) -> QueryResult<()> {
        match AnsiTransactionManager::transaction_manager_status_mut(self).transaction_depth()? {
            None => self.begin_later(BEGIN),
            Some(_) => AnsiTransactionManager::begin_transaction(self),
        }
    }

    fn await_begin(&mut self) -> QueryResult<()> {
        self.batch_execute("")
    }

    fn begin_snapshot(&mut self) -> QueryResult<()> {
        self.begin_later("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn allow_idleness(&mut self) -> QueryResult<()> {
        self.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    }

    fn await_responses(&mut self) -> QueryResult<()> {
        self.catch_up()
    }

    fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Sequences are independent of the rows, so set them.
    fn continue_ids(&mut self, tables: &[Target]) -> QueryResult<()> {
        let with_sequence = tables.iter().filter(|table| table.columns.contains(&"id")).map(|table| table.name);
        for table in with_sequence {
            self.batch_execute(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), GREATEST(MAX(id), 1), MAX(id) IS NOT NULL) \
                 FROM {table}"
            ))?;
        }
        Ok(())
    }

    /// Begins one transaction around all migrations, with an advisory lock until its end. Names refer to the shop's schema
    /// only, not to the rest of the search path.
    /// The transactions that a snapshot sees; they change with every transaction of the server that has written.
    fn state_of(&mut self, _tables: &[&str]) -> QueryResult<String> {
        sql("SELECT CAST(txid_current_snapshot() AS TEXT)").one_on::<Text, String, _>(self)
    }

    fn begin_migrating(&mut self) -> Result<()> {
        Driver::begin(self)?;
        let lock = format!(
            "SELECT set_config('search_path', quote_ident(current_schema()), true); \
             SET LOCAL lock_timeout = '10min'; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
        );
        if let Err(error) = self.batch_execute(&lock) {
            self.end_migrating(false)?;
            return Err(error.into());
        }
        Ok(())
    }

    fn end_migrating(&mut self, keep: bool) -> Result<()> {
        match keep {
            true => AnsiTransactionManager::commit_transaction(self).map_err(of_commit),
            false => AnsiTransactionManager::rollback_transaction(self).map_err(Error::from),
        }
    }
}

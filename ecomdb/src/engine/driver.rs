//! Operations of a connection that differ between the engines.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager as Transactions, TransactionManager as _};
use diesel::result::Error as DieselError;

use super::cells::Target;
use super::migrations::Catalog;
use super::{Connection, DatabaseUrl, Engine, Purpose, on_engine};
use crate::error::{Error, Result};

/// A connection to one of the engines. The default implementations suit an engine without special needs.
pub(super) trait Driver: diesel::Connection<TransactionManager = Transactions> {
    const ENGINE: Engine;
    /// How to list and change the objects in a database of this engine.
    const CATALOG: Catalog;

    /// See [`Connection::begin`].
    fn begin(&mut self) -> QueryResult<()> {
        Transactions::begin_transaction(self)
    }

    /// See [`Connection::await_begin`].
    fn await_begin(&mut self) -> QueryResult<()> {
        Ok(())
    }

    /// See [`Connection::commit`].
    fn commit(&mut self) -> QueryResult<()> {
        Transactions::commit_transaction(self)
    }

    /// See [`Connection::begin_snapshot`].
    fn begin_snapshot(&mut self) -> QueryResult<()>;

    /// See [`Connection::end_snapshot`].
    fn end_snapshot(&mut self) -> QueryResult<()> {
        Transactions::rollback_transaction(self)
    }

    /// See [`Connection::allow_idleness`].
    fn allow_idleness(&mut self) -> QueryResult<()> {
        Ok(())
    }

    /// See [`Connection::steps_are_cached`].
    fn steps_are_cached(&mut self) -> bool {
        false
    }

    /// See [`Connection::await_responses`].
    fn await_responses(&mut self) -> QueryResult<()> {
        Ok(())
    }

    /// See [`Connection::loss`].
    fn take_loss(&mut self) -> Option<DieselError> {
        None
    }

    /// See [`Connection::take_failure`].
    fn take_failure(&mut self) -> Option<Error> {
        None
    }

    /// See [`Connection::continue_ids`].
    fn continue_ids(&mut self, _tables: &[Target]) -> QueryResult<()> {
        Ok(())
    }

    /// See [`Connection::save_log`].
    fn save_log(&mut self) -> Result<bool> {
        Ok(true)
    }

    /// See [`Connection::state_of`].
    fn state_of(&mut self, tables: &[&str]) -> QueryResult<String>;

    /// Begins the migrations; in a transaction and with a lock if the engine has DDL in transactions.
    fn begin_migrating(&mut self) -> Result<()>;

    /// Ends the migrations. If they are in a transaction, commits it or rolls it back.
    fn end_migrating(&mut self, keep: bool) -> Result<()>;

    /// Applies settings that the database needs once it has tables.
    fn settle_schema(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Connection {
    /// Connects, and applies the session settings that the library relies on.
    pub(crate) fn open(url: &DatabaseUrl, purpose: Purpose) -> Result<Self> {
        let _ = purpose;
        match url.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => super::sqlite::connect(url, purpose).map(Self::Sqlite),
            #[cfg(not(feature = "sqlite"))]
            Engine::Sqlite => Err(url.engine.missing()),
            #[cfg(feature = "mysql")]
            Engine::Mysql => super::mysql::connect(url, purpose).map(Self::Mysql),
            #[cfg(not(feature = "mysql"))]
            Engine::Mysql => Err(url.engine.missing()),
            #[cfg(feature = "postgres")]
            Engine::Postgres => super::postgres::connect(url, purpose).map(Self::Postgres),
            #[cfg(not(feature = "postgres"))]
            Engine::Postgres => Err(url.engine.missing()),
        }
    }

    /// Connects to a SQLite file that is [at rest](super::identity::Files::at_rest), leaving no trace.
    pub(crate) fn open_at_rest(url: &DatabaseUrl) -> Result<Self> {
        match url.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => super::sqlite::connect_at_rest(url).map(Self::Sqlite),
            engine => Err(engine.missing()),
        }
    }

    /// The engine of the connection.
    pub(crate) fn engine(&self) -> Engine {
        fn of<C: Driver>(_: &C) -> Engine {
            C::ENGINE
        }
        on_engine!(self, own => of(own))
    }

    pub(super) fn catalog(&self) -> Catalog {
        fn of<C: Driver>(_: &C) -> Catalog {
            C::CATALOG
        }
        on_engine!(self, own => of(own))
    }

    /// After rows were inserted with explicit ids into these tables, makes the engine generate higher ids.
    pub(crate) fn continue_ids(&mut self, tables: &[Target]) -> Result<()> {
        Ok(on_engine!(self, own => own.continue_ids(tables))?)
    }

    /// Whether savepoints can be prepared statements: on SQLite, inside a transaction that Diesel knows of.
    pub(crate) fn steps_are_cached(&mut self) -> bool {
        on_engine!(self, own => own.steps_are_cached())
    }

    /// Waits for the responses of all statements sent so far, and returns the first failure.
    pub(crate) fn await_responses(&mut self) -> Result<()> {
        Ok(on_engine!(self, own => own.await_responses())?)
    }

    /// Marks the open transaction as lost for Diesel, so that it begins nothing else on this connection.
    pub(crate) fn mark_as_broken(&mut self) {
        <Self as diesel::Connection>::TransactionManager::transaction_manager_status_mut(self).set_in_error();
    }

    /// The error of a transaction that the server aborted. No result or error of its body is valid.
    pub(crate) fn loss(&mut self) -> Option<DieselError> {
        on_engine!(self, own => own.take_loss())
    }

    /// What the statements that failed since the last call revealed about the database: a conflict, a lost connection,
    /// unavailability or overload. On SQLite, this is known only for errors that were converted to [`Error`].
    pub(crate) fn take_failure(&mut self) -> Option<Error> {
        on_engine!(self, own => own.take_failure())
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self) -> QueryResult<()> {
        on_engine!(self, own => Driver::begin(own))
    }

    /// Begins a transaction and waits for the response, which detects a connection closed while idle.
    pub(crate) fn begin_at_once(&mut self) -> QueryResult<()> {
        self.begin()?;
        self.await_begin()
    }

    /// Waits for the response to the statement that began the transaction, before the first other one.
    pub(crate) fn await_begin(&mut self) -> QueryResult<()> {
        on_engine!(self, own => own.await_begin())
    }

    /// Commits the transaction.
    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        on_engine!(self, own => Driver::commit(own))
    }

    /// Begins a read-only transaction with a snapshot.
    pub(crate) fn begin_snapshot(&mut self) -> Result<()> {
        Ok(on_engine!(self, own => own.begin_snapshot())?)
    }

    /// Disables the idle timeout of the open transaction, for a snapshot or a bulk load. MariaDB aborts only idle
    /// transactions that have written.
    pub(crate) fn allow_idleness(&mut self) -> Result<()> {
        Ok(on_engine!(self, own => own.allow_idleness())?)
    }

    /// Ends the snapshot.
    pub(crate) fn end_snapshot(&mut self) -> QueryResult<()> {
        on_engine!(self, own => own.end_snapshot())
    }

    /// A text that changes when another transaction changes one of the tables. It may also change without that. On
    /// SQLite, compare only texts of the same connection, which does not notice its own changes.
    pub(crate) fn state_of(&mut self, tables: &[&str]) -> Result<String> {
        Ok(on_engine!(self, own => own.state_of(tables))?)
    }

    /// Copies SQLite's write-ahead log into the database. Returns whether all of it was copied.
    pub(crate) fn save_log(&mut self) -> Result<bool> {
        on_engine!(self, own => own.save_log())
    }
}

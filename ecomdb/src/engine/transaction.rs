//! Transactions that begin and end with prepared statements. Diesel would send its own SQL text, so its transaction
//! state is updated here.

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, Connection, TransactionDepthChange, TransactionManager, TransactionManagerStatus,
};
#[cfg(feature = "sqlite")]
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;

#[cfg(feature = "sqlite")]
use super::sql::{Sql, sql};

/// Begins a transaction.
#[cfg(feature = "sqlite")]
pub(super) fn begin<C>(conn: &mut C, statement: &'static str) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    for<'a> &'a Sql: QueryFragment<C::Backend> + QueryId,
{
    sql(statement).execute_on(conn)?;
    note(conn, TransactionDepthChange::IncreaseDepth)
}

/// Ends the outermost transaction.
#[cfg(feature = "sqlite")]
pub(super) fn end<C>(conn: &mut C, statement: &'static str) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    for<'a> &'a Sql: QueryFragment<C::Backend> + QueryId,
{
    sql(statement).execute_on(conn)?;
    note(conn, TransactionDepthChange::DecreaseDepth)
}

/// Records that the outermost transaction has ended.
#[cfg(feature = "mysql")]
pub(super) fn note_end<C>(conn: &mut C) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    note(conn, TransactionDepthChange::DecreaseDepth)
}

/// Nesting depth of transactions.
pub(super) fn depth<C>(conn: &mut C) -> u32
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    match AnsiTransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.transaction_depth().map_or(0, u32::from),
        TransactionManagerStatus::InError => 0,
    }
}

fn note<C>(conn: &mut C, change: TransactionDepthChange) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    match AnsiTransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(Error::BrokenTransactionManager),
    }
}

//! Transactions whose beginning and end are prepared statements: Diesel sends the text of its own each time, and has to be
//! told of these.

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, Connection, TransactionDepthChange, TransactionManager, TransactionManagerStatus,
};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;

use super::sql::{Sql, sql};

/// Begins one.
pub(super) fn begin<C>(conn: &mut C, statement: &'static str) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    for<'a> &'a Sql: QueryFragment<C::Backend> + QueryId,
{
    sql(statement).execute_on(conn)?;
    note(conn, TransactionDepthChange::IncreaseDepth)
}

/// Ends the outermost one.
pub(super) fn end<C>(conn: &mut C, statement: &'static str) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    for<'a> &'a Sql: QueryFragment<C::Backend> + QueryId,
{
    sql(statement).execute_on(conn)?;
    note(conn, TransactionDepthChange::DecreaseDepth)
}

/// How many are open inside each other.
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

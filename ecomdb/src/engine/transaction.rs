//! Diesel's record of open transactions, for transactions that do not use Diesel's own statements to begin and end.

#[cfg(any(feature = "sqlite", feature = "mysql"))]
use diesel::QueryResult;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
use diesel::connection::TransactionDepthChange;
use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager, TransactionManagerStatus};

/// Records that a transaction has begun or ended.
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(super) fn note<C>(conn: &mut C, change: TransactionDepthChange) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    match AnsiTransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(diesel::result::Error::BrokenTransactionManager),
    }
}

/// Ends a transaction of unknown state, and resets Diesel's record. Keeps the connection open.
pub(super) fn abandon<C>(conn: &mut C)
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    // Fails if the engine has already rolled back, as SQLite after a full disk.
    let _ = conn.batch_execute("ROLLBACK");
    *AnsiTransactionManager::transaction_manager_status_mut(conn) = TransactionManagerStatus::default();
}

/// Nesting depth of transactions; 0 if Diesel knows that they are broken.
pub(super) fn depth<C>(conn: &mut C) -> u32
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    match AnsiTransactionManager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.transaction_depth().map_or(0, u32::from),
        TransactionManagerStatus::InError => 0,
    }
}

//! What a driver's error means. Diesel passes most codes on as `Unknown` with only a message, so the words that the
//! engines use are looked at here and nowhere else.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::constraints;
use crate::error::Error;

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if is_retryable(&error) {
            return Self::Contention { attempts: 1, source: error };
        }
        if is_connection_lost(&error) {
            return Self::Unavailable(message(&error).unwrap_or("the connection was closed").to_owned());
        }
        if took_too_long(&error) {
            return Self::Overloaded("a statement took longer than the server allows");
        }
        if matches!(error, DieselError::RollbackTransaction) {
            return Self::RolledBack;
        }
        constraints::explain(&error).unwrap_or(Self::Storage(error))
    }
}

/// The transaction lost against another one and may simply run again: deadlocks (1213, 40P01), lock waits (1205,
/// 55P03, SQLITE_BUSY), certification and serialisation failures (1020, 40001).
pub(crate) fn is_retryable(error: &DieselError) -> bool {
    const WORDS: [&str; 8] = [
        "Deadlock found when trying to get lock",
        "Lock wait timeout exceeded",
        "Record has changed since last read",
        "deadlock detected",
        "could not serialize access",
        "canceling statement due to lock timeout",
        "database is locked",
        "database table is locked",
    ];
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            constraints::is_idempotency_collision(error)
        }
        DieselError::DatabaseError(_, info) => {
            let message = info.message();
            WORDS.iter().any(|words| message.contains(words))
        }
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_retryable(commit_error),
        _ => false,
    }
}

/// The connection is gone, and with it whatever transaction was open on it.
pub(crate) fn is_connection_lost(error: &DieselError) -> bool {
    const WORDS: [&str; 9] = [
        "server has gone away",
        "Lost connection to",
        "Server shutdown in progress",
        "Connection was killed",
        "WSREP has not yet prepared node",
        "server closed the connection unexpectedly",
        "terminating connection",
        "no connection to the server",
        "could not receive data from server",
    ];
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) | DieselError::BrokenTransactionManager => {
            true
        }
        DieselError::DatabaseError(_, info) => {
            let message = info.message();
            WORDS.iter().any(|words| message.contains(words))
        }
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_connection_lost(commit_error),
        _ => false,
    }
}

/// The server ended a statement that took longer than it may (1969 of MariaDB, 3024 of MySQL, 57014).
fn took_too_long(error: &DieselError) -> bool {
    const WORDS: [&str; 3] = [
        "max_statement_time exceeded",
        "maximum statement execution time exceeded",
        "canceling statement due to statement timeout",
    ];
    message(error).is_some_and(|message| WORDS.iter().any(|words| message.contains(words)))
}

fn message(error: &DieselError) -> Option<&str> {
    match error {
        DieselError::DatabaseError(_, info) => Some(info.message()),
        _ => None,
    }
}

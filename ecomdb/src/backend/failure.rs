//! What a driver's error means. Diesel passes most codes on as `Unknown` with only a message, so the words that the
//! engines use are looked at here and nowhere else.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::constraints;
use crate::error::{Error, Unavailable};

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if is_retryable(&error) {
            return Self::Contention { attempts: 1, source: error };
        }
        if is_connection_lost(&error) {
            return Self::unreachable(message(&error).unwrap_or("the connection was closed"));
        }
        if let Some(why) = surroundings(&error) {
            return Self::Unavailable(why);
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

/// Something around the database keeps it from doing what it was asked: SQLITE_FULL, SQLITE_READONLY, SQLITE_CANTOPEN,
/// SQLITE_PERM, SQLITE_IOERR, SQLITE_CORRUPT; errors 1021, 1114, 1026 with errno 28, 1290, 1792 and 1836 of MariaDB and
/// MySQL; the SQLSTATEs 53100, 25006, 58030 and XX001 of PostgreSQL.
fn surroundings(error: &DieselError) -> Option<Unavailable> {
    type Why = fn(String) -> Unavailable;
    const WORDS: [(&str, Why); 17] = [
        ("database or disk is full", Unavailable::DiskFull),
        ("No space left on device", Unavailable::DiskFull),
        ("Disk full (", Unavailable::DiskFull),
        ("The table '", Unavailable::DiskFull),
        ("Disk quota exceeded", Unavailable::DiskFull),
        ("File too large", Unavailable::DiskFull),
        ("attempt to write a readonly database", Unavailable::ReadOnly),
        ("option so it cannot execute this statement", Unavailable::ReadOnly),
        ("in a READ ONLY transaction", Unavailable::ReadOnly),
        ("Running in read-only mode", Unavailable::ReadOnly),
        ("in a read-only transaction", Unavailable::ReadOnly),
        ("unable to open database file", Unavailable::NoAccess),
        ("access permission denied", Unavailable::NoAccess),
        ("disk I/O error", Unavailable::Disk),
        ("Input/output error", Unavailable::Disk),
        ("database disk image is malformed", Unavailable::Damaged),
        ("invalid page in block", Unavailable::Damaged),
    ];
    let error = match error {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => commit_error,
        error => error,
    };
    let message = message(error)?;
    let (words, why) = WORDS.iter().find(|(words, _)| message.contains(words))?;
    // Any other error about a table names it in the same way.
    let is_meant = *words != "The table '" || message.contains("' is full");
    is_meant.then(|| why(message.to_owned()))
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

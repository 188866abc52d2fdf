//! Classification of driver errors, by number and SQLSTATE for servers and by message for SQLite.

mod code;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod copy;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::cell::Cell;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub(super) use self::code::{Code, split};

use super::constraints::{self, Rules};
use crate::error::{Error, Unavailable};

#[cfg(any(feature = "mysql", feature = "postgres"))]
const TOO_LONG: &str = "a statement took longer than the server allows";

/// Consequence of an engine error for the transaction and its connection.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The transaction conflicted and was rolled back; it can be retried.
    Lost,
    /// The connection is lost, and with it an open transaction.
    Disconnected,
    /// The environment of the database prevents the operation.
    Unavailable(fn(String) -> Unavailable),
    /// The server is overloaded.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), allow(dead_code, reason = "only servers say so"))]
    Overloaded(&'static str),
    /// A constraint violation, or a bug.
    Other,
}

/// Converts an engine's error to the library's. `rules` give the meaning of each violated constraint.
pub(crate) fn meaning_of(error: DieselError, rules: &Rules) -> Error {
    match meaning(&error, rules) {
        Meaning::Lost => Error::Contention { attempts: 1, source: error },
        Meaning::Disconnected => Error::unreachable(message(&error).unwrap_or("the connection was closed")),
        Meaning::Unavailable(why) => {
            let why = why(message(&error).unwrap_or_default().to_owned());
            UNAVAILABLE.set(Some(why.clone()));
            Error::Unavailable(why)
        }
        Meaning::Overloaded(why) => Error::Overloaded(why),
        Meaning::Other if matches!(error, DieselError::RollbackTransaction) => Error::RolledBack,
        Meaning::Other => constraints::explain(&error, rules).unwrap_or(Error::Storage(error)),
    }
}

/// What a statement's error reveals about the database: a conflict, a lost connection, unavailability or overload.
/// `None` if it concerns only the statement, such as a violated constraint.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn of_database(error: &DieselError) -> Option<Error> {
    let copy = match cause(error) {
        DieselError::DatabaseError(kind, info) => DieselError::DatabaseError(*kind, Box::new(copy::Info::of(&**info))),
        DieselError::BrokenTransactionManager => DieselError::BrokenTransactionManager,
        _ => return None,
    };
    let error = Error::from(copy);
    matches!(error, Error::Contention { .. } | Error::Unavailable(_) | Error::Overloaded(_)).then_some(error)
}

thread_local! {
    /// The last unavailability among the errors that were converted on this thread. It is kept here because Diesel's
    /// connection to SQLite has no field for it.
    static UNAVAILABLE: Cell<Option<Unavailable>> = const { Cell::new(None) };
}

/// The last unavailability that a statement of this thread encountered since the last call.
#[cfg(feature = "sqlite")]
pub(super) fn take_unavailable() -> Option<Unavailable> {
    UNAVAILABLE.take()
}

/// Error of a connection attempt. A server without free connections is overloaded, not unreachable.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn of_connecting(message: impl Into<String>) -> Error {
    let message = message.into();
    let meanings = message.split(NEXT_HOST).map(|said| match split(said) {
        #[cfg(feature = "mysql")]
        (Some(Code::Mysql { number, state }), words) => mysql::meaning(number, state, words),
        #[cfg(feature = "postgres")]
        (Some(Code::Postgres { state }), _) => postgres::meaning(state),
        _ => Meaning::Other,
    });
    let mut full = meanings.filter_map(|meaning| match meaning {
        Meaning::Overloaded(why) => Some(why),
        _ => None,
    });
    full.next().map_or_else(|| Error::unreachable(&message), Error::Overloaded)
}

/// Separator of the hosts' answers in the message of a failed connection attempt.
pub(super) const NEXT_HOST: &str = " | ";

/// A server's answer to a failed connection attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// No answer.
    None,
    /// The server accepts no connections at present.
    NotNow,
    /// The login or a certificate was refused, by server or client.
    Refusal,
}

impl Answer {
    /// The combined answer of all hosts. A refused login rarely changes soon, so the other hosts decide whether a retry
    /// is worthwhile.
    pub(crate) fn of(message: &str) -> Self {
        let answers = message.split(NEXT_HOST).map(Self::of_host);
        answers.filter(|answer| *answer != Self::Refusal).max().unwrap_or(Self::Refusal)
    }

    fn of_host(message: &str) -> Self {
        let codes = ["ERROR ", "FATAL ", "PANIC "].into_iter().flat_map(|severity| message.match_indices(severity));
        let mut codes = codes.filter_map(|(start, _)| split(&message[start..]).0).peekable();
        // rustls reports certificate errors as text, without a code.
        if message.to_ascii_lowercase().contains("certificate") {
            return Self::Refusal;
        }
        let is_silent = codes.peek().is_none();
        let refuses = |code| match code {
            // Access denied to the database, wrong login, blocked host, host not allowed.
            Code::Mysql { number, state } => matches!(number, 1044 | 1045 | 1129 | 1130) || state.starts_with("28"),
            Code::Postgres { state } => state.starts_with("28"),
        };
        match codes.any(refuses) {
            true => Self::Refusal,
            false if is_silent => Self::None,
            false => Self::NotNow,
        }
    }
}

/// Error of a failed COMMIT: [`Error::UnknownOutcome`], unless the engine guarantees a rollback.
pub(crate) fn of_commit(error: DieselError) -> Error {
    if is_undone(&error) {
        return error.into();
    }
    tracing::warn!(%error, "a COMMIT failed, and it is not known whether the transaction was undone");
    Error::UnknownOutcome
}

fn is_undone(error: &DieselError) -> bool {
    match cause(error) {
        // No COMMIT was sent; closing the connection rolls back.
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(_, info) => match split(info.message()).0 {
            #[cfg(feature = "mysql")]
            Some(Code::Mysql { number, .. }) => mysql::is_undone(number),
            #[cfg(feature = "postgres")]
            Some(Code::Postgres { state }) => postgres::is_undone(state),
            _ => false,
        },
        _ => false,
    }
}

fn meaning(error: &DieselError, rules: &Rules) -> Meaning {
    match cause(error) {
        DieselError::BrokenTransactionManager | DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
            Meaning::Disconnected
        }
        // PostgreSQL also uses it for an outdated prepared statement.
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Meaning::Lost,
        error if constraints::is_retried(error, rules) => Meaning::Lost,
        DieselError::DatabaseError(_, info) => match split(info.message()) {
            #[cfg(feature = "mysql")]
            (Some(Code::Mysql { number, state }), words) => mysql::meaning(number, state, words),
            #[cfg(feature = "postgres")]
            (Some(Code::Postgres { state }), _) => postgres::meaning(state),
            #[cfg(feature = "sqlite")]
            (None, words) => sqlite::meaning(words),
            #[allow(unreachable_patterns, reason = "reachable unless every engine is compiled in")]
            _ => Meaning::Other,
        },
        _ => Meaning::Other,
    }
}

/// The error that caused a rollback, if the rollback failed too.
fn cause(error: &DieselError) -> &DieselError {
    match error {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => cause(commit_error),
        error => error,
    }
}

fn message(error: &DieselError) -> Option<&str> {
    match cause(error) {
        DieselError::DatabaseError(_, info) => Some(info.message()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

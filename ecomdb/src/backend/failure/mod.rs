//! What a driver's error means. A server's errors are told apart by their numbers and SQLSTATEs, with which their messages
//! begin; SQLite's by their words.

mod code;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

pub(super) use self::code::{Code, split};

use super::constraints;
use crate::error::{Error, Unavailable};

#[cfg(any(feature = "mysql", feature = "postgres"))]
const TOO_LONG: &str = "a statement took longer than the server allows";

/// What an error of the engine means for the transaction and its connection.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The transaction lost against another one and left no trace: it may simply run again.
    Lost,
    /// The connection is gone, and with it whatever transaction was open on it.
    Disconnected,
    /// Something around the database keeps it from doing what it was asked.
    Unavailable(fn(String) -> Unavailable),
    /// The server has too much to do.
    #[cfg_attr(not(any(feature = "mysql", feature = "postgres")), allow(dead_code, reason = "only servers say so"))]
    Overloaded(&'static str),
    /// A broken constraint, or a bug.
    Other,
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match meaning(&error) {
            Meaning::Lost => Self::Contention { attempts: 1, source: error },
            Meaning::Disconnected => Self::unreachable(message(&error).unwrap_or("the connection was closed")),
            Meaning::Unavailable(why) => Self::Unavailable(why(message(&error).unwrap_or_default().to_owned())),
            Meaning::Overloaded(why) => Self::Overloaded(why),
            Meaning::Other if matches!(error, DieselError::RollbackTransaction) => Self::RolledBack,
            Meaning::Other => constraints::explain(&error).unwrap_or(Self::Storage(error)),
        }
    }
}

/// The error of an attempt to connect. A server that has no room for another connection has others that can be waited for.
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

/// Stands between what the hosts of a URL answered, in the message of an attempt to connect to one of them.
pub(super) const NEXT_HOST: &str = " | ";

/// What a server answered to an attempt to connect that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// Nothing.
    None,
    /// That it takes no connection at the moment.
    NotNow,
    /// That it takes none from this client, or the client takes none to it: the login or a certificate was refused.
    Refusal,
}

impl Answer {
    /// Of all hosts that were tried. One that refuses the login will not be of use soon, so the others decide whether it is
    /// worth while to ask again.
    pub(crate) fn of(message: &str) -> Self {
        let answers = message.split(NEXT_HOST).map(Self::of_host);
        answers.filter(|answer| *answer != Self::Refusal).max().unwrap_or(Self::Refusal)
    }

    fn of_host(message: &str) -> Self {
        let codes = ["ERROR ", "FATAL ", "PANIC "].into_iter().flat_map(|severity| message.match_indices(severity));
        let mut codes = codes.filter_map(|(start, _)| split(&message[start..]).0).peekable();
        // rustls says so in words.
        if message.to_ascii_lowercase().contains("certificate") {
            return Self::Refusal;
        }
        let is_silent = codes.peek().is_none();
        let refuses = |code| match code {
            // The database, the login, the host that failed too often, and one that may not log in.
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

/// The error of a COMMIT that failed. It is [`Error::UnknownOutcome`] unless the engine promises that it has undone the
/// transaction.
pub(crate) fn of_commit(error: DieselError) -> Error {
    if is_undone(&error) {
        return error.into();
    }
    tracing::warn!(%error, "a COMMIT failed, and it is not known whether the transaction was undone");
    Error::UnknownOutcome
}

fn is_undone(error: &DieselError) -> bool {
    match cause(error) {
        // Nothing was sent: closing the connection undoes the transaction.
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

fn meaning(error: &DieselError) -> Meaning {
    match cause(error) {
        DieselError::BrokenTransactionManager | DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
            Meaning::Disconnected
        }
        // Of PostgreSQL also that a prepared statement is of no further use.
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Meaning::Lost,
        // The request that lost finds the row of the one that won when it runs again.
        error if constraints::is_idempotency_collision(error) => Meaning::Lost,
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

/// The error that led to a rollback which failed as well.
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

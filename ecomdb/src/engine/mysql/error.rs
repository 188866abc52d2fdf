//! Errors of the server and of the connection.

use std::fmt;
use std::io;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Reason why a command has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server rejected the command; the connection remains usable.
    Server { code: u16, state: String, message: String },
    /// The connection broke; the outcome of the command is unknown.
    Lost(String),
}

impl Failure {
    /// Error for a server that violates the protocol.
    pub(super) fn protocol(what: &str) -> Self {
        Self::Lost(format!("the server sent {what}, which is not the protocol of MariaDB and MySQL"))
    }

    /// Parses an error packet after its first byte: number, `#` and SQLSTATE, message.
    pub(super) fn parse(payload: &[u8]) -> Self {
        let [low, high, rest @ ..] = payload else { return Self::protocol("a short error") };
        let (state, message) = match rest {
            [b'#', state @ ..] if state.len() >= 5 => state.split_at(5),
            // Errors before the login have no SQLSTATE.
            message => (&b"HY000"[..], message),
        };
        Self::Server {
            code: u16::from_le_bytes([*low, *high]),
            state: String::from_utf8_lossy(state).into_owned(),
            message: String::from_utf8_lossy(message).into_owned(),
        }
    }

    fn kind(&self) -> DatabaseErrorKind {
        let Self::Server { code, .. } = self else { return DatabaseErrorKind::ClosedConnection };
        match code {
            1062 | 1586 | 1859 => DatabaseErrorKind::UniqueViolation,
            1216 | 1217 | 1451 | 1452 | 1830 | 1834 => DatabaseErrorKind::ForeignKeyViolation,
            1792 => DatabaseErrorKind::ReadOnlyTransaction,
            1048 | 1364 => DatabaseErrorKind::NotNullViolation,
            // Codes of MySQL and MariaDB.
            3819 | 4025 => DatabaseErrorKind::CheckViolation,
            1213 => DatabaseErrorKind::SerializationFailure,
            _ => DatabaseErrorKind::Unknown,
        }
    }
}

/// Formats a server error like the program `mariadb`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { code, state, message } => write!(f, "ERROR {code} ({state}): {message}"),
            Self::Lost(why) => f.write_str(why),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Lost(match error.kind() {
            // A read timeout has either kind, depending on the system.
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "the server did not answer in time".to_owned(),
            io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
            _ => format!("the connection to the server broke: {error}"),
        })
    }
}

impl From<Failure> for DieselError {
    fn from(failure: Failure) -> Self {
        Self::DatabaseError(failure.kind(), Box::new(failure.to_string()))
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_begins_with_its_number_and_sqlstate() {
        let failure = Failure::parse(b"\xbd\x04#40001Deadlock found when trying to get lock");
        let DieselError::DatabaseError(kind, info) = DieselError::from(failure) else { panic!("a database error") };
        assert!(matches!(kind, DatabaseErrorKind::SerializationFailure));
        assert_eq!(info.message(), "ERROR 1213 (40001): Deadlock found when trying to get lock");
    }

    #[test]
    fn errors_before_the_login_have_no_sqlstate() {
        assert_eq!(
            Failure::parse(b"\x10\x04Too many connections").to_string(),
            "ERROR 1040 (HY000): Too many connections"
        );
        assert!(matches!(Failure::parse(b"\x10"), Failure::Lost(_)));
    }

    #[test]
    fn a_broken_connection_is_a_closed_one() {
        let broken = Failure::from(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(matches!(
            DieselError::from(broken),
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        ));
    }
}

//! Errors of the server and of the connection, converted to Diesel's.

use std::fmt;
use std::io;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::ErrorFields;

/// Reason why a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server rejected the request.
    Server(Box<ServerError>),
    /// The connection broke.
    Lost(String),
    /// The TLS handshake failed.
    Tls(String),
    /// The request cannot be encoded: a NUL byte in text, or more than 65,535 values.
    Unsendable(io::Error),
    /// An earlier statement of the same pipeline failed, which was reported.
    Skipped,
}

/// An error that the server reported.
#[derive(Debug, Default)]
pub(super) struct ServerError {
    /// Message, such as `ERROR 40P01: deadlock detected`.
    message: String,
    /// The SQLSTATE.
    pub(super) code: String,
    /// Whether the server closes the connection after this error.
    pub(super) is_fatal: bool,
    /// Whether an outdated prepared statement was rejected, so that nothing of it was done.
    is_of_old_statement: bool,
    detail: Option<String>,
    hint: Option<String>,
    table: Option<String>,
    column: Option<String>,
    constraint: Option<String>,
    position: Option<i32>,
}

impl ServerError {
    pub(super) fn read(mut fields: ErrorFields<'_>) -> io::Result<Self> {
        let mut error = Self::default();
        let mut said = String::new();
        while let Some(field) = fields.next()? {
            let value = String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.type_() {
                // Unlike field S, field V has an untranslated severity. Servers before 9.6 send no V.
                b'S' | b'V' => error.is_fatal |= value == "FATAL" || value == "PANIC",
                b'C' => error.code = value,
                b'M' => said = value,
                b'D' => error.detail = Some(value),
                b'H' => error.hint = Some(value),
                b't' => error.table = Some(value),
                b'c' => error.column = Some(value),
                b'n' => error.constraint = Some(value),
                b'P' => error.position = value.parse().ok(),
                _ => {}
            }
        }
        error.message = format!("ERROR {}: {said}", error.code);
        Ok(error)
    }

    /// An error of this driver in the server's format.
    pub(super) fn new(code: &str, said: &str) -> Self {
        Self { message: format!("ERROR {code}: {said}"), code: code.to_owned(), ..Self::default() }
    }

    /// Whether the prepared statement is outdated, because its table has changed or the server has discarded it.
    pub(super) fn spoils_statement(&self) -> bool {
        matches!(self.code.as_str(), "0A000" | "26000")
    }

    /// Whether the server has discarded the statement, and probably all others of this session.
    pub(super) fn is_of_forgotten_statement(&self) -> bool {
        self.code == "26000"
    }

    /// Marks the error as caused by an outdated statement, so that the transaction is retried with a new one.
    pub(super) fn blame_old_statement(&mut self) {
        self.is_of_old_statement = true;
    }

    fn kind(&self) -> DatabaseErrorKind {
        match self.code.as_str() {
            _ if self.is_of_old_statement => DatabaseErrorKind::SerializationFailure,
            "23505" => DatabaseErrorKind::UniqueViolation,
            "23503" => DatabaseErrorKind::ForeignKeyViolation,
            "23502" => DatabaseErrorKind::NotNullViolation,
            "23514" => DatabaseErrorKind::CheckViolation,
            "23001" => DatabaseErrorKind::RestrictViolation,
            "23P01" => DatabaseErrorKind::ExclusionViolation,
            "40001" => DatabaseErrorKind::SerializationFailure,
            "25006" => DatabaseErrorKind::ReadOnlyTransaction,
            _ if self.is_fatal || self.code.starts_with("08") => DatabaseErrorKind::ClosedConnection,
            _ => DatabaseErrorKind::Unknown,
        }
    }
}

impl DatabaseErrorInformation for ServerError {
    fn message(&self) -> &str {
        &self.message
    }

    fn details(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    fn table_name(&self) -> Option<&str> {
        self.table.as_deref()
    }

    fn column_name(&self) -> Option<&str> {
        self.column.as_deref()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    fn statement_position(&self) -> Option<i32> {
        self.position
    }
}

impl Failure {
    /// Whether the server refused the login.
    pub(super) fn is_refused_login(&self) -> bool {
        matches!(self, Self::Server(error) if error.code.starts_with("28"))
    }

    pub(super) fn is_of_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => f.write_str(&error.message),
            Self::Lost(why) | Self::Tls(why) => f.write_str(why),
            Self::Unsendable(error) => error.fmt(f),
            Self::Skipped => f.write_str("an earlier statement failed"),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => Self::DatabaseError(error.kind(), error),
            Failure::Lost(why) | Failure::Tls(why) => {
                Self::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(why))
            }
            Failure::Unsendable(error) => Self::SerializationError(Box::new(error)),
            Failure::Skipped => Self::BrokenTransactionManager,
        }
    }
}

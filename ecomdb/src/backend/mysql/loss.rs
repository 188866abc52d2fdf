//! Transactions that the server ended before their time.
//!
//! A Galera node that gives a transaction up for one of another node usually answers with error 1213. But when that happens
//! during a prepared SELECT, the answer has rows, perhaps none, and only lacks the flag that says that a transaction is open.
//! What followed would commit by itself. So the flag is looked at after every statement of a transaction, and nothing more is
//! sent until the transaction has been rolled back, whatever its caller makes of the error.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::client::Answer;
use super::connection::MysqlConnection;
use crate::backend::transaction;

/// Why a transaction is over although nobody ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The server undid it for another one.
    Undone,
    /// A statement that changes a table, or the like, committed it.
    Committed,
}

impl Loss {
    pub(super) fn error(self) -> DieselError {
        let (kind, message) = match self {
            Self::Undone => (
                DatabaseErrorKind::SerializationFailure,
                "ERROR 1213 (40001): the server gave the transaction up for another one",
            ),
            Self::Committed => (
                DatabaseErrorKind::Unknown,
                "a statement committed the transaction that it was a part of, as statements do that change a table: run \
                 them outside of transactions",
            ),
        };
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }
}

impl MysqlConnection {
    /// Runs a statement, unless the transaction that it is a part of is over.
    pub(super) fn in_transaction(
        &mut self,
        statement: impl FnOnce(&mut Self) -> QueryResult<Answer>,
    ) -> QueryResult<Answer> {
        if transaction::depth(self) == 0 {
            self.loss = None;
            return statement(self);
        }
        if let Some(loss) = self.loss {
            return Err(loss.error());
        }
        let outcome = statement(self);
        self.loss = match &outcome {
            Ok(_) if self.client.in_transaction => None,
            Ok(answer) if answer.columns.is_none() && answer.rows.is_none() => Some(Loss::Committed),
            Ok(_) | Err(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => Some(Loss::Undone),
            Err(_) => None,
        };
        match self.loss {
            Some(loss) if outcome.is_ok() => Err(loss.error()),
            _ => outcome,
        }
    }

    /// Ends the transaction with COMMIT or ROLLBACK.
    pub(super) fn end_transaction(&mut self, statement: &str) -> QueryResult<Answer> {
        match self.loss {
            Some(loss) if statement == "COMMIT" => Err(loss.error()),
            _ => {
                self.loss = None;
                Ok(self.client.query(statement)?)
            }
        }
    }
}

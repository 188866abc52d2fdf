//! Transactions that the server has ended prematurely.
//!
//! A Galera node that aborts a transaction because of another node's usually answers with error 1213. During a prepared
//! SELECT, however, the response has rows or none, and only lacks the flag for an open transaction. Further statements
//! would then commit individually. So the flag is checked after every statement, and nothing more is sent until the
//! transaction has been rolled back, even if its body ignores the error.
//!
//! Error packets have no such flag. Some errors always roll back the whole transaction. After any other, the server is
//! asked before anything except a rollback is sent.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::client::Answer;
use super::connection::MysqlConnection;
use super::error::Failure;
use crate::engine::failure::{Code, split};
use crate::engine::transaction;

/// Reason why a transaction has ended prematurely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loss {
    /// The server rolled it back because of a conflict.
    Undone,
    /// A statement such as DDL committed it implicitly.
    Committed,
    /// A statement failed and ended it: by rolling it back, or by committing it first, as DDL does.
    Failed,
    /// It could not begin.
    NotBegun(Failure),
    /// A pipelined statement failed before others. Only an existing savepoint shows that the transaction is still open.
    Unsure(Failure),
}

/// Errors that roll back the whole transaction: ER_ERROR_DURING_COMMIT (a fragment that Galera could not replicate),
/// ER_LOCK_WAIT_TIMEOUT (with innodb_rollback_on_timeout; otherwise the transaction is retried anyway),
/// ER_LOCK_TABLE_FULL, ER_LOCK_DEADLOCK, ER_TRANSACTION_ROLLBACK_DURING_COMMIT.
const UNDOING: [u16; 5] = [1180, 1205, 1206, 1213, 3101];

/// ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION. MariaDB commits before it refuses DDL, and the session is read-only
/// outside the transaction.
const READ_ONLY: u16 = 1792;

impl Loss {
    pub(super) fn error(&self) -> DieselError {
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
            Self::Failed => (
                DatabaseErrorKind::Unknown,
                "a statement failed, and the server ended the transaction that it was a part of",
            ),
            Self::NotBegun(failure) | Self::Unsure(failure) => return failure.clone().into(),
        };
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }
}

impl MysqlConnection {
    /// Fails if the transaction of the next statement has ended.
    pub(super) fn admit(&mut self) -> QueryResult<()> {
        if AnsiTransactionManager::transaction_manager_status_mut(self).transaction_state().is_err() {
            // Never run a statement of an ended transaction, because it would commit on its own.
            return Err(self.loss.as_ref().map_or(DieselError::BrokenTransactionManager, Loss::error));
        }
        if transaction::depth(self) == 0 {
            (self.loss, self.has_failed) = (None, false);
            return Ok(());
        }
        self.find_loss()?.map_or(Ok(()), |loss| Err(loss.error()))
    }

    /// Derives from a statement's result whether its transaction has ended.
    pub(super) fn judge(&mut self, outcome: QueryResult<Answer>) -> QueryResult<Answer> {
        if transaction::depth(self) == 0 {
            return outcome;
        }
        match &outcome {
            // Later results are meaningless.
            _ if self.loss.is_some() => {}
            Ok(_) if self.client.in_transaction => {}
            Ok(answer) if answer.columns.is_none() && answer.rows.is_none() => self.loss = Some(Loss::Committed),
            Ok(_) => self.loss = Some(Loss::Undone),
            Err(error) => self.note_error(error),
        }
        match &self.loss {
            Some(loss) if outcome.is_ok() => Err(loss.error()),
            _ => outcome,
        }
    }

    /// Rolls back to a savepoint; fails if the transaction has ended.
    pub(super) fn go_back(&mut self, statement: &str) -> QueryResult<()> {
        // Later failures have been rolled back.
        let _ = self.catch_up();
        self.has_failed = false;
        let unsure = self.loss.take_if(|loss| matches!(loss, Loss::Unsure(_)));
        let gone_back = self.send_text(statement).and_then(|ticket| self.answer(ticket)).map(drop);
        if gone_back.is_err() {
            self.loss = unsure.or(self.loss.take());
        }
        gone_back
    }

    /// Records what an error implies for the open transaction.
    pub(super) fn note_error(&mut self, error: &DieselError) {
        let DieselError::DatabaseError(_, info) = error else { return };
        match split(info.message()).0 {
            Some(Code::Mysql { number, .. }) if UNDOING.contains(&number) => self.loss = Some(Loss::Undone),
            Some(Code::Mysql { number: READ_ONLY, .. }) if self.pipeline.has_begun() => {
                self.loss = Some(Loss::Committed)
            }
            _ => self.has_failed = true,
        }
    }

    /// Reason why the open transaction has ended, if it has. After an error, asks the server.
    pub(super) fn find_loss(&mut self) -> QueryResult<Option<&Loss>> {
        if self.loss.is_none() && self.has_failed {
            self.client.ping()?;
            self.has_failed = false;
            self.loss = (!self.client.in_transaction).then_some(Loss::Failed);
        }
        Ok(self.loss.as_ref())
    }

    /// The error of a transaction that has ended prematurely, or of a pipelined statement that failed unnoticed.
    pub(in crate::engine) fn loss(&mut self) -> Option<DieselError> {
        if let Err(error) = self.catch_up() {
            return Some(error);
        }
        // If the connection is broken, the next statement reports it.
        self.find_loss().ok().flatten().map(Loss::error)
    }

    /// Ends the transaction with COMMIT or ROLLBACK. If the connection broke before COMMIT was sent, fails with
    /// [`DieselError::BrokenTransactionManager`].
    pub(super) fn end_transaction(&mut self, statement: &str) -> QueryResult<()> {
        if self.pipeline.forget_begin() {
            return Ok(());
        }
        let caught_up = self.catch_up();
        if statement == "COMMIT" {
            caught_up.map_err(|_| DieselError::BrokenTransactionManager)?;
            let loss = self.find_loss().map_err(|_| DieselError::BrokenTransactionManager)?;
            if let Some(loss) = loss {
                return Err(loss.error());
            }
            if self.client.is_lost() {
                return Err(DieselError::BrokenTransactionManager);
            }
        }
        (self.loss, self.has_failed) = (None, false);
        Ok(self.end(statement)?)
    }
}

//! Pipelining: sending statements without waiting for earlier responses, which saves round trips.
//!
//! The server answers in order, and also runs the statements after a failed one. If the failure, or a failed BEGIN, has
//! ended the transaction, later statements must not commit on their own. So until the transaction is ended, a session
//! follows two rules:
//!
//! - It is [guarded](MysqlConnection::guard): outside of `START TRANSACTION READ WRITE` it is read-only. This alone does
//!   not suffice: after a deadlock, MariaDB still runs one more statement that writes.
//! - It does not commit by itself (`autocommit = 0`). If this setting fails, no transaction has begun, and the first rule
//!   suffices.
//!
//! COMMIT is sent when all other responses have been read. A node of a Galera cluster can abort a transaction without
//! an error, so its sessions do not pipeline.

use std::any::TypeId;
use std::collections::VecDeque;

use diesel::QueryResult;
use diesel::connection::statement_cache::QueryFragmentForCachedStatement;
use diesel::connection::{
    AnsiTransactionManager, TransactionDepthChange, TransactionManager as _, TransactionManagerStatus,
};
use diesel::mysql::Mysql;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::client::{Answer, Prepared};
use super::connection::MysqlConnection;
use super::error::Failure;
use super::loss::Loss;
use super::statements::{Found, Key};
use crate::engine::failure::of_database;
use crate::engine::transaction;

/// Maximum size in bytes of commands with unread responses. A server that cannot send responses reads no commands;
/// these fit into the buffers of any socket, which prevents a deadlock.
const UNANSWERED: usize = 1 << 15;

/// The server runs the second statement only after the first succeeded.
const BEGIN: &str = "SET autocommit = 0; START TRANSACTION READ WRITE";
/// The server runs the second statement only after the first succeeded; otherwise it would commit the open transaction.
const COMMIT: &str = "COMMIT; SET autocommit = 1";
const ROLLBACK: &str = "ROLLBACK; SET autocommit = 1";

/// ER_UNKNOWN_STMT_HANDLER: no such prepared statement.
const NOT_PREPARED: u16 = 1243;

/// A statement whose response is unread.
enum Sent {
    Begin,
    Text,
    Kept(Prepared),
    /// A statement sent with its preparation; cached if it has a key.
    New(Option<Key>),
}

/// Statements that were sent, and responses that were not requested yet.
#[derive(Default)]
pub(super) struct Pipeline {
    /// Whether a transaction begins with the next statement.
    begins_later: bool,
    /// Whether a transaction was begun here and has not been ended.
    has_begun: bool,
    /// Without a ticket, the response matters only if it is an error.
    sent: VecDeque<(Option<Ticket>, Sent)>,
    answers: Vec<(Ticket, Answer)>,
    last: u64,
}

/// Ticket for the response to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Pipeline {
    fn note(&mut self, sent: Sent) -> Ticket {
        self.last += 1;
        self.sent.push_back((Some(Ticket(self.last)), sent));
        Ticket(self.last)
    }

    /// Discards the response to a statement unless it is an error. Otherwise a long transaction would keep all of them.
    pub(super) fn discard(&mut self, ticket: Ticket) {
        self.answers.retain(|(other, _)| *other != ticket);
        if let Some((wanted, _)) = self.sent.iter_mut().rfind(|(other, _)| *other == Some(ticket)) {
            *wanted = None;
        }
    }

    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Discards a pending BEGIN; false if there is none.
    pub(super) fn forget_begin(&mut self) -> bool {
        std::mem::take(&mut self.begins_later)
    }
}

impl MysqlConnection {
    /// Begins a transaction with the next statement.
    pub(super) fn begin_later(&mut self) -> QueryResult<()> {
        match AnsiTransactionManager::transaction_manager_status_mut(self) {
            TransactionManagerStatus::Valid(status) if status.transaction_depth().is_none() => {
                status.change_transaction_depth(TransactionDepthChange::IncreaseDepth)?;
                (self.loss, self.has_failed) = (None, false);
                self.pipeline.begins_later = true;
                Ok(())
            }
            TransactionManagerStatus::Valid(_) => Err(DieselError::AlreadyInTransaction),
            TransactionManagerStatus::InError => Err(DieselError::BrokenTransactionManager),
        }
    }

    /// Sends a pending BEGIN, and waits for its response.
    pub(super) fn begin_now(&mut self) -> QueryResult<()> {
        self.send_begin();
        self.catch_up()
    }

    fn send_begin(&mut self) {
        if self.pipeline.forget_begin() {
            self.client.send_query(BEGIN);
            self.pipeline.has_begun = true;
            self.pipeline.sent.push_back((None, Sent::Begin));
        }
    }

    /// Sends a statement as text. Its response is read with the next one that is waited for.
    pub(super) fn send_text(&mut self, text: &str) -> QueryResult<Ticket> {
        self.make_room(text.len())?;
        self.admit()?;
        self.send_begin();
        self.client.send_query(text);
        let ticket = self.pipeline.note(Sent::Text);
        self.catch_up_unless_guarded()?;
        Ok(ticket)
    }

    /// Sends a prepared statement, with its preparation if needed.
    pub(super) fn send_prepared(
        &mut self,
        type_id: Option<TypeId>,
        source: &dyn QueryFragmentForCachedStatement<Mysql>,
        binds: &RawBytesBindCollector<Mysql>,
    ) -> QueryResult<Ticket> {
        self.make_room(size(binds))?;
        self.admit()?;
        self.send_begin();
        let ticket = match self.statements.find(type_id, source, &mut *self.instrumentation)? {
            Found::Kept(statement) => {
                refuse_other_count(binds, statement.values)?;
                self.client.send_execute(statement.id, binds)?;
                self.pipeline.note(Sent::Kept(statement))
            }
            Found::New { text, key } => self.send_new(&text, key, binds)?,
        };
        self.catch_up_unless_guarded()?;
        Ok(ticket)
    }

    fn send_new(&mut self, text: &str, key: Option<Key>, binds: &RawBytesBindCollector<Mysql>) -> QueryResult<Ticket> {
        if self.is_pipelining() && self.client.caches_columns && takes_surely(text, binds.binds.len()) {
            self.client.send_new(text, binds)?;
            return Ok(self.pipeline.note(Sent::New(key)));
        }
        self.client.send_prepare(text);
        let caught_up = self.catch_up();
        // Read even after a failure, because it is the next response.
        let statement = self.client.prepared().map_err(DieselError::from).inspect_err(|error| {
            self.note_error(error);
            self.failure = of_database(error).or(self.failure.take());
        })?;
        let sent = caught_up
            .and_then(|()| refuse_other_count(binds, statement.values))
            .and_then(|()| self.client.send_execute(statement.id, binds));
        self.keep_or_close(key, &statement);
        sent?;
        Ok(self.pipeline.note(Sent::Kept(statement)))
    }

    fn keep_or_close(&mut self, key: Option<Key>, statement: &Prepared) {
        match key {
            Some(key) => self.statements.keep(key, statement.clone(), &mut self.client),
            None => self.client.close(statement),
        }
    }

    /// Waits for the response to a statement. Fails if any statement sent since the last wait has failed.
    pub(super) fn answer(&mut self, ticket: Ticket) -> QueryResult<Answer> {
        self.catch_up()?;
        let answers = &mut self.pipeline.answers;
        match answers.iter().position(|(other, _)| *other == ticket) {
            Some(place) => Ok(answers.swap_remove(place).1),
            // The failure was reported; other responses of the same pipeline are meaningless.
            None => Err(DieselError::BrokenTransactionManager),
        }
    }

    /// Reads all responses, and returns the first failure.
    pub(in crate::engine) fn catch_up(&mut self) -> QueryResult<()> {
        let mut failed = None;
        while let Some((ticket, sent)) = self.pipeline.sent.pop_front() {
            let answer = self.read(sent);
            let is_last = self.pipeline.sent.is_empty();
            let unsure = answer.as_ref().err().filter(|_| !is_last).cloned().map(Loss::Unsure);
            match self.judge(answer.map_err(DieselError::from)) {
                Ok(answer) => self.pipeline.answers.extend(ticket.map(|ticket| (ticket, answer))),
                Err(error) => {
                    self.failure = of_database(&error).or(self.failure.take());
                    failed = failed.or(Some(error));
                }
            }
            // Later responses may concern a transaction that the next statement has begun.
            self.loss = self.loss.take().or(unsure);
        }
        let Some(error) = failed else { return Ok(()) };
        self.pipeline.answers.clear();
        if let DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) = &error {
            AnsiTransactionManager::transaction_manager_status_mut(self)
                .set_requires_rollback_maybe_up_to_top_level(true);
        }
        Err(error)
    }

    /// Sends COMMIT or ROLLBACK, and discards responses that were not requested.
    pub(super) fn end(&mut self, statement: &str) -> Result<(), Failure> {
        self.pipeline.answers.clear();
        let statement = match (self.pipeline.has_begun, statement) {
            (true, "COMMIT") => COMMIT,
            (true, _) => ROLLBACK,
            (false, statement) => statement,
        };
        self.client.query(statement)?;
        self.pipeline.has_begun = false;
        Ok(())
    }

    fn read(&mut self, sent: Sent) -> Result<Answer, Failure> {
        match sent {
            Sent::Begin => self.client.skim().inspect_err(|failure| self.loss = Some(Loss::NotBegun(failure.clone()))),
            Sent::Text => self.client.skim(),
            Sent::Kept(statement) => self.rows_of(&statement),
            Sent::New(key) => self.rows_of_new(key),
        }
    }

    fn rows_of(&mut self, statement: &Prepared) -> Result<Answer, Failure> {
        let answer = self.client.rows(statement)?;
        if self.client.caches_columns {
            self.statements.note_columns(statement, &answer);
        }
        Ok(answer)
    }

    /// If a preparation fails, the server may run the previously prepared statement.
    fn rows_of_new(&mut self, key: Option<Key>) -> Result<Answer, Failure> {
        let statement = match self.client.prepared() {
            Ok(statement) => statement,
            Err(failure) => {
                if !matches!(self.client.skim(), Err(Failure::Server { code: NOT_PREPARED, .. })) {
                    self.loss.get_or_insert_with(|| Loss::Unsure(failure.clone()));
                }
                return Err(failure);
            }
        };
        self.keep_or_close(key, &statement);
        self.rows_of(&statement)
    }

    fn is_pipelining(&mut self) -> bool {
        self.is_guarded && transaction::depth(self) > 0
    }

    fn catch_up_unless_guarded(&mut self) -> QueryResult<()> {
        if self.is_pipelining() { Ok(()) } else { self.catch_up() }
    }

    /// Reads responses until `bytes` more can be sent.
    fn make_room(&mut self, bytes: usize) -> QueryResult<()> {
        if self.client.unanswered() > 0 && self.client.unanswered() + bytes > UNANSWERED {
            self.catch_up()
        } else {
            Ok(())
        }
    }
}

/// Approximate size of the command in bytes.
fn size(binds: &RawBytesBindCollector<Mysql>) -> usize {
    const TYPE_AND_LENGTH: usize = 4;
    // Approximate size of a value in the text of an INSERT.
    const TEXT: usize = 4;
    binds.binds.iter().flatten().map(Vec::len).sum::<usize>() + binds.binds.len() * (TYPE_AND_LENGTH + TEXT)
}

fn refuse_other_count(binds: &RawBytesBindCollector<Mysql>, values: u16) -> QueryResult<()> {
    if binds.binds.len() == usize::from(values) {
        return Ok(());
    }
    let why = format!("{} values for a statement that takes {values}", binds.binds.len());
    Err(DieselError::QueryBuilderError(why.into()))
}

/// Whether the statement surely has this many placeholders: no `?` is part of a string or a comment.
fn takes_surely(text: &str, values: usize) -> bool {
    let text = text.as_bytes();
    memchr::memchr_iter(b'?', text).count() == values
        && !text.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'#' | b'/'))
        && !text.windows(2).any(|pair| pair == b"--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_without_a_receiver_is_not_kept() {
        let mut pipeline = Pipeline::default();
        let [wanted, unwanted] = [(); 2].map(|()| pipeline.note(Sent::Text));
        pipeline.discard(unwanted);
        assert!(pipeline.sent.iter().map(|(ticket, _)| *ticket).eq([Some(wanted), None]));
        // It has been read already.
        let read = pipeline.note(Sent::Text);
        pipeline.answers = vec![(wanted, Answer::default()), (read, Answer::default())];
        pipeline.discard(read);
        assert!(pipeline.answers.iter().map(|(ticket, _)| *ticket).eq([wanted]));
    }

    #[test]
    fn placeholders_are_counted_only_where_nothing_else_can_be_one() {
        assert!(takes_surely("INSERT INTO `t` VALUES (?, ?)", 2));
        assert!(takes_surely("SELECT 1 - -1", 0));
        for text in ["SELECT '?'", "SELECT \"?\"", "SELECT 1 -- ?", "SELECT 1 # ?", "SELECT 1 /* ? */", "SELECT ?, ?"] {
            assert!(!takes_surely(text, 1), "{text}");
        }
    }
}

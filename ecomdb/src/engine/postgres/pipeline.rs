//! Pipelining: statements of a transaction that are sent together, which saves round trips.
//!
//! They are sent with one Sync, once a response is waited for. After a failed statement the server skips the others, so
//! none runs in a state that its sender did not expect. COMMIT is sent when all other responses have been read.

use std::io;
use std::sync::Arc;

use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::{CommandCompleteBody, DataRowBody, Message};
use postgres_protocol::message::frontend;

use super::error::Failure;
use super::row::{Column, PgRow};
use super::session::{Session, Status};
use super::statements::{Prepared, Statement, bind};
use super::wire::invalid;

/// Maximum size in bytes of statements that are sent together. A server that cannot send responses reads no statements;
/// these fit into the buffers of any socket, which prevents a deadlock.
const UNANSWERED: usize = 1 << 15;

/// Result of a statement.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) rows: Vec<PgRow>,
    /// Number of affected rows.
    pub(super) touched: usize,
}

/// Ticket for the response to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// A statement without a response.
#[derive(Default)]
struct Sent {
    /// Without a ticket, the response matters only if it is an error.
    ticket: Option<Ticket>,
    /// The prepared statement that it uses.
    known: Option<Prepared>,
    /// The prepared statement that it makes, with text and types of values.
    new: Option<(Arc<str>, String, Box<[u32]>)>,
    is_parsed: bool,
    columns: Option<Arc<[Column]>>,
    rows: Vec<DataRowBody>,
    touched: usize,
}

impl Sent {
    /// Takes a message of the response, and returns whether it was the last one.
    fn take(&mut self, message: Message) -> io::Result<bool> {
        match message {
            Message::ParseComplete => self.is_parsed = true,
            Message::NoData => self.columns = Some(Arc::from([])),
            Message::RowDescription(body) => {
                self.columns = Some(body.fields().map(|field| Column::new(&field)).collect::<Vec<_>>()?.into());
            }
            Message::DataRow(body) => self.rows.push(body),
            Message::CommandComplete(body) => {
                self.touched = rows_touched(&body)?;
                return Ok(true);
            }
            Message::EmptyQueryResponse => return Ok(true),
            Message::CopyInResponse(_) => return Err(invalid("COPY FROM STDIN is not possible here")),
            _ => {}
        }
        Ok(false)
    }

    fn answer(self) -> io::Result<Answer> {
        let columns = self.columns.unwrap_or_else(|| Arc::from([]));
        let rows = self.rows.into_iter().map(|body| PgRow::new(Arc::clone(&columns), body)).collect::<io::Result<_>>();
        Ok(Answer { rows: rows?, touched: self.touched })
    }
}

/// Statements to be sent, and responses that were not requested yet.
#[derive(Default)]
pub(super) struct Pipeline {
    sent: Vec<Sent>,
    answers: Vec<(Ticket, Answer)>,
    last: u64,
}

impl Session {
    /// Adds a statement to those to be sent.
    pub(super) fn send(&mut self, statement: &Statement<'_>) -> Result<Ticket, Failure> {
        let size = statement.values.iter().flatten().map(Vec::len).sum::<usize>() + statement.text.len();
        if !self.pipeline.sent.is_empty() && self.wire.out.len() + size > UNANSWERED {
            self.catch_up()?;
        }
        let known = self.statements.find(statement);
        let is_new = known.is_none() && statement.kept && self.prepares && !self.is_shared;
        let name = match &known {
            Some(prepared) => Arc::clone(&prepared.name),
            None if is_new => self.statements.next_name(),
            None => Arc::from(""),
        };
        let length = self.wire.out.len();
        let before = self.write_statement(statement, &name, known.is_none()).map_err(|error| {
            self.wire.out.truncate(length);
            Failure::Unsendable(error)
        })?;
        self.pipeline.last += 1;
        let ticket = Ticket(self.pipeline.last);
        let columns = known.as_ref().map(|prepared| Arc::clone(&prepared.columns));
        let new = is_new.then(|| (name, statement.text.to_owned(), statement.types.into()));
        self.pipeline.sent.extend((0..before).map(|_| Sent::default()));
        self.pipeline.sent.push(Sent { ticket: Some(ticket), known, new, columns, ..Sent::default() });
        Ok(ticket)
    }

    /// Discards the response to the last statement unless it is an error.
    pub(super) fn discard(&mut self, ticket: Ticket) {
        match self.pipeline.sent.iter_mut().rfind(|sent| sent.ticket == Some(ticket)) {
            Some(sent) => sent.ticket = None,
            None => self.pipeline.answers.retain(|(other, _)| *other != ticket),
        }
    }

    /// Forgets responses that were not requested.
    pub(super) fn forget_answers(&mut self) {
        self.pipeline.answers.clear();
    }

    /// Forgets the statements that were not sent yet.
    pub(super) fn forget_unsent(&mut self) {
        if !self.pipeline.sent.is_empty() {
            self.pipeline.sent.clear();
            self.wire.out.clear();
        }
    }

    /// Waits for the response to a statement. Fails if any statement sent since the last wait has failed.
    pub(super) fn answer(&mut self, ticket: Ticket) -> Result<Answer, Failure> {
        self.catch_up()?;
        let answers = &mut self.pipeline.answers;
        match answers.iter().position(|(other, _)| *other == ticket) {
            Some(place) => Ok(answers.swap_remove(place).1),
            // The failure was reported.
            None => Err(Failure::Skipped),
        }
    }

    /// Sends all statements, reads their responses, and returns the first failure.
    pub(super) fn catch_up(&mut self) -> Result<(), Failure> {
        let mut sent = std::mem::take(&mut self.pipeline.sent);
        if sent.is_empty() {
            return Ok(());
        }
        frontend::sync(&mut self.wire.out);
        self.statements.forget_closed();
        let mut done = 0;
        let mut outcome = self.exchange(&mut |message| {
            if let Some(statement) = sent.get_mut(done) {
                done += usize::from(statement.take(message)?);
            }
            Ok(false)
        });
        if let (Some(Sent { known: Some(known), .. }), Err(Failure::Server(error))) = (sent.get(done), &mut outcome)
            && error.spoils_statement()
        {
            error.blame_old_statement();
            match error.is_of_forgotten_statement() {
                true => self.statements.forget_all(),
                false => self.statements.forget(&known.name),
            }
        }
        for statement in &mut sent {
            match (statement.new.take().filter(|_| statement.is_parsed), &statement.columns) {
                (Some((name, text, types)), Some(columns)) => {
                    self.statements.keep(text, types, Prepared { name, columns: Arc::clone(columns) });
                }
                (Some((name, ..)), None) => self.statements.close(name),
                (None, _) => {}
            }
        }
        if let Err(failure) = outcome {
            self.pipeline.answers.clear();
            return Err(failure);
        }
        for statement in sent {
            if let Some(ticket) = statement.ticket {
                let answer = statement.answer().map_err(|error| self.lose(&error))?;
                self.pipeline.answers.push((ticket, answer));
            }
        }
        Ok(())
    }

    /// Writes a statement, preceded by what the first one requires. Returns the number of statements before it.
    fn write_statement(&mut self, statement: &Statement<'_>, name: &str, is_new: bool) -> io::Result<usize> {
        let out = &mut self.wire.out;
        let mut before = 0;
        if self.pipeline.sent.is_empty() {
            for name in self.statements.closed() {
                frontend::close(b'S', name, out)?;
            }
            let settings = self.settings.as_deref().filter(|_| self.status == Status::Idle);
            for text in self.begin.into_iter().chain(settings) {
                frontend::parse("", text, [], out)?;
                bind("", &[], out)?;
                frontend::execute("", 0, out)?;
                before += 1;
            }
        }
        if is_new {
            frontend::parse(name, statement.text, statement.types.iter().copied(), out)?;
        }
        bind(name, statement.values, out)?;
        if is_new {
            frontend::describe(b'P', "", out)?;
        }
        frontend::execute("", 0, out)?;
        Ok(before)
    }
}

/// Number of rows in a command tag: three for `INSERT 0 3` and `UPDATE 3`, none for `BEGIN`.
pub(super) fn rows_touched(body: &CommandCompleteBody) -> io::Result<usize> {
    Ok(body.tag()?.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0))
}

//! A session in PostgreSQL's protocol (version 3): one request and its response at a time. A request is a
//! [pipeline](super::pipeline) of statements, or a text.
//!
//! A response ends when the server reports that it is ready, with the state of the transaction. After any failure other
//! than a reported server error, the connection cannot be used again.

use std::io;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use diesel::result::DatabaseErrorInformation as _;
use postgres_protocol::message::backend::{DataRowBody, Message};
use postgres_protocol::message::frontend;

use super::error::{Failure, ServerError};
use super::pipeline::{Pipeline, rows_touched};
use super::socket::Socket;
use super::statements::Statements;
use super::wire::{Wire, invalid};

/// State of the transaction, as reported by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Idle,
    Open,
    /// The transaction can only be rolled back.
    Failed,
}

pub(super) struct Session {
    pub(super) wire: Wire,
    pub(super) status: Status,
    /// Reason why the connection is unusable.
    lost: Option<String>,
    /// Maximum duration of a request.
    limit: Option<Duration>,
    pub(super) statements: Statements,
    pub(super) pipeline: Pipeline,
    /// Whether statements are prepared and cached.
    pub(super) prepares: bool,
    /// A BEGIN to be sent with the next request.
    pub(super) begin: Option<&'static str>,
    /// Whether a pooler assigns another server connection to each transaction, so that no state may remain on it.
    pub(super) is_shared: bool,
    /// Query that applies the session settings to such a transaction.
    pub(super) settings: Option<String>,
}

impl Session {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            wire: Wire::new(socket),
            status: Status::Idle,
            lost: None,
            limit: None,
            statements: Statements::new(),
            pipeline: Pipeline::default(),
            prepares: true,
            begin: None,
            is_shared: false,
            settings: None,
        }
    }

    pub(super) fn status(&self) -> Status {
        self.status
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Sets the maximum duration of each request.
    pub(super) fn set_limit(&mut self, limit: Option<Duration>) {
        self.limit = limit;
    }

    /// Sets a deadline for all messages of the connection phase.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.wire.socket.until(deadline);
    }

    /// Marks the login as complete.
    pub(super) fn note_login(&mut self) {
        self.wire.trust();
    }

    /// Applies these settings in each transaction, and keeps no other state on the server.
    pub(super) fn share(&mut self, settings: Option<String>) {
        self.settings = settings;
        self.is_shared = true;
    }

    /// Sets whether statements are prepared and cached.
    pub(super) fn prepare_statements(&mut self, prepares: bool) {
        self.prepares = prepares;
    }

    /// Begins a transaction with the next request.
    pub(super) fn begin_later(&mut self, begin: &'static str) {
        self.begin = Some(begin);
    }

    pub(super) fn begins_later(&self) -> bool {
        self.begin.is_some()
    }

    /// Discards a pending BEGIN; false if there is none.
    pub(super) fn forget_begin(&mut self) -> bool {
        self.begin.take().is_some()
    }

    /// Runs statements without values in sequence, and returns the command tag of the last one, such as `COMMIT`.
    pub(super) fn batch(&mut self, text: &str, mut row: impl FnMut(&DataRowBody)) -> Result<String, Failure> {
        let mut done = String::new();
        self.catch_up()?;
        self.write_query(text)?;
        self.exchange(&mut |message| {
            match message {
                Message::CommandComplete(body) => done = body.tag()?.to_owned(),
                Message::DataRow(body) => row(&body),
                Message::CopyInResponse(_) => return Err(invalid("COPY FROM STDIN is not possible here")),
                _ => {}
            }
            Ok(false)
        })?;
        Ok(done)
    }

    /// Runs `COPY ... FROM STDIN` with these bytes, and returns the number of rows.
    pub(super) fn copy_in(&mut self, text: &str, parts: &[&[u8]]) -> Result<usize, Failure> {
        let mut is_accepted = false;
        self.catch_up()?;
        self.write_query(text)?;
        self.exchange(&mut |message| {
            is_accepted = matches!(message, Message::CopyInResponse(_));
            Ok(is_accepted)
        })?;
        if !is_accepted {
            return Err(Failure::Server(Box::new(ServerError::new("42601", "this statement takes no rows"))));
        }
        let sent = parts.iter().try_for_each(|part| self.send_rows(part));
        sent.map_err(|error| self.lose(&error))?;
        let mut touched = 0;
        frontend::copy_done(&mut self.wire.out);
        self.exchange(&mut |message| {
            if let Message::CommandComplete(body) = message {
                touched = rows_touched(&body)?;
            }
            Ok(false)
        })?;
        Ok(touched)
    }

    fn send_rows(&mut self, rows: &[u8]) -> io::Result<()> {
        const PIECE: usize = 1 << 20;
        for piece in rows.chunks(PIECE) {
            frontend::CopyData::new(piece)?.write(&mut self.wire.out);
            self.transmit()?;
        }
        Ok(())
    }

    /// Writes statements without values, preceded by what they require.
    fn write_query(&mut self, text: &str) -> Result<(), Failure> {
        let settings = self.settings.as_deref().filter(|_| self.status == Status::Idle);
        let before: String = self.begin.into_iter().chain(settings).flat_map(|text| [text, "; "]).collect();
        let written = match before.is_empty() {
            true => frontend::query(text, &mut self.wire.out),
            false => frontend::query(&(before + text), &mut self.wire.out),
        };
        written.map_err(|error| {
            self.wire.out.clear();
            Failure::Unsendable(error)
        })
    }

    /// Sends the output buffer, and passes the response messages to `take`, until the server is ready for the next
    /// request or `take` stops.
    pub(super) fn exchange(&mut self, take: &mut dyn FnMut(Message) -> io::Result<bool>) -> Result<(), Failure> {
        if let Some(why) = &self.lost {
            self.wire.out.clear();
            return Err(Failure::Lost(why.clone()));
        }
        self.wire.socket.limit(self.limit);
        let outcome = self.converse(take);
        self.wire.shrink();
        match outcome {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(Failure::Server(Box::new(error))),
            Err(error) => Err(self.lose(&error)),
        }
    }

    fn converse(&mut self, take: &mut dyn FnMut(Message) -> io::Result<bool>) -> io::Result<Option<ServerError>> {
        self.transmit()?;
        self.begin = None;
        let mut refused: Option<ServerError> = None;
        loop {
            match self.receive()? {
                Message::ReadyForQuery(body) => {
                    self.status = match body.status() {
                        b'I' => Status::Idle,
                        b'T' => Status::Open,
                        b'E' => Status::Failed,
                        _ => return Err(invalid("the server is in a state that does not exist")),
                    };
                    return Ok(refused);
                }
                Message::ErrorResponse(body) => {
                    let error = ServerError::read(body.fields())?;
                    if error.is_fatal {
                        self.lost = Some(error.message().to_owned());
                        return Ok(Some(error));
                    }
                    refused.get_or_insert(error);
                }
                message => {
                    if take(message)? {
                        return Ok(refused);
                    }
                }
            }
        }
    }

    /// Sends the output buffer.
    pub(super) fn transmit(&mut self) -> io::Result<()> {
        self.wire.transmit()
    }

    pub(super) fn out(&mut self) -> &mut BytesMut {
        &mut self.wire.out
    }

    /// The next message of a response.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        self.wire.receive()
    }

    pub(super) fn lose(&mut self, error: &io::Error) -> Failure {
        let why = format!("the connection to the server was lost: {error}");
        self.wire.out.clear();
        self.lost = Some(why.clone());
        Failure::Lost(why)
    }
}

impl Drop for Session {
    /// Sends a termination message if that does not block.
    fn drop(&mut self) {
        const PATIENCE: Duration = Duration::from_millis(100);
        if self.lost.is_none() {
            self.wire.out.clear();
            frontend::terminate(&mut self.wire.out);
            self.wire.socket.limit(Some(PATIENCE));
            let _ = self.transmit();
        }
    }
}

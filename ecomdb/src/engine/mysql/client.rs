//! Commands of the client and their responses.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use diesel::mysql::Mysql;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::result::Error as DieselError;
use mysql_common::constants::{Command, StatusFlags};

use super::binds;
use super::error::Failure;
use super::fields::Fields;
use super::rows::{Column, Rows};
use super::wire::Wire;

/// First bytes of response packets. Any other byte begins a result set.
const OK: u8 = 0x00;
const WANTS_FILE: u8 = 0xfb;
const END: u8 = 0xfe;
const ERROR: u8 = 0xff;

/// Buffers above this size are not kept.
const LARGEST_KEPT: usize = 1 << 20;

/// Id of the statement prepared last (MariaDB 10.2 and later).
const LAST_PREPARED: u32 = u32::MAX;

/// An authenticated connection to a server.
pub(super) struct Client {
    pub(super) wire: Wire,
    /// Whether the server omits columns that the client has cached (MariaDB 10.6 and later).
    pub(super) caches_columns: bool,
    /// Whether a transaction was open at the server's last response.
    pub(super) in_transaction: bool,
    /// Reason why the connection is unusable.
    lost: Option<String>,
    /// Sequence numbers of the first packets of unread responses, in the order of their commands.
    due: VecDeque<u8>,
    /// Size of these commands in bytes.
    unanswered: usize,
    /// Whether the output buffer has one of them. Commands without a response wait for the next one that has one.
    is_unsent: bool,
    payload: Vec<u8>,
}

/// A prepared statement on the server.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) id: u32,
    pub(super) values: u16,
    pub(super) columns: Arc<[Column]>,
}

/// The response to a statement.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Rows matched by an UPDATE, or rows of a result.
    pub(super) affected: u64,
    /// The last result with rows.
    pub(super) rows: Option<Rows>,
    /// Columns, if the server sent them.
    pub(super) columns: Option<Arc<[Column]>>,
}

/// Treatment of the rows in a response.
#[derive(Clone, Copy)]
enum Reading<'a> {
    /// Discard text rows.
    Skip,
    /// Read the rows of this statement.
    Take(&'a Prepared),
}

impl Client {
    pub(super) fn new(mut wire: Wire, caches_columns: bool) -> Self {
        wire.trust();
        Self {
            wire,
            caches_columns,
            in_transaction: false,
            lost: None,
            due: VecDeque::new(),
            unanswered: 0,
            is_unsent: false,
            payload: Vec::new(),
        }
    }

    /// Sets the maximum time without a response; `None` for no limit.
    pub(super) fn settle(&mut self, silence: Option<Duration>) -> Result<(), Failure> {
        self.wire.settle(silence)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Size in bytes of the commands whose responses are unread.
    pub(super) fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// Runs statements separated by semicolons, and discards their rows.
    pub(super) fn query(&mut self, text: &str) -> Result<Answer, Failure> {
        self.send_query(text);
        self.skim()
    }

    /// Runs a LOAD DATA LOCAL statement with this file, whatever name it contains.
    pub(super) fn load(&mut self, text: &str, file: &File) -> Result<Answer, Failure> {
        self.send_query(text);
        self.exchange(|client| client.answer(Reading::Skip, Some(file)))
    }

    pub(super) fn ping(&mut self) -> Result<(), Failure> {
        self.request(Command::COM_PING, &[]);
        self.skim()?;
        Ok(())
    }

    /// Appends statements separated by semicolons to the output buffer. [`Client::skim`] reads the response.
    pub(super) fn send_query(&mut self, text: &str) {
        self.request(Command::COM_QUERY, text.as_bytes());
    }

    /// Appends the preparation of a statement to the output buffer. [`Client::prepared`] reads the response.
    pub(super) fn send_prepare(&mut self, text: &str) {
        self.request(Command::COM_STMT_PREPARE, text.as_bytes());
    }

    /// Appends a prepared statement to the output buffer. [`Client::rows`] reads the response.
    pub(super) fn send_execute(
        &mut self,
        statement: u32,
        binds: &RawBytesBindCollector<Mysql>,
    ) -> Result<(), DieselError> {
        self.payload = execution(statement, binds)?;
        self.send_payload();
        Ok(())
    }

    /// Appends the preparation of a statement, and its execution. [`Client::prepared`] and then [`Client::rows`] read
    /// the responses. If a value cannot be encoded, appends neither.
    pub(super) fn send_new(&mut self, text: &str, binds: &RawBytesBindCollector<Mysql>) -> Result<(), DieselError> {
        let execution = execution(LAST_PREPARED, binds)?;
        self.send_prepare(text);
        self.payload = execution;
        self.send_payload();
        Ok(())
    }

    /// Reads the next response, to statements as text, and discards rows.
    pub(super) fn skim(&mut self) -> Result<Answer, Failure> {
        self.exchange(|client| client.answer(Reading::Skip, None))
    }

    /// Reads the next response, to a preparation.
    pub(super) fn prepared(&mut self) -> Result<Prepared, Failure> {
        self.exchange(|client| {
            let mut fields = Fields(client.receive()?);
            fields.u8()?;
            let (id, columns, values) = (fields.u32()?, fields.u16()?, fields.u16()?);
            // The types of parameters are unknown until they are bound.
            client.columns(values.into())?;
            Ok(Prepared { id, values, columns: client.columns(columns.into())? })
        })
    }

    /// Reads the next response, which answers this statement.
    pub(super) fn rows(&mut self, statement: &Prepared) -> Result<Answer, Failure> {
        self.exchange(|client| client.answer(Reading::Take(statement), None))
    }

    /// Closes a statement. The command is sent with the next one and has no response.
    pub(super) fn close(&mut self, statement: &Prepared) {
        self.command(Command::COM_STMT_CLOSE, &statement.id.to_le_bytes());
    }

    /// Appends a command without a response.
    fn command(&mut self, command: Command, argument: &[u8]) {
        self.payload.clear();
        self.payload.push(command as u8);
        self.payload.extend_from_slice(argument);
        self.wire.command(&self.payload);
    }

    /// Appends a command with a response.
    fn request(&mut self, command: Command, argument: &[u8]) {
        self.payload.clear();
        self.payload.push(command as u8);
        self.payload.extend_from_slice(argument);
        self.send_payload();
    }

    fn send_payload(&mut self) {
        if self.lost.is_none() {
            self.wire.command(&self.payload);
            self.due.push_back(self.wire.sequence());
            self.unanswered += self.payload.len();
            self.is_unsent = true;
        }
        self.payload.shrink_to(LARGEST_KEPT);
    }

    /// Sends the output buffer, and reads the next response. After a failure, even a timeout, the connection is not
    /// used again, because the next response could be the late one.
    fn exchange<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if let Some(why) = &self.lost {
            return Err(Failure::Lost(why.clone()));
        }
        let sent = if std::mem::take(&mut self.is_unsent) { self.wire.flush() } else { Ok(()) };
        let outcome = sent.and_then(|()| {
            let first = self.due.pop_front().ok_or_else(|| Failure::protocol("no answer that is due"))?;
            self.wire.expect(first);
            read(self)
        });
        self.wire.shrink();
        if self.due.is_empty() {
            self.unanswered = 0;
        }
        if let Err(Failure::Lost(why)) = &outcome {
            self.lost = Some(why.clone());
            self.due.clear();
        }
        outcome
    }

    /// Reads the next packet; fails if it is an error packet.
    fn receive(&mut self) -> Result<&[u8], Failure> {
        match self.wire.receive()? {
            [ERROR, error @ ..] => Err(Failure::parse(error)),
            payload => Ok(payload),
        }
    }

    /// Reads the results of all statements that were sent, and returns the last one.
    fn answer(&mut self, reading: Reading<'_>, file: Option<&File>) -> Result<Answer, Failure> {
        let mut answer = Answer::default();
        let caches_columns = self.caches_columns;
        loop {
            let mut fields = Fields(self.receive()?);
            let status = match fields.0.first() {
                Some(&OK) => {
                    fields.u8()?;
                    answer.affected = fields.number()?;
                    let _last_id = fields.number()?;
                    StatusFlags::from_bits_truncate(fields.u16()?)
                }
                Some(&WANTS_FILE) => {
                    self.send_file(file)?;
                    continue;
                }
                _ => {
                    let count = fields.number()?;
                    // The flag exists only if columns may be omitted.
                    let are_known = caches_columns && fields.u8()? == 0;
                    self.result(&mut answer, reading, count, are_known)?
                }
            };
            if !status.contains(StatusFlags::SERVER_MORE_RESULTS_EXISTS) {
                self.in_transaction = status.contains(StatusFlags::SERVER_STATUS_IN_TRANS);
                return Ok(answer);
            }
        }
    }

    /// Reads columns and rows of a result.
    fn result(
        &mut self,
        answer: &mut Answer,
        reading: Reading<'_>,
        count: u64,
        are_known: bool,
    ) -> Result<StatusFlags, Failure> {
        let columns = if are_known {
            // End marker of the empty column list.
            self.receive()?;
            match reading {
                Reading::Take(statement) => Arc::clone(&statement.columns),
                Reading::Skip => [].into(),
            }
        } else {
            let columns = self.columns(count)?;
            answer.columns = Some(Arc::clone(&columns));
            columns
        };
        let (mut rows, mut count) = (Rows::new(columns), 0);
        loop {
            match self.receive()? {
                [END, rest @ ..] if rest.len() < 8 => {
                    let mut fields = Fields(rest);
                    let _warnings = fields.u16()?;
                    let status = StatusFlags::from_bits_truncate(fields.u16()?);
                    answer.affected = count;
                    if matches!(reading, Reading::Take(_)) {
                        answer.rows = Some(rows);
                    }
                    return Ok(status);
                }
                row => {
                    count += 1;
                    if matches!(reading, Reading::Take(_)) {
                        rows.push(row)?;
                    }
                }
            }
        }
    }

    /// Reads `count` columns, and their end marker unless there are none.
    fn columns(&mut self, count: u64) -> Result<Arc<[Column]>, Failure> {
        let mut columns = Vec::new();
        for _ in 0..count {
            columns.push(Column::parse(self.receive()?)?);
        }
        if count > 0 {
            self.receive()?;
        }
        Ok(columns.into())
    }

    /// Sends the file, or an empty one. The name requested by the server is ignored, because a malicious server could
    /// ask for any file.
    fn send_file(&mut self, file: Option<&File>) -> Result<(), Failure> {
        let mut chunk = vec![0; 1 << 17];
        if let Some(mut file) = file {
            loop {
                let count = file.read(&mut chunk)?;
                if count == 0 {
                    break;
                }
                self.wire.packet(&chunk[..count]);
                self.wire.flush()?;
            }
        }
        self.wire.packet(&[]);
        self.wire.flush()
    }
}

/// Payload of the command that runs a prepared statement.
fn execution(statement: u32, binds: &RawBytesBindCollector<Mysql>) -> Result<Vec<u8>, DieselError> {
    let mut payload = vec![Command::COM_STMT_EXECUTE as u8];
    payload.extend_from_slice(&statement.to_le_bytes());
    // No cursor, one iteration.
    payload.extend_from_slice(&[0, 1, 0, 0, 0]);
    binds::encode(&mut payload, binds)?;
    Ok(payload)
}

/// Closing politely avoids a warning about an aborted connection in the server's log.
impl Drop for Client {
    fn drop(&mut self) {
        if !self.is_lost() {
            self.command(Command::COM_QUIT, &[]);
            let _ = self.wire.flush();
        }
    }
}

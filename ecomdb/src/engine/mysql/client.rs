//! The commands that a client sends, and the answers to them.

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

/// First bytes of answers. Others begin a result with rows.
const OK: u8 = 0x00;
const WANTS_FILE: u8 = 0xfb;
const END: u8 = 0xfe;
const ERROR: u8 = 0xff;

/// Larger commands are not kept.
const LARGEST_KEPT: usize = 1 << 20;

/// Names the statement that was prepared last, on MariaDB from 10.2 on.
pub(super) const LAST_PREPARED: u32 = u32::MAX;

/// A logged-in connection to a server.
pub(super) struct Client {
    pub(super) wire: Wire,
    /// Whether the server leaves out the columns of a result that the client knows (MariaDB from 10.6 on).
    pub(super) caches_columns: bool,
    /// Whether a transaction was open when the server answered last.
    pub(super) in_transaction: bool,
    /// Why the connection cannot be used any more.
    lost: Option<String>,
    /// The numbers of the first packets of answers that were not read, in the order of their commands.
    due: VecDeque<u8>,
    /// The bytes of these commands.
    unanswered: usize,
    payload: Vec<u8>,
}

/// A statement that the server has prepared.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) id: u32,
    pub(super) values: u16,
    pub(super) columns: Arc<[Column]>,
}

/// The answer to a statement.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The rows that an UPDATE found, whether it changed them or not; those of a result.
    pub(super) affected: u64,
    /// The rows of the last result that had some.
    pub(super) rows: Option<Rows>,
    /// The columns, where the server sent them.
    pub(super) columns: Option<Arc<[Column]>>,
}

/// What to do with the rows of an answer.
#[derive(Clone, Copy)]
enum Reading<'a> {
    /// They are text, and nobody wants them.
    Skip,
    /// They are those of this statement.
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
            payload: Vec::new(),
        }
    }

    /// From now on the server may say nothing for so long, or as long as it likes.
    pub(super) fn settle(&mut self, silence: Option<Duration>) -> Result<(), Failure> {
        self.wire.settle(silence)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// The bytes of the commands whose answers were not read.
    pub(super) fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// Runs statements, separated by semicolons. Rows are thrown away.
    pub(super) fn query(&mut self, text: &str) -> Result<Answer, Failure> {
        self.send_query(text);
        self.skim()
    }

    /// Runs a LOAD DATA LOCAL statement, which gets this file whatever name it says.
    pub(super) fn load(&mut self, text: &str, file: &File) -> Result<Answer, Failure> {
        self.send_query(text);
        self.exchange(|client| client.answer(Reading::Skip, Some(file)))
    }

    pub(super) fn ping(&mut self) -> Result<(), Failure> {
        self.request(Command::COM_PING, &[]);
        self.skim()?;
        Ok(())
    }

    /// Puts statements, separated by semicolons, behind the commands that wait to be sent. [`Client::skim`] reads the answer.
    pub(super) fn send_query(&mut self, text: &str) {
        self.request(Command::COM_QUERY, text.as_bytes());
    }

    /// The same for the preparation of a statement. [`Client::prepared`] reads the answer.
    pub(super) fn send_prepare(&mut self, text: &str) {
        self.request(Command::COM_STMT_PREPARE, text.as_bytes());
    }

    /// The same for a prepared statement. [`Client::rows`] reads the answer.
    pub(super) fn send_execute(
        &mut self,
        statement: u32,
        binds: &RawBytesBindCollector<Mysql>,
    ) -> Result<(), DieselError> {
        let mut payload = std::mem::take(&mut self.payload);
        payload.clear();
        payload.push(Command::COM_STMT_EXECUTE as u8);
        payload.extend_from_slice(&statement.to_le_bytes());
        // No cursor, and once.
        payload.extend_from_slice(&[0, 1, 0, 0, 0]);
        let encoded = binds::encode(&mut payload, binds);
        self.payload = payload;
        encoded?;
        self.send_payload();
        Ok(())
    }

    /// Reads the next answer, which is one to statements as text, and throws rows away.
    pub(super) fn skim(&mut self) -> Result<Answer, Failure> {
        self.exchange(|client| client.answer(Reading::Skip, None))
    }

    /// Reads the next answer, which is one to a preparation.
    pub(super) fn prepared(&mut self) -> Result<Prepared, Failure> {
        self.exchange(|client| {
            let mut fields = Fields(client.receive()?);
            fields.u8()?;
            let (id, columns, values) = (fields.u32()?, fields.u16()?, fields.u16()?);
            // Nothing is known of the values before they are there.
            client.columns(values.into())?;
            Ok(Prepared { id, values, columns: client.columns(columns.into())? })
        })
    }

    /// Reads the next answer, which is one to this statement.
    pub(super) fn rows(&mut self, statement: &Prepared) -> Result<Answer, Failure> {
        self.exchange(|client| client.answer(Reading::Take(statement), None))
    }

    /// Gives up a statement. The server is told with the next command; it does not answer.
    pub(super) fn close(&mut self, statement: &Prepared) {
        self.command(Command::COM_STMT_CLOSE, &statement.id.to_le_bytes());
    }

    /// A command without an answer.
    fn command(&mut self, command: Command, argument: &[u8]) {
        self.payload.clear();
        self.payload.push(command as u8);
        self.payload.extend_from_slice(argument);
        self.wire.command(&self.payload);
    }

    /// A command with an answer.
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
        }
        self.payload.shrink_to(LARGEST_KEPT);
    }

    /// Sends what waits, and reads the next answer. Nothing goes over a connection that broke, even if only an answer came
    /// too late: the next one would be taken for it.
    fn exchange<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if let Some(why) = &self.lost {
            return Err(Failure::Lost(why.clone()));
        }
        let outcome = self.wire.flush().and_then(|()| {
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

    /// The next packet, unless it is an error.
    fn receive(&mut self) -> Result<&[u8], Failure> {
        match self.wire.receive()? {
            [ERROR, error @ ..] => Err(Failure::parse(error)),
            payload => Ok(payload),
        }
    }

    /// Reads the results of all statements that were sent. The last one counts.
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
                    // Whether the columns follow is said only where they may be left out.
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

    /// Reads columns and rows.
    fn result(
        &mut self,
        answer: &mut Answer,
        reading: Reading<'_>,
        count: u64,
        are_known: bool,
    ) -> Result<StatusFlags, Failure> {
        let columns = if are_known {
            // The end of no columns.
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

    /// Reads so many columns, and their end unless there are none.
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

    /// A server can ask for any file of this machine, so the name that it says means nothing: it gets the one that was
    /// meant for it, or an empty one.
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

/// The server need not take note of a client that vanished.
impl Drop for Client {
    fn drop(&mut self) {
        if !self.is_lost() {
            self.command(Command::COM_QUIT, &[]);
            let _ = self.wire.flush();
        }
    }
}

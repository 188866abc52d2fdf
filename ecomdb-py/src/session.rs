//! A transaction that is open while Python code runs.
//!
//! A `with` block can do anything, so it cannot be the closure that the library runs. That closure runs on a thread of
//! its own (on SQLite, on the writer's) and takes operations from a channel, until it gets COMMIT or ROLLBACK, the channel
//! closes, or nothing arrives within the idle timeout.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use ecomdb::{Connection, Error};
use pyo3::prelude::*;

use crate::errors::{exception, plain};
use crate::handle::{Handle, lock};

/// How often a wait checks for Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(100);

/// Message to the closure.
enum Message {
    Run(Operation),
    Commit,
}

/// Runs on the connection; an error ends the transaction.
type Operation = Box<dyn FnOnce(&mut Connection) -> ecomdb::Result<()> + Send>;

pub(crate) struct Session {
    handle: Arc<Handle>,
    owner: ThreadId,
    idle: Duration,
    state: Mutex<State>,
}

enum State {
    Open { messages: Sender<Message>, outcome: Receiver<ecomdb::Result<()>> },
    Over(Ending),
}

#[derive(Clone)]
enum Ending {
    Committed,
    RolledBack,
    /// An operation or Ctrl-C ended it early, for this reason.
    Lost(String),
    /// The idle timeout was exceeded.
    Idle,
}

impl Session {
    /// Begins a transaction.
    pub(crate) fn begin(py: Python<'_>, handle: &Arc<Handle>, idle: Duration) -> PyResult<Arc<Self>> {
        let database = handle.database(py)?;
        let (messages, received) = channel();
        let (ended, outcome) = channel();
        let (began, has_begun) = channel();
        let thread = std::thread::Builder::new().name("ecomdb-transaction".to_owned());
        let started = thread.spawn(move || {
            // The receiver may be gone.
            let _ = ended.send(database.write_once(move |conn| {
                let _ = began.send(());
                serve(conn, &received, idle)
            }));
        });
        started.map_err(|error| plain(py, "OverloadedError", &format!("no thread could be started: {error}")))?;
        if wait(py, has_begun)?.is_none() {
            let error = wait(py, outcome)?.and_then(Result::err).unwrap_or(Error::RolledBack);
            return Err(exception(py, &error));
        }
        let owner = handle.enter();
        let state = Mutex::new(State::Open { messages, outcome });
        Ok(Arc::new(Self { handle: Arc::clone(handle), owner, idle, state }))
    }

    /// Runs one operation in the transaction.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        operation: impl FnOnce(&mut Connection) -> ecomdb::Result<T> + Send + 'static,
    ) -> PyResult<T> {
        self.refuse_others(py)?;
        let (reply, answer) = channel();
        let operation = Box::new(move |conn: &mut Connection| {
            match operation(conn) {
                // An operation that the shop refuses has changed nothing, and the transaction goes on. Any other failure may have ended
                // it already, as a deadlock does, and then the next statement would stand alone.
                Err(error) if !(error.is_invalid() || error.is_not_found() || error.is_conflict()) => Err(error),
                outcome => {
                    let _ = reply.send(outcome);
                    Ok(())
                }
            }
        });
        let sent = match &*lock(&self.state) {
            State::Open { messages, .. } => {
                // The receiver is gone, so no answer will come.
                let _ = messages.send(Message::Run(operation));
                Ok(())
            }
            State::Over(ending) => Err(ending.clone()),
        };
        sent.map_err(|ending| self.is_over(py, &ending))?;
        match wait(py, answer).inspect_err(|_| self.give_up())? {
            Some(outcome) => outcome.map_err(|error| exception(py, &error)),
            None => Err(self.lost(py)?),
        }
    }

    /// Commits.
    pub(crate) fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.refuse_others(py)?;
        match self.end(Ending::Committed) {
            State::Open { messages, outcome } => {
                let told = messages.send(Message::Commit).is_ok();
                match wait(py, outcome)? {
                    Some(Ok(())) => Ok(()),
                    Some(Err(Error::RolledBack)) if !told => {
                        self.end(Ending::Idle);
                        Err(self.is_over(py, &Ending::Idle))
                    }
                    Some(Err(error)) => Err(exception(py, &error)),
                    None => Err(exception(py, &Error::UnknownOutcome)),
                }
            }
            State::Over(ending) => {
                self.end(ending.clone());
                match ending {
                    // Rolled back on request.
                    Ending::RolledBack => Ok(()),
                    ending => Err(self.is_over(py, &ending)),
                }
            }
        }
    }

    /// Rolls back, and waits for it.
    pub(crate) fn roll_back(&self, py: Python<'_>) -> PyResult<()> {
        self.refuse_others(py)?;
        match self.end(Ending::RolledBack) {
            State::Open { messages, outcome } => {
                drop(messages);
                wait(py, outcome).map(|_| ())
            }
            State::Over(ending) => {
                self.end(ending);
                Ok(())
            }
        }
    }

    /// Whether it can be used.
    pub(crate) fn is_open(&self) -> bool {
        matches!(&*lock(&self.state), State::Open { .. })
    }

    /// Replaces the state by an ending, and returns the former state.
    fn end(&self, ending: Ending) -> State {
        let state = std::mem::replace(&mut *lock(&self.state), State::Over(ending));
        if matches!(state, State::Open { .. }) {
            self.handle.leave(self.owner);
        }
        state
    }

    /// A wait for an operation was interrupted, so its outcome is unknown.
    fn give_up(&self) {
        self.end(Ending::Lost("it was interrupted".to_owned()));
    }

    /// The error for a closure that has ended early.
    fn lost(&self, py: Python<'_>) -> PyResult<PyErr> {
        let State::Open { outcome, .. } = self.end(Ending::Idle) else { return Ok(self.is_over(py, &Ending::Idle)) };
        match wait(py, outcome)? {
            Some(Err(Error::RolledBack)) => Ok(self.is_over(py, &Ending::Idle)),
            Some(Err(error)) => {
                self.end(Ending::Lost(error.to_string()));
                Ok(exception(py, &error))
            }
            _ => Ok(exception(py, &Error::UnknownOutcome)),
        }
    }

    fn is_over(&self, py: Python<'_>, ending: &Ending) -> PyErr {
        let message = match ending {
            Ending::Committed => "the transaction is over: it was committed".to_owned(),
            Ending::RolledBack => "the transaction is over: it was rolled back".to_owned(),
            Ending::Lost(why) => format!("the transaction was rolled back: {why}"),
            Ending::Idle => format!(
                "the transaction was rolled back because nothing was done in it for {} seconds (idle_timeout)",
                self.idle.as_secs_f64()
            ),
        };
        plain(py, "TransactionError", &message)
    }

    fn refuse_others(&self, py: Python<'_>) -> PyResult<()> {
        self.handle.refuse_other_process(py)?;
        if std::thread::current().id() != self.owner {
            let message = "the transaction belongs to the thread that began it: begin another one in this thread";
            return Err(plain(py, "TransactionError", message));
        }
        Ok(())
    }
}

impl Drop for Session {
    /// The object is gone: the closure finds the channel closed, and rolls back.
    fn drop(&mut self) {
        self.end(Ending::RolledBack);
    }
}

fn serve(conn: &mut Connection, messages: &Receiver<Message>, idle: Duration) -> ecomdb::Result<()> {
    loop {
        match messages.recv_timeout(idle) {
            Ok(Message::Run(operation)) => operation(conn)?,
            Ok(Message::Commit) => return Ok(()),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Err(Error::RolledBack),
        }
    }
}

/// Waits without the GIL for a message; `None` when none will come. Ctrl-C ends the wait.
fn wait<T: Send>(py: Python<'_>, mut channel: Receiver<T>) -> PyResult<Option<T>> {
    loop {
        let (same, heard) = py.detach(move || {
            let heard = channel.recv_timeout(PATIENCE);
            (channel, heard)
        });
        match heard {
            Ok(message) => return Ok(Some(message)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
        }
        channel = same;
    }
}

//! Writing to MariaDB, MySQL and PostgreSQL: each transaction on a pooled connection, tried again when it loses
//! against another one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;
use rand::RngExt as _;

use super::pool::{Pool, Slot};
use crate::backend::{Connection, is_connection_lost, is_retryable};
use crate::error::{Error, Result};

type Transactions = <Connection as diesel::Connection>::TransactionManager;

/// How long a transaction or a read that keeps losing is tried again.
const DEADLINE: Duration = Duration::from_secs(30);

/// How one attempt ended.
enum Attempt<T> {
    /// With an answer for the caller.
    Done(Result<T>),
    /// It lost against another transaction and left no trace.
    Lost(diesel::result::Error),
    /// The connection broke before COMMIT was sent, so it left no trace.
    Disconnected(Error),
}

pub(super) fn write<T>(pool: &Pool, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
    let (mut disconnected, mut retries) = (0, Retries::start());
    loop {
        match attempt(&mut *pool.get()?, &body) {
            Attempt::Done(outcome) => return outcome,
            // A restarted server leaves a whole pool of dead connections behind.
            Attempt::Disconnected(error) if disconnected > pool.size() => return Err(error),
            Attempt::Disconnected(_) => disconnected += 1,
            Attempt::Lost(source) => retries.after(source)?,
        }
    }
}

/// Like [`write`], but the body runs once at the most.
pub(super) fn write_once<T>(pool: &Pool, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
    let body = Cell::new(Some(body));
    let once = |conn: &mut Connection| match body.take() {
        Some(body) => body(conn),
        None => Err(Error::NestedWrite),
    };
    for _ in 0..=pool.size() {
        match attempt(&mut *pool.get()?, &once) {
            Attempt::Done(outcome) => return outcome,
            Attempt::Lost(source) => return Err(Error::Contention { attempts: 1, source }),
            // It may have been closed while it was idle: then the body has not run.
            Attempt::Disconnected(error) => match body.take() {
                Some(waiting) => body.set(Some(waiting)),
                None => return Err(error),
            },
        }
    }
    Err(Error::unreachable("the server closed every connection"))
}

fn attempt<T>(slot: &mut Slot, body: &impl Fn(&mut Connection) -> Result<T>) -> Attempt<T> {
    if let Err(error) = slot.conn.begin() {
        slot.lost = true;
        return Attempt::Disconnected(error.into());
    }
    match catch_unwind(AssertUnwindSafe(|| body(&mut slot.conn))) {
        Ok(Ok(value)) => commit(slot, value),
        Ok(Err(error)) => {
            slot.lost |= Transactions::rollback_transaction(&mut slot.conn).is_err();
            match error {
                Error::Contention { source, .. } => Attempt::Lost(source),
                error if error.is_unreachable() => {
                    slot.lost = true;
                    Attempt::Disconnected(error)
                }
                other => Attempt::Done(Err(other)),
            }
        }
        Err(panic) => {
            // Whatever state it left the connection in: closing it rolls back.
            slot.lost = true;
            Attempt::Done(Err(super::panicked(panic.as_ref())))
        }
    }
}

fn commit<T>(slot: &mut Slot, value: T) -> Attempt<T> {
    match slot.conn.commit() {
        Ok(()) => Attempt::Done(Ok(value)),
        Err(error) => {
            slot.lost = true;
            if is_connection_lost(&error) {
                Attempt::Done(Err(Error::UnknownOutcome))
            } else if is_retryable(&error) {
                Attempt::Lost(error)
            } else {
                Attempt::Done(Err(error.into()))
            }
        }
    }
}

/// The attempts at something that loses against other transactions.
pub(super) struct Retries {
    started: Instant,
    attempts: u32,
}

impl Retries {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), attempts: 0 }
    }

    /// Waits a random time that grows with the attempts, so that the same transactions do not meet again.
    ///
    /// # Errors
    /// [`Error::Contention`] after [`DEADLINE`].
    pub(super) fn after(&mut self, source: diesel::result::Error) -> Result<()> {
        self.attempts += 1;
        if self.started.elapsed() > DEADLINE {
            return Err(Error::Contention { attempts: self.attempts, source });
        }
        let most = 1_000 << self.attempts.min(7);
        std::thread::sleep(Duration::from_micros(rand::rng().random_range(0..most)));
        Ok(())
    }
}

/// All queries of the body see the same moment.
pub(super) fn snapshot<T>(conn: &mut Connection, body: &dyn Fn(&mut Connection) -> Result<T>) -> Result<T> {
    conn.begin_snapshot()?;
    let outcome = body(conn);
    conn.end_snapshot()?;
    outcome
}

//! Writing to MariaDB, MySQL and PostgreSQL: each transaction runs on a pooled connection, with retries after
//! conflicts.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::TransactionManager;

use super::attempts::Attempts;
use super::pool::{Pool, Slot};
use super::{Connection, of_commit};
use crate::error::{Error, Result, Unavailable};

type Transactions = <Connection as diesel::Connection>::TransactionManager;

/// Statement that begins a transaction.
type Begin = fn(&mut Connection) -> diesel::QueryResult<()>;

/// Outcome of an attempt.
enum Attempt<T> {
    /// A final result for the caller.
    Done(Result<T>),
    /// A conflict; the transaction was rolled back.
    Lost(diesel::result::Error),
    /// Connection lost before COMMIT was sent, or a read-only server; the transaction was rolled back.
    Disconnected(Error),
}

/// Runs a transaction, with retries after conflicts and on closed connections.
pub(crate) fn write<T>(pool: &Pool, attempts: Attempts, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
    let mut attempts = attempts;
    loop {
        match attempt(&mut *pool.get(attempts.connect_by())?, &attempts, Connection::begin, &body) {
            Attempt::Done(outcome) => return outcome,
            Attempt::Disconnected(error) => attempts.disconnected(pool, error)?,
            Attempt::Lost(source) => attempts.lost(source)?,
        }
    }
}

/// Like [`write`], but a conflict is not retried.
pub(super) fn try_write<T>(
    pool: &Pool,
    mut attempts: Attempts,
    body: impl Fn(&mut Connection) -> Result<T>,
) -> Result<T> {
    loop {
        match attempt(&mut *pool.get(attempts.connect_by())?, &attempts, Connection::begin, &body) {
            Attempt::Done(outcome) => return outcome,
            Attempt::Disconnected(error) => attempts.disconnected(pool, error)?,
            Attempt::Lost(source) => return Err(Error::Contention { attempts: 1, source }),
        }
    }
}

/// Like [`write`], but runs the body at most once, on a connection whose server has begun the transaction.
pub(crate) fn write_once<T>(
    pool: &Pool,
    mut attempts: Attempts,
    body: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let body = Cell::new(Some(body));
    let once = |conn: &mut Connection| match body.take() {
        Some(body) => body(conn),
        None => Err(Error::NestedWrite),
    };
    loop {
        match attempt(&mut *pool.get(attempts.connect_by())?, &attempts, Connection::begin_at_once, &once) {
            Attempt::Done(outcome) => return outcome,
            Attempt::Lost(source) => return Err(Error::Contention { attempts: 1, source }),
            // The connection may have been closed while idle, before the body ran.
            Attempt::Disconnected(error) => match body.take() {
                Some(waiting) => {
                    body.set(Some(waiting));
                    attempts.disconnected(pool, error)?;
                }
                None => {
                    Attempts::leave(pool, &error);
                    return Err(error);
                }
            },
        }
    }
}

fn attempt<T>(
    slot: &mut Slot,
    attempts: &Attempts,
    begin: Begin,
    body: &impl Fn(&mut Connection) -> Result<T>,
) -> Attempt<T> {
    if let Err(error) = begin(&mut slot.conn) {
        slot.lost = true;
        return match Error::from(error) {
            Error::Contention { source, .. } => Attempt::Lost(source),
            error if is_read_only(&error) && attempts.opened(slot) => Attempt::Done(Err(error)),
            error => Attempt::Disconnected(error),
        };
    }
    // COMMIT is sent only after all responses, so that its outcome is unknown only if it was sent.
    let body = || body(&mut slot.conn).and_then(|value| slot.conn.await_responses().map(|()| value));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    // If the transaction was lost meanwhile, the result of the body is meaningless, even an error or panic.
    let outcome = match slot.conn.loss() {
        Some(loss) => Ok(Err(loss.into())),
        None => outcome,
    };
    match outcome {
        Ok(Ok(value)) => commit(slot, attempts, value),
        Ok(Err(error)) => {
            slot.lost |= Transactions::rollback_transaction(&mut slot.conn).is_err();
            match error {
                Error::Contention { source, .. } => Attempt::Lost(source),
                // After a failover, a new connection may lead to the writable server.
                error if error.is_unreachable() || (is_read_only(&error) && !attempts.opened(slot)) => {
                    slot.lost = true;
                    Attempt::Disconnected(error)
                }
                other => Attempt::Done(Err(other)),
            }
        }
        Err(panic) => {
            // The state of the connection is unknown; closing it rolls back.
            slot.lost = true;
            Attempt::Done(Err(super::panicked(panic.as_ref())))
        }
    }
}

const fn is_read_only(error: &Error) -> bool {
    matches!(error, Error::Unavailable(Unavailable::ReadOnly(_)))
}

fn commit<T>(slot: &mut Slot, attempts: &Attempts, value: T) -> Attempt<T> {
    match slot.conn.commit() {
        Ok(()) => Attempt::Done(Ok(value)),
        Err(error) => {
            slot.lost = true;
            match of_commit(error) {
                Error::Contention { source, .. } => Attempt::Lost(source),
                // The connection broke before COMMIT was sent.
                error if error.is_unreachable() => Attempt::Disconnected(error),
                error if is_read_only(&error) && !attempts.opened(slot) => Attempt::Disconnected(error),
                error => Attempt::Done(Err(error)),
            }
        }
    }
}

/// Runs the body in a transaction in which all queries see one snapshot.
pub(crate) fn snapshot<T>(conn: &mut Connection, body: &dyn Fn(&mut Connection) -> Result<T>) -> Result<T> {
    conn.begin_snapshot()?;
    let outcome = body(conn);
    let outcome = conn.loss().map_or(outcome, |loss| Err(loss.into()));
    // The data read is valid anyway. Discard a connection whose snapshot could not be ended.
    if let Err(error) = conn.end_snapshot() {
        tracing::debug!(%error, "a snapshot could not be ended");
    }
    outcome
}

//! Reads that are retried, and the limits of retries for an operation on a server.

use std::time::{Duration, Instant};

use rand::RngExt as _;

use super::Connection;
use super::pool::{Pool, Slot};
use crate::error::{Error, Result, Unavailable};

/// Time during which conflicting operations are retried.
const RETRY: Duration = Duration::from_secs(30);
/// Maximum number of retries on another connection. After the first loss, which may concern a connection closed while
/// idle, all idle connections are closed and a new one is opened.
const RECONNECTS: u32 = 2;

/// The attempts of one operation, which share its time limit.
pub(crate) struct Attempts {
    started: Instant,
    wait: Duration,
    /// Number of conflicts so far.
    losses: u32,
    reconnects: u32,
    most_reconnects: u32,
}

impl Attempts {
    pub(crate) fn of(pool: &Pool) -> Self {
        Self::since(Instant::now(), pool)
    }

    /// Attempts of an operation that started earlier.
    pub(crate) fn since(started: Instant, pool: &Pool) -> Self {
        // A file read without locks may change repeatedly.
        let most_reconnects = if pool.watch().is_some() { RECONNECTS } else { pool.size() + 1 };
        Self { started, wait: pool.wait(), losses: 0, reconnects: 0, most_reconnects }
    }

    /// Deadline for the next attempt to get a connection.
    pub(crate) fn connect_by(&self) -> Instant {
        let time = if self.losses == 0 { self.wait } else { self.wait.max(RETRY) };
        self.started + time
    }

    /// Whether the connection was opened for this operation, and thus shows the current state of the server.
    pub(crate) fn opened(&self, slot: &Slot) -> bool {
        slot.opened() >= self.started
    }

    /// Records a connection that was lost, or leads to a read-only server, before anything was done. Returns the error
    /// if there are no retries left.
    pub(crate) fn disconnected(&mut self, pool: &Pool, error: Error) -> Result<()> {
        if self.reconnects == self.most_reconnects {
            return Err(error);
        }
        self.reconnects += 1;
        Self::leave(pool, &error);
        Ok(())
    }

    /// Closes idle connections, which probably ended for the same reason; the next caller gets a new one.
    pub(crate) fn leave(pool: &Pool, error: &Error) {
        match pool.watch() {
            Some(watch) if matches!(error, Error::Unavailable(Unavailable::ReadOnly(_))) => watch.leave(),
            Some(_) => pool.close_idle(),
            None => {}
        }
    }

    /// Records a conflict. Waits before the retry, or returns the error if there are no retries left.
    pub(crate) fn lost(&mut self, source: diesel::result::Error) -> Result<()> {
        self.losses += 1;
        if self.started.elapsed() > RETRY {
            return Err(Error::Contention { attempts: self.losses, source });
        }
        // Exponential backoff with jitter, so that the same transactions do not meet again.
        let most = 1_000 << self.losses.min(7);
        std::thread::sleep(Duration::from_micros(rand::rng().random_range(0..most)));
        Ok(())
    }
}

impl Pool {
    /// Runs the body on a connection and returns it to the pool, unless it was lost. Lost connections are replaced and
    /// conflicts retried, within the caller's time limit.
    pub(crate) fn read<T>(&self, body: &dyn Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let mut attempts = Attempts::of(self);
        loop {
            let outcome = self.get(attempts.connect_by())?.run(body);
            match outcome {
                Err(error) if error.is_unreachable() => attempts.disconnected(self, error)?,
                Err(Error::Contention { source, .. }) if self.watch().is_some() => attempts.lost(source)?,
                outcome => return outcome,
            }
        }
    }
}

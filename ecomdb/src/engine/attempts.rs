//! How often, and until when, an operation on a server is tried.

use std::time::{Duration, Instant};

use rand::RngExt as _;

use super::pool::{Pool, Slot};
use crate::error::{Error, Result, Unavailable};

/// How long an operation that keeps losing against others is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// How often an operation is tried on another connection. The first time, the connection may have been closed while it
/// was idle: then all others that are idle are closed too, and a new one is opened.
const RECONNECTS: u32 = 2;

/// The attempts of one operation. They share its time.
pub(crate) struct Attempts {
    started: Instant,
    wait: Duration,
    /// How often it lost against others.
    losses: u32,
    reconnects: u32,
    most_reconnects: u32,
}

impl Attempts {
    pub(crate) fn of(pool: &Pool) -> Self {
        Self::since(Instant::now(), pool)
    }

    /// Those of an operation that has been tried elsewhere before.
    pub(crate) fn since(started: Instant, pool: &Pool) -> Self {
        // A file that is read at rest may change again and again.
        let most_reconnects = if pool.watch().is_some() { RECONNECTS } else { pool.size() + 1 };
        Self { started, wait: pool.wait(), losses: 0, reconnects: 0, most_reconnects }
    }

    /// Until when the next attempt has to have a connection.
    pub(crate) fn connect_by(&self) -> Instant {
        let time = if self.losses == 0 { self.wait } else { self.wait.max(RETRY) };
        self.started + time
    }

    /// Whether the connection was opened for this operation, so that it shows how the server is now.
    pub(crate) fn opened(&self, slot: &Slot) -> bool {
        slot.opened() >= self.started
    }

    /// The connection was closed, or leads to a server that can only be read, and nothing was done. Gives the error when it is
    /// not to be tried again.
    pub(crate) fn disconnected(&mut self, pool: &Pool, error: Error) -> Result<()> {
        if self.reconnects == self.most_reconnects {
            return Err(error);
        }
        self.reconnects += 1;
        Self::leave(pool, &error);
        Ok(())
    }

    /// What ended one connection has probably ended those that are idle, too: the next caller gets a new one.
    pub(crate) fn leave(pool: &Pool, error: &Error) {
        match pool.watch() {
            Some(watch) if matches!(error, Error::Unavailable(Unavailable::ReadOnly(_))) => watch.leave(),
            Some(_) => pool.close_idle(),
            None => {}
        }
    }

    /// It lost against another transaction. Waits a moment, or gives the error when it is not to be tried again.
    pub(crate) fn lost(&mut self, source: diesel::result::Error) -> Result<()> {
        self.losses += 1;
        if self.started.elapsed() > RETRY {
            return Err(Error::Contention { attempts: self.losses, source });
        }
        // A random time that grows with the attempts, so that the same transactions do not meet again.
        let most = 1_000 << self.losses.min(7);
        std::thread::sleep(Duration::from_micros(rand::rng().random_range(0..most)));
        Ok(())
    }
}

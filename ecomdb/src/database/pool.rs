//! The pooled connections.

use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;
use diesel::r2d2;

use super::server::Retries;
#[cfg(feature = "sqlite")]
use crate::backend::sqlite::AtRest;
use crate::backend::{Connection, DatabaseUrl, Engine, Purpose};
use crate::error::{Error, Result};

/// Connections that wait for work.
pub(super) struct Pool {
    connections: r2d2::Pool<Manager>,
    url: DatabaseUrl,
    purpose: Purpose,
}

pub(super) struct Manager {
    url: DatabaseUrl,
    purpose: Purpose,
}

/// A connection, and whether the engine has hung up on it.
pub(super) struct Slot {
    pub(super) conn: Connection,
    pub(super) lost: bool,
    /// The file as it was when it was opened, if it is read without locks.
    #[cfg(feature = "sqlite")]
    at_rest: Option<AtRest>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Slot;
    type Error = Error;

    fn connect(&self) -> Result<Slot> {
        #[cfg(feature = "sqlite")]
        if let Some(at_rest) = self.url.at_rest() {
            let conn = Connection::open_at_rest(&self.url)?;
            return Ok(Slot { conn, lost: false, at_rest: Some(at_rest) });
        }
        let conn = Connection::open(&self.url, self.purpose)?;
        Ok(Slot {
            conn,
            lost: false,
            #[cfg(feature = "sqlite")]
            at_rest: None,
        })
    }

    fn is_valid(&self, slot: &mut Slot) -> Result<()> {
        if slot.lost { Err(Error::unreachable("the connection was closed")) } else { Ok(()) }
    }

    fn has_broken(&self, slot: &mut Slot) -> bool {
        slot.lost
            || <Connection as diesel::Connection>::TransactionManager::is_broken_transaction_manager(&mut slot.conn)
    }
}

impl Pool {
    /// Opens connections only as they are needed, and keeps a few.
    pub(super) fn new(url: DatabaseUrl, purpose: Purpose, connections: u32, wait: Duration) -> Self {
        let connections = r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(0))
            // Asking a server whether it is still there costs as much as asking it for an order.
            .test_on_check_out(false)
            .connection_timeout(wait)
            .error_handler(Box::new(LogErrors))
            .build_unchecked(Manager { url: url.clone(), purpose });
        Self { connections, url, purpose }
    }

    /// A connection of one's own for a while.
    pub(super) fn get(&self) -> Result<r2d2::PooledConnection<Manager>> {
        // Who waits is not told that a connection broke and another one may be opened, so it has to ask for it again.
        const ASK_AGAIN: Duration = Duration::from_millis(50);
        let deadline = Instant::now() + self.connections.connection_timeout();
        if let Some(connection) = self.connections.try_get() {
            return Ok(connection);
        }
        // Where none can be opened, nobody waits for it.
        self.url.verify()?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.connections.get_timeout(left.min(ASK_AGAIN)) {
                Ok(connection) => return Ok(connection),
                Err(_) if left <= ASK_AGAIN => return Err(self.why_none()),
                Err(_) => {}
            }
        }
    }

    /// How many connections there are at the most.
    pub(super) fn size(&self) -> u32 {
        self.connections.max_size()
    }

    /// How many connections are open, and how many of them nobody uses.
    pub(super) fn connections(&self) -> (u32, u32) {
        let state = self.connections.state();
        (state.connections, state.idle_connections)
    }

    /// Closes the connections that nobody uses at the moment.
    #[cfg(feature = "sqlite")]
    pub(super) fn close_idle(&self) {
        for _ in 0..self.connections.state().idle_connections {
            if let Some(mut slot) = self.connections.try_get() {
                slot.lost = true;
            }
        }
    }

    /// Runs the body on one connection, which goes back afterwards unless it was lost.
    pub(super) fn with<T>(&self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut slot = self.get()?;
        let outcome = body(&mut slot.conn);
        #[cfg(feature = "sqlite")]
        if let Err(changed) = self.url.verify_at_rest(slot.at_rest) {
            slot.lost = true;
            return Err(changed);
        }
        // A connection whose statement timed out cannot be reused: see `server::attempt`.
        slot.lost |= match &outcome {
            Err(Error::UnknownOutcome | Error::Overloaded(_)) => true,
            Err(error) => error.is_unreachable(),
            Ok(_) => false,
        };
        outcome
    }

    /// Reads again when a server ended the statement or snapshot in favour of another transaction, and once for each
    /// connection that turns out to have been closed while it was idle.
    pub(super) fn read<T>(&self, body: &dyn Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let (mut closed, mut retries) = (0, Retries::start());
        loop {
            match self.with(body) {
                Err(error) if error.is_unreachable() && closed <= self.size() => closed += 1,
                // SQLite has waited for its lock already.
                Err(Error::Contention { source, .. }) if self.url.engine != Engine::Sqlite => retries.after(source)?,
                outcome => return outcome,
            }
        }
    }

    /// The pool only says that it waited in vain; one attempt to connect tells why.
    fn why_none(&self) -> Error {
        let manager = Manager { url: self.url.clone(), purpose: self.purpose };
        match r2d2::ManageConnection::connect(&manager) {
            Ok(_) => Error::Overloaded("every connection is in use"),
            Err(error) => super::without_password(error, &self.url),
        }
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        // It is tried again until the caller's patience ends, who then hears of it.
        tracing::debug!(%error, "no connection could be opened");
    }
}

//! The connection pool. A caller that finds no idle connection opens one, so the pool needs no threads.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;

use super::identity::AtRest;
use super::watch::Watch;
use super::{Connection, DatabaseUrl, Purpose, without_password};
use crate::error::{Error, Result, Unavailable};

/// Interval at which a waiting caller checks again whether a broken connection made room, or the server refuses
/// connections.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Pause after the server had no room for another connection.
const FULL: Duration = Duration::from_millis(100);
/// Waiting time after which the server is probed.
pub(crate) const SUSPICIOUS: Duration = Duration::from_secs(1);
/// Maximum idle time of a server connection, because firewalls and servers drop idle ones.
const IDLE: Duration = Duration::from_secs(300);
/// Maximum age of a server connection, so that load balancers can move it.
const AGE: Duration = Duration::from_secs(1800);

/// A pool of connections.
pub(crate) struct Pool {
    url: DatabaseUrl,
    purpose: Purpose,
    size: u32,
    wait: Duration,
    /// `None` on SQLite, which has no server.
    watch: Option<Arc<Watch>>,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    /// A stack; the most recently used connection is last and is used next.
    idle: Vec<Slot>,
    /// Connections that are open or being opened, except those that may hang since before the server came back.
    open: u32,
    generation: Generation,
    /// No connection is opened until then, because the server has no room.
    full_until: Option<Instant>,
}

/// Generation of a connection; connections of older generations are not reused.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Generation {
    /// See [`Watch::generation`].
    returned: u64,
    /// See [`Watch::left`].
    left: u64,
}

impl Generation {
    fn now(watch: &Watch) -> Self {
        Self { returned: watch.generation(), left: watch.left() }
    }
}

/// A pooled connection, and whether it must be discarded.
pub(crate) struct Slot {
    pub(crate) conn: Connection,
    pub(crate) lost: bool,
    generation: Generation,
    opened: Instant,
    used: Instant,
    /// State of the file when it was opened, if it is read without locks.
    at_rest: Option<AtRest>,
}

impl Slot {
    /// When the connection was opened.
    pub(crate) const fn opened(&self) -> Instant {
        self.opened
    }
}

/// A connection in use; dropping the lease returns it to the pool.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    /// `None` only while it is dropped.
    slot: Option<Slot>,
}

impl Pool {
    pub(crate) fn new(
        url: DatabaseUrl,
        purpose: Purpose,
        size: u32,
        wait: Duration,
        watch: Option<Arc<Watch>>,
    ) -> Self {
        let state = State { idle: Vec::new(), open: 0, generation: Generation::default(), full_until: None };
        Self { url, purpose, size, wait, watch, state: Mutex::new(state), returned: Condvar::new() }
    }

    /// Maximum number of connections.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// Maximum time that a caller waits for a connection, including for the server to accept it.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// The monitor of the server; `None` on SQLite.
    pub(crate) const fn watch(&self) -> Option<&Arc<Watch>> {
        self.watch.as_ref()
    }

    /// Number of open connections, and how many of them are idle.
    pub(crate) fn connections(&self) -> (u32, u32) {
        let state = self.state();
        (state.open, u32::try_from(state.idle.len()).unwrap_or(u32::MAX))
    }

    /// Whether a connection is idle or may be opened.
    pub(crate) fn has_room(&self) -> bool {
        let state = self.state();
        !state.idle.is_empty() || state.open < self.size
    }

    /// Closes all idle connections.
    pub(crate) fn close_idle(&self) {
        let closed = {
            let mut state = self.state();
            let closed = std::mem::take(&mut state.idle);
            state.open -= u32::try_from(closed.len()).unwrap_or(u32::MAX);
            closed
        };
        drop(closed);
        self.returned.notify_all();
    }

    /// Takes an idle connection, or opens one before the deadline.
    pub(crate) fn get(&self, by: Instant) -> Result<Lease<'_>> {
        let began = Instant::now();
        let mut asked = false;
        loop {
            // An idle connection to a server that is down would hang.
            self.watch.as_ref().map_or(Ok(()), |watch| watch.check_silence())?;
            let mut state = self.state();
            let outdated = self.renew(&mut state);
            if let Some(slot) = state.idle.pop() {
                drop(state);
                drop(outdated);
                return Ok(Lease { pool: self, slot: Some(slot) });
            }
            let is_full = state.full_until.is_some_and(|until| Instant::now() < until);
            if state.open < self.size && !is_full {
                state.open += 1;
                let generation = state.generation;
                drop(state);
                drop(outdated);
                match self.open(generation, by) {
                    Err(Error::Overloaded(_)) if Instant::now() + FULL < by => continue,
                    outcome => return outcome,
                }
            }
            self.watch.as_ref().map_or(Ok(()), |watch| watch.check())?;
            drop(self.wait_for_return(state, by));
            drop(outdated);
            self.url.verify()?;
            if Instant::now() >= by {
                return Err(Error::Overloaded("every connection is in use"));
            }
            if let Some(watch) = self.watch.as_ref().filter(|_| !asked && began.elapsed() >= SUSPICIOUS) {
                asked = true;
                watch.suspect();
            }
        }
    }

    /// Runs the body on a connection, once, and closes it, since the body changes the settings of the session.
    pub(crate) fn with_own<T>(&self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut lease = self.get(Instant::now() + self.wait)?;
        lease.lost = true;
        lease.run(body)
    }

    /// Reason why no connection may be opened now, if any.
    fn refuse(&self) -> Result<()> {
        // If none can be opened, do not wait for one.
        self.url.verify()?;
        self.watch.as_ref().map_or(Ok(()), |watch| watch.check())
    }

    /// Opens a connection in the reserved room.
    fn open(&self, generation: Generation, by: Instant) -> Result<Lease<'_>> {
        let mut room = Room { pool: self, generation, is_taken: false };
        self.refuse()?;
        let patience = by.saturating_duration_since(Instant::now()).min(self.wait);
        let opened = self.connect(patience).map_err(|error| without_password(error, &self.url));
        match opened {
            Ok(conn) => {
                room.is_taken = true;
                let now = Instant::now();
                let slot = Slot { generation, opened: now, used: now, ..conn };
                Ok(Lease { pool: self, slot: Some(slot) })
            }
            Err(error) => {
                match (&error, &self.watch) {
                    (Error::Overloaded(_), _) => self.state().full_until = Some(Instant::now() + FULL),
                    (Error::Unavailable(Unavailable::Unreachable(why)), Some(watch)) => {
                        watch.not_connected(why, patience, self.wait);
                    }
                    _ => {}
                }
                Err(error)
            }
        }
    }

    fn connect(&self, patience: Duration) -> Result<Slot> {
        let slot = |conn| {
            let now = Instant::now();
            Slot { conn, lost: false, generation: Generation::default(), opened: now, used: now, at_rest: None }
        };
        if let Some(at_rest) = self.url.at_rest() {
            return Ok(Slot { at_rest: Some(at_rest), ..slot(Connection::open_at_rest(&self.url)?) });
        }
        if self.watch.is_none() {
            return Ok(slot(Connection::open(&self.url, self.purpose)?));
        }
        Ok(slot(Connection::open(&self.url.clone().connect_within(patience), self.purpose)?))
    }

    /// Waits briefly for a connection to be returned.
    fn wait_for_return<'a>(&self, state: MutexGuard<'a, State>, by: Instant) -> MutexGuard<'a, State> {
        let left = by.saturating_duration_since(Instant::now()).min(LOOK_AGAIN);
        self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// After the server came back, older connections no longer count, since they may hang. If they were discarded
    /// because the server became read-only, those in use still work and count until they are returned. Returns the
    /// connections to close.
    fn renew(&self, state: &mut State) -> Vec<Slot> {
        let Some(watch) = &self.watch else { return Vec::new() };
        let before = std::mem::replace(&mut state.generation, Generation::now(watch));
        if before != state.generation {
            let idle = std::mem::take(&mut state.idle);
            state.open = match before.returned == state.generation.returned {
                true => state.open - u32::try_from(idle.len()).unwrap_or(u32::MAX),
                false => 0,
            };
            return idle;
        }
        let unused = state.idle.iter().take_while(|slot| slot.used.elapsed() >= IDLE).count();
        state.open -= u32::try_from(unused).unwrap_or(u32::MAX);
        state.idle.drain(..unused).collect()
    }

    fn give_back(&self, mut slot: Slot) {
        let is_broken = slot.lost
            || <Connection as diesel::Connection>::TransactionManager::is_broken_transaction_manager(&mut slot.conn)
            || (self.watch.is_some() && slot.opened.elapsed() >= AGE);
        let mut state = self.state();
        let outdated = self.renew(&mut state);
        let closed = if slot.generation.returned != state.generation.returned {
            Some(slot)
        } else if is_broken || slot.generation.left != state.generation.left {
            state.open -= 1;
            Some(slot)
        } else {
            slot.used = Instant::now();
            state.idle.push(slot);
            None
        };
        drop(state);
        self.returned.notify_one();
        drop((closed, outdated));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// Runs the body, and records whether the connection can be reused.
    pub(super) fn run<T>(mut self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let outcome = body(&mut self.conn);
        if let Err(changed) = self.pool.url.verify_at_rest(self.at_rest) {
            self.lost = true;
            return Err(changed);
        }
        // After a failed statement, the state of a server's driver, and its server after a failover, are unknown.
        self.lost |= match &outcome {
            Err(Error::UnknownOutcome | Error::Overloaded(_)) => true,
            Err(Error::Unavailable(Unavailable::ReadOnly(_))) => self.pool.watch.is_some(),
            Err(error) => error.is_unreachable(),
            Ok(_) => false,
        };
        outcome
    }
}

impl Deref for Lease<'_> {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        self.slot.as_ref().unwrap_or_else(|| unreachable!("it is given back only when it is dropped"))
    }
}

impl DerefMut for Lease<'_> {
    fn deref_mut(&mut self) -> &mut Slot {
        self.slot.as_mut().unwrap_or_else(|| unreachable!("it is given back only when it is dropped"))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.pool.give_back(slot);
        }
    }
}

/// Reserved room in the pool for a connection that is being opened.
struct Room<'a> {
    pool: &'a Pool,
    generation: Generation,
    is_taken: bool,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if !self.is_taken {
            let mut state = self.pool.state();
            if state.generation.returned == self.generation.returned {
                state.open -= 1;
            }
            drop(state);
            self.pool.returned.notify_one();
        }
    }
}

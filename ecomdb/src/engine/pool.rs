//! The pooled connections. Whoever needs one and finds none idle opens it, so that the pool has no threads of its own.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::TransactionManager;

use super::attempts::Attempts;
#[cfg(feature = "sqlite")]
use super::sqlite::AtRest;
use super::watch::Watch;
use super::{Connection, DatabaseUrl, Purpose, without_password};
use crate::error::{Error, Result, Unavailable};

/// How often a caller that waits for a connection looks again: a broken one makes room for another, and a server that
/// refuses connections is not waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Pause after a server had no room for another connection.
const FULL: Duration = Duration::from_millis(100);
/// After a wait this long, somebody finds out whether the server still answers.
pub(crate) const SUSPICIOUS: Duration = Duration::from_secs(1);
/// An idle connection to a server is closed after this time: firewalls forget it, and servers close it.
const IDLE: Duration = Duration::from_secs(300);
/// A connection to a server is replaced after this time, so that load balancers can move it.
const AGE: Duration = Duration::from_secs(1800);

/// Connections that wait for work.
pub(crate) struct Pool {
    url: DatabaseUrl,
    purpose: Purpose,
    size: u32,
    wait: Duration,
    /// `None` on SQLite, which is no server.
    watch: Option<Arc<Watch>>,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    /// The one that was used last is at the end, and is used next.
    idle: Vec<Slot>,
    /// Connections that are open or being opened, but for those that may hang since the server came back.
    open: u32,
    generation: Generation,
    /// Until when no connection is opened, since the server has no room for it.
    full_until: Option<Instant>,
}

/// When a connection was opened, as its server was then. One of before is not used again.
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

/// A connection, and whether it must not be used again.
pub(crate) struct Slot {
    pub(crate) conn: Connection,
    pub(crate) lost: bool,
    generation: Generation,
    opened: Instant,
    used: Instant,
    /// The file as it was when it was opened, if it is read without locks.
    #[cfg(feature = "sqlite")]
    at_rest: Option<AtRest>,
}

impl Slot {
    /// When the connection was opened.
    pub(crate) const fn opened(&self) -> Instant {
        self.opened
    }
}

/// A connection that is in use, and goes back to the pool when this is dropped.
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

    /// How many connections there are at the most.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// How long a caller waits for a connection, and for the server to accept it.
    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    /// What watches the server; `None` on SQLite.
    pub(crate) const fn watch(&self) -> Option<&Arc<Watch>> {
        self.watch.as_ref()
    }

    /// How many connections are open, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, u32) {
        let state = self.state();
        (state.open, u32::try_from(state.idle.len()).unwrap_or(u32::MAX))
    }

    /// Closes the connections that nobody uses at the moment.
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

    /// A connection of one's own for a while. It is idle, or opened by then.
    pub(crate) fn get(&self, by: Instant) -> Result<Lease<'_>> {
        let began = Instant::now();
        let mut asked = false;
        loop {
            // An idle connection to a server that is gone would hang.
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

    /// Runs the body on one connection, which goes back afterwards unless it was lost. A server's closed connections are
    /// replaced, and what lost against another transaction runs again, within the caller's time.
    pub(crate) fn read<T>(&self, body: &dyn Fn(&mut Connection) -> Result<T>) -> Result<T> {
        let mut attempts = Attempts::of(self);
        loop {
            let outcome = self.get(attempts.connect_by())?.run(body);
            match outcome {
                Err(error) if error.is_unreachable() => attempts.disconnected(self, error)?,
                Err(Error::Contention { source, .. }) if self.watch.is_some() => attempts.lost(source)?,
                outcome => return outcome,
            }
        }
    }

    /// Runs the body on one connection, once.
    pub(crate) fn with<T>(&self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        self.get(Instant::now() + self.wait)?.run(body)
    }

    /// Why no connection may be opened at the moment, if there is a reason.
    fn refuse(&self) -> Result<()> {
        // Where none can be opened, nobody waits for it.
        self.url.verify()?;
        self.watch.as_ref().map_or(Ok(()), |watch| watch.check())
    }

    /// Opens a connection, for which there is room.
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
            Slot {
                conn,
                lost: false,
                generation: Generation::default(),
                opened: now,
                used: now,
                #[cfg(feature = "sqlite")]
                at_rest: None,
            }
        };
        #[cfg(feature = "sqlite")]
        if let Some(at_rest) = self.url.at_rest() {
            return Ok(Slot { at_rest: Some(at_rest), ..slot(Connection::open_at_rest(&self.url)?) });
        }
        if self.watch.is_none() {
            return Ok(slot(Connection::open(&self.url, self.purpose)?));
        }
        Ok(slot(Connection::open(&self.url.clone().patient(patience), self.purpose)?))
    }

    /// Waits a moment for a connection that comes back.
    fn wait_for_return<'a>(&self, state: MutexGuard<'a, State>, by: Instant) -> MutexGuard<'a, State> {
        let left = by.saturating_duration_since(Instant::now()).min(LOOK_AGAIN);
        self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    /// After the server came back, the connections of before do not count, whether or not they still hang. Where they were
    /// given up since the server can only be read, those in use still work, and count until they end. Gives those that are
    /// to be closed.
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
    /// Runs the body, and notes whether the connection can be used again.
    fn run<T>(mut self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let outcome = body(&mut self.conn);
        #[cfg(feature = "sqlite")]
        if let Err(changed) = self.pool.url.verify_at_rest(self.at_rest) {
            self.lost = true;
            return Err(changed);
        }
        // What a server's driver makes of a statement that failed, or which server it is after a failover, is not known.
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

/// Room in the pool for a connection that is being opened.
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

//! Batching of concurrent requests.
//!
//! The first caller leads: it runs its own request together with the queued ones, answers their callers, and passes the
//! lead to the oldest request queued meanwhile. A lone caller waits for no others.
//!
//! Concurrent groups use different rows, because otherwise one would wait for the other's locks. Requests for a row
//! that a group holds are queued for the next group, which grows accordingly.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use oneshot::RecvTimeoutError;

use crate::error::{Error, Result};

/// Maximum number of requests in a group.
const GROUP: usize = 64;
/// Interval at which a queued request checks whether it may continue to wait.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Maximum number of groups that may overtake a request whose rows are held. It then waits for the locks of its rows
/// instead.
const PATIENCE: u32 = 4;

/// A request that runs in a transaction.
pub(crate) trait Locks {
    /// Ids of the rows that it locks until the transaction ends.
    fn rows(&self) -> impl Iterator<Item = i64>;
}

/// Batches requests of type `R` with results of type `T`.
#[derive(Debug)]
pub(super) struct Groups<R, T> {
    /// Maximum number of concurrent groups. While one waits for the disk, another can run.
    most: usize,
    /// Maximum number of queued requests.
    room: usize,
    /// Error message for a request that exceeds the queue.
    full: &'static str,
    state: Mutex<State<R, T>>,
}

#[derive(Debug)]
struct State<R, T> {
    leaders: usize,
    /// Number of leaders that hold each row.
    held: HashMap<i64, u32>,
    /// Generation of the server when the leaders began.
    generation: u64,
    waiting: VecDeque<Waiting<R, T>>,
}

#[derive(Debug)]
struct Waiting<R, T> {
    request: Arc<R>,
    caller: Caller<T>,
    /// Number of groups that have overtaken it.
    passed: u32,
}

/// Receives the turn of a queued request.
enum Caller<T> {
    /// A thread that waits.
    Thread(oneshot::Sender<Turn<T>>),
    /// An asynchronous request, and since when it waits.
    Task(Instant, OnTurn<T>),
}

/// What an asynchronous request does at its turn.
pub(super) type OnTurn<T> = Box<dyn FnOnce(Result<Turn<T>>) + Send>;

impl<T> Caller<T> {
    /// Returns the message if the caller no longer waits.
    fn tell(self, turn: Turn<T>) -> Option<Turn<T>> {
        match self {
            Self::Thread(caller) => caller.send(turn).err().map(oneshot::SendError::into_inner),
            Self::Task(_, on_turn) => {
                take(on_turn, Ok(turn));
                None
            }
        }
    }
}

/// Has one asynchronous request take its turn. Its waker may panic, which must not affect the others.
fn take<T>(on_turn: OnTurn<T>, turn: Result<Turn<T>>) {
    let _ = catch_unwind(AssertUnwindSafe(|| on_turn(turn)));
}

impl<T> fmt::Debug for Caller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Thread(_) => "Thread",
            Self::Task(..) => "Task",
        })
    }
}

/// Result of a request; `None` if the group could not run it.
pub(super) type Outcome<T> = Option<Result<T>>;

/// Message sent to a queued caller.
#[derive(Debug)]
pub(super) enum Turn<T> {
    /// The caller is to lead.
    Lead(Leadership),
    /// Another caller's group has run the request.
    Done(Outcome<T>),
}

impl<R: Locks, T> State<R, T> {
    /// Whether the request's rows are held by no one, except by the holder of `own`.
    fn is_free(&self, request: &R, own: &HashSet<i64>) -> bool {
        request.rows().all(|row| own.contains(&row) || !self.held.contains_key(&row))
    }

    /// Holds the rows of the request that are not in `own`.
    fn hold(&mut self, request: &R, own: &mut HashSet<i64>) {
        for row in request.rows() {
            if own.insert(row) {
                *self.held.entry(row).or_default() += 1;
            }
        }
    }

    fn let_go(&mut self, rows: impl IntoIterator<Item = i64>) {
        for row in rows {
            if let Some(holders) = self.held.get_mut(&row) {
                *holders -= 1;
                if *holders == 0 {
                    self.held.remove(&row);
                }
            }
        }
    }

    /// Takes the requests from the queue that can join a group, besides its leader.
    fn take_others(&mut self, own: &mut HashSet<i64>) -> Vec<Waiting<R, T>> {
        let (mut others, mut left) = (Vec::new(), VecDeque::new());
        for mut waiting in std::mem::take(&mut self.waiting) {
            if others.len() == GROUP - 1 {
                left.push_back(waiting);
            } else if waiting.passed >= PATIENCE || self.is_free(&waiting.request, own) {
                self.hold(&waiting.request, own);
                others.push(waiting);
            } else {
                waiting.passed += 1;
                left.push_back(waiting);
            }
        }
        self.waiting = left;
        others
    }
}

impl<R: Locks, T> Groups<R, T> {
    pub(super) fn new(most: usize, room: usize, full: &'static str) -> Self {
        let state = State { leaders: 0, held: HashMap::new(), generation: 0, waiting: VecDeque::new() };
        Self { most, room, full, state: Mutex::new(state) }
    }

    /// Runs the request, in a group or alone. If it is the caller's turn to lead, `lead` gets a group, whose first
    /// request is the caller's, and returns all results.
    ///
    /// `may_wait` is called repeatedly to check whether the request may continue to wait. It returns the `generation`,
    /// the number of times that the server has come back. Leaders of older generations may hang, so nobody waits for
    /// them. Instead of being queued for the next group, a request whose rows are free runs alone if `goes_alone`.
    pub(super) fn join(
        &self,
        request: Arc<R>,
        generation: u64,
        may_wait: &dyn Fn() -> Result<u64>,
        goes_alone: &dyn Fn() -> bool,
        lead: impl FnOnce(&[Arc<R>]) -> Vec<Outcome<T>>,
    ) -> Outcome<T> {
        match self.turn(&request, generation, may_wait, goes_alone) {
            Ok(Turn::Lead(leadership)) => self.lead(request, leadership, lead),
            Ok(Turn::Done(outcome)) => outcome,
            Err(error) => Some(Err(error)),
        }
    }

    /// Like [`Groups::join`], but calls `on_turn` when it is the request's turn, which may be immediately. If the
    /// request leads, `on_turn` calls [`Groups::lead`]. Returns whether the request waits, and thus needs
    /// [`Groups::look_again`].
    pub(super) fn join_later(
        &self,
        request: &Arc<R>,
        generation: u64,
        goes_alone: &dyn Fn() -> bool,
        on_turn: OnTurn<T>,
    ) -> bool {
        let turn = {
            let mut state = self.state();
            match self.take_lead(&mut state, request, generation, 0) {
                Some(lead) => Ok(lead),
                None if state.is_free(request, &HashSet::new()) && goes_alone() => Ok(Turn::Done(None)),
                None if state.waiting.len() >= self.room => Err(Error::Overloaded(self.full)),
                None => {
                    let caller = Caller::Task(Instant::now(), on_turn);
                    state.waiting.push_back(Waiting { request: Arc::clone(request), caller, passed: 0 });
                    return true;
                }
            }
        };
        on_turn(turn);
        false
    }

    /// Does for all asynchronous requests what a waiting thread does periodically for its own. Returns whether any
    /// still wait.
    pub(super) fn look_again(&self, may_wait: &dyn Fn(Instant) -> Result<u64>) -> bool {
        let (mut told, mut left, mut are_left) = (Vec::new(), VecDeque::new(), false);
        let mut state = self.state();
        for waiting in std::mem::take(&mut state.waiting) {
            let turn = match &waiting.caller {
                Caller::Thread(_) => None,
                Caller::Task(since, _) => match may_wait(*since) {
                    Ok(generation) => self.take_lead(&mut state, &waiting.request, generation, waiting.passed).map(Ok),
                    Err(error) => Some(Err(error)),
                },
            };
            match (turn, waiting.caller) {
                (Some(turn), Caller::Task(_, on_turn)) => told.push((on_turn, turn)),
                (_, caller) => {
                    are_left |= matches!(caller, Caller::Task(..));
                    left.push_back(Waiting { caller, ..waiting });
                }
            }
        }
        state.waiting = left;
        drop(state);
        for (on_turn, turn) in told {
            take(on_turn, turn);
        }
        are_left
    }

    /// Number of queued requests.
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Waits for the caller's turn, unless a group can begin at once.
    fn turn(
        &self,
        request: &Arc<R>,
        generation: u64,
        may_wait: &dyn Fn() -> Result<u64>,
        goes_alone: &dyn Fn() -> bool,
    ) -> Result<Turn<T>> {
        let turn = {
            let mut state = self.state();
            if let Some(lead) = self.take_lead(&mut state, request, generation, 0) {
                return Ok(lead);
            }
            if state.is_free(request, &HashSet::new()) && goes_alone() {
                return Ok(Turn::Done(None));
            }
            if state.waiting.len() >= self.room {
                return Err(Error::Overloaded(self.full));
            }
            let (caller, turn) = oneshot::channel();
            let caller = Caller::Thread(caller);
            state.waiting.push_back(Waiting { request: Arc::clone(request), caller, passed: 0 });
            turn
        };
        loop {
            match turn.recv_timeout(ASK_AGAIN) {
                Ok(turn) => return Ok(turn),
                // The leader has panicked, perhaps after the commit.
                Err(RecvTimeoutError::Disconnected) => return Err(Error::UnknownOutcome),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let may_wait = may_wait();
            let mut state = self.state();
            let place = state.waiting.iter().position(|waiting| Arc::ptr_eq(&waiting.request, request));
            // Otherwise it is the caller's turn, or another leader has taken the request and will answer it.
            if let Some(place) = place {
                let lead = match may_wait {
                    Ok(generation) => {
                        let passed = state.waiting[place].passed;
                        self.take_lead(&mut state, request, generation, passed).map(Ok)
                    }
                    Err(error) => Some(Err(error)),
                };
                if let Some(outcome) = lead {
                    state.waiting.remove(place);
                    return outcome;
                }
            }
        }
    }

    /// The lead, if one is free.
    fn take_lead(&self, state: &mut State<R, T>, request: &R, generation: u64, passed: u32) -> Option<Turn<T>> {
        if state.generation < generation {
            (state.generation, state.leaders) = (generation, 0);
            state.held.clear();
        }
        let may_lead = passed >= PATIENCE || state.is_free(request, &HashSet::new());
        (state.leaders < self.most && may_lead).then(|| {
            state.leaders += 1;
            let mut rows = HashSet::new();
            state.hold(request, &mut rows);
            Turn::Lead(Leadership { generation: state.generation, rows })
        })
    }

    /// Runs a group of this request and those queued.
    pub(super) fn lead(
        &self,
        own: Arc<R>,
        leadership: Leadership,
        lead: impl FnOnce(&[Arc<R>]) -> Vec<Outcome<T>>,
    ) -> Outcome<T> {
        let mut leading = Leading { groups: self, leadership };
        let others = {
            let mut state = self.state();
            // Rows held by older generations do not count.
            if state.generation == leading.leadership.generation {
                state.take_others(&mut leading.leadership.rows)
            } else {
                Vec::new()
            }
        };
        let group: Vec<Arc<R>> =
            std::iter::once(own).chain(others.iter().map(|other| Arc::clone(&other.request))).collect();
        let mut outcomes = lead(&group).into_iter();
        drop(leading);
        let own = outcomes.next().flatten();
        for other in others {
            // The caller is waiting for this message.
            let _ = other.caller.tell(Turn::Done(outcomes.next().flatten()));
        }
        own
    }

    fn state(&self) -> MutexGuard<'_, State<R, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Permission to lead a group.
#[derive(Debug)]
pub(super) struct Leadership {
    generation: u64,
    /// Rows held by the group.
    rows: HashSet<i64>,
}

/// Guard of a leader at work. Dropping it passes the lead to the oldest queued request that can lead.
struct Leading<'a, R: Locks, T> {
    groups: &'a Groups<R, T>,
    leadership: Leadership,
}

impl<R: Locks, T> Leading<'_, R, T> {
    /// Gives up a lead of this generation.
    fn give_up(&self, rows: impl IntoIterator<Item = i64>) {
        let mut state = self.groups.state();
        if state.generation == self.leadership.generation {
            state.leaders -= 1;
            state.let_go(rows);
        }
    }

    /// The oldest queued request that can lead, with its lead.
    fn next(&self) -> Option<(Caller<T>, Turn<T>)> {
        let mut state = self.groups.state();
        if state.generation != self.leadership.generation {
            return None;
        }
        for place in 0..state.waiting.len() {
            let (request, passed) = (Arc::clone(&state.waiting[place].request), state.waiting[place].passed);
            if let Some(lead) = self.groups.take_lead(&mut state, &request, self.leadership.generation, passed) {
                return state.waiting.remove(place).map(|next| (next.caller, lead));
            }
        }
        None
    }
}

impl<R: Locks, T> Drop for Leading<'_, R, T> {
    fn drop(&mut self) {
        let rows: Vec<i64> = self.leadership.rows.drain().collect();
        self.give_up(rows);
        while let Some((caller, lead)) = self.next() {
            match caller.tell(lead) {
                Some(Turn::Lead(unheard)) => self.give_up(unheard.rows),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! What several threads ask for at the same time, done together.
//!
//! Whoever comes first leads: it does what it wants itself along with what others wait for, tells them, and hands the lead
//! to the first one that came meanwhile. A lone caller waits for nobody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oneshot::RecvTimeoutError;

use crate::error::{Error, Result};

/// The most requests of one group.
const GROUP: usize = 64;
/// How often a request that waits for its turn asks whether it may go on waiting.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// Requests of type `R`, each of which has a `T` as its result.
#[derive(Debug)]
pub(super) struct Groups<R, T> {
    /// How many groups are under way at the most. While one waits for the disk, another one is worked on.
    most: usize,
    /// How many requests may wait; the next one hears that the database is overloaded.
    room: usize,
    /// What that request hears.
    full: &'static str,
    state: Mutex<State<R, T>>,
}

#[derive(Debug)]
struct State<R, T> {
    leaders: usize,
    /// How often the server had come back when they began to lead.
    generation: u64,
    waiting: VecDeque<Waiting<R, T>>,
}

#[derive(Debug)]
struct Waiting<R, T> {
    request: Arc<R>,
    caller: oneshot::Sender<Turn<T>>,
}

/// What became of a request; nothing if the group could not do it.
type Outcome<T> = Option<Result<T>>;

/// What a caller hears that has waited.
#[derive(Debug)]
enum Turn<T> {
    /// It is to lead, in this generation.
    Lead(u64),
    /// Its request was part of a group that somebody else led.
    Done(Outcome<T>),
}

impl<R, T> Groups<R, T> {
    pub(super) fn new(most: usize, room: usize, full: &'static str) -> Self {
        Self { most, room, full, state: Mutex::new(State { leaders: 0, generation: 0, waiting: VecDeque::new() }) }
    }

    /// Has the request done, with others or by itself. If it is the caller's turn, `lead` gets a group, the caller's own
    /// request first, and gives the outcome of each.
    ///
    /// `may_wait` says now and then whether the request may go on waiting for its turn. It gives the `generation`, which is
    /// how often the server has come back: leaders of before may hang, and are not waited for.
    pub(super) fn join(
        &self,
        request: Arc<R>,
        generation: u64,
        may_wait: &dyn Fn() -> Result<u64>,
        lead: impl FnOnce(&[Arc<R>]) -> Vec<Outcome<T>>,
    ) -> Outcome<T> {
        match self.turn(&request, generation, may_wait) {
            Ok(Turn::Lead(generation)) => self.lead(request, generation, lead),
            Ok(Turn::Done(outcome)) => outcome,
            Err(error) => Some(Err(error)),
        }
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Waits for it, unless a group can begin at once.
    fn turn(&self, request: &Arc<R>, generation: u64, may_wait: &dyn Fn() -> Result<u64>) -> Result<Turn<T>> {
        let turn = {
            let mut state = self.state();
            if let Some(lead) = self.take_lead(&mut state, generation) {
                return Ok(lead);
            }
            if state.waiting.len() >= self.room {
                return Err(Error::Overloaded(self.full));
            }
            let (caller, turn) = oneshot::channel();
            state.waiting.push_back(Waiting { request: Arc::clone(request), caller });
            turn
        };
        loop {
            match turn.recv_timeout(ASK_AGAIN) {
                Ok(turn) => return Ok(turn),
                // A leader that says nothing has panicked, perhaps after the commit.
                Err(RecvTimeoutError::Disconnected) => return Err(Error::UnknownOutcome),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let may_wait = may_wait();
            let mut state = self.state();
            let place = state.waiting.iter().position(|waiting| Arc::ptr_eq(&waiting.request, request));
            // Otherwise it is its turn, or somebody else has taken it into a group and will say what became of it.
            if let Some(place) = place {
                let lead = match may_wait {
                    Ok(generation) => self.take_lead(&mut state, generation).map(Ok),
                    Err(error) => Some(Err(error)),
                };
                if let Some(outcome) = lead {
                    state.waiting.remove(place);
                    return outcome;
                }
            }
        }
    }

    /// The right to lead, if there is one left.
    fn take_lead(&self, state: &mut State<R, T>, generation: u64) -> Option<Turn<T>> {
        if state.generation < generation {
            (state.generation, state.leaders) = (generation, 0);
        }
        (state.leaders < self.most).then(|| {
            state.leaders += 1;
            Turn::Lead(state.generation)
        })
    }

    fn lead(&self, own: Arc<R>, generation: u64, lead: impl FnOnce(&[Arc<R>]) -> Vec<Outcome<T>>) -> Outcome<T> {
        let right = Right { groups: self, generation };
        let others: Vec<Waiting<R, T>> = {
            let mut state = self.state();
            let count = state.waiting.len().min(GROUP - 1);
            state.waiting.drain(..count).collect()
        };
        let group: Vec<Arc<R>> =
            std::iter::once(own).chain(others.iter().map(|other| Arc::clone(&other.request))).collect();
        let mut outcomes = lead(&group).into_iter();
        drop(right);
        let own = outcomes.next().flatten();
        for other in others {
            // A caller waits until it hears something.
            let _ = other.caller.send(Turn::Done(outcomes.next().flatten()));
        }
        own
    }

    fn state(&self) -> MutexGuard<'_, State<R, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to lead, which goes to the one who waits longest when it is dropped.
struct Right<'a, R, T> {
    groups: &'a Groups<R, T>,
    generation: u64,
}

impl<R, T> Drop for Right<'_, R, T> {
    fn drop(&mut self) {
        let mut state = self.groups.state();
        if state.generation != self.generation {
            return;
        }
        while let Some(next) = state.waiting.pop_front() {
            if next.caller.send(Turn::Lead(self.generation)).is_ok() {
                return;
            }
        }
        state.leaders -= 1;
    }
}

#[cfg(test)]
mod tests;

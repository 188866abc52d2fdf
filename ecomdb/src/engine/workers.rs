//! Threads for asynchronous operations that wait for a database, so that their callers' threads need not wait.
//!
//! Threads are started when no thread is idle, up to a maximum, and stop when the database is dropped.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Maximum length of the queue; further operations fail as overloaded.
const QUEUE: usize = 4096;
const NO_THREAD: &str = "the system starts no more threads";
/// Interval at which waiting operations are checked for their time limit.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// If no work has begun for this long, more threads are used than usually suffice.
const TOO_LONG: Duration = Duration::from_millis(1);
/// How often a thread looks for more work before it sleeps. Waking a thread costs about as much as a look-up by id.
const LOOKS: usize = 32;

/// Work for a thread. If it must not begin, it gets an error instead.
type Work = Box<dyn FnOnce(Result<()>) + Send>;

/// Checks operations that wait elsewhere; false if none do.
type Check = Box<dyn Fn() -> bool + Send>;

/// Handle of the threads.
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    /// Maximum number of threads, besides the timer.
    most: usize,
    /// Number of threads that suffice while no work takes long.
    usual: usize,
    /// Number of threads reserved for continuations.
    reserved: usize,
    /// Maximum time in the queue.
    wait: Duration,
    /// Number of calls so far, so that threads can look for work without the lock. It wraps around.
    calls: AtomicUsize,
    state: Mutex<State>,
    /// Signalled for each piece of work, and at the end.
    arrived: Condvar,
    /// Signalled when the timer is needed.
    waiting: Condvar,
}

#[derive(Default)]
struct State {
    /// New operations, which are refused after too long a wait.
    queue: VecDeque<Queued>,
    /// Continuations of operations, which come first.
    continuations: VecDeque<Queued>,
    started: usize,
    /// Number of threads that run new operations.
    new: usize,
    /// Number of operations and continuations that have begun. It wraps around.
    begun: usize,
    /// Number of threads without work, how many of them have been called, and how many are still awake.
    idle: usize,
    called: usize,
    looking: usize,
    has_timer: bool,
    /// Whether the timer is idle.
    is_timer_idle: bool,
    threads: Vec<JoinHandle<()>>,
    checks: Vec<Check>,
    is_closed: bool,
}

struct Queued {
    since: Instant,
    work: Work,
}

impl Queued {
    fn now(work: impl FnOnce(Result<()>) + Send + 'static) -> Self {
        Self { since: Instant::now(), work: Box::new(work) }
    }
}

impl Workers {
    /// At most `most` threads, of which `reserved` run only continuations. If fewer usually suffice, more are used only
    /// if work is waiting and none has begun for a millisecond.
    pub(crate) fn new(most: usize, usual: usize, reserved: usize, wait: Duration) -> Self {
        let (calls, state, arrived, waiting) = Default::default();
        Self { shared: Arc::new(Shared { most, usual, reserved, wait, calls, state, arrived, waiting }) }
    }

    /// Runs the work on a thread, unless the queue is full, or no thread becomes free in time.
    pub(crate) fn submit(&self, work: impl FnOnce(Result<()>) + Send + 'static) {
        let queued = Queued::now(work);
        let refused = {
            let mut state = self.shared.state();
            if state.queue.len() >= QUEUE {
                Some((queued, "too many operations wait for a thread"))
            } else {
                state.queue.push_back(queued);
                self.call(&mut state);
                let left = if state.started == 0 { state.queue.pop_back() } else { None };
                left.map(|queued| (queued, NO_THREAD))
            }
        };
        if let Some((queued, why)) = refused {
            (queued.work)(Err(Error::Overloaded(why)));
        }
    }

    /// Runs the continuation of an operation before all new operations, even if the queue is full.
    pub(crate) fn go_on(&self, work: impl FnOnce() + Send + 'static) {
        let left = {
            let mut state = self.shared.state();
            state.continuations.push_back(Queued::now(|_| work()));
            self.call(&mut state);
            if state.started == 0 { state.continuations.pop_back() } else { None }
        };
        if let Some(queued) = left {
            // Without a thread, run it on the caller's thread.
            (queued.work)(Ok(()));
        }
    }

    /// Calls `check` at short intervals until it returns false.
    pub(crate) fn check(&self, check: impl Fn() -> bool + Send + 'static) {
        let mut state = self.shared.state();
        state.checks.push(Box::new(check));
        self.start_timer(&mut state);
    }

    /// Makes a thread look at the queues, immediately or after work has waited.
    fn call(&self, state: &mut State) {
        if !Shared::employ_usual(&self.shared, state) {
            self.start_timer(state);
        }
    }

    /// Starts the timer, or wakes it.
    fn start_timer(&self, state: &mut State) {
        if !state.has_timer {
            let shared = Arc::clone(&self.shared);
            state.has_timer = spawn("ecomdb-timer".to_owned(), &mut state.threads, move || shared.keep_time());
        } else if state.is_timer_idle {
            self.shared.waiting.notify_one();
        }
    }
}

/// Starts a thread; false if the system refuses it.
fn spawn(name: String, threads: &mut Vec<JoinHandle<()>>, body: impl FnOnce() + Send + 'static) -> bool {
    thread::Builder::new().name(name).spawn(body).map(|thread| threads.push(thread)).is_ok()
}

impl Drop for Workers {
    /// Stops the threads. Their work may hold the last handle of the database, so the current thread may be one of
    /// them.
    fn drop(&mut self) {
        let threads = {
            let mut state = self.shared.state();
            state.is_closed = true;
            std::mem::take(&mut state.threads)
        };
        self.shared.arrived.notify_all();
        self.shared.waiting.notify_all();
        let own = thread::current().id();
        for thread in threads.into_iter().filter(|thread| thread.thread().id() != own) {
            // Panics of the work are caught.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Makes one more thread look at the queue, an idle or a new one; false if there is none.
    fn employ(this: &Arc<Self>, state: &mut State) -> bool {
        if state.idle > state.called {
            state.called += 1;
            this.calls.fetch_add(1, Ordering::Release);
            if state.called > state.looking {
                this.arrived.notify_one();
            }
            return true;
        }
        let shared = Arc::clone(this);
        let name = format!("ecomdb-worker-{}", state.started);
        let is_started = state.started < this.most && spawn(name, &mut state.threads, move || shared.work());
        state.started += usize::from(is_started);
        is_started
    }

    /// Like [`Shared::employ`], but only while fewer than `usual` threads are busy.
    fn employ_usual(this: &Arc<Self>, state: &mut State) -> bool {
        state.started - state.idle < this.usual && this.first(state).is_some() && Self::employ(this, state)
    }

    /// Whether one more thread may run a new operation.
    fn takes_new(&self, state: &State) -> bool {
        state.new < self.most - self.reserved
    }

    /// The next work for a free thread.
    fn first<'a>(&self, state: &'a State) -> Option<&'a Queued> {
        state.continuations.front().or_else(|| state.queue.front().filter(|_| self.takes_new(state)))
    }

    /// Runs work until the threads are stopped.
    fn work(self: &Arc<Self>) {
        let mut state = self.state();
        loop {
            let continuation = state.continuations.pop_front();
            let is_new = continuation.is_none();
            let next = continuation.or_else(|| if self.takes_new(&state) { state.queue.pop_front() } else { None });
            if let Some(queued) = next {
                state.new += usize::from(is_new);
                state.begun = state.begun.wrapping_add(1);
                if !is_new {
                    // This thread may have finished a new operation, and runs no other.
                    Self::employ_usual(self, &mut state);
                }
                drop(state);
                // Dropping captured values may panic, which must not end the thread.
                let _ = catch_unwind(AssertUnwindSafe(|| (queued.work)(Ok(()))));
                state = self.state();
                state.new -= usize::from(is_new);
            } else if state.is_closed {
                return;
            } else {
                state.idle += 1;
                state = self.await_call(state);
                state.idle -= 1;
                state.called = state.called.saturating_sub(1);
            }
        }
    }

    /// Looks for a call for a while, then sleeps until one comes.
    fn await_call<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.looking += 1;
        let calls = self.calls.load(Ordering::Acquire);
        drop(state);
        let is_called = (0..LOOKS).any(|_| {
            thread::yield_now();
            self.calls.load(Ordering::Acquire) != calls
        });
        let mut state = self.state();
        state.looking -= 1;
        // A call after the last look, but before the lock, has woken no other thread.
        if is_called || state.is_closed || self.first(&state).is_some() {
            return state;
        }
        self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts more threads for waiting work, refuses work that has waited too long, and runs the checks.
    fn keep_time(self: &Arc<Self>) {
        let mut looked = Instant::now();
        let mut progress = (0, looked);
        loop {
            let (late, checks) = {
                let mut state = self.state();
                while !state.is_closed && state.is_unoccupied() {
                    state.is_timer_idle = true;
                    state = self.waiting.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.is_timer_idle = false;
                }
                if !state.is_closed {
                    let may_help = state.idle > 0 || state.started < self.most;
                    let pause = if may_help && self.first(&state).is_some() { TOO_LONG } else { LOOK_AGAIN };
                    state = self.waiting.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
                }
                if state.is_closed {
                    return;
                }
                if progress.0 != state.begun {
                    progress = (state.begun, Instant::now());
                }
                let waited = self.first(&state).map_or(Duration::ZERO, |first| first.since.elapsed());
                if waited >= LOOK_AGAIN || waited.min(progress.1.elapsed()) >= TOO_LONG {
                    Self::employ(self, &mut state);
                }
                if looked.elapsed() < LOOK_AGAIN {
                    continue;
                }
                looked = Instant::now();
                (state.take_late(self.wait), std::mem::take(&mut state.checks))
            };
            for work in late {
                let refused = || work(Err(Error::Overloaded("every thread for asynchronous operations is busy")));
                let _ = catch_unwind(AssertUnwindSafe(refused));
            }
            // A check that panicked may not have looked at its operations, so it is called again.
            let is_needed = |check: &Check| catch_unwind(AssertUnwindSafe(check)).unwrap_or(true);
            let go_on: Vec<Check> = checks.into_iter().filter(is_needed).collect();
            self.state().checks.extend(go_on);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the timer has nothing to do.
    fn is_unoccupied(&self) -> bool {
        self.queue.is_empty() && self.continuations.is_empty() && self.checks.is_empty()
    }

    /// Removes the operations from the queue that have waited longer than this.
    fn take_late(&mut self, wait: Duration) -> Vec<Work> {
        let is_late = |queued: &Queued| queued.since.elapsed() > wait;
        let (late, left) = std::mem::take(&mut self.queue).into_iter().partition::<VecDeque<_>, _>(is_late);
        self.queue = left;
        late.into_iter().map(|queued| queued.work).collect()
    }
}

#[cfg(test)]
mod tests;

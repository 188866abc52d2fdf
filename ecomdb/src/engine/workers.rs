//! Threads for asynchronous operations that wait for a database, so that their callers' threads need not wait.
//!
//! Threads are started when work finds no idle one, up to a maximum, and stop when the database is dropped.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Maximum length of the queue; further operations fail as overloaded.
const QUEUE: usize = 4096;
const NO_THREAD: &str = "the system starts no more threads";
/// Interval at which waiting operations are checked for their time limit.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Work for a thread. It is given an error instead of a turn if it must not begin.
type Work = Box<dyn FnOnce(Result<()>) + Send>;

/// Checks operations that wait elsewhere; false if none do.
type Check = Box<dyn Fn() -> bool + Send>;

/// Handle of the threads.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    /// Maximum number of threads, besides the timer.
    most: usize,
    /// Maximum time in the queue.
    wait: Duration,
    state: Mutex<State>,
    /// Signalled for each piece of work, and at the end.
    arrived: Condvar,
    /// Signalled when the timer has something to do.
    waiting: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Queued>,
    started: usize,
    idle: usize,
    has_timer: bool,
    checks: Vec<Check>,
    is_closed: bool,
}

struct Queued {
    /// When it must have begun; `None` for the continuation of an operation.
    by: Option<Instant>,
    work: Work,
}

impl Workers {
    pub(crate) fn new(most: usize, wait: Duration) -> Self {
        let (state, arrived, waiting) = Default::default();
        Self { shared: Arc::new(Shared { most, wait, state, arrived, waiting }), threads: Mutex::default() }
    }

    /// Runs the work on a thread, unless too much waits, or none gets free in time.
    pub(crate) fn submit(&self, work: impl FnOnce(Result<()>) + Send + 'static) {
        let refused = {
            let mut state = self.shared.state();
            match state.queue.len() {
                QUEUE.. => Some((Box::new(work) as Work, "too many operations wait for a thread")),
                _ => {
                    let by = Instant::now().checked_add(self.shared.wait);
                    let left = self.add(&mut state, Queued { by, work: Box::new(work) });
                    left.map(|queued| (queued.work, NO_THREAD))
                }
            }
        };
        if let Some((work, why)) = refused {
            work(Err(Error::Overloaded(why)));
        }
    }

    /// Runs the continuation of an operation, however much waits.
    pub(crate) fn go_on(&self, work: impl FnOnce() + Send + 'static) {
        let work = Box::new(|_: Result<()>| work());
        let left = self.add(&mut self.shared.state(), Queued { by: None, work });
        if let Some(queued) = left {
            // Without a thread, the caller's is the only one.
            (queued.work)(Ok(()));
        }
    }

    /// Calls `check` at short intervals until it returns false.
    pub(crate) fn check(&self, check: impl Fn() -> bool + Send + 'static) {
        let mut state = self.shared.state();
        state.checks.push(Box::new(check));
        self.start_timer(&mut state);
    }

    /// Queues the work; returns it if the system starts no thread at all.
    fn add(&self, state: &mut State, queued: Queued) -> Option<Queued> {
        state.queue.push_back(queued);
        if state.queue.len() <= state.idle {
            self.shared.arrived.notify_one();
        } else if state.started < self.shared.most {
            let shared = Arc::clone(&self.shared);
            match self.spawn(format!("ecomdb-worker-{}", state.started), move || shared.work()) {
                true => state.started += 1,
                false if state.started == 0 => return state.queue.pop_back(),
                false => {}
            }
        } else {
            self.start_timer(state);
        }
        None
    }

    /// Starts the timer, or wakes it.
    fn start_timer(&self, state: &mut State) {
        if !state.has_timer {
            let shared = Arc::clone(&self.shared);
            state.has_timer = self.spawn("ecomdb-timer".to_owned(), move || shared.keep_time());
        }
        self.shared.waiting.notify_one();
    }

    fn spawn(&self, name: String, body: impl FnOnce() + Send + 'static) -> bool {
        let spawned = thread::Builder::new().name(name).spawn(body);
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        spawned.map(|thread| threads.push(thread)).is_ok()
    }
}

impl Drop for Workers {
    /// Stops the threads. What they run may hold the last handle of the database, so this may be one of them.
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
        self.shared.arrived.notify_all();
        self.shared.waiting.notify_all();
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(PoisonError::into_inner));
        let own = thread::current().id();
        for thread in threads.into_iter().filter(|thread| thread.thread().id() != own) {
            // Panics of the work are caught.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Runs work until the end.
    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(queued) = state.queue.pop_front() {
                drop(state);
                // Dropping captured values may panic, which must not end the thread.
                let _ = catch_unwind(AssertUnwindSafe(|| (queued.work)(Ok(()))));
                state = self.state();
            } else if state.is_closed {
                return;
            } else {
                state.idle += 1;
                state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    /// Refuses work that has waited too long, and runs the checks.
    fn keep_time(&self) {
        loop {
            let (late, checks) = {
                let mut state = self.state();
                while !state.is_closed && state.queue.is_empty() && state.checks.is_empty() {
                    state = self.waiting.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                if state.is_closed {
                    return;
                }
                state = self.waiting.wait_timeout(state, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
                (state.take_late(Instant::now()), std::mem::take(&mut state.checks))
            };
            for work in late {
                let refused = || work(Err(Error::Overloaded("every thread for asynchronous operations is busy")));
                let _ = catch_unwind(AssertUnwindSafe(refused));
            }
            let go_on: Vec<Check> = checks.into_iter().filter(|check| check()).collect();
            self.state().checks.extend(go_on);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the work from the queue that should have begun. The queue is in the order of time, but for continuations.
    fn take_late(&mut self, now: Instant) -> Vec<Work> {
        let is_late = |queued: &Queued| queued.by.is_some_and(|by| by <= now);
        let (late, left) = std::mem::take(&mut self.queue).into_iter().partition::<VecDeque<_>, _>(is_late);
        self.queue = left;
        late.into_iter().map(|queued| queued.work).collect()
    }
}

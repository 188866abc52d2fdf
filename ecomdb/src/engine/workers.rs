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
/// Time in the queue after which another thread is used than those that usually suffice.
const TOO_LONG: Duration = Duration::from_millis(1);

/// Work for a thread. It is given an error instead of a turn if it must not begin.
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
    /// Number of threads that wait for work, and how many of them have been called.
    idle: usize,
    called: usize,
    has_timer: bool,
    /// Whether the timer waits until it is needed.
    is_timer_idle: bool,
    threads: Vec<JoinHandle<()>>,
    checks: Vec<Check>,
    is_closed: bool,
}

struct Queued {
    since: Instant,
    /// Whether it is a new operation, which is refused after too long a wait, rather than the continuation of one.
    is_new: bool,
    work: Work,
}

impl Workers {
    /// At most `most` threads. If fewer usually suffice, more are used only while work waits for a millisecond.
    pub(crate) fn new(most: usize, usual: usize, wait: Duration) -> Self {
        let (state, arrived, waiting) = Default::default();
        Self { shared: Arc::new(Shared { most, usual, wait, state, arrived, waiting }) }
    }

    /// Runs the work on a thread, unless too much waits, or none gets free in time.
    pub(crate) fn submit(&self, work: impl FnOnce(Result<()>) + Send + 'static) {
        let refused = {
            let mut state = self.shared.state();
            match state.queue.len() {
                QUEUE.. => Some((Box::new(work) as Work, "too many operations wait for a thread")),
                _ => {
                    let queued = Queued { since: Instant::now(), is_new: true, work: Box::new(work) };
                    let left = self.add(&mut state, queued);
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
        let left = self.add(&mut self.shared.state(), Queued { since: Instant::now(), is_new: false, work });
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
        let busy = state.started - state.idle;
        if busy >= self.shared.usual || !Shared::employ(&self.shared, state) {
            self.start_timer(state);
        }
        (state.started == 0).then(|| state.queue.pop_back()).flatten()
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
    /// Stops the threads. What they run may hold the last handle of the database, so this may be one of them.
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
    /// Has one more thread look at the queue, an idle one or a new one; false if there is none.
    fn employ(this: &Arc<Self>, state: &mut State) -> bool {
        if state.idle > state.called {
            state.called += 1;
            this.arrived.notify_one();
            return true;
        }
        let shared = Arc::clone(this);
        let name = format!("ecomdb-worker-{}", state.started);
        let is_started = state.started < this.most && spawn(name, &mut state.threads, move || shared.work());
        state.started += usize::from(is_started);
        is_started
    }

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
                state.called = state.called.saturating_sub(1);
            }
        }
    }

    /// Employs more threads for work that waits, refuses work that has waited too long, and runs the checks.
    fn keep_time(self: &Arc<Self>) {
        let mut looked = Instant::now();
        loop {
            let (late, checks) = {
                let mut state = self.state();
                while !state.is_closed && state.queue.is_empty() && state.checks.is_empty() {
                    state.is_timer_idle = true;
                    state = self.waiting.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.is_timer_idle = false;
                }
                if state.is_closed {
                    return;
                }
                let may_help = state.idle > 0 || state.started < self.most;
                let pause = if may_help && !state.queue.is_empty() { TOO_LONG } else { LOOK_AGAIN };
                state = self.waiting.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
                if state.is_closed {
                    return;
                }
                if state.queue.front().is_some_and(|first| first.since.elapsed() >= TOO_LONG) {
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
            // One that panics has perhaps not looked at all, so it is called again.
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
    /// Takes the operations from the queue that have waited longer than this.
    fn take_late(&mut self, wait: Duration) -> Vec<Work> {
        let is_late = |queued: &Queued| queued.is_new && queued.since.elapsed() > wait;
        let (late, left) = std::mem::take(&mut self.queue).into_iter().partition::<VecDeque<_>, _>(is_late);
        self.queue = left;
        late.into_iter().map(|queued| queued.work).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    /// Occupies a thread until the returned sender is dropped, from when it has begun.
    fn occupy(workers: &Workers) -> std::sync::mpsc::Sender<()> {
        let ((begun, has_begun), (busy, until)) = (channel(), channel::<()>());
        workers.submit(move |_| {
            begun.send(()).unwrap();
            let _ = until.recv();
        });
        has_begun.recv().unwrap();
        busy
    }

    fn started(workers: &Workers) -> usize {
        workers.shared.state().started
    }

    #[test]
    fn threads_are_started_when_they_are_needed() {
        let workers = Workers::new(2, 2, PATIENT);
        assert_eq!(started(&workers), 0);
        let busy = [occupy(&workers), occupy(&workers)];
        let (done, is_done) = channel();
        workers.submit(move |turn| done.send(turn.is_ok()).unwrap());
        assert_eq!(started(&workers), 2);
        drop(busy);
        assert!(is_done.recv().unwrap());
    }

    #[test]
    fn work_that_waits_for_long_work_gets_another_thread() {
        let workers = Workers::new(2, 1, PATIENT);
        let _busy = occupy(&workers);
        let (done, is_done) = channel();
        workers.submit(move |turn| done.send(turn.is_ok()).unwrap());
        assert!(is_done.recv().unwrap());
        assert_eq!(started(&workers), 2);
    }

    #[test]
    fn short_work_is_left_to_the_usual_threads() {
        let workers = Workers::new(8, 1, PATIENT);
        for _ in 0..100 {
            let (done, is_done) = channel();
            workers.submit(move |_| done.send(()).unwrap());
            is_done.recv().unwrap();
        }
        assert!(started(&workers) <= 2, "{}", started(&workers));
    }

    #[test]
    fn what_waits_too_long_is_refused_but_not_a_continuation() {
        let workers = Workers::new(1, 1, Duration::ZERO);
        let busy = occupy(&workers);
        let (told, is_told) = channel();
        let going_on = told.clone();
        workers.submit(move |turn| told.send(turn.is_err()).unwrap());
        workers.go_on(move || going_on.send(false).unwrap());
        assert!(is_told.recv().unwrap());
        drop(busy);
        assert!(!is_told.recv().unwrap());
    }

    #[test]
    fn a_panic_ends_no_thread() {
        let workers = Workers::new(1, 1, PATIENT);
        workers.submit(|_| panic!("on purpose"));
        let (done, is_done) = channel();
        workers.submit(move |_| done.send(()).unwrap());
        is_done.recv().unwrap();
        assert_eq!(started(&workers), 1);
    }

    #[test]
    fn a_panic_of_a_check_does_not_end_the_others() {
        let workers = Workers::new(1, 1, PATIENT);
        let (told, is_told) = channel();
        workers.check(|| panic!("on purpose"));
        workers.check(move || told.send(()).is_ok());
        for _ in 0..2 {
            is_told.recv().unwrap();
        }
    }

    #[test]
    fn the_last_handle_may_be_dropped_by_a_thread() {
        let workers = Arc::new(Workers::new(2, 2, PATIENT));
        let (let_go, may_go) = channel::<()>();
        let (gone, is_gone) = channel();
        let last = Arc::clone(&workers);
        workers.submit(move |_| {
            let _ = may_go.recv();
            drop(last);
            gone.send(()).unwrap();
        });
        drop(workers);
        drop(let_go);
        is_gone.recv().unwrap();
    }
}

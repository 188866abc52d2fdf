//! Limit of concurrent password hashing. A hash takes 19 MB and some hundredths of a second of a processor, so guessing
//! passwords must not overload the server.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};

/// Maximum time in the queue.
const WAIT: Duration = Duration::from_secs(2);
/// Maximum queue length per running hash; further requests fail immediately.
const WAITING: usize = 16;

/// A semaphore with a bounded queue.
#[derive(Debug)]
pub(crate) struct Semaphore {
    slots: usize,
    wait: Duration,
    queue: Mutex<Queue>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    inside: usize,
    waiting: usize,
}

impl Semaphore {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, wait: WAIT, queue: Mutex::default(), left: Condvar::new() }
    }

    /// Waits for a permit and runs `work`.
    pub(crate) fn pass<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        let _place = self.enter()?;
        Ok(work())
    }

    fn enter(&self) -> Result<Place<'_>> {
        let mut queue = self.lock();
        if queue.inside >= self.slots {
            if queue.waiting >= self.slots * WAITING {
                return Err(too_many());
            }
            queue.waiting += 1;
            let is_full = |queue: &mut Queue| queue.inside >= self.slots;
            let waited = self.left.wait_timeout_while(queue, self.wait, is_full);
            let (mut after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            after.waiting -= 1;
            if timeout.timed_out() {
                return Err(too_many());
            }
            queue = after;
        }
        queue.inside += 1;
        Ok(Place(self))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many() -> Error {
    Error::Overloaded("too many passwords are being checked")
}

/// A permit. Dropping it wakes the next waiter, also after a panic.
struct Place<'a>(&'a Semaphore);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_are_inside_than_there_are_places_and_all_get_their_turn() {
        let (semaphore, inside, most) = (Semaphore::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let work = || {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    };
                    semaphore.pass(work).unwrap();
                });
            }
        });
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[test]
    fn who_waits_too_long_is_turned_away_and_so_is_one_too_many() {
        for semaphore in [Semaphore { wait: Duration::ZERO, ..Semaphore::new(1) }, Semaphore::new(0)] {
            let full = semaphore.slots > 0;
            let taken = full.then(|| semaphore.enter().unwrap());
            let refused = semaphore.pass(|| ()).unwrap_err();
            assert!(matches!(refused, Error::Overloaded(_)), "{refused}");
            drop(taken);
            assert_eq!(semaphore.pass(|| ()).is_ok(), full);
        }
    }

    #[test]
    fn a_panic_gives_its_place_back() {
        let (semaphore, start) = (Semaphore::new(1), Barrier::new(1));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            semaphore.pass(|| {
                start.wait();
                panic!("as it does sometimes");
            })
        }));
        assert!(panicked.is_err());
        semaphore.pass(|| ()).unwrap();
    }
}

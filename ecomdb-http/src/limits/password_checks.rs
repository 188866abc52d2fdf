//! A semaphore with fair queueing for password checks. A check keeps a core busy for tens of milliseconds, so there are as many
//! permits as cores.
//!
//! The queue is fair between networks, not between requests: each network's next request goes before another network's
//! second one, so that a flood from one network delays only itself. When the queue is full, the last request of the
//! network with the most is dropped.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::network;
use crate::problem::{Problem, kinds};

/// The longest wait for a permit.
const WAIT: Duration = Duration::from_secs(10);
/// The longest queue.
const WAITING: usize = 256;

/// The semaphore and its queue.
#[derive(Debug)]
pub(crate) struct PasswordChecks {
    places: usize,
    waiting: usize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// The network of each permit in use.
    admitted: Vec<Option<IpNet>>,
    /// By turn, then arrival. Empty while a permit is free.
    waiting: BTreeMap<(u64, u64), Waiter>,
    /// The turn of the last admitted request.
    turn: u64,
    arrivals: u64,
}

#[derive(Debug)]
struct Waiter {
    network: Option<IpNet>,
    admission: oneshot::Sender<Permit>,
}

/// A permit. Dropping it admits the next request.
#[derive(Debug)]
pub(crate) struct Permit {
    checks: Arc<PasswordChecks>,
    network: Option<IpNet>,
}

impl PasswordChecks {
    /// One permit per core.
    pub(crate) fn new() -> Self {
        Self::with(std::thread::available_parallelism().map_or(1, usize::from), WAITING)
    }

    fn with(places: usize, waiting: usize) -> Self {
        Self { places, waiting, queue: Mutex::default() }
    }

    /// Waits for a permit.
    pub(crate) async fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Permit, Problem> {
        let admitted = self.queue_up(address.map(|address| network(address, 24, 48))).ok_or_else(too_many)?;
        match timeout(WAIT, admitted).await {
            Ok(Ok(place)) => Ok(place),
            // The wait timed out, or the request was dropped from a full queue.
            Ok(Err(_)) | Err(_) => Err(too_many()),
        }
    }

    /// Receives the permit, now or later. `None` if the queue is full.
    fn queue_up(self: &Arc<Self>, network: Option<IpNet>) -> Option<oneshot::Receiver<Permit>> {
        let (admission, admitted) = oneshot::channel();
        let mut queue = self.lock();
        queue.waiting.retain(|_, waiter| !waiter.admission.is_closed());
        if queue.admitted.len() < self.places {
            queue.admitted.push(network);
            drop(queue);
            // The receiver is alive: it is returned below.
            let _ = admission.send(Permit { checks: Arc::clone(self), network });
            return Some(admitted);
        }
        let neighbours = queue.waiting.values().map(|waiter| waiter.network).chain(queue.admitted.iter().copied());
        let turn = queue.turn + neighbours.filter(|other| *other == network).count() as u64;
        if queue.waiting.len() >= self.waiting {
            let last = queue.waiting.last_key_value().map(|((turn, _), _)| *turn)?;
            if last <= turn {
                return None;
            }
            queue.waiting.pop_last();
        }
        queue.arrivals += 1;
        let arrival = queue.arrivals;
        queue.waiting.insert((turn, arrival), Waiter { network, admission });
        Some(admitted)
    }

    /// Releases a permit and admits the next request.
    fn leave(self: &Arc<Self>, network: Option<IpNet>) {
        let next = {
            let mut queue = self.lock();
            if let Some(left) = queue.admitted.iter().position(|admitted| *admitted == network) {
                queue.admitted.swap_remove(left);
            }
            queue.waiting.pop_first().map(|((turn, _), waiter)| {
                queue.turn = turn;
                queue.admitted.push(waiter.network);
                waiter
            })
        };
        if let Some(Waiter { network, admission }) = next {
            // If the receiver is gone, the permit is dropped, which admits the next request.
            let _ = admission.send(Permit { checks: Arc::clone(self), network });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.checks.leave(self.network);
    }
}

fn too_many() -> Problem {
    Problem::new(&kinds::OVERLOADED, "too many logins in progress; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(places: usize, waiting: usize) -> Arc<PasswordChecks> {
        Arc::new(PasswordChecks::with(places, waiting))
    }

    fn from(n: u8) -> Option<IpNet> {
        Some(network(IpAddr::from([192, 0, n, 1]), 24, 48))
    }

    /// The permit, if it was granted.
    fn is_in(admitted: &mut oneshot::Receiver<Permit>) -> Option<Permit> {
        admitted.try_recv().ok()
    }

    #[test]
    fn no_more_are_inside_than_there_are_places_and_all_get_their_turn() {
        let checks = checks(2, 16);
        let mut queue: Vec<_> = (0..10).map(|_| checks.queue_up(from(1)).unwrap()).collect();
        let (mut held, mut served) = (Vec::new(), 0);
        while served < 10 {
            let admitted: Vec<_> = queue.iter_mut().filter_map(is_in).collect();
            served += admitted.len();
            held.extend(admitted);
            assert!((1..=2).contains(&held.len()));
            held.remove(0);
        }
        drop(held);
        assert!(checks.lock().admitted.is_empty() && checks.lock().waiting.is_empty());
    }

    #[test]
    fn a_single_client_is_served_before_the_many_of_another_network() {
        let checks = checks(1, 16);
        let mut crowd: Vec<_> = (0..6).map(|_| checks.queue_up(from(1)).unwrap()).collect();
        let mut alone = checks.queue_up(from(2)).unwrap();
        let first = is_in(&mut crowd[0]).unwrap();
        assert!(is_in(&mut alone).is_none());
        drop(first);
        let place = is_in(&mut alone).expect("it is its turn");
        drop(place);
        for waiting in &mut crowd[1..] {
            drop(is_in(waiting).expect("the crowd is served too"));
        }
    }

    #[test]
    fn where_all_places_are_taken_the_network_with_the_most_gives_way() {
        let checks = checks(1, 3);
        let mut crowd: Vec<_> = (0..4).map(|_| checks.queue_up(from(1)).unwrap()).collect();
        assert!(checks.queue_up(from(1)).is_none(), "its own network has the most");
        let mut alone = checks.queue_up(from(2)).unwrap();
        assert_eq!(crowd[3].try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
        drop(is_in(&mut crowd[0]).unwrap());
        assert!(is_in(&mut alone).is_some());
    }

    #[test]
    fn a_client_that_leaves_while_waiting_takes_no_place() {
        let checks = checks(1, 2);
        let mut first = checks.queue_up(from(1)).unwrap();
        drop(checks.queue_up(from(2)).unwrap());
        drop(checks.queue_up(from(3)).unwrap());
        let gone = checks.queue_up(from(4)).unwrap();
        let mut last = checks.queue_up(from(4)).unwrap();
        drop(gone);
        drop(is_in(&mut first).unwrap());
        drop(is_in(&mut last).expect("the others have gone"));
        assert!(checks.lock().admitted.is_empty());
    }
}

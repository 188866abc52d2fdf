//! Whose turn it is to have a password checked. That takes a processor for some hundredths of a second, so that only as
//! many are checked at once as there are processors.
//!
//! Networks take turns: whoever waits is served after as many others of its own network as came before it, so that one
//! network cannot make the others wait. When all places are taken, the one of the network with the most gives way.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::network;
use crate::problem::{Problem, kinds};

/// How long somebody waits.
const WAIT: Duration = Duration::from_secs(10);
/// How many wait.
const WAITING: usize = 256;

/// Lets some in, and the others wait.
#[derive(Debug)]
pub(crate) struct Turns {
    places: usize,
    waiting: usize,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// The network of each that is inside.
    inside: Vec<Option<IpNet>>,
    /// By turn and arrival. Nobody waits while there is a place inside.
    waiting: BTreeMap<(u64, u64), Waiter>,
    /// The turn of the one that was let in last.
    turn: u64,
    arrivals: u64,
}

#[derive(Debug)]
struct Waiter {
    network: Option<IpNet>,
    admission: oneshot::Sender<Place>,
}

/// A place inside. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Place {
    turns: Arc<Turns>,
    network: Option<IpNet>,
}

impl Turns {
    /// As many inside as there are processors.
    pub(crate) fn new() -> Self {
        Self::with(std::thread::available_parallelism().map_or(1, usize::from), WAITING)
    }

    fn with(places: usize, waiting: usize) -> Self {
        Self { places, waiting, queue: Mutex::default() }
    }

    /// Waits for a place.
    pub(crate) async fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Problem> {
        let admitted = self.queue_up(address.map(|address| network(address, 24, 48))).ok_or_else(too_many)?;
        match timeout(WAIT, admitted).await {
            Ok(Ok(place)) => Ok(place),
            // It took too long, or had to give way.
            Ok(Err(_)) | Err(_) => Err(too_many()),
        }
    }

    /// A place, or one to come. `None` where too many wait.
    fn queue_up(self: &Arc<Self>, network: Option<IpNet>) -> Option<oneshot::Receiver<Place>> {
        let (admission, admitted) = oneshot::channel();
        let mut queue = self.lock();
        queue.waiting.retain(|_, waiter| !waiter.admission.is_closed());
        if queue.inside.len() < self.places {
            queue.inside.push(network);
            drop(queue);
            // The other end is still here.
            let _ = admission.send(Place { turns: Arc::clone(self), network });
            return Some(admitted);
        }
        let neighbours = queue.waiting.values().map(|waiter| waiter.network).chain(queue.inside.iter().copied());
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

    /// Lets the next one in.
    fn leave(self: &Arc<Self>, network: Option<IpNet>) {
        let next = {
            let mut queue = self.lock();
            if let Some(left) = queue.inside.iter().position(|inside| *inside == network) {
                queue.inside.swap_remove(left);
            }
            queue.waiting.pop_first().map(|((turn, _), waiter)| {
                queue.turn = turn;
                queue.inside.push(waiter.network);
                waiter
            })
        };
        if let Some(Waiter { network, admission }) = next {
            // One that has gone drops its place, which lets the next one in.
            let _ = admission.send(Place { turns: Arc::clone(self), network });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turns.leave(self.network);
    }
}

fn too_many() -> Problem {
    Problem::new(&kinds::OVERLOADED, "too many passwords are being checked; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(places: usize, waiting: usize) -> Arc<Turns> {
        Arc::new(Turns::with(places, waiting))
    }

    fn from(n: u8) -> Option<IpNet> {
        Some(network(IpAddr::from([192, 0, n, 1]), 24, 48))
    }

    /// Whether it is this one's turn.
    fn is_in(admitted: &mut oneshot::Receiver<Place>) -> Option<Place> {
        admitted.try_recv().ok()
    }

    #[test]
    fn no_more_are_inside_than_there_are_places_and_all_get_their_turn() {
        let turns = turns(2, 16);
        let mut queue: Vec<_> = (0..10).map(|_| turns.queue_up(from(1)).unwrap()).collect();
        let (mut inside, mut served) = (Vec::new(), 0);
        while served < 10 {
            let admitted: Vec<_> = queue.iter_mut().filter_map(is_in).collect();
            served += admitted.len();
            inside.extend(admitted);
            assert!((1..=2).contains(&inside.len()));
            inside.remove(0);
        }
        drop(inside);
        assert!(turns.lock().inside.is_empty() && turns.lock().waiting.is_empty());
    }

    #[test]
    fn whoever_comes_alone_is_served_before_the_many_of_another_network() {
        let turns = turns(1, 16);
        let mut crowd: Vec<_> = (0..6).map(|_| turns.queue_up(from(1)).unwrap()).collect();
        let mut alone = turns.queue_up(from(2)).unwrap();
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
        let turns = turns(1, 3);
        let mut crowd: Vec<_> = (0..4).map(|_| turns.queue_up(from(1)).unwrap()).collect();
        assert!(turns.queue_up(from(1)).is_none(), "its own network has the most");
        let mut alone = turns.queue_up(from(2)).unwrap();
        assert_eq!(crowd[3].try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
        drop(is_in(&mut crowd[0]).unwrap());
        assert!(is_in(&mut alone).is_some());
    }

    #[test]
    fn whoever_goes_while_waiting_takes_no_place() {
        let turns = turns(1, 2);
        let mut first = turns.queue_up(from(1)).unwrap();
        drop(turns.queue_up(from(2)).unwrap());
        drop(turns.queue_up(from(3)).unwrap());
        let gone = turns.queue_up(from(4)).unwrap();
        let mut last = turns.queue_up(from(4)).unwrap();
        drop(gone);
        drop(is_in(&mut first).unwrap());
        drop(is_in(&mut last).expect("the others have gone"));
        assert!(turns.lock().inside.is_empty());
    }
}

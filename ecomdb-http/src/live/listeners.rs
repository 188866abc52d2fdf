//! Counting listeners, with limits for each address and in total.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::limits::network;
use crate::problem::{Problem, kinds};

/// Maximum number of listeners at an address. A page listens only while it is visible, so these are many people.
const AT_ADDRESS: usize = 32;
/// Maximum number of listeners in total.
const IN_ALL: usize = 1_000;
/// Seconds after which to try again if there are too many.
const LATER: u64 = 60;

/// The number of listeners in each network.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<HashMap<Option<IpNet>, usize>>);

/// A counted listener, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    listeners: Arc<Listeners>,
    network: Option<IpNet>,
}

impl Listeners {
    /// Counts a listener, and runs `begin` before another one is counted.
    pub(super) fn add(self: &Arc<Self>, address: Option<IpAddr>, begin: impl FnOnce()) -> Result<Place, Problem> {
        // The owner of an IPv6 network of /64 has all of its addresses.
        let network = address.map(|address| network(address, 32, 64));
        let mut counts = self.counts();
        let in_all: usize = counts.values().sum();
        if in_all >= IN_ALL || counts.get(&network).is_some_and(|count| *count >= AT_ADDRESS) {
            let words = "too many pages listen to changes; this one does not refresh itself";
            return Err(Problem::new(&kinds::TOO_MANY_REQUESTS, words).retry_after(LATER));
        }
        *counts.entry(network).or_default() += 1;
        begin();
        Ok(Place { listeners: Arc::clone(self), network })
    }

    /// Runs `end` if there are no listeners, before another one is counted. Returns whether there are none.
    pub(super) fn if_none(&self, end: impl FnOnce()) -> bool {
        let counts = self.counts();
        if counts.is_empty() {
            end();
        }
        counts.is_empty()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Option<IpNet>, usize>> {
        // A panic leaves the counts valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.listeners.counts();
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(listeners: &Arc<Listeners>, address: &str) -> Option<Place> {
        listeners.add(Some(address.parse().unwrap()), || {}).ok()
    }

    #[test]
    fn an_address_has_so_many_listeners_and_their_ends_make_room() {
        let listeners = Arc::new(Listeners::default());
        let mut places: Vec<_> = (0..AT_ADDRESS).map(|_| add(&listeners, "192.0.2.1").unwrap()).collect();
        assert!(add(&listeners, "192.0.2.1").is_none());
        let other = add(&listeners, "192.0.2.2").unwrap();
        assert!(!listeners.if_none(|| panic!("there are some")));
        places.pop();
        places.push(add(&listeners, "192.0.2.1").unwrap());
        drop((places, other));
        let mut has_ended = false;
        assert!(listeners.if_none(|| has_ended = true) && has_ended);
    }

    #[test]
    fn there_are_so_many_in_all_and_the_addresses_of_a_network_count_as_one() {
        let listeners = Arc::new(Listeners::default());
        let of_network = |host: usize| add(&listeners, &format!("2001:db8::{host:x}"));
        let places: Vec<_> = (1..=AT_ADDRESS + 1).map_while(of_network).collect();
        assert_eq!(places.len(), AT_ADDRESS);
        let of_others = |host: usize| add(&listeners, &format!("10.0.{}.{}", host / 256, host % 256));
        let others: Vec<_> = (0..IN_ALL).map_while(of_others).collect();
        assert_eq!(places.len() + others.len(), IN_ALL);
    }
}

//! Limits connections per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

use crate::client::TrustedProxy;
use crate::limits::network;

/// The shortest interval between two log lines about an address with too many connections.
const REMARKS: Duration = Duration::from_secs(60);

/// The open connections, by address.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    most: usize,
    proxies: Arc<[TrustedProxy]>,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    connections: HashMap<IpNet, usize>,
    remarked: Option<Instant>,
}

impl Peers {
    /// At most `most` connections for each address. Proxies are exempt.
    pub(super) fn new(most: usize, proxies: &[TrustedProxy]) -> Self {
        Self { most, proxies: proxies.into(), known: Arc::default() }
    }

    /// Counts a connection until the guard is dropped; `None` if the address is at its limit.
    pub(super) fn count(&self, address: IpAddr) -> Option<Counted> {
        let address = address.to_canonical();
        if self.proxies.iter().any(|proxy| proxy.is(address)) {
            return Some(Counted { peers: self.clone(), network: None });
        }
        // An IPv6 client usually has a whole /64.
        let network = network(address, 32, 64);
        let mut known = self.known();
        let open = known.connections.get(&network).copied().unwrap_or_default();
        if open < self.most {
            known.connections.insert(network, open + 1);
            return Some(Counted { peers: self.clone(), network: Some(network) });
        }
        let now = Instant::now();
        if known.remarked.is_none_or(|remarked| now.duration_since(remarked) >= REMARKS) {
            known.remarked = Some(now);
            tracing::warn!(%address, connections = open, "connections refused: this address has too many");
        }
        None
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic leaves the map valid.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Guard of a counted connection.
#[derive(Debug)]
pub(super) struct Counted {
    peers: Peers,
    /// `None` for a proxy.
    network: Option<IpNet>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut known = self.peers.known();
        match known.connections.get_mut(&network) {
            Some(open) if *open > 1 => *open -= 1,
            _ => drop(known.connections.remove(&network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_forgotten_ones_take_no_room() {
        let peers = Peers::new(2, &[]);
        let count = |address: &str| peers.count(address.parse().unwrap());
        let open = [count("192.0.2.1"), count("::ffff:192.0.2.1")];
        assert!(open.iter().all(Option::is_some));
        assert!(count("192.0.2.1").is_none());
        assert!(count("192.0.2.2").is_some());
        let networks = [count("2001:db8::1"), count("2001:db8::2"), count("2001:db8::3"), count("2001:db8:0:1::1")];
        assert_eq!(networks.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true]);
        drop((open, networks));
        assert!(peers.known().connections.is_empty());
    }

    #[test]
    fn a_trusted_proxy_has_as_many_connections_as_it_likes() {
        let peers = Peers::new(2, &["10.0.0.0/8".parse().unwrap()]);
        let count = |address: &str| (0..10).map_while(|_| peers.count(address.parse().unwrap())).collect::<Vec<_>>();
        let open = [count("10.1.2.3"), count("::ffff:10.1.2.3"), count("192.0.2.1")];
        assert_eq!(open.map(|connections| connections.len()), [10, 10, 2]);
    }
}

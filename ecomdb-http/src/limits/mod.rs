//! Limits per client: requests, login attempts, and concurrent password checks.

mod attempts;
mod buckets;
mod callers;
mod password_checks;

use std::net::IpAddr;

use ipnet::IpNet;

pub(crate) use self::attempts::{Attempt, Attempts};
pub(crate) use self::callers::RateLimit;
pub(crate) use self::password_checks::{PasswordChecks, Permit};

/// The network of an address, with the given prefix length of its IP version.
pub(crate) fn network(address: IpAddr, v4: u8, v6: u8) -> IpNet {
    let prefix = if address.is_ipv4() { v4 } else { v6 };
    // Fails only for a prefix longer than the address.
    IpNet::new(address, prefix).map_or_else(|_| IpNet::from(address), |network| network.trunc())
}

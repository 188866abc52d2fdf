//! Limits per client: how many requests it makes, how often it may try to log in, and whose turn it is to have a password
//! checked.

mod attempts;
mod buckets;
mod callers;
mod turns;

use std::net::IpAddr;

use ipnet::IpNet;

pub(crate) use self::attempts::{Attempt, Attempts};
pub(crate) use self::callers::RateLimit;
pub(crate) use self::turns::{Place, Turns};

/// The network of an address: as many leading bits of it as the version of its protocol takes.
pub(crate) fn network(address: IpAddr, v4: u8, v6: u8) -> IpNet {
    let prefix = if address.is_ipv4() { v4 } else { v6 };
    // Fails for more bits than an address has.
    IpNet::new(address, prefix).map_or_else(|_| IpNet::from(address), |network| network.trunc())
}

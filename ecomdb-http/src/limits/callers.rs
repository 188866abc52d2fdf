//! Rate limit per caller: per user, over all sessions and keys, or per address if the request is not authenticated.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use ecomdb::UserId;
use ipnet::IpNet;

use super::buckets::{Buckets, Rate};
use super::network;
use crate::problem::{Problem, kinds};

/// The burst of a caller, in seconds of its rate.
const BURST: u32 = 2;
/// The most callers that are kept.
const REMEMBERED: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    User(UserId),
    Address(IpNet),
}

#[derive(Debug)]
pub(crate) struct RateLimit {
    rate: Rate,
    callers: Buckets<Key>,
}

impl RateLimit {
    /// A limit of `a_second` requests a second, with a burst of twice as many. `None` for 0: no limit.
    pub(crate) fn new(a_second: u32) -> Option<Self> {
        let every = Duration::from_secs(1).checked_div(a_second)?;
        let rate = Rate { burst: a_second.saturating_mul(BURST), every };
        Some(Self { rate, callers: Buckets::at_most(REMEMBERED) })
    }

    /// Counts a request for its address, before the caller is authenticated.
    pub(crate) fn count_address(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Problem> {
        address.map_or(Ok(()), |address| self.take(Key::Address(network(address, 32, 64)), now))
    }

    /// Counts the request for its user instead of its address.
    pub(crate) fn count_user(&self, user: UserId, address: Option<IpAddr>, now: Instant) -> Result<(), Problem> {
        if let Some(address) = address {
            self.callers.give_back(&Key::Address(network(address, 32, 64)), self.rate, now);
        }
        self.take(Key::User(user), now)
    }

    fn take(&self, key: Key, now: Instant) -> Result<(), Problem> {
        self.callers.take(key, self.rate, now).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            let words = format!("too many requests; try again in {seconds} seconds");
            Problem::new(&kinds::TOO_MANY_REQUESTS, words).retry_after(seconds)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn a_caller_makes_twice_as_many_requests_at_once_and_then_as_many_a_second() {
        let (limit, now) = (RateLimit::new(5).unwrap(), Instant::now());
        let requests = |now| (0..100).take_while(|_| limit.count_address(ADDRESS, now).is_ok()).count();
        assert_eq!(requests(now), 10);
        assert_eq!(requests(now + Duration::from_secs(1)), 5);
        assert!(limit.count_address(None, now).is_ok());
        assert!(RateLimit::new(0).is_none());
    }

    #[test]
    fn what_a_user_asks_counts_for_the_user_and_not_for_the_address() {
        let (limit, now) = (RateLimit::new(5).unwrap(), Instant::now());
        let asks = |user: i64| {
            limit.count_address(ADDRESS, now).is_ok() && limit.count_user(UserId::new(user), ADDRESS, now).is_ok()
        };
        assert_eq!((0..100).take_while(|_| asks(1)).count(), 10);
        assert_eq!((0..100).take_while(|_| asks(2)).count(), 10);
        assert_eq!((0..100).take_while(|_| limit.count_address(ADDRESS, now).is_ok()).count(), 10);
    }
}

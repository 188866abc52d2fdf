//! How often somebody may try to log in: from one address, and to one account.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::{Problem, kinds};

/// Attempts that may come at once, and the time after which there may be one more.
const FROM_ADDRESS: (u32, Duration) = (30, Duration::from_secs(2));
const TO_ACCOUNT: (u32, Duration) = (10, Duration::from_secs(30));
/// With so many addresses or accounts in memory, those that have not tried for a while are forgotten.
const REMEMBERED: usize = 10_000;

/// Counts attempts.
#[derive(Debug)]
pub(crate) struct Attempts {
    from_address: DefaultKeyedRateLimiter<IpAddr>,
    to_account: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self {
            from_address: RateLimiter::keyed(quota(FROM_ADDRESS)),
            to_account: RateLimiter::keyed(quota(TO_ACCOUNT)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt from this address, or says when to come back.
    pub(crate) fn count_address(&self, Address(address): Address) -> Result<(), Problem> {
        address.map_or(Ok(()), |address| self.take(&self.from_address, &network(address)))
    }

    /// Counts an attempt to this account, whether there is such a one or not, or says when to come back.
    pub(crate) fn count_account(&self, account: String) -> Result<(), Problem> {
        self.take(&self.to_account, &account)
    }

    fn take<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Problem> {
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|refusal| {
            let seconds = refusal.wait_time_from(self.clock.now()).as_secs() + 1;
            let words = format!("too many attempts to log in; try again in {seconds} seconds");
            Problem::new(&kinds::TOO_MANY_ATTEMPTS, words).retry_after(seconds)
        })
    }
}

fn quota((burst, every): (u32, Duration)) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    // The time is not zero.
    Quota::with_period(every).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
}

/// Who has one address of the sixth version has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

/// Where a request comes from, if it came over a socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(peer)| peer.ip())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(attempts: &Attempts, address: &str, accounts: impl Iterator<Item = String>) -> usize {
        let address = Address(Some(address.parse().unwrap()));
        let counted = |account: String| {
            attempts.count_address(address)?;
            attempts.count_account(account)
        };
        accounts.take_while(|account| counted(account.clone()).is_ok()).count()
    }

    #[test]
    fn an_account_is_tried_ten_times_at_once_from_wherever() {
        let attempts = Attempts::new();
        let again = || std::iter::repeat_n("ada@example.com".to_owned(), 20);
        assert_eq!(tries(&attempts, "192.0.2.1", again()), 10);
        assert_eq!(tries(&attempts, "192.0.2.2", again()), 0);
        assert_eq!(tries(&attempts, "192.0.2.2", ["bob@example.com".to_owned()].into_iter()), 1);
    }

    #[test]
    fn an_address_tries_thirty_accounts_at_once_and_a_network_of_the_sixth_version_is_one_address() {
        let attempts = Attempts::new();
        let many = |from: usize| (from..from + 40).map(|i| format!("user{i}@example.com"));
        assert_eq!(tries(&attempts, "2001:db8::1", many(0)), 30);
        assert_eq!(tries(&attempts, "2001:db8::2", many(100)), 0);
        assert_eq!(tries(&attempts, "2001:db8:0:1::1", many(200)), 30);
        assert_eq!(tries(&attempts, "192.0.2.1", many(300)), 30);
        assert_eq!(tries(&attempts, "::ffff:192.0.2.1", many(400)), 0);
    }
}

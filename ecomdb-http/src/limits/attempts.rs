//! Limits on password attempts, per network and per account.
//!
//! An attempt is counted before its password is checked, so that concurrent attempts cannot exceed the limit. It is
//! taken back unless the password was wrong: only failures remain counted.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use lru::LruCache;

use super::buckets::{Buckets, Rate};
use super::network;
use crate::problem::{Problem, kinds};

const FROM_ADDRESS: Rate = Rate { burst: 30, every: Duration::from_secs(2) };
/// A customer of a provider may have an IPv6 /48, with 65,536 networks of /64 that count as one address each.
const FROM_SITE: Rate = Rate { burst: 120, every: Duration::from_millis(500) };
const TO_ACCOUNT_FROM_ADDRESS: Rate = Rate { burst: 10, every: Duration::from_secs(30) };
/// From all addresses except those from which the owner has logged in.
const TO_ACCOUNT: Rate = Rate { burst: 100, every: Duration::from_secs(10) };

/// Maximum number of counters of each kind, and of home addresses; each takes about 100 bytes.
const REMEMBERED: usize = 100_000;

/// What an attempt is counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// An IPv4 address or an IPv6 /64, which a provider gives to one customer.
    Address(IpNet),
    /// An IPv6 /48.
    Site(IpNet),
    /// An account, from one address.
    Pair(String, Option<IpNet>),
    /// An account, from all addresses.
    Account(String),
}

impl Key {
    const fn rate(&self) -> Rate {
        match self {
            Self::Address(_) => FROM_ADDRESS,
            Self::Site(_) => FROM_SITE,
            Self::Pair(..) => TO_ACCOUNT_FROM_ADDRESS,
            Self::Account(_) => TO_ACCOUNT,
        }
    }
}

/// Attempt counters. Each kind of key has its own store, so that a flood of one kind evicts none of another.
#[derive(Debug)]
pub(crate) struct Attempts {
    addresses: Buckets<Key>,
    sites: Buckets<Key>,
    pairs: Buckets<Key>,
    accounts: Buckets<Key>,
    /// The addresses from which each account has logged in. Failures elsewhere do not lock its owner out there.
    homes: Mutex<LruCache<(String, Option<IpNet>), ()>>,
}

/// A counted attempt. Dropping it takes it back; [`Attempt::failed`] keeps it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    attempts: Arc<Attempts>,
    address: Option<IpAddr>,
    counted: Vec<Key>,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self::remembering(REMEMBERED)
    }

    fn remembering(most: usize) -> Self {
        let store = || Buckets::at_most(most);
        let homes = Mutex::new(LruCache::unbounded());
        Self { addresses: store(), sites: store(), pairs: store(), accounts: store(), homes }
    }

    /// Counts an attempt from an address, before the account is known. The error says when to retry.
    pub(crate) fn begin(self: &Arc<Self>, address: Option<IpAddr>, now: Instant) -> Result<Attempt, Problem> {
        let mut attempt = Attempt { attempts: Arc::clone(self), address, counted: Vec::new() };
        let Some(address) = address else { return Ok(attempt) };
        let site = address.is_ipv6().then(|| Key::Site(network(address, 32, 48)));
        attempt.count([Some(Key::Address(home(address))), site], now)?;
        Ok(attempt)
    }

    fn store(&self, key: &Key) -> &Buckets<Key> {
        match key {
            Key::Address(_) => &self.addresses,
            Key::Site(_) => &self.sites,
            Key::Pair(..) => &self.pairs,
            Key::Account(_) => &self.accounts,
        }
    }

    fn homes(&self) -> MutexGuard<'_, LruCache<(String, Option<IpNet>), ()>> {
        self.homes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The client's address.
    pub(crate) const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Counts the attempt for its account too, whether that account exists or not.
    pub(crate) fn name(&mut self, account: &str, now: Instant) -> Result<(), Problem> {
        let pair = (account.to_owned(), self.address.map(home));
        let is_home = self.attempts.homes().get(&pair).is_some();
        let everywhere = (!is_home).then(|| Key::Account(account.to_owned()));
        self.count([Some(Key::Pair(pair.0, pair.1)), everywhere], now)
    }

    /// The password was right: clears the failures of the account. Those of the address remain, so that an attacker
    /// with an account of their own cannot use it to reset the limit.
    pub(crate) fn succeeded(self) {
        let attempts = &self.attempts;
        for key in &self.counted {
            if let Key::Pair(account, home) = key {
                attempts.pairs.fill(key);
                attempts.accounts.fill(&Key::Account(account.clone()));
                let mut homes = attempts.homes();
                homes.put((account.clone(), *home), ());
                if homes.len() > REMEMBERED {
                    homes.pop_lru();
                }
            }
        }
    }

    /// The password was wrong, or the request was not a valid login.
    pub(crate) fn failed(mut self) {
        self.counted.clear();
    }

    /// Counts by these keys. If one refuses, the attempt is dropped, which takes back what was counted before.
    fn count(&mut self, keys: [Option<Key>; 2], now: Instant) -> Result<(), Problem> {
        for key in keys.into_iter().flatten() {
            if let Err(wait) = self.attempts.store(&key).take(key.clone(), key.rate(), now) {
                let seconds = wait.as_secs() + 1;
                let words = format!("too many login attempts; try again in {seconds} seconds");
                return Err(Problem::new(&kinds::TOO_MANY_ATTEMPTS, words).retry_after(seconds));
            }
            self.counted.push(key);
        }
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let now = Instant::now();
        for key in &self.counted {
            self.attempts.store(key).give_back(key, key.rate(), now);
        }
    }
}

/// The network that a provider gives to one customer.
fn home(address: IpAddr) -> IpNet {
    network(address, 32, 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Arc<Attempts> {
        Arc::new(Attempts::new())
    }

    /// Makes one attempt; `None` if it is refused.
    fn tries(attempts: &Arc<Attempts>, address: &str, account: &str, now: Instant) -> Option<Attempt> {
        let mut attempt = attempts.begin(Some(address.parse().unwrap()), now).ok()?;
        attempt.name(account, now).ok()?;
        Some(attempt)
    }

    /// How many wrong passwords can be tried at once.
    fn failures(
        attempts: &Arc<Attempts>,
        address: &str,
        accounts: impl Iterator<Item = String>,
        now: Instant,
    ) -> usize {
        accounts.map_while(|account| tries(attempts, address, &account, now)).map(Attempt::failed).count()
    }

    fn ada() -> impl Iterator<Item = String> {
        std::iter::repeat_n("ada@example.com".to_owned(), 200)
    }

    fn others(from: usize) -> impl Iterator<Item = String> {
        (from..from + 200).map(|i| format!("user{i}@example.com"))
    }

    #[test]
    fn an_account_is_tried_ten_times_at_once_from_one_address_and_its_owner_elsewhere_can_log_in() {
        let (attempts, now) = (attempts(), Instant::now());
        assert_eq!(failures(&attempts, "192.0.2.1", ada(), now), 10);
        assert!(tries(&attempts, "192.0.2.2", "ada@example.com", now).is_some());
        assert!(tries(&attempts, "192.0.2.1", "bob@example.com", now).is_some());
        assert_eq!(failures(&attempts, "192.0.2.1", ada(), now + Duration::from_secs(60)), 2);
    }

    #[test]
    fn an_account_is_tried_a_hundred_times_at_once_from_everywhere_but_not_where_its_owner_logged_in() {
        let (attempts, now) = (attempts(), Instant::now());
        let owner = tries(&attempts, "198.51.100.7", "ada@example.com", now).unwrap();
        owner.succeeded();
        let strangers = (1..=30).map(|n| failures(&attempts, &format!("192.0.2.{n}"), ada(), now)).sum::<usize>();
        assert_eq!(strangers, 100);
        let owner = tries(&attempts, "198.51.100.7", "ada@example.com", now).unwrap();
        owner.succeeded();
        assert!(tries(&attempts, "203.0.113.1", "ada@example.com", now).is_some(), "a login ends the lock");
    }

    #[test]
    fn an_address_tries_thirty_accounts_at_once_and_a_64_of_ipv6_is_one_address() {
        let (attempts, now) = (attempts(), Instant::now());
        assert_eq!(failures(&attempts, "2001:db8::1", others(0), now), 30);
        assert_eq!(failures(&attempts, "2001:db8::2", others(200), now), 0);
        assert_eq!(failures(&attempts, "2001:db8:0:1::1", others(400), now), 30);
        assert_eq!(failures(&attempts, "192.0.2.1", others(600), now), 30);
    }

    #[test]
    fn a_48_of_ipv6_tries_a_hundred_and_twenty_times_at_once_and_its_neighbour_is_another() {
        let (attempts, now) = (attempts(), Instant::now());
        let tried = |site: &str| {
            (0..10).map(|n| failures(&attempts, &format!("{site}:{n}::1"), others(n * 200), now)).sum::<usize>()
        };
        assert_eq!(tried("2001:db8:1"), 120);
        assert_eq!(tried("2001:db8:2"), 120);
    }

    #[test]
    fn only_failures_count() {
        let (attempts, now) = (attempts(), Instant::now());
        for _ in 0..200 {
            let attempt = tries(&attempts, "192.0.2.1", "ada@example.com", now).unwrap();
            attempt.succeeded();
            let attempt = tries(&attempts, "192.0.2.1", "bob@example.com", now).unwrap();
            drop(attempt);
        }
        assert_eq!(failures(&attempts, "192.0.2.1", ada(), now), 10);
        assert_eq!(failures(&attempts, "192.0.2.1", others(0), now), 20, "what was refused did not count");
    }

    #[test]
    fn a_success_ends_the_count_of_its_account_and_not_that_of_its_address() {
        let (attempts, now) = (attempts(), Instant::now());
        for _ in 0..3 {
            assert_eq!(failures(&attempts, "192.0.2.1", ada().take(9), now), 9);
            let right = tries(&attempts, "192.0.2.1", "ada@example.com", now).unwrap();
            right.succeeded();
        }
        assert_eq!(failures(&attempts, "192.0.2.1", others(0), now), 3, "27 of the 30 are used up");
    }

    #[test]
    fn a_crowd_of_addresses_does_not_push_out_the_count_of_an_account() {
        let (attempts, now) = (Arc::new(Attempts::remembering(20)), Instant::now());
        let guesses = (0..10).map(|n| failures(&attempts, &format!("192.0.2.{n}"), ada(), now)).sum::<usize>();
        assert_eq!(guesses, 100);
        for n in 0..200 {
            attempts.begin(Some(IpAddr::from([198, 51, 100, n])), now).unwrap().failed();
        }
        assert!(tries(&attempts, "203.0.113.1", "ada@example.com", now).is_none());
    }
}

//! Token buckets by key. A token can be given back, so that a successful attempt does not count.

use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

/// Capacity and refill rate of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// Capacity, in tokens.
    pub(super) burst: u32,
    /// The time in which one token is refilled.
    pub(super) every: Duration,
}

/// The buckets that are not full, by key.
#[derive(Debug)]
pub(super) struct Buckets<K: Hash + Eq> {
    /// When each bucket will be full again. A missing bucket is full.
    full_at: Mutex<LruCache<K, Instant>>,
    most: usize,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Keeps at most `most` buckets and evicts the least recently used.
    pub(super) fn at_most(most: usize) -> Self {
        Self { full_at: Mutex::new(LruCache::unbounded()), most }
    }

    /// Takes a token, or returns the time until one is available.
    pub(super) fn take(&self, key: K, rate: Rate, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.lock();
        let full_at = buckets.get(&key).map_or(now, |full_at| now.max(*full_at)) + rate.every;
        let too_full = (full_at - now).saturating_sub(rate.every * rate.burst);
        if !too_full.is_zero() {
            return Err(too_full);
        }
        buckets.put(key, full_at);
        if buckets.len() > self.most {
            buckets.pop_lru();
        }
        Ok(())
    }

    /// Gives a token back. A bucket that is full again is removed.
    pub(super) fn give_back(&self, key: &K, rate: Rate, now: Instant) {
        let mut buckets = self.lock();
        let Some(full_at) = buckets.peek_mut(key) else { return };
        match full_at.checked_sub(rate.every).filter(|full_at| *full_at > now) {
            Some(earlier) => *full_at = earlier,
            None => {
                buckets.pop(key);
            }
        }
    }

    pub(super) fn fill(&self, key: &K) {
        self.lock().pop(key);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<K, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    /// How many tokens can be taken at once.
    fn tokens(buckets: &Buckets<&'static str>, key: &'static str, now: Instant) -> usize {
        (0..10).take_while(|_| buckets.take(key, RATE, now).is_ok()).count()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_bucket_has_its_burst_at_once_and_a_token_more_after_each_interval() {
        let (buckets, start) = (Buckets::at_most(10), Instant::now());
        assert_eq!(tokens(&buckets, "a", start), 3);
        assert_eq!(buckets.take("a", RATE, start), Err(seconds(10)));
        assert_eq!(buckets.take("a", RATE, start + seconds(4)), Err(seconds(6)));
        assert_eq!(tokens(&buckets, "a", start + seconds(10)), 1);
        assert_eq!(tokens(&buckets, "a", start + seconds(1000)), 3);
        assert_eq!(tokens(&buckets, "b", start), 3, "each key has a bucket of its own");
    }

    #[test]
    fn a_token_that_is_given_back_can_be_taken_again_and_no_more_than_the_burst() {
        let (buckets, start) = (Buckets::at_most(10), Instant::now());
        assert_eq!(tokens(&buckets, "a", start), 3);
        buckets.give_back(&"a", RATE, start);
        assert_eq!(tokens(&buckets, "a", start), 1);
        for _ in 0..9 {
            buckets.give_back(&"a", RATE, start);
        }
        assert_eq!(tokens(&buckets, "a", start), 3);
        buckets.fill(&"a");
        assert_eq!(tokens(&buckets, "a", start), 3);
    }

    #[test]
    fn tokens_that_are_given_back_push_no_bucket_out() {
        let (buckets, now) = (Buckets::at_most(2), Instant::now());
        assert_eq!(tokens(&buckets, "a", now), 3);
        for other in ["b", "c", "d"] {
            assert_eq!(buckets.take(other, RATE, now), Ok(()));
            buckets.give_back(&other, RATE, now);
        }
        assert_eq!(buckets.lock().len(), 1);
        assert_eq!(tokens(&buckets, "a", now), 0);
    }

    #[test]
    fn no_more_buckets_are_remembered_than_asked_for_and_those_in_use_are_kept() {
        let (buckets, now) = (Buckets::at_most(2), Instant::now());
        assert_eq!(tokens(&buckets, "a", now), 3);
        for other in ["b", "c", "d"] {
            assert_eq!(buckets.take("a", RATE, now), Err(seconds(10)), "it is used, so it stays");
            assert_eq!(buckets.take(other, RATE, now), Ok(()));
            assert!(buckets.lock().len() <= 2);
        }
        assert_eq!(tokens(&buckets, "b", now), 3, "it was forgotten");
    }
}

//! A limit on the bytes of request bodies held in memory, over all requests.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::problem::{Problem, kinds};

/// The first bytes of each body come from their own half of the budget, so that large bodies cannot block logins and
/// orders.
const SMALL: usize = 4 * 1024;

/// The free bytes: one half for the first [`SMALL`] bytes of each body, the other for the rest of larger ones.
#[derive(Debug)]
pub(crate) struct Budget {
    small: AtomicUsize,
    large: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { small: AtomicUsize::new(bytes.div_ceil(2)), large: AtomicUsize::new(bytes / 2) }
    }

    /// A reservation of 0 bytes.
    pub(crate) fn reserve(&self) -> Reservation<'_> {
        Reservation { budget: self, bytes: 0 }
    }
}

/// The bytes reserved for one body; dropping it returns them.
#[derive(Debug)]
pub(crate) struct Reservation<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Reservation<'_> {
    /// Raises the reservation to `bytes`. Fails, and reserves nothing more, when too few bytes are free.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let (small, large) = parts(self.bytes);
        let (wanted_small, wanted_large) = parts(bytes);
        let more_small = wanted_small.saturating_sub(small);
        if !take(&self.budget.small, more_small) {
            return Err(exhausted());
        }
        if !take(&self.budget.large, wanted_large.saturating_sub(large)) {
            give_back(&self.budget.small, more_small);
            return Err(exhausted());
        }
        self.bytes = self.bytes.max(bytes);
        Ok(())
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let (small, large) = parts(self.bytes);
        give_back(&self.budget.small, small);
        give_back(&self.budget.large, large);
    }
}

const fn parts(bytes: usize) -> (usize, usize) {
    if bytes < SMALL { (bytes, 0) } else { (SMALL, bytes - SMALL) }
}

fn take(pool: &AtomicUsize, bytes: usize) -> bool {
    bytes == 0 || pool.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
}

fn give_back(pool: &AtomicUsize, bytes: usize) {
    if bytes > 0 {
        pool.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn exhausted() -> Problem {
    Problem::new(&kinds::OVERLOADED, "too many bytes of request bodies in memory; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_leave_room_for_small_ones_and_everything_comes_back() {
        let budget = Budget::new(16 * 1024);
        let mut large = budget.reserve();
        large.grow(SMALL).unwrap();
        large.grow(SMALL + 8 * 1024).unwrap();
        assert!(large.grow(SMALL + 8 * 1024 + 1).is_err());
        assert!(budget.reserve().grow(SMALL + 1).is_err());
        budget.reserve().grow(SMALL).unwrap();
        let mut small = budget.reserve();
        small.grow(SMALL).unwrap();
        assert!(budget.reserve().grow(1).is_err());
        drop((small, large));
        budget.reserve().grow(SMALL + 8 * 1024).unwrap();
    }
}

//! How many bytes of bodies are held at once, by all requests together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::problem::{Problem, kinds};

/// The first bytes of each body come from a pool of their own, so that large bodies cannot keep logins and orders out.
const SMALL: usize = 4 * 1024;

/// Bytes that may be held: one half for the first bytes of each body, one half for the rest of large ones.
#[derive(Debug)]
pub(crate) struct Budget {
    small: AtomicUsize,
    large: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { small: AtomicUsize::new(bytes.div_ceil(2)), large: AtomicUsize::new(bytes / 2) }
    }

    /// Holds nothing yet.
    pub(crate) fn hold(&self) -> Held<'_> {
        Held { budget: self, bytes: 0 }
    }
}

/// Bytes of one body, which go back to the budget when this is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Held<'_> {
    /// Holds so many bytes instead, or none more if there are too few left.
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

impl Drop for Held<'_> {
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
    Problem::new(&kinds::OVERLOADED, "too many bytes are being received at once; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_leave_room_for_small_ones_and_everything_comes_back() {
        let budget = Budget::new(16 * 1024);
        let mut large = budget.hold();
        large.grow(SMALL).unwrap();
        large.grow(SMALL + 8 * 1024).unwrap();
        assert!(large.grow(SMALL + 8 * 1024 + 1).is_err());
        assert!(budget.hold().grow(SMALL + 1).is_err());
        budget.hold().grow(SMALL).unwrap();
        let mut small = budget.hold();
        small.grow(SMALL).unwrap();
        assert!(budget.hold().grow(1).is_err());
        drop((small, large));
        budget.hold().grow(SMALL + 8 * 1024).unwrap();
    }
}

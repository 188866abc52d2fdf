//! Rankings of a period that add up only a part of it.
//!
//! Nothing that is ranked is negative, so the sum of a period is never higher than that of all time. Candidates are
//! therefore taken by their sums of all time, the highest first, and only their sums of the period are read. The ranking
//! is complete when its last row is higher than the sum of all time of the next candidate (the threshold algorithm of
//! Fagin, Lotem and Naor, 2003).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::types::Limit;

/// The rows with the highest values so far. Ties are broken by key.
#[derive(Debug)]
pub(super) struct Highest<K, R> {
    limit: usize,
    /// The lowest of them first.
    rows: BinaryHeap<(Reverse<i64>, K, R)>,
}

impl<K: Ord, R: Ord> Highest<K, R> {
    pub(super) fn new(limit: Limit) -> Self {
        Self { limit: usize::try_from(limit.get()).unwrap_or(usize::MAX), rows: BinaryHeap::new() }
    }

    pub(super) fn offer(&mut self, value: i64, key: K, row: R) {
        let row = (Reverse(value), key, row);
        if self.rows.len() < self.limit || self.rows.peek().is_some_and(|last| row < *last) {
            self.rows.push(row);
            if self.rows.len() > self.limit {
                self.rows.pop();
            }
        }
    }

    /// Whether no further row with at most this value can be among them.
    pub(super) fn exceed(&self, value: i64) -> bool {
        self.lowest().is_some_and(|lowest| lowest > value)
    }

    /// The lowest of their values; `None` if there are too few.
    pub(super) fn lowest(&self) -> Option<i64> {
        self.rows.peek().filter(|_| self.rows.len() == self.limit).map(|(Reverse(last), ..)| *last)
    }

    /// Keys and rows, the highest value first.
    pub(super) fn into_sorted(self) -> impl Iterator<Item = (K, R)> {
        self.rows.into_sorted_vec().into_iter().map(|(_, key, row)| (key, row))
    }
}

/// The candidates to read next, and the number of rows after which adding up the whole period is faster.
#[derive(Debug)]
pub(super) struct Walk {
    /// Number of candidates before the next slice.
    pub(super) offset: i64,
    /// Number of candidates in the next slice.
    pub(super) slice: i64,
    left: i64,
    /// Number of rows that were read.
    read: i64,
}

impl Walk {
    /// Finding a row by its key takes about as long as reading this number of consecutive rows.
    const ROWS_PER_LOOKUP: i64 = 16;
    /// Number of rows that are always cheap to read.
    const FEW: i64 = 256;

    /// For a ranking of `limit` rows, in a period of `rows` rows to add up.
    pub(super) fn new(limit: Limit, rows: i64) -> Self {
        let slice = limit.get().saturating_mul(2);
        Self { offset: 0, slice, left: (rows / Self::ROWS_PER_LOOKUP).max(Self::FEW), read: 0 }
    }

    /// Whether to read the next slice.
    pub(super) fn goes_on(&self) -> bool {
        self.slice <= self.left
    }

    /// Records that a slice was read, with this number of rows.
    pub(super) fn step(&mut self, rows: i64) {
        let rows = rows.max(self.slice);
        (self.read, self.left) = (self.read + rows, self.left - rows);
        self.offset += self.slice;
        self.slice *= 2;
    }

    /// Records an upper limit of the candidates to read. Gives up if a small part of them would be too many.
    pub(super) fn expect(&mut self, candidates: i64) {
        let rows = i128::from(self.read) * i128::from(candidates) / i128::from(self.offset.max(1));
        if rows - i128::from(self.read) > 4 * i128::from(self.left) {
            self.left = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn highest(limit: i64, values: &[i64]) -> Highest<usize, ()> {
        let mut highest = Highest::new(Limit::new(limit).unwrap());
        values.iter().enumerate().for_each(|(key, value)| highest.offer(*value, key, ()));
        highest
    }

    #[test]
    fn the_highest_come_first_and_ties_are_broken_by_key() {
        let keys = |limit| highest(limit, &[2, 9, 4, 9, 4, 4]).into_sorted().map(|(key, ())| key).collect::<Vec<_>>();
        assert_eq!(keys(4), [1, 3, 2, 4]);
        assert_eq!(keys(10), [1, 3, 2, 4, 5, 0]);
    }

    #[test]
    fn they_exceed_a_value_only_if_there_are_enough_and_none_is_tied_with_it() {
        assert!(highest(2, &[5, 7]).exceed(4));
        assert!(!highest(2, &[5, 7]).exceed(5), "a tie can have a lower key");
        assert!(!highest(3, &[5, 7]).exceed(4), "there is room for more");
    }

    #[test]
    fn a_walk_ends_when_it_has_read_too_much() {
        let mut walk = Walk::new(Limit::new(10).unwrap(), 16_000);
        assert!(walk.goes_on());
        walk.step(300);
        assert_eq!((walk.offset, walk.slice, walk.goes_on()), (20, 40, true));
        walk.step(661);
        assert!(!walk.goes_on(), "39 rows are left, and the next slice has 80 candidates");
        assert!(!Walk::new(Limit::ALL, i64::MAX).goes_on());
    }

    #[test]
    fn a_walk_ends_when_the_candidates_to_come_are_far_too_many() {
        let after = |candidates| {
            let mut walk = Walk::new(Limit::new(10).unwrap(), 16_000);
            walk.step(200);
            walk.expect(candidates);
            walk.goes_on()
        };
        assert!(after(340) && !after(341), "20 candidates had 200 rows, and 4 times 800 more are worth a try");
    }
}

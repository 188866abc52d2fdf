//! Counting pairs of products in orders.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::LARGEST_BASKET;
use crate::analytics::by_id::ById;
use crate::types::Limit;

/// Number of pairs that are collected before they are counted.
const BATCH: usize = 1 << 20;

/// Numbers of orders by product, and by pair of products.
#[derive(Debug, Default)]
pub(in crate::analytics) struct Counts {
    /// The index of each product in `products`.
    places: ById<u32>,
    /// Products, each with its number of orders.
    products: Vec<(i64, i64)>,
    /// Counted pairs, in ascending order. A pair is two indexes; that of the lower product is in the upper half.
    pairs: Vec<(u64, u32)>,
    /// Pairs that are not counted yet, one for each order.
    collected: Vec<u64>,
    /// The indexes of the products of the current order.
    basket: Vec<u32>,
}

impl Counts {
    /// Counts an order with these products, in ascending order.
    pub(in crate::analytics) fn add(&mut self, products: &[i64]) {
        self.basket.clear();
        for product in products {
            let next = self.products.len() as u32;
            let place = *self.places.entry(*product).or_insert(next);
            if place == next {
                self.products.push((*product, 0));
            }
            self.products[place as usize].1 += 1;
            self.basket.push(place);
        }
        if products.len() > LARGEST_BASKET {
            return;
        }
        for (i, a) in self.basket.iter().enumerate() {
            self.collected.extend(self.basket[i + 1..].iter().map(|b| u64::from(*a) << 32 | u64::from(*b)));
        }
        if self.collected.len() >= BATCH {
            self.count_collected();
        }
    }

    fn count_collected(&mut self) {
        self.collected.sort_unstable();
        let mut merged = Vec::with_capacity(self.pairs.len());
        let mut counted = std::mem::take(&mut self.pairs).into_iter().peekable();
        for same in self.collected.chunk_by(|left, right| left == right) {
            let pair = same[0];
            merged.extend(std::iter::from_fn(|| counted.next_if(|(other, _)| *other < pair)));
            let before = counted.next_if(|(other, _)| *other == pair).map_or(0, |(_, orders)| orders);
            merged.push((pair, before + same.len() as u32));
        }
        merged.extend(counted);
        self.pairs = merged;
        self.collected.clear();
    }

    /// Passes each pair and its number of orders to the closure, in no particular order.
    pub(super) fn each(mut self, mut take: impl FnMut(i64, i64, i64)) {
        self.count_collected();
        for (pair, orders) in &self.pairs {
            let [(a, _), (b, _)] = self.products_of(*pair);
            take(a, b, i64::from(*orders));
        }
    }

    /// The two products of a pair, each with its number of orders.
    fn products_of(&self, pair: u64) -> [(i64, i64); 2] {
        [pair >> 32, pair & u64::from(u32::MAX)].map(|place| self.products[place as usize])
    }

    /// The pairs with the most orders, in descending order: product a, product b, orders with both, orders with a,
    /// orders with b. Ties are broken by the products.
    pub(in crate::analytics) fn highest(mut self, limit: Limit) -> Vec<(i64, i64, i64, i64, i64)> {
        self.count_collected();
        let limit = limit.get() as usize;
        let mut first = BinaryHeap::new();
        for (pair, orders) in &self.pairs {
            let [a, b] = self.products_of(*pair);
            let row = (Reverse(*orders), a, b);
            if first.len() < limit || first.peek().is_some_and(|last| row < *last) {
                first.push(row);
                if first.len() > limit {
                    first.pop();
                }
            }
        }
        let row = |(Reverse(together), (a, with_a), (b, with_b)): (Reverse<u32>, (i64, i64), (i64, i64))| {
            (a, b, i64::from(together), with_a, with_b)
        };
        first.into_sorted_vec().into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_across_batches_and_ranked_with_ties_by_product() {
        let mut counts = Counts::default();
        for products in [&[3, 7, 9][..], &[3, 7], &[7, 9], &[7]] {
            counts.add(products);
            counts.count_collected();
        }
        let all = counts.highest(Limit::new(10).unwrap());
        assert_eq!(all, [(3, 7, 2, 2, 4), (7, 9, 2, 4, 2), (3, 9, 1, 2, 2)]);
    }

    #[test]
    fn only_the_first_pairs_are_returned() {
        let mut counts = Counts::default();
        counts.add(&[1, 2, 3]);
        counts.add(&[2, 3]);
        assert_eq!(counts.highest(Limit::new(2).unwrap()), [(2, 3, 2, 2, 2), (1, 2, 1, 1, 2)]);
    }

    #[test]
    fn a_basket_that_is_too_large_has_products_but_no_pairs() {
        let mut counts = Counts::default();
        counts.add(&Vec::from_iter(1..=LARGEST_BASKET as i64 + 1));
        counts.add(&[1, 2]);
        assert_eq!(counts.highest(Limit::new(10).unwrap()), [(1, 2, 1, 2, 2)]);
    }
}

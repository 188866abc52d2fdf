//! Generation of orders: customer, time, items and outcome.

use std::ops::Range;

use super::Dataset;
use super::catalog::Usage;
use super::customers::{BLOCK, Block};
use super::streams::{Entity, Stream, threshold};
use super::terms::Terms;
use super::{fate, renaming};
use crate::tables::{OrderBundle, OrderItemRow};

/// Draws of a further product by popularity before falling back to the most popular one that is free.
const TRIES: usize = 16;

/// Iterator over orders. Made by [`Dataset::orders`] and [`Dataset::orders_range`].
///
/// As an [`Iterator`] it allocates a bundle per order; [`fill_next`](Self::fill_next) reuses one.
#[derive(Debug, Clone)]
pub struct Orders<'a> {
    dataset: &'a Dataset,
    range: Range<u64>,
    block: Option<Block>,
    shares: fate::Shares,
    terms: Terms,
    affinity: u64,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(dataset: &'a Dataset, range: Range<u64>) -> Self {
        let most = dataset.scenario.orders;
        Self {
            dataset,
            range: range.start.min(most)..range.end.min(most),
            block: None,
            shares: fate::Shares::new(&dataset.scenario),
            terms: Terms::new(&dataset.scenario, &dataset.calendar),
            affinity: threshold(dataset.scenario.affinity),
        }
    }

    /// Overwrites `bundle` with the next order. Returns false at the end.
    pub fn fill_next(&mut self, bundle: &mut OrderBundle) -> bool {
        let Some(index) = self.range.next() else {
            return false;
        };
        self.fill(index, bundle);
        true
    }

    fn fill(&mut self, index: u64, bundle: &mut OrderBundle) {
        let dataset = self.dataset;
        let customers = &dataset.customers;
        let block = match self.block.take() {
            Some(block) if block.index == index / BLOCK => block,
            _ => customers.block(index / BLOCK, &dataset.calendar),
        };
        let offset = (index % BLOCK) as u32;
        let (known, is_first) = block.known_before(offset);
        let placed_at = block.placed_at[offset as usize];
        self.block = Some(block);

        let mut stream = Stream::new(dataset.scenario.seed, Entity::Order, index);
        let customer = if is_first || known == 0 { known } else { customers.returning(known, &mut stream) };
        bundle.order.id = index as i64 + 1;
        bundle.order.user_id = customers.user_id(customer);
        bundle.order.placed_at = placed_at;
        let renamed_at = renaming::of_user(&dataset.scenario, &dataset.calendar, (bundle.order.user_id - 1) as u64);
        bundle.order.user_revision = renaming::revision(renamed_at, placed_at);
        self.fill_basket(&mut stream, bundle);
        let mut stream = Stream::new(dataset.scenario.seed, Entity::Terms, index);
        self.terms.apply(is_first, &mut stream, bundle);
        let mut stream = Stream::new(dataset.scenario.seed, Entity::Address, index);
        dataset.addresses.apply(&dataset.people, &mut stream, bundle);
        let mut stream = Stream::new(dataset.scenario.seed, Entity::Fate, index);
        fate::decide(&self.shares, dataset.calendar.to, &mut stream, bundle);
    }

    fn fill_basket(&self, stream: &mut Stream, bundle: &mut OrderBundle) {
        let (shelf, order) = (&self.dataset.shelf, &mut bundle.order);
        let lines = self.dataset.basket_sizes.choose(stream);
        let items = &mut bundle.items;
        items.clear();
        order.total = 0;
        order.item_count = 0;
        order.adjustments = None;
        let mut anchor = None;
        for _ in 0..lines {
            let Some(product) = self.choose(stream, anchor, order.placed_at, items) else {
                break;
            };
            anchor = anchor.or(Some(product));
            let quantity = quantity(stream, shelf.products[product].usage);
            let unit_price = shelf.price_at(product, order.placed_at);
            order.total += quantity * unit_price;
            order.item_count += quantity;
            items.push(OrderItemRow {
                order_id: order.id,
                product_id: product as i64 + 1,
                quantity,
                unit_price,
                discount: None,
                product_revision: renaming::revision(shelf.products[product].renamed_at, order.placed_at),
            });
        }
        items.sort_unstable_by_key(|item| item.product_id);
    }

    /// A product on sale that is not in the basket yet: a companion of `anchor` if given, otherwise by popularity.
    fn choose(&self, stream: &mut Stream, anchor: Option<usize>, time: i64, items: &[OrderItemRow]) -> Option<usize> {
        let shelf = &self.dataset.shelf;
        let fits = |product: usize| {
            let id = product as i64 + 1;
            shelf.is_on_sale(product, time) && items.iter().all(|item| item.product_id != id)
        };
        if let Some(anchor) = anchor
            && u64::from(stream.word()) < self.affinity
        {
            let companions = shelf.companions(anchor);
            // The first companion is tried with probability 0.7. If it cannot be added, the others are tried.
            let preferred = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][stream.below(10) as usize];
            let wished = companions.get(preferred).into_iter().chain(companions);
            if let Some(product) = wished.map(|&other| other as usize).find(|&other| fits(other)) {
                return Some(product);
            }
        }
        for _ in 0..TRIES {
            let rank = self.dataset.popularity.choose(stream);
            let product = shelf.by_rank.get(rank).map(|&product| product as usize)?;
            if fits(product) {
                return Some(product);
            }
        }
        let ranked = shelf.by_rank.iter().map(|&product| product as usize);
        ranked.into_iter().find(|&product| fits(product))
    }
}

impl Iterator for Orders<'_> {
    type Item = OrderBundle;

    fn next(&mut self) -> Option<OrderBundle> {
        let mut bundle = OrderBundle::new();
        self.fill_next(&mut bundle).then_some(bundle)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

fn quantity(stream: &mut Stream, usage: Usage) -> i64 {
    let hundredth = stream.below(100);
    match (usage, hundredth) {
        (Usage::Durable, ..94) | (Usage::Consumable, ..62) => 1,
        (Usage::Durable, ..99) | (Usage::Consumable, ..86) => 2,
        (Usage::Durable, _) | (Usage::Consumable, ..94) => 3,
        (Usage::Consumable, ..98) => 4,
        (Usage::Consumable, _) => 6,
    }
}

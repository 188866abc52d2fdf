//! Lookups for orders: availability, prices and companions of products.
//!
//! Built once, with one entry per product and per price change. Memory does not grow with the number of orders.

use super::calendar::{Calendar, DAY, HOUR};
use super::catalog::{Placement, Usage, placements};
use super::popularity::zipf_weights;
use super::renaming;
use super::scenario::Scenario;
use super::streams::{Entity, Stream};

/// Time before trading at which the catalog is created.
pub(crate) const SETUP: i64 = 30 * DAY;

/// Maximum number of price changes per product and in total. Price lists stay in memory, at 16 bytes per change.
const MOST_CHANGES: u64 = 400;
const MOST_CHANGES_OF_ALL: u64 = 8_000_000;

/// Shops with fewer products offer all of them during the whole period.
const TOO_FEW_TO_VARY: u64 = 20;

/// The most popular products are on sale from the beginning, so that popularity follows the requested law.
const STAPLES: usize = 10;

/// Sales data of one product.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) created_at: i64,
    /// End of availability (sold out or discontinued); `i64::MAX` if available to the end.
    pub(crate) until: i64,
    /// When the product got another name, if ever.
    pub(crate) renamed_at: Option<i64>,
    /// Whether the product is discontinued rather than sold out.
    pub(crate) archived: bool,
    pub(crate) usage: Usage,
    /// Index of the kind in [`Shelf::placements`].
    pub(crate) placement: u16,
    /// Popularity rank, from 0.
    pub(crate) rank: u32,
    /// Group, from 0, and place in it, from 0; `None` for a product that is in none.
    pub(crate) variant: Option<(u32, u32)>,
    /// Range of its entries in [`Shelf::prices`].
    prices: (u32, u32),
    /// Indexes of complementary products, likeliest first; its own index marks an unused place.
    companions: [u32; 3],
}

/// A price and the start of its validity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Price {
    pub(crate) from: i64,
    pub(crate) amount: i64,
}

/// Sales data of all products.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// Start of trading.
    from: i64,
    pub(crate) placements: Vec<Placement>,
    pub(crate) products: Vec<Product>,
    prices: Vec<Price>,
    /// Product indexes by falling popularity.
    pub(crate) by_rank: Vec<u32>,
    /// Expected share of all units by popularity rank, in 2^-32.
    shares: Vec<u32>,
}

impl Shelf {
    pub(crate) fn new(scenario: &Scenario, calendar: &Calendar) -> Self {
        let placements = placements();
        let count = scenario.products;
        let launched = if count < TOO_FEW_TO_VARY { 0 } else { (count as f64 * scenario.launches) as u64 };
        let mut products: Vec<Product> = (0..count)
            .map(|index| new_product(scenario, calendar, index, count - launched, placements.len()))
            .collect();
        assign_kinds(scenario.seed, &mut products, placements.len());
        group_some(scenario, &placements, &mut products);
        for (index, product) in products.iter_mut().enumerate() {
            product.usage = placements[usize::from(product.placement)].kind.usage;
            product.companions = [index as u32; 3];
            product.renamed_at = renaming::of_product(scenario, calendar, index as u64, product);
        }
        let by_rank = rank(scenario.seed, &mut products, (count - launched) as usize);
        close_some(scenario, calendar, &mut products);
        let mut shelf = Self {
            from: calendar.from,
            shares: shares(count, scenario.zipf_exponent),
            prices: Vec::new(),
            placements,
            products,
            by_rank,
        };
        shelf.set_prices(scenario, calendar);
        shelf
    }

    pub(crate) fn len(&self) -> usize {
        self.products.len()
    }

    pub(crate) fn placement(&self, product: usize) -> &Placement {
        &self.placements[usize::from(self.products[product].placement)]
    }

    /// Price list of a product; the first entry is valid from its creation.
    pub(crate) fn prices(&self, product: usize) -> &[Price] {
        let (start, end) = self.products[product].prices;
        &self.prices[start as usize..end as usize]
    }

    /// Price of a product at an instant.
    pub(crate) fn price_at(&self, product: usize, time: i64) -> i64 {
        let prices = self.prices(product);
        let current = prices.iter().rev().find(|price| price.from <= time);
        current.or(prices.first()).map_or(1, |price| price.amount)
    }

    pub(crate) fn is_on_sale(&self, product: usize, time: i64) -> bool {
        let product = &self.products[product];
        product.created_at <= time && time < product.until
    }

    /// Whether the product is on sale during the whole period.
    pub(crate) fn is_always_on_sale(&self, product: usize) -> bool {
        let product = &self.products[product];
        product.created_at < self.from && product.until == i64::MAX
    }

    /// Indexes of complementary products, likeliest first.
    pub(crate) fn companions(&self, product: usize) -> &[u32] {
        let companions = &self.products[product].companions;
        let known = companions.iter().take_while(|&&other| other as usize != product);
        &companions[..known.count()]
    }

    pub(crate) fn set_companions(&mut self, product: usize, companions: [u32; 3]) {
        self.products[product].companions = companions;
    }

    /// Expected share of this product in all units sold, in 2^-32.
    pub(crate) fn share(&self, product: usize) -> u64 {
        let rank = self.products[product].rank as usize;
        self.shares.get(rank).copied().map_or(0, u64::from)
    }

    fn set_prices(&mut self, scenario: &Scenario, calendar: &Calendar) {
        for index in 0..self.products.len() {
            let range = self.placement(index).kind.price;
            let product = &mut self.products[index];
            let start = self.prices.len() as u32;
            let mut stream = Stream::new(scenario.seed, Entity::Prices, index as u64);
            let list = list_price(&mut stream, range);
            self.prices.push(Price { from: product.created_at, amount: list });
            let times = change_times(&mut stream, scenario, calendar, product);
            let mut current = list;
            for from in times {
                // Every change is relative to the list price, so that prices do not drift.
                let changed = charm(list * stream.between(780, 1_200) / 1_000);
                let amount = if changed == current { changed + 10 } else { changed };
                self.prices.push(Price { from, amount });
                current = amount;
            }
            product.prices = (start, self.prices.len() as u32);
        }
    }
}

fn new_product(scenario: &Scenario, calendar: &Calendar, index: u64, founders: u64, kinds: usize) -> Product {
    let mut stream = Stream::new(scenario.seed, Entity::Product, index);
    let (index, founders) = (index as i64, founders as i64);
    // Ids ascend with time: founders are created before trading, the others during the first nine tenths of the period.
    let (start, span, position, count) = if index < founders {
        (calendar.from - SETUP, SETUP - DAY, index, founders)
    } else {
        let span = (calendar.to - calendar.from) / 10 * 9;
        let late = scenario.products as i64 - founders;
        (calendar.from, span, index - founders, late)
    };
    let step = span / count;
    let created_at = start + step * position + stream.between(0, step);
    Product {
        created_at,
        until: i64::MAX,
        renamed_at: None,
        archived: false,
        usage: Usage::Durable,
        placement: stream.below(kinds as u64) as u16,
        rank: 0,
        variant: None,
        prices: (0, 0),
        companions: [0; 3],
    }
}

/// Uses every kind once before repeating any; the remaining products keep their random kind.
fn assign_kinds(seed: u64, products: &mut [Product], kinds: usize) {
    let mut order: Vec<u16> = (0..kinds as u16).collect();
    Stream::new(seed, Entity::ProductOrder, 0).shuffle(&mut order);
    for (product, kind) in products.iter_mut().zip(order) {
        product.placement = kind;
    }
}

/// Makes variants of a group of some runs of products, which become products of one kind. A group has at most as many as
/// the kind has variants, and a share of all products is in groups.
fn group_some(scenario: &Scenario, placements: &[Placement], products: &mut [Product]) {
    let (mut index, mut grouped, mut group) = (0, 0, 0);
    while index < products.len() {
        let placement = products[index].placement;
        let variants = placements[usize::from(placement)].leaf.variants.len();
        let size = group_size(scenario.seed, index, variants, products.len() - index);
        if size < 2 || (grouped + size / 2) as f64 > scenario.grouped * (index + size) as f64 {
            index += 1;
            continue;
        }
        for (place, product) in products[index..index + size].iter_mut().enumerate() {
            product.placement = placement;
            product.variant = Some((group, place as u32));
        }
        (index, grouped, group) = (index + size, grouped + size, group + 1);
    }
}

/// Number of products of the group that begins at an index, with at most as many variants; 1 if there is none. `left` are the
/// products from the index on, of which the last is not left alone.
fn group_size(seed: u64, index: usize, variants: usize, left: usize) -> usize {
    let most = variants.min(left);
    if most < 2 {
        return 1;
    }
    let size = Stream::new(seed, Entity::Group, index as u64).between(2, most as i64 + 1) as usize;
    match (left - size, size) {
        (1, 2) => most,
        (1, _) => size - 1,
        _ => size,
    }
}

/// Assigns popularity ranks, and returns product indexes by rank.
fn rank(seed: u64, products: &mut [Product], founders: usize) -> Vec<u32> {
    let mut by_rank: Vec<u32> = (0..products.len() as u32).collect();
    Stream::new(seed, Entity::ProductOrder, 1).shuffle(&mut by_rank);
    let staples = STAPLES.min(founders);
    let mut next = staples;
    for rank in 0..staples {
        while by_rank[rank] as usize >= founders && next < by_rank.len() {
            by_rank.swap(rank, next);
            next += 1;
        }
    }
    for (rank, &product) in by_rank.iter().enumerate() {
        products[product as usize].rank = rank as u32;
    }
    by_rank
}

/// Lets some products sell out or be discontinued in the last tenth of the period.
fn close_some(scenario: &Scenario, calendar: &Calendar, products: &mut [Product]) {
    let count = products.len() as u64;
    if count < TOO_FEW_TO_VARY {
        return;
    }
    let tenth = (calendar.to - calendar.from) / 10;
    let wanted = (count as f64 * scenario.out_of_stock).ceil() as usize;
    let mut order: Vec<u32> = (0..count as u32).collect();
    Stream::new(scenario.seed, Entity::Closing, count).shuffle(&mut order);
    let candidates =
        order.into_iter().filter(|&index| products[index as usize].rank as usize >= STAPLES).collect::<Vec<_>>();
    for index in candidates.into_iter().take(wanted) {
        let mut stream = Stream::new(scenario.seed, Entity::Closing, u64::from(index));
        let product = &mut products[index as usize];
        product.until = stream.between(calendar.to - tenth, calendar.to).max(product.created_at + 1);
        product.archived = stream.percent(30);
    }
}

fn shares(count: u64, exponent: f64) -> Vec<u32> {
    let weights = zipf_weights(count, exponent);
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / total * 4_294_967_295.0) as u32).collect()
}

/// List price within the bounds of the kind; lower prices are likelier.
fn list_price(stream: &mut Stream, (low, high): (i64, i64)) -> i64 {
    charm(stream.early(low, high + 1).min(stream.between(low, high + 1) + (high - low) / 4))
}

/// Rounds to a typical retail price: 4.79, 24.99, 149.00, 1,290.00. At least 9 cents.
fn charm(amount: i64) -> i64 {
    match amount {
        ..1_000 => amount.max(0) / 10 * 10 + 9,
        1_000..10_000 => amount / 50 * 50 + 49,
        10_000..100_000 => amount / 100 * 100 + 99,
        _ => amount / 1_000 * 1_000 + 900,
    }
}

/// Times of a product's price changes while it is on sale: ascending and distinct.
fn change_times(stream: &mut Stream, scenario: &Scenario, calendar: &Calendar, product: &Product) -> Vec<i64> {
    let start = product.created_at.max(calendar.from) + HOUR.min(calendar.to - calendar.from);
    let end = product.until.min(calendar.to);
    let years = (end - start).max(0) as f64 / (365.25 * DAY as f64);
    // Uniform between none and twice the mean.
    let bound = 2.0 * scenario.price_changes * years + 1.0;
    let count = (stream.unit() * bound) as u64;
    let most = MOST_CHANGES.min(MOST_CHANGES_OF_ALL / scenario.products.max(1));
    let mut times: Vec<i64> = (0..count.min(most)).map(|_| stream.between(start, end)).collect();
    times.sort_unstable();
    times.dedup();
    times
}

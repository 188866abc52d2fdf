//! Bought together: which products complement which.

use std::collections::HashMap;

use super::shelf::Shelf;

/// Gives every product up to three companions, all of which are on sale throughout.
///
/// They come from the kinds its own kind goes with, and are the products there that are closest to it in
/// popularity: so a pair is often seen together without the popularity of either being bent. In a catalog too
/// small to have those kinds, the closest product of the department, or of all, stands in.
pub(crate) fn assign(shelf: &mut Shelf) {
    let ranked = Ranked::new(shelf);
    for product in 0..shelf.len() {
        let own = product as u32;
        let mut companions = [own; 3];
        let mut found = 0;
        for other in ranked.complements(shelf, product) {
            if other != own && !companions[..found].contains(&other) {
                companions[found] = other;
                found += 1;
            }
            if found == companions.len() {
                break;
            }
        }
        shelf.set_companions(product, companions);
    }
}

/// Popularity ranks, ascending, of the products that are on sale throughout.
#[derive(Default)]
struct Ranked {
    kinds: HashMap<&'static str, Vec<u32>>,
    departments: HashMap<&'static str, Vec<u32>>,
    all: Vec<u32>,
}

impl Ranked {
    fn new(shelf: &Shelf) -> Self {
        let mut ranked = Self::default();
        for (rank, &product) in (0..).zip(&shelf.by_rank) {
            if shelf.is_always_on_sale(product as usize) {
                let place = shelf.placement(product as usize);
                let department = place.department.code;
                ranked.kinds.entry(place.kind.code).or_default().push(rank);
                ranked.departments.entry(department).or_default().push(rank);
                ranked.all.push(rank);
            }
        }
        ranked
    }

    /// Candidates, the best first; may repeat.
    fn complements<'a>(&'a self, shelf: &'a Shelf, product: usize) -> impl Iterator<Item = u32> + 'a {
        let place = shelf.placement(product);
        let rank = shelf.products[product].rank;
        let kinds = place.kind.goes_with.iter();
        kinds
            .filter_map(|code| self.kinds.get(code))
            .chain(self.departments.get(place.department.code))
            .chain([&self.all])
            .filter_map(move |ranks| nearest(ranks, rank))
            .map(|rank| shelf.by_rank[rank as usize])
    }
}

/// The entry closest to `rank`, which is not itself in question.
fn nearest(ranks: &[u32], rank: u32) -> Option<u32> {
    let before = ranks[..ranks.partition_point(|&other| other < rank)].last();
    let after = ranks.get(ranks.partition_point(|&other| other <= rank));
    match (before.copied(), after.copied()) {
        (Some(before), Some(after)) if rank - before <= after - rank => Some(before),
        (before, after) => after.or(before),
    }
}

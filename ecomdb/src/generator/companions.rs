//! Products bought together.

use std::collections::HashMap;

use super::shelf::Shelf;

/// Gives every product up to three companions, each on sale during the whole period.
///
/// Companions belong to the kinds listed in `goes_with`, and are the products there with the closest popularity rank.
/// Pairs are then frequent without changing the popularity of either product. A catalog too small for those kinds uses
/// the closest product of the department, or of the whole catalog.
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

/// Ascending popularity ranks of the products that are on sale during the whole period.
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

    /// Candidates, best first; may repeat.
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

/// The entry of `ranks` closest to `rank`, excluding `rank` itself.
fn nearest(ranks: &[u32], rank: u32) -> Option<u32> {
    let before = ranks[..ranks.partition_point(|&other| other < rank)].last();
    let after = ranks.get(ranks.partition_point(|&other| other <= rank));
    match (before.copied(), after.copied()) {
        (Some(before), Some(after)) if rank - before <= after - rank => Some(before),
        (before, after) => after.or(before),
    }
}

//! Rows of categories, products and price changes.

use super::Dataset;
use super::calendar::{DAY, MINUTE};
use super::catalog::DEPARTMENTS;
use super::people::push_number;
use super::renaming;
use super::shelf::SETUP;
use super::streams::{Entity, Permutation, Stream};
use crate::catalog::options;
use crate::tables::{CategoryRow, PriceChangeRow, ProductRow};
use crate::types::ProductStatus;

/// Letters of model names.
const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Sentences that suit any product.
const CLAIMS: &[&str] = &[
    "A favourite with our regular customers.",
    "Made to last, and easy to return if it does not suit.",
    "Carefully packed and quickly delivered.",
    "Tested by our own team before it came into the range.",
    "Good value, without frills.",
    "From a small manufacturer we have worked with for years.",
    "Also a welcome present.",
    "The current edition, with small improvements.",
];

impl Dataset {
    /// All categories: departments first, then the leaves, which hold the products.
    pub fn categories(&self) -> impl Iterator<Item = CategoryRow> + '_ {
        let opening = self.calendar.from - SETUP - DAY;
        let departments = DEPARTMENTS.iter().map(|department| (department.name, department.description, None));
        let leaves = DEPARTMENTS.iter().zip(1..).flat_map(|(department, id)| {
            let leaves = department.leaves.iter();
            leaves.map(move |leaf| (leaf.name, leaf.description, Some(id)))
        });
        departments.chain(leaves).zip(1..).map(move |((name, description, parent_id), id)| CategoryRow {
            id,
            name,
            parent_id,
            description,
            created_at: opening + id * MINUTE,
        })
    }

    /// All products, by ascending id and creation time.
    pub fn products(&self) -> impl Iterator<Item = ProductRow> + '_ {
        let bits = self.scenario.products.max(2).next_power_of_two().ilog2().max(19);
        let models = Permutation::new(self.scenario.seed, Entity::Model, 0, bits);
        (0..self.shelf.len()).map(move |index| self.product(index, &models))
    }

    fn product(&self, index: usize, models: &Permutation) -> ProductRow {
        let product = &self.shelf.products[index];
        let place = self.shelf.placement(index);
        let mut stream = Stream::new(self.scenario.seed, Entity::Model, index as u64 + 1);
        // The first draw is the brand; see `brand`.
        stream.bits();
        let brand = self.brand(index);
        let drawn = stream.pick(place.leaf.variants).copied().unwrap_or_default();
        let variant = product.variant.map_or(drawn, |(_, member)| place.leaf.variants[member as usize]);
        let claim = stream.pick(CLAIMS).copied().unwrap_or_default();

        let kind = place.kind.name;
        let model = model(models.apply(index as u64));
        let mut sku = format!("{}-{}-", place.department.code, place.kind.code);
        push_number(&mut sku, index as u64 + 10_001);

        let prices = self.shelf.prices(index);
        let (price, mut updated_at) = match prices.last() {
            Some(last) => (last.amount, last.from),
            None => (1, product.created_at),
        };
        let mut status = ProductStatus::Active;
        if product.archived {
            status = ProductStatus::Archived;
            updated_at = updated_at.max(product.until);
        }
        ProductRow {
            id: index as i64 + 1,
            category_id: place.category_id,
            sku,
            name: format!("{brand} {kind} {model}, {variant}"),
            description: format!("{kind} by {brand} ({variant}). {claim}"),
            price,
            status,
            created_at: product.created_at,
            updated_at: updated_at.max(product.renamed_at.unwrap_or(updated_at)),
            name_revision: renaming::revision(product.renamed_at, i64::MAX).unwrap_or(0),
            group_id: product.variant.map(|(group, _)| i64::from(group) + 1),
            option_values: product.variant.map(|_| options::json([variant].into_iter())),
            image_count: self.image_count(index),
        }
    }

    /// All price changes, by ascending time.
    pub fn price_changes(&self) -> impl Iterator<Item = PriceChangeRow> + '_ {
        let mut changes: Vec<PriceChangeRow> = Vec::new();
        for product in 0..self.shelf.len() {
            let steps = self.shelf.prices(product).windows(2);
            changes.extend(steps.map(|step| PriceChangeRow {
                id: 0,
                product_id: product as i64 + 1,
                old_price: step[0].amount,
                new_price: step[1].amount,
                changed_at: step[1].from,
            }));
        }
        changes.sort_unstable_by_key(|change| (change.changed_at, change.product_id));
        changes.into_iter().zip(1..).map(|(change, id)| PriceChangeRow { id, ..change })
    }
}

/// Model identifier such as `KD-482`: letters for the thousands, then three digits. Injective.
fn model(number: u64) -> String {
    let (mut thousands, rest) = (number / 1000, number % 1000);
    let mut text = String::with_capacity(8);
    let letters = if thousands < 576 {
        2
    } else {
        thousands -= 576;
        3
    };
    for place in (0..letters).rev() {
        let letter = thousands / 24u64.pow(place) % 24;
        text.push(char::from(LETTERS[letter as usize]));
    }
    text.push('-');
    text.push(char::from(b'0' + (rest / 100) as u8));
    text.push(char::from(b'0' + (rest / 10 % 10) as u8));
    text.push(char::from(b'0' + (rest % 10) as u8));
    text
}

//! Rows of product groups, images and external ids.

use super::Dataset;
use super::streams::{Entity, Stream, keyed, threshold};
use crate::catalog::options;
use crate::tables::{ProductExternalIdRow, ProductGroupRow, ProductImageRow};

/// Maximum number of images of a generated product.
const MOST_IMAGES: u64 = 4;

impl Dataset {
    /// All groups of products, by ascending id and creation time.
    pub fn product_groups(&self) -> impl Iterator<Item = ProductGroupRow> + '_ {
        let firsts =
            (0..self.shelf.len()).filter(|&index| self.shelf.products[index].variant.is_some_and(|it| it.1 == 0));
        firsts.zip(1..).map(|(index, id)| {
            let (place, created_at) = (self.shelf.placement(index), self.shelf.products[index].created_at);
            ProductGroupRow {
                id,
                name: format!("{} {}", self.brand(index), place.kind.name),
                description: place.leaf.description.to_owned(),
                options: options::json([place.leaf.option].into_iter()),
                created_at,
                updated_at: created_at,
            }
        })
    }

    /// The brand of a product, which is that of all variants of its group.
    pub(super) fn brand(&self, product: usize) -> &'static str {
        let first = product - self.shelf.products[product].variant.map_or(0, |(_, place)| place as usize);
        let mut stream = Stream::new(self.scenario.seed, Entity::Model, first as u64 + 1);
        stream.pick(self.shelf.placement(product).department.brands).copied().unwrap_or_default()
    }

    /// Number of images of a product.
    pub(super) fn image_count(&self, product: usize) -> i64 {
        let mut stream = Stream::new(self.scenario.seed, Entity::Images, product as u64);
        if u64::from(stream.word()) >= threshold(self.scenario.pictured) {
            return 0;
        }
        1 + stream.below(MOST_IMAGES) as i64
    }

    /// All images of products, by product and position.
    pub fn product_images(&self) -> impl Iterator<Item = ProductImageRow> + '_ {
        self.products().flat_map(|product| {
            let file = product.sku.to_lowercase();
            (1..=product.image_count).map(move |position| ProductImageRow {
                product_id: product.id,
                position,
                url: format!("/images/{file}-{position}.webp"),
                alt: if position == 1 { product.name.clone() } else { String::new() },
            })
        })
    }

    /// All ids of products in the source `erp`, by ascending product.
    pub fn product_external_ids(&self) -> impl Iterator<Item = ProductExternalIdRow> + '_ {
        let share = threshold(self.scenario.external_ids);
        let is_drawn = move |index: &u64| keyed(self.scenario.seed, Entity::ExternalId, *index) >> 32 < share;
        (0..self.scenario.products).filter(is_drawn).zip(1..).map(|(index, id)| ProductExternalIdRow {
            id,
            source: "erp",
            external_id: (1_000_000 + index * 7).to_string(),
            product_id: index as i64 + 1,
        })
    }
}

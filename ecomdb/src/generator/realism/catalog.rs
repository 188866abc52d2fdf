//! Measures of the catalog.

use super::Measure;
use crate::generator::Scenario;
use crate::tables::ProductRow;

/// Products with each part.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    products: u64,
    grouped: u64,
    pictured: u64,
    external_ids: u64,
}

impl Catalog {
    pub(super) fn observe_product(&mut self, product: &ProductRow) {
        self.products += 1;
        self.grouped += u64::from(product.group_id.is_some());
        self.pictured += u64::from(product.image_count > 0);
    }

    pub(super) fn observe_external_id(&mut self) {
        self.external_ids += 1;
    }

    pub(super) fn measures(&self, scenario: &Scenario) -> [Measure; 3] {
        let share = |name, asked, count| Measure::share(name, asked, count, self.products);
        [
            share("grouped", scenario.grouped, self.grouped),
            share("pictured", scenario.pictured, self.pictured),
            share("external_ids", scenario.external_ids, self.external_ids),
        ]
    }
}

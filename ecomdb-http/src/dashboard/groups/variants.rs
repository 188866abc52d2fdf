//! The table of the variants of a group.

use ecomdb::{Product, ProductGroup, ProductStatus};

use crate::dashboard::format::{count, money};
use crate::dashboard::inventory::StockBadge;

/// The variants of a group.
pub(in crate::dashboard) struct Variants {
    pub(in crate::dashboard) group: ProductGroup,
    pub(in crate::dashboard) rows: Vec<Variant>,
}

/// A variant, with its values in the order of the options.
pub(in crate::dashboard) struct Variant {
    pub(in crate::dashboard) product: Product,
    pub(in crate::dashboard) values: Vec<String>,
    pub(in crate::dashboard) price: String,
    pub(in crate::dashboard) stock: String,
    pub(in crate::dashboard) badge: Option<StockBadge>,
}

impl Variants {
    pub(in crate::dashboard) fn of(group: ProductGroup) -> Self {
        let row = |product: &Product| Variant {
            values: product.options.iter().map(|(_, value)| value.to_owned()).collect(),
            price: money(product.price),
            stock: product.stock.map(count).unwrap_or_default(),
            badge: StockBadge::of(product.stock, product.reorder_level, product.in_stock),
            product: product.clone(),
        };
        Self { rows: group.variants.iter().map(row).collect(), group }
    }
}

impl Variant {
    pub(in crate::dashboard) fn is_archived(&self) -> bool {
        self.product.status == ProductStatus::Archived
    }
}

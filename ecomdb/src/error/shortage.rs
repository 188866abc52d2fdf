//! The error message of a stock shortage.

use super::Conflict;
use crate::types::ProductId;

impl Conflict {
    /// Largest stock that an [`InsufficientStock`](Conflict::InsufficientStock) error reveals to a caller without
    /// [`Scope::InventoryRead`](crate::Scope::InventoryRead). It allows "only 3 left", but does not disclose larger
    /// stocks.
    pub const FEW: i64 = 10;
}

/// Message of [`Conflict::InsufficientStock`].
pub(super) fn words(product: ProductId, requested: i64, available: Option<i64>) -> String {
    match available {
        Some(available) => format!("product {product} has {available} in stock, {requested} requested"),
        None => format!("product {product} has less in stock than the {requested} requested"),
    }
}

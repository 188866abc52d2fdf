//! How a shortage of stock is told.

use crate::error::Conflict;
use crate::types::ProductId;

impl Conflict {
    /// How many units left in stock a caller without [`Scope::InventoryRead`](crate::Scope::InventoryRead) is told of who orders
    /// more: enough to say "only 3 left", and no measure of the stock.
    pub const FEW: i64 = 10;
}

/// The message of [`Conflict::InsufficientStock`].
pub(crate) fn words(product: ProductId, requested: i64, available: Option<i64>) -> String {
    match available {
        Some(available) => format!("product {product} has {available} in stock, {requested} requested"),
        None => format!("product {product} has less in stock than the {requested} requested"),
    }
}

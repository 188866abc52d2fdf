//! Orders on SQLite, with one statement per product.
//!
//! Statements need no round trips here. For more than two values after IN, SQLite builds a temporary b-tree, which
//! costs more than single lookups.

use super::draft::{OfferColumns, OfferRow};
use super::stock::Demand;
use crate::engine::{Connection, fixed};
use crate::error::Result;
use crate::types::ProductId;
use chrono::{DateTime, Utc};

/// Product data and stock; existing products only. No lock is needed, because SQLite has one writer.
pub(super) fn offers<'a>(
    conn: &mut Connection,
    products: impl Iterator<Item = &'a ProductId>,
) -> Result<Vec<OfferRow>> {
    let mut offers = Vec::with_capacity(products.size_hint().0);
    for product in products {
        let offer = fixed!(
            "SELECT p.id, p.name, p.sku, p.name_revision, p.price, p.status, i.quantity \
             FROM inventory i JOIN products p ON p.id = i.product_id WHERE i.product_id = ?"
        );
        offers.extend(offer.int(*product).rows::<OfferColumns, OfferRow>(conn)?);
    }
    Ok(offers)
}

/// Adds positive or negative units to the stock of each product, unless that would become negative. Returns the number
/// of products changed.
pub(super) fn move_stock(conn: &mut Connection, changes: &[Demand], at: DateTime<Utc>) -> Result<usize> {
    let mut moved = 0;
    for (product, units) in changes {
        let update = fixed!(
            "UPDATE inventory SET quantity = quantity + ?, updated_at = ? \
             WHERE product_id = ? AND quantity + ? >= 0"
        );
        moved += update.int(*units).time(at).int(*product).int(*units).run(conn)?;
    }
    Ok(moved)
}

//! Orders on SQLite: a statement for each product.
//!
//! There is no way to a server to save, and a list of more than two values after IN is filled into a temporary table
//! first, which costs more than finding the products does.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text};

use super::draft::OfferRow;
use super::stock::Demand;
use crate::backend::{Connection, fixed};
use crate::error::Result;
use crate::types::ProductId;

/// What the products are sold for, and their stock, which nobody else can change. Products that do not exist are left out.
pub(super) fn offers<'a>(
    conn: &mut Connection,
    products: impl Iterator<Item = &'a ProductId>,
) -> Result<Vec<OfferRow>> {
    let mut offers = Vec::with_capacity(products.size_hint().0);
    for product in products {
        let offer = fixed!(
            "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity \
             FROM inventory i JOIN products p ON p.id = i.product_id WHERE i.product_id = ?"
        );
        offers.extend(offer.int(*product).rows::<(BigInt, Text, Text, BigInt, Text, BigInt), OfferRow>(conn)?);
    }
    Ok(offers)
}

/// Adds the (possibly negative) units to each product's quantity, where that leaves no less than nothing. Gives the
/// number of products for which it did.
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

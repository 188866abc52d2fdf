//! Former names and SKUs of products, which the items of orders keep. An item has the revision of the product that it was
//! priced with; see the names of users.

use crate::engine::{Connection, fixed};
use crate::error::Result;
use crate::types::ProductId;

/// Keeps name and SKU of a product, and begins the next revision. The product must be locked, and is changed afterwards.
pub(super) fn keep(conn: &mut Connection, id: ProductId) -> Result<()> {
    let keep = fixed!(
        "INSERT INTO product_revisions (product_id, revision, sku, name) \
         SELECT id, name_revision, sku, name FROM products WHERE id = ?"
    );
    keep.int(id).run(conn)?;
    fixed!("UPDATE products SET name_revision = name_revision + 1 WHERE id = ?").int(id).run(conn)?;
    Ok(())
}

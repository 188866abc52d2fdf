//! The search terms of products.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Nullable, Text};

use super::Product;
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::search::{self, Index, Term};
use crate::types::CategoryId;

/// Number of products whose terms are changed in one batch after their category was renamed.
const BATCH: i64 = 500;

fn terms(product: &Product) -> Vec<Term> {
    let Product { sku, name, category, options, description, .. } = product;
    search::of_product(sku, name, &category.name, &options.stored(), description)
}

/// Writes the terms of a new product.
pub(super) fn write(conn: &mut Connection, product: &Product) -> Result<()> {
    search::write(conn, Index::Products, product.id.get(), &terms(product))
}

/// Replaces the terms of a product that was changed. Its category must be locked.
pub(super) fn rewrite(conn: &mut Connection, product: &Product) -> Result<()> {
    search::rewrite(conn, Index::Products, product.id.get(), &terms(product))
}

/// Changes the terms of all products in a renamed category, where they differ. The category must be locked.
pub(super) fn rename_category(conn: &mut Connection, category: CategoryId, from: &str, to: &str) -> Result<()> {
    type Row = (i64, String, String, Option<String>, String);
    type Columns = (BigInt, Text, Text, Nullable<Text>, Text);
    let mut after = 0;
    loop {
        let rows =
            sql("SELECT id, sku, name, option_values, description FROM products WHERE category_id = ? AND id > ? \
                        ORDER BY id LIMIT ?");
        let rows = rows.int(category).int(after).int(BATCH).rows::<Columns, Row>(conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        let (mut lost, mut gained) = (BTreeMap::<String, Vec<i64>>::new(), BTreeMap::<String, Vec<i64>>::new());
        for (id, sku, name, values, description) in rows {
            let values = values.unwrap_or_default();
            let before = search::of_product(&sku, &name, from, &values, &description);
            let after = search::of_product(&sku, &name, to, &values, &description);
            let only = |terms: &[Term], others: &[Term], changes: &mut BTreeMap<String, Vec<i64>>| {
                for term in terms.iter().filter(|term| !others.contains(term)) {
                    changes.entry(term.as_str().to_owned()).or_default().push(id);
                }
            };
            only(&before, &after, &mut lost);
            only(&after, &before, &mut gained);
        }
        for (term, ids) in lost {
            search::remove_from(conn, Index::Products, &term, &ids)?;
        }
        for (term, ids) in gained {
            search::add_to(conn, Index::Products, &term, &ids)?;
        }
    }
}

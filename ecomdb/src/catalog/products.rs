//! Operations on products.

use diesel::prelude::*;

use super::product::View;
use super::{
    NewProduct, PriceChange, Product, ProductImage, ProductPatch, categories, images, names, prices, terms, variants,
};
use crate::context::Context;
use crate::engine::{ColumnsOf, Connection, Moment, fixed, insert_returning_id};
use crate::error::{Conflict, Error, Result};
use crate::idempotency;
use crate::schema::{order_items, products};
use crate::types::time::{now, now_after};
use crate::types::{Page, PageRequest, ProductId, RowCount, quoted};

/// Creates a product and its inventory.
pub(crate) fn create(conn: &mut Connection, context: &Context, product: &NewProduct) -> Result<Product> {
    let find = |conn: &mut Connection, id| get(conn, context, ProductId::new(id));
    let make = |conn: &mut Connection| make(conn, context, product).map(|made| (made.id.get(), made));
    idempotency::once(conn, context, "products.create", || product.fingerprint(), find, make)
}

/// The product, if it is still as expected.
pub(crate) fn get_if(
    conn: &mut Connection,
    context: &Context,
    id: ProductId,
    is_expected: impl Fn(&Product) -> bool,
) -> Result<Product> {
    expected(get(conn, context, id)?, is_expected)
}

/// Changes a product and its reorder level, if it is still as expected.
pub(crate) fn update(
    conn: &mut Connection,
    context: &Context,
    id: ProductId,
    patch: &ProductPatch,
    is_expected: impl Fn(&Product) -> bool,
) -> Result<Product> {
    let before = expected(lock(conn, context, id)?, is_expected)?;
    write(conn, context, &before, patch)
}

/// Deletes a product without orders, if it is still as expected.
pub(crate) fn delete(
    conn: &mut Connection,
    context: &Context,
    id: ProductId,
    is_expected: impl Fn(&Product) -> bool,
) -> Result<()> {
    expected(lock(conn, context, id)?, is_expected)?;
    remove(conn, id)
}

/// A page of the changes of a product's price, the latest first.
pub(crate) fn price_history(
    conn: &mut Connection,
    context: &Context,
    id: ProductId,
    page: &PageRequest,
) -> Result<Page<PriceChange>> {
    get(conn, context, id)?;
    prices::history(conn, id, page)
}

/// The number of changes of a product's price.
pub(crate) fn count_price_changes(conn: &mut Connection, context: &Context, id: ProductId) -> Result<RowCount> {
    get(conn, context, id)?;
    prices::count(conn, id)
}

fn make(conn: &mut Connection, context: &Context, product: &NewProduct) -> Result<Product> {
    let mut values = product.values.clone();
    if let Some(category) = values.category_id {
        // The name of the category is one of the search terms.
        categories::lock_row(conn, category)?;
        categories::expect_parent(conn, "category_id", category)?;
    }
    if let Some(sku) = &values.sku {
        refuse_taken_sku(conn, sku, None)?;
    }
    values.sku.get_or_insert_with(generated_sku);
    let option_values = variants::resolve(conn, None, &mut values)?.flatten();
    let now = now();
    let dated = (
        &values,
        products::option_values.eq(option_values),
        products::created_at.eq(Moment::of(now)),
        products::updated_at.eq(Moment::of(now)),
    );
    let id = ProductId::new(insert_returning_id!(conn, products, dated)?);
    crate::inventory::create(conn, id, product.initial_stock, values.reorder_level.unwrap_or_default(), now)?;
    let product = get(conn, context, id)?;
    terms::write(conn, &product)?;
    Ok(product)
}

/// Twelve random characters without ambiguous ones (0/O, 1/I). Sequential numbers would reveal the number of products.
fn generated_sku() -> String {
    use rand::RngExt as _;

    const LETTERS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = rand::rng();
    let letters = (0..12).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    "SKU-".chars().chain(letters).collect()
}

fn refuse_taken_sku(conn: &mut Connection, sku: &str, except: Option<ProductId>) -> Result<()> {
    let owner: Option<ProductId> =
        products::table.filter(products::sku.eq(sku)).select(products::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "product", field: "sku", value: quoted(sku).to_string() }.into())
        }
        _ => Ok(()),
    }
}

/// The product as the caller can see it.
pub(crate) fn get(conn: &mut Connection, context: &Context, id: ProductId) -> Result<Product> {
    let mut products = fixed!(Product::BY_ID).int(id).rows::<ColumnsOf<Product>, Product>(conn)?;
    products.retain_mut(|product| View::of(context).restrict(product));
    images::read(conn, &mut products)?;
    products.pop().ok_or_else(|| Error::not_found("product", id))
}

/// The product, locked until the end of the transaction.
pub(super) fn lock(conn: &mut Connection, context: &Context, id: ProductId) -> Result<Product> {
    conn.lock_rows("SELECT id FROM products WHERE id = ?", id.get())?;
    get(conn, context, id)
}

fn expected(product: Product, is_expected: impl Fn(&Product) -> bool) -> Result<Product> {
    if is_expected(&product) {
        return Ok(product);
    }
    Err(Conflict::Changed { entity: "product", id: product.id.get() }.into())
}

/// Replaces the images of a product.
pub(crate) fn set_images(
    conn: &mut Connection,
    context: &Context,
    id: ProductId,
    images: &[ProductImage],
    is_expected: impl Fn(&Product) -> bool,
) -> Result<Product> {
    let before = expected(lock(conn, context, id)?, is_expected)?;
    if before.images == images {
        return Ok(before);
    }
    images::replace(conn, &before, images)?;
    let at = now_after([before.updated_at]);
    let count = images.len() as i64;
    let changes = (products::image_count.eq(count), products::updated_at.eq(Moment::of(at)));
    diesel::update(products::table.find(id)).set(changes).execute(conn)?;
    get(conn, context, id)
}

fn write(conn: &mut Connection, context: &Context, before: &Product, patch: &ProductPatch) -> Result<Product> {
    let (id, mut patch) = (before.id, patch.clone());
    let changes_words = patch.changes_words(before);
    if changes_words {
        // The names of both categories are among the search terms.
        let mut names = [before.category.id, patch.category_id.unwrap_or(before.category.id)];
        names.sort_unstable();
        names.iter().try_for_each(|category| categories::lock_row(conn, *category))?;
    }
    if let Some(category) = patch.category_id {
        categories::expect_parent(conn, "category_id", category)?;
    }
    if let Some(sku) = &patch.sku {
        refuse_taken_sku(conn, sku, Some(id))?;
    }
    let option_values = variants::resolve(conn, Some(before), &mut patch)?;
    let level_changes = match patch.reorder_level {
        Some(level) => crate::inventory::change_reorder_level(conn, id, level)?,
        None => false,
    };
    if !patch.changes(before) && !level_changes {
        return Ok(before.clone());
    }
    if patch.renames(before) {
        names::keep(conn, id)?;
    }
    let at = now_after([before.updated_at]);
    let option_values = option_values.map(|values| products::option_values.eq(values));
    let changes = (&patch, option_values, products::updated_at.eq(Moment::of(at)));
    diesel::update(products::table.find(id)).set(changes).execute(conn)?;
    if let Some(price) = patch.price {
        prices::record(conn, id, before.price, price, at)?;
    }
    let after = get(conn, context, id)?;
    if changes_words {
        terms::rewrite(conn, &after)?;
    }
    Ok(after)
}

fn remove(conn: &mut Connection, id: ProductId) -> Result<()> {
    let ordered: Option<i64> = order_items::table
        .filter(order_items::product_id.eq(id))
        .select(order_items::order_id)
        .first(conn)
        .optional()?;
    if ordered.is_some() {
        return Err(Conflict::InUse {
            entity: "product",
            id: id.get(),
            by: "orders",
            instead: "archive the product instead",
        }
        .into());
    }
    diesel::delete(products::table.find(id)).execute(conn)?;
    Ok(())
}

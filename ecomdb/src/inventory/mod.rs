//! Stock levels and the stock ledger.
//!
//! Every change of a quantity is an entry of the ledger, so the sum of a product's entries always equals its quantity.
//! Restocks and adjustments write a row of `inventory_movements`; movements by orders follow from the rows of the
//! orders.

mod ledger;

use chrono::{DateTime, Utc};
use diesel::helper_types::{InnerJoin, IntoBoxed};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::ledger::Movement;
pub(crate) use self::ledger::{count_movements, movements};
use crate::context::Context;
use crate::engine::{Connection, Moment, MultiBackend, count_rows};
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::idempotency;
use crate::schema::{inventory, inventory_movements, products};
use crate::search::{Candidates, Index, candidates, candidates_to_count, found};
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::time::{json_time, now_after};
use crate::types::{List, MovementReason, Page, PageRequest, ProductId, Quantity, RowCount, in_range, text};

/// Stock of one product.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = inventory)]
#[non_exhaustive]
pub struct StockLevel {
    /// Product id.
    pub product_id: ProductId,
    /// Name of the product.
    #[diesel(select_expression = products::name)]
    pub product_name: String,
    /// Units in stock.
    pub quantity: i64,
    /// Reorder level, in units; reports on low inventory compare the stock with it.
    pub reorder_level: i64,
    /// When the quantity or the reorder level last changed.
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
}

/// Maximum initial stock and reorder level, in units.
pub(crate) const MAX_LEVEL: i64 = Quantity::MAX * 1_000;

/// A movement without an order.
pub(crate) struct NewMovement {
    product: ProductId,
    delta: i64,
    reason: MovementReason,
    note: Option<String>,
}

impl NewMovement {
    pub(crate) fn restock(product: ProductId, quantity: i64, note: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let quantity = fields.check(Quantity::new("quantity", quantity));
        let note = note.and_then(|note| fields.check(note_text(note)));
        fields.finish_with(|| Some(Self { product, delta: quantity?.get(), reason: MovementReason::Restock, note }))
    }

    pub(crate) fn adjustment(product: ProductId, delta: i64, note: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        if delta == 0 || delta.unsigned_abs() > Quantity::MAX.unsigned_abs() {
            let max = Quantity::MAX;
            fields.add("delta", format!("must be a whole number from -{max} to {max} other than 0, not {delta}"));
        }
        let note = note.and_then(|note| fields.check(note_text(note)));
        fields.finish_with(|| Some(Self { product, delta, reason: MovementReason::Adjustment, note }))
    }

    /// The facts that identify the request for its idempotency key.
    fn fingerprint(&self) -> String {
        let Self { product, delta, reason, note } = self;
        format!("{reason} {delta} of product {product}, note {note:?}")
    }
}

fn note_text(note: &str) -> Result<String, Invalid> {
    text::free("note", note, 500)
}

pub(crate) fn get(conn: &mut Connection, product: ProductId) -> Result<StockLevel> {
    let level = inventory::table
        .inner_join(products::table)
        .filter(inventory::product_id.eq(product))
        .select(StockLevel::as_select())
        .get_result(conn)
        .optional()?;
    level.ok_or_else(|| Error::not_found("product", product))
}

/// Filter and page of a list of stock levels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StockFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Only products with all of these words in SKU, name, category, option values or description; see
    /// [`UserFilter`](crate::UserFilter#search).
    pub search: Option<String>,
}

setters! {
    StockFilter { value page: PageRequest, text search: String }
}

impl StockFilter {
    /// Identity of the list for its cursors: its search.
    fn identity(&self) -> List {
        let Self { page: _, search } = self;
        List::new("inventory", &format!("{search:?}"))
    }
}

/// Stock levels with their products.
type Joined = IntoBoxed<'static, InnerJoin<inventory::table, products::table>, MultiBackend>;

/// The stock levels of these products; `None` for all products.
fn matching(searched: Option<Candidates>) -> Joined {
    let levels = inventory::table.inner_join(products::table).into_boxed();
    match searched {
        Some(searched) => found!(levels, searched, Index::Products, inventory::product_id, "inventory.product_id"),
        None => levels,
    }
}

/// A page of stock levels, by ascending product id.
pub(crate) fn list(conn: &mut Connection, filter: &StockFilter) -> Result<Page<StockLevel>> {
    let searched = filter.search.as_ref().map(|search| candidates(conn, Index::Products, search)).transpose()?;
    let levels = matching(searched).select(StockLevel::as_select());
    let (page, list) = (&filter.page, filter.identity());
    let (query, direction) = sorted!(levels, page, list, ascending inventory::product_id);
    let rows = query.load(conn)?;
    Ok(Page::of(rows, page, list, direction, |level: &StockLevel| level.product_id.get()))
}

/// The number of stock levels that match the filter.
pub(crate) fn count(conn: &mut Connection, filter: &StockFilter) -> Result<RowCount> {
    let search = filter.search.as_ref();
    let searched = search.map(|search| candidates_to_count(conn, Index::Products, search)).transpose()?;
    Ok(count_rows(conn, matching(searched).select(inventory::product_id))?)
}

/// [`Error::NotFound`] if the product does not exist.
fn expect(conn: &mut Connection, id: ProductId) -> Result<()> {
    let found: Option<i64> = products::table.find(id).select(products::id).get_result(conn).optional()?;
    found.map(|_| ()).ok_or_else(|| Error::not_found("product", id))
}

/// Creates the inventory of a new product.
pub(crate) fn create(
    conn: &mut Connection,
    product: ProductId,
    quantity: i64,
    reorder_level: i64,
    at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(inventory::table)
        .values((
            inventory::product_id.eq(product),
            inventory::quantity.eq(quantity),
            inventory::reorder_level.eq(reorder_level),
            inventory::updated_at.eq(Moment::of(at)),
        ))
        .execute(conn)?;
    if quantity != 0 {
        record(conn, product, quantity, MovementReason::Initial, None, at)?;
    }
    Ok(())
}

/// Validates a reorder level.
pub(crate) fn checked_level(units: i64) -> Result<i64, Invalid> {
    in_range("reorder_level", units, 0..=MAX_LEVEL)
}

/// Sets the reorder level of a product.
pub(crate) fn set_reorder_level(conn: &mut Connection, product: ProductId, units: i64) -> Result<StockLevel> {
    change_reorder_level(conn, product, units)?;
    get(conn, product)
}

/// Returns whether the level changed.
pub(crate) fn change_reorder_level(conn: &mut Connection, product: ProductId, units: i64) -> Result<bool> {
    let before = lock(conn, product)?;
    if before.reorder_level == units {
        return Ok(false);
    }
    let at = now_after([before.updated_at]);
    diesel::update(inventory::table.find(product))
        .set((inventory::reorder_level.eq(units), inventory::updated_at.eq(Moment::of(at))))
        .execute(conn)?;
    Ok(true)
}

/// Reads the stock level of a product, locked until the end of the transaction.
fn lock(conn: &mut Connection, product: ProductId) -> Result<StockLevel> {
    conn.lock_rows("SELECT product_id FROM inventory WHERE product_id = ?", product.get())?;
    get(conn, product)
}

/// Books a movement, and returns the new quantity.
pub(crate) fn book(conn: &mut Connection, context: &Context, movement: &NewMovement) -> Result<StockLevel> {
    let find = |conn: &mut Connection, product| get(conn, ProductId::new(product));
    let make = |conn: &mut Connection| write(conn, movement).map(|level| (movement.product.get(), level));
    idempotency::once(conn, context, "inventory.book", || movement.fingerprint(), find, make)
}

fn write(conn: &mut Connection, movement: &NewMovement) -> Result<StockLevel> {
    let NewMovement { product, delta, reason, ref note } = *movement;
    let before = lock(conn, product)?;
    let available = before.quantity;
    if available + delta < 0 {
        let available = Some(available);
        return Err(Conflict::InsufficientStock { product_id: product, requested: -delta, available }.into());
    }
    let at = now_after([before.updated_at]);
    diesel::update(inventory::table.find(product))
        .set((inventory::quantity.eq(inventory::quantity + delta), inventory::updated_at.eq(Moment::of(at))))
        .execute(conn)?;
    record(conn, product, delta, reason, note.as_deref(), at)?;
    get(conn, product)
}

fn record(
    conn: &mut Connection,
    product: ProductId,
    delta: i64,
    reason: MovementReason,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(inventory_movements::table)
        .values((
            inventory_movements::product_id.eq(product),
            inventory_movements::delta.eq(delta),
            inventory_movements::reason.eq(reason),
            inventory_movements::note.eq(note),
            inventory_movements::created_at.eq(Moment::of(at)),
        ))
        .execute(conn)?;
    Ok(())
}

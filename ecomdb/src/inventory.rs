//! Stock levels and the stock ledger.
//!
//! Every change of a quantity writes a movement, so the sum of a product's movements always equals its quantity.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::backend::Connection;
use crate::catalog::NewProduct;
use crate::database::Access;
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::idempotency::{self, IdempotencyKey};
use crate::schema::{inventory, inventory_movements as movements, products};
use crate::types::text_enum::text_enum;
use crate::types::time::{Stamp, now_after};
use crate::types::{List, MovementId, OrderId, Page, PageRequest, ProductId, Quantity, text};

text_enum! {
    /// Reason of a stock movement.
    MovementReason {
        /// Initial stock of a new product.
        Initial = "initial",
        /// Sale by an order.
        Sale = "sale",
        /// Cancellation of an order.
        Cancel = "cancel",
        /// Return of refunded items.
        Return = "return",
        /// Delivery of new stock.
        Restock = "restock",
        /// Correction after a stock count.
        Adjustment = "adjustment",
    }
}

/// Stock of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = inventory)]
pub struct StockLevel {
    /// Product id.
    pub product_id: ProductId,
    /// Name of the product.
    #[diesel(select_expression = products::name)]
    pub product_name: String,
    /// Units in stock.
    pub quantity: i64,
    /// Stock level at or below which the product is reordered, in units.
    pub reorder_level: i64,
    /// When the quantity or the reorder level last changed.
    #[diesel(deserialize_as = Stamp)]
    pub updated_at: DateTime<Utc>,
}

/// An entry of the stock ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = movements)]
pub struct Movement {
    /// Movement id.
    pub id: MovementId,
    /// Product id.
    pub product_id: ProductId,
    /// Units added (positive) or removed (negative).
    pub delta: i64,
    /// Reason of the movement.
    pub reason: MovementReason,
    /// Order id, for movements made by an order.
    pub order_id: Option<OrderId>,
    /// Note of the person who booked the movement.
    pub note: Option<String>,
    /// When the stock changed (UTC).
    #[diesel(deserialize_as = Stamp)]
    pub created_at: DateTime<Utc>,
}

const LIST: &str = "inventory";

/// Stock of a shop, from [`Database::inventory`](crate::Database::inventory).
#[derive(Debug)]
pub struct Inventory<A>(pub(crate) A);

impl<A: Access> Inventory<A> {
    /// Stock level of one product.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, product: ProductId) -> Result<StockLevel> {
        self.0.read(|conn| get(conn, product))
    }

    /// A page of stock levels, by ascending product id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for the cursor of another list.
    pub fn list(self, page: &PageRequest) -> Result<Page<StockLevel>> {
        self.0.read(|conn| {
            let mut query = inventory::table
                .inner_join(products::table)
                .select(StockLevel::as_select())
                .order(inventory::product_id)
                .into_boxed();
            if let Some(after) = page.start(LIST)? {
                query = query.filter(inventory::product_id.gt(after));
            }
            let rows = query.limit(page.limit.get() + 1).load(conn)?;
            Ok(Page::of(rows, page, LIST, |level: &StockLevel| level.product_id.get()))
        })
    }

    /// A page of a product's ledger, latest entry first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`cursor`).
    pub fn movements(self, product: ProductId, page: &PageRequest) -> Result<Page<Movement>> {
        self.0.read(|conn| {
            crate::catalog::expect(conn, product)?;
            let list = List::new("movements", &product.to_string());
            let mut query = movements::table
                .filter(movements::product_id.eq(product))
                .select(Movement::as_select())
                .order(movements::id.desc())
                .into_boxed();
            if let Some(after) = page.start(list)? {
                query = query.filter(movements::id.lt(after));
            }
            let rows = query.limit(page.limit.get() + 1).load(conn)?;
            Ok(Page::of(rows, page, list, |movement: &Movement| movement.id.get()))
        })
    }

    /// Books the delivery of `quantity` units.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`quantity`: 1 to 1,000,000; `note`: at most 500 characters).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = db.products().create(NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).build()?)?;
    /// assert_eq!(db.inventory().restock(lamp.id, 40, Some("delivery 17"))?.quantity, 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restock(self, product: ProductId, quantity: i64, note: Option<&str>) -> Result<StockLevel> {
        self.book_with_key(NewMovement::restock(product, quantity, note)?, None)
    }

    /// Like [`Inventory::restock`], but idempotent: a repeated key books nothing and returns the current stock level.
    ///
    /// # Errors
    /// As [`Inventory::restock`]. [`Conflict::IdempotencyKeyReused`] if the key was used for another movement.
    pub fn restock_once(
        self,
        product: ProductId,
        quantity: i64,
        note: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<StockLevel> {
        self.book_with_key(NewMovement::restock(product, quantity, note)?, Some(key.clone()))
    }

    /// Books the difference found by a stock count: positive for surplus, negative for loss.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`delta`: not 0, within 1,000,000; `note`: at most 500 characters).
    /// [`Conflict::InsufficientStock`] if the stock would become negative.
    pub fn adjust(self, product: ProductId, delta: i64, note: Option<&str>) -> Result<StockLevel> {
        self.book_with_key(NewMovement::adjustment(product, delta, note)?, None)
    }

    /// Like [`Inventory::adjust`], but idempotent: a repeated key books nothing and returns the current stock level.
    ///
    /// # Errors
    /// As [`Inventory::adjust`]. [`Conflict::IdempotencyKeyReused`] if the key was used for another movement.
    pub fn adjust_once(
        self,
        product: ProductId,
        delta: i64,
        note: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<StockLevel> {
        self.book_with_key(NewMovement::adjustment(product, delta, note)?, Some(key.clone()))
    }

    fn book_with_key(self, movement: NewMovement, key: Option<IdempotencyKey>) -> Result<StockLevel> {
        let request = movement.fingerprint();
        let asking = self.0.asking();
        self.0.write(move |conn| {
            let find = |conn: &mut Connection, product| get(conn, ProductId::new(product));
            let make = |conn: &mut Connection| book(conn, &movement).map(|level| (movement.product.get(), level));
            idempotency::once(conn, "inventory.book", asking, key.as_ref(), &request, find, make)
        })
    }

    /// Sets the stock level at or below which a product is reordered, in units.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`reorder_level`: 0 to 1,000,000,000).
    pub fn set_reorder_level(self, product: ProductId, units: i64) -> Result<StockLevel> {
        if !(0..=NewProduct::MAX_STOCK).contains(&units) {
            let max = NewProduct::MAX_STOCK;
            return Err(Error::invalid(
                "reorder_level",
                format!("must be a whole number from 0 to {max}, not {units}"),
            ));
        }
        self.0.write(move |conn| {
            set_reorder_level(conn, product, units)?;
            get(conn, product)
        })
    }
}

/// A movement without an order. The module `ordering` books those of orders.
struct NewMovement {
    product: ProductId,
    delta: i64,
    reason: MovementReason,
    note: Option<String>,
}

impl NewMovement {
    fn restock(product: ProductId, quantity: i64, note: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let quantity = fields.check(Quantity::new("quantity", quantity));
        let note = note.and_then(|note| fields.check(note_text(note)));
        fields.finish_with(|| Some(Self { product, delta: quantity?.get(), reason: MovementReason::Restock, note }))
    }

    fn adjustment(product: ProductId, delta: i64, note: Option<&str>) -> Result<Self, Invalid> {
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

fn get(conn: &mut Connection, product: ProductId) -> Result<StockLevel> {
    let level = inventory::table
        .inner_join(products::table)
        .filter(inventory::product_id.eq(product))
        .select(StockLevel::as_select())
        .get_result(conn)
        .optional()?;
    level.ok_or_else(|| Error::not_found("product", product))
}

/// Creates the inventory of a new product.
pub(crate) fn create(
    conn: &mut Connection,
    product: ProductId,
    quantity: i64,
    reorder_level: i64,
    at: Stamp,
) -> Result<()> {
    diesel::insert_into(inventory::table)
        .values((
            inventory::product_id.eq(product),
            inventory::quantity.eq(quantity),
            inventory::reorder_level.eq(reorder_level),
            inventory::updated_at.eq(at),
        ))
        .execute(conn)?;
    if quantity != 0 {
        record(conn, product, quantity, MovementReason::Initial, None, at)?;
    }
    Ok(())
}

/// Returns whether the level changed.
pub(crate) fn set_reorder_level(conn: &mut Connection, product: ProductId, units: i64) -> Result<bool> {
    let before = lock(conn, product)?;
    if before.reorder_level == units {
        return Ok(false);
    }
    let at = Stamp::from(now_after([before.updated_at]));
    diesel::update(inventory::table.find(product))
        .set((inventory::reorder_level.eq(units), inventory::updated_at.eq(at)))
        .execute(conn)?;
    Ok(true)
}

/// Reads the stock level of a product, locked until the end of the transaction.
fn lock(conn: &mut Connection, product: ProductId) -> Result<StockLevel> {
    conn.lock_rows("SELECT product_id FROM inventory WHERE product_id = ?", product.get())?;
    get(conn, product)
}

fn book(conn: &mut Connection, movement: &NewMovement) -> Result<StockLevel> {
    let NewMovement { product, delta, reason, ref note } = *movement;
    let before = lock(conn, product)?;
    let available = before.quantity;
    if available + delta < 0 {
        let available = Some(available);
        return Err(Conflict::InsufficientStock { product_id: product, requested: -delta, available }.into());
    }
    let at = Stamp::from(now_after([before.updated_at]));
    diesel::update(inventory::table.find(product))
        .set((inventory::quantity.eq(inventory::quantity + delta), inventory::updated_at.eq(at)))
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
    at: Stamp,
) -> Result<()> {
    diesel::insert_into(movements::table)
        .values((
            movements::product_id.eq(product),
            movements::delta.eq(delta),
            movements::reason.eq(reason),
            movements::note.eq(note),
            movements::created_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

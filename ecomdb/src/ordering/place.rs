//! Placing an order in one transaction. On a server, the number of statements does not depend on the number of lines.

use std::collections::BTreeSet;

use diesel::sql_types::{BigInt, Text};

use super::cancel;
use super::columns::{bind_item, bind_order, item_columns, order_columns};
use super::draft::{Draft, Offer, OfferColumns, OfferRow};
use super::hold::{self, Due};
use super::mysql;
use super::postgres;
use super::sales::{self, Sale};
use super::sqlite;
use super::stock::{self, Demand};
use super::{NewOrder, NewPayment, Order, addressing, adjustment, attempts, detail};
use crate::context::Context;
use crate::engine::{ColumnsOf, Connection, Engine, Locks, Sql, StatementKey, fixed, marks, rows, sql, sql_for_rows};
use crate::error::{Conflict, Error, Result};
use crate::idempotency;
use crate::idempotency::Keyed;
use crate::types::time::now;
use crate::types::{OrderId, ProductId, Scope, UserStatus};
use crate::users::{self, ActiveUser, Buyer};
use crate::vouchers;

/// A request to place an order.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) order: NewOrder,
    pub(super) context: Context,
}

const OPERATION: &str = "orders.place";

/// The most orders that are expired for the sake of another one.
const FREED: i64 = 100;

impl Request {
    pub(crate) const fn new(order: NewOrder, context: Context) -> Self {
        Self { order, context }
    }

    /// Whether it has an idempotency key.
    pub(crate) const fn has_key(&self) -> bool {
        self.context.key().is_some()
    }

    /// Checks the scopes that the caller had when it was authenticated.
    pub(crate) fn demand(&self) -> Result<()> {
        self.needed().into_iter().try_for_each(|scope| self.context.caller().demand(scope))
    }

    /// Scopes that the request needs.
    pub(super) fn needed(&self) -> [Scope; 3] {
        needed(&self.order)
    }

    /// Verifies the caller, and places the order once per idempotency key. Returns it without the parts that the caller
    /// may not see.
    pub(crate) fn place(&self, conn: &mut Connection) -> Result<Order> {
        let Self { order, context } = self;
        context.verify(conn, &self.needed())?;
        let find = |conn: &mut Connection, id| detail(conn, context, OrderId::new(id));
        let make = |conn: &mut Connection| place(conn, context, order).map(|order| (order.id.get(), order));
        let placed = idempotency::once(conn, context, OPERATION, || order.fingerprint(), find, make);
        placed.map(|order| order.shown(context)).map_err(|error| shown_error(context, error))
    }

    /// Whether an order whose hold has ended has what this order needs: a product, or a use of its voucher.
    pub(crate) fn has_one_in_its_way(&self, conn: &mut Connection) -> Result<bool> {
        hold::is_in_the_way(conn, &self.order)
    }

    /// Cancels those orders, after this one was refused. Returns their number.
    pub(crate) fn make_way(&self, conn: &mut Connection) -> Result<usize> {
        hold::expire(conn, &Context::OPERATOR, Due::InTheWayOf(&self.order), FREED)
    }

    /// The stored facts of the request, if it has a key.
    pub(super) fn keyed(&self) -> Option<Keyed<'_>> {
        self.context.key().map(|key| Keyed::new(&self.context, OPERATION, key, &self.order.fingerprint()))
    }
}

/// An order locks the stock rows of its products.
impl Locks for Request {
    fn rows(&self) -> impl Iterator<Item = i64> {
        self.order.lines.keys().map(|product| product.get())
    }
}

/// Scopes that an order, its adjustments and its payment need.
pub(super) fn needed(order: &NewOrder) -> [Scope; 3] {
    let adjustments = if order.adjustments.is_empty() { Scope::OrdersWrite } else { Scope::OrdersAdjust };
    let payment = order.payment.as_ref().map_or(Scope::OrdersWrite, NewPayment::needs);
    [Scope::OrdersWrite, adjustments, payment]
}

/// Hides the stock level in a shortage from callers without [`Scope::InventoryRead`], unless it is low. The caller can
/// then correct a cart, but not read stock levels by requesting a million units.
pub(super) fn shown_error(context: &Context, error: Error) -> Error {
    match error {
        error if context.has(Scope::InventoryRead) => error,
        Error::Conflict(Conflict::InsufficientStock { product_id, requested, available }) => {
            let available = available.filter(|units| *units <= Conflict::FEW);
            Conflict::InsufficientStock { product_id, requested, available }.into()
        }
        other => other,
    }
}

fn place(conn: &mut Connection, context: &Context, order: &NewOrder) -> Result<Order> {
    if let Some(old) = order.replacing {
        cancel::make_way(conn, context, old, order)?;
    }
    let (user, offers) = buyer_and_offers(conn, context, order)?;
    let voucher = match &order.voucher {
        Some(code) => vouchers::terms(conn, std::iter::once(code.as_str()))?.pop(),
        None => None,
    };
    let mut draft = Draft::new(context, order, user, offers, voucher, now())?;
    // Sent without waiting for its response; see `addressing`.
    let active = match draft.order.country {
        Some(_) => Some(users::lock_active(conn, &BTreeSet::from([order.user_id]))?),
        None => None,
    };
    match conn.engine() {
        Engine::Sqlite => write(conn, &mut draft)?,
        Engine::Mysql => mysql::write(conn, &mut draft)?,
        Engine::Postgres => postgres::write(conn, &mut draft)?,
    }
    if !draft.adjustments.is_empty() {
        write_adjustments(conn, context, &draft)?;
    }
    if let Some(active) = active {
        if active.get(conn)? == 0 {
            return Err(Conflict::UserDisabled { user_id: order.user_id }.into());
        }
        addressing::write(conn, std::iter::once(&draft))?;
    }
    Ok(draft.into())
}

/// Uses the voucher, and writes the adjustments of an order that is written. The voucher comes first: their reference to
/// it would lock it for reading.
fn write_adjustments(conn: &mut Connection, context: &Context, draft: &Draft) -> Result<()> {
    if let Some(voucher) = &draft.voucher {
        vouchers::redeem(conn, context, voucher, &[draft.order.user_id])?;
    }
    adjustment::write(conn, std::iter::once(draft))
}

/// Writes the order, its items and payment, and takes the stock. Sets the ids.
fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    let id = insert_order(draft).insert(conn)?;
    draft.is_written_as(OrderId::new(id));
    insert_items(conn, draft)?;
    write_off(conn, draft)?;
    if let Some(payment) = draft.payment.take() {
        draft.payment = Some(attempts::insert(conn, payment)?);
    }
    Ok(())
}

/// Takes the stock of an inserted order, and queues it for the rollups.
fn write_off(conn: &mut Connection, Draft { order, items, payment, .. }: &Draft) -> Result<()> {
    let demand: Vec<Demand> = items.iter().map(|item| (item.product_id, item.quantity)).collect();
    stock::take(conn, &demand, order.placed_at)?.get(conn)?;
    sales::record(conn, order.id, Sale::placed(order, payment.as_ref()))
}

/// Reads buyer and products. A server gets one query for both; if it does not find all of them, separate queries give
/// the error.
fn buyer_and_offers(conn: &mut Connection, context: &Context, order: &NewOrder) -> Result<(ActiveUser, Vec<Offer>)> {
    let together = match conn.engine() {
        Engine::Sqlite => None,
        Engine::Mysql => Some(mysql::BUYER_AND_OFFERS),
        Engine::Postgres => Some(postgres::BUYER_AND_OFFERS),
    };
    if let Some(query) = together
        && context.owner().is_none_or(|owner| owner == order.user_id)
        && let Some(found) = found_together(conn, query, order)?
    {
        return Ok(found);
    }
    let lock = conn.for_update_of("i");
    Ok((users::get_active(conn, context, order.user_id)?, offers(conn, order.lines.keys(), &lock)?))
}

/// Returns `None` unless all rows exist and the buyer is active.
fn found_together(conn: &mut Connection, query: &str, order: &NewOrder) -> Result<Option<(ActiveUser, Vec<Offer>)>> {
    type Row = (OfferRow, Buyer, i64, UserStatus);
    type Columns = (OfferColumns, ColumnsOf<Buyer>, BigInt, Text);
    let text = query.replace("{products}", &marks(order.lines.len()));
    let query = sql_for_rows(order.lines.len(), text).int(order.user_id);
    let query = order.lines.keys().fold(query, |query, product| query.int(*product));
    let rows: Vec<Row> = query.rows::<Columns, Row>(conn)?;
    let buyer = match rows.first() {
        Some((_, buyer, revision, UserStatus::Active)) if rows.len() == order.lines.len() => {
            ActiveUser { id: order.user_id, buyer: buyer.clone(), revision: users::stored_revision(*revision) }
        }
        _ => return Ok(None),
    };
    Ok(Some((buyer, rows.into_iter().map(|(offer, ..)| Offer::new(offer)).collect())))
}

/// The existing products among those requested. With the clause `lock`, their stock is locked by ascending id, which
/// prevents deadlocks between orders.
pub(super) fn offers<'a>(
    conn: &mut Connection,
    products: impl ExactSizeIterator<Item = &'a ProductId>,
    lock: &str,
) -> Result<Vec<Offer>> {
    if conn.engine() == Engine::Sqlite {
        let offers = sqlite::offers(conn, products)?;
        return Ok(offers.into_iter().map(Offer::new).collect());
    }
    let (is_among, products) = conn.among(&["i.product_id"], products.copied().fold(sql(""), Sql::int));
    let query = sql(format!(
        "SELECT p.id, p.name, p.sku, p.name_revision, p.price, p.status, i.quantity \
         FROM inventory i JOIN products p ON p.id = i.product_id WHERE {is_among} ORDER BY i.product_id{lock}"
    ));
    let query = query.all(products);
    let rows: Vec<OfferRow> = query.rows::<OfferColumns, OfferRow>(conn)?;
    Ok(rows.into_iter().map(Offer::new).collect())
}

pub(super) fn insert_order(draft: &Draft) -> Sql<impl StatementKey + use<>> {
    const INSERT: &str =
        concat!("INSERT INTO orders (", order_columns!(names), ") VALUES (", order_columns!(marks), ")");
    bind_order(fixed!(INSERT), draft)
}

fn insert_items(conn: &mut Connection, draft: &Draft) -> Result<()> {
    let (order, items) = (draft.order.id, &draft.items);
    let rows = rows(items.len(), concat!("(?, ", item_columns!(marks), ")"));
    let text = format!("INSERT INTO order_items (order_id, {}) VALUES {rows}", item_columns!(names));
    let insert = sql_for_rows(items.len(), text);
    draft.lines().fold(insert, |insert, line| bind_item(insert.int(order), line)).run(conn)?;
    Ok(())
}

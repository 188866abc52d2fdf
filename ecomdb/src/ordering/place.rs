//! Placing an order, in one transaction. On a server its statements are as many whatever the number of lines is.

use std::fmt::Write;

use diesel::sql_types::{BigInt, Text};

use super::draft::{Draft, Offer, OfferRow};
#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "postgres")]
use super::postgres;
#[cfg(feature = "sqlite")]
use super::sqlite;
use super::stock::{Demand, take_stock};
use super::{NewOrder, Order, OrderItem, OrderStatus, OrderSummary, OrderUser};
use crate::analytics::sales::{self, Sale};
use crate::backend::{Connection, Sql, StatementKey, fixed, sql};
#[cfg(any(feature = "mysql", feature = "postgres"))]
use crate::catalog::ProductStatus;
use crate::error::Result;
use crate::payments;
use crate::types::time::now;
use crate::types::{OrderId, UserId};
use crate::users;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use crate::users::UserStatus;

pub(super) fn place(conn: &mut Connection, order: &NewOrder, owner: Option<UserId>) -> Result<Order> {
    let (user, offers) = buyer_and_offers(conn, order, owner)?;
    let mut draft = Draft::new(order, user, offers, now())?;
    match conn {
        #[cfg(feature = "mysql")]
        Connection::Mysql(_) => mysql::write(conn, &mut draft)?,
        #[cfg(feature = "postgres")]
        Connection::Postgres(_) => postgres::write(conn, &mut draft)?,
        #[allow(unreachable_patterns, reason = "reachable when SQLite is compiled in")]
        _ => write(conn, &mut draft)?,
    }
    Ok(draft.into())
}

/// Writes the order, its items, what it takes from the stock and its payment; gives the order its id.
fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    let id = insert_order(&draft.order).insert(conn)?;
    draft.is_written_as(OrderId::new(id));
    insert_items(conn, draft.order.id, &draft.items)?;
    write_off(conn, &draft.order, &draft.items)?;
    if let Some(payment) = draft.payment.take() {
        draft.payment = Some(payments::insert(conn, payment)?);
    }
    Ok(())
}

/// Takes the stock of an order that has its id, and lets reports know of one that is completed.
pub(super) fn write_off(conn: &mut Connection, order: &OrderSummary, items: &[OrderItem]) -> Result<()> {
    let demand: Vec<Demand> = items.iter().map(|item| (item.product_id, item.quantity)).collect();
    take_stock(conn, order.id, &demand, order.placed_at)?;
    if order.status == OrderStatus::Completed {
        sales::record(conn, order.id, Sale::Completed)?;
    }
    Ok(())
}

/// Who orders, and what. A server is asked for both at once; what is missing then, it is asked for again.
fn buyer_and_offers(conn: &mut Connection, order: &NewOrder, owner: Option<UserId>) -> Result<(OrderUser, Vec<Offer>)> {
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    let together = match conn {
        #[cfg(feature = "mysql")]
        Connection::Mysql(_) => Some(mysql::BUYER_AND_OFFERS),
        #[cfg(feature = "postgres")]
        Connection::Postgres(_) => Some(postgres::BUYER_AND_OFFERS),
        #[allow(unreachable_patterns, reason = "reachable when SQLite is compiled in")]
        _ => None,
    };
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    if let Some(query) = together
        && owner.is_none_or(|owner| owner == order.user_id)
        && let Some(found) = found_together(conn, query, order)?
    {
        return Ok(found);
    }
    Ok((users::get_active(conn, order.user_id, owner)?, locked_offers(conn, order)?))
}

/// `None` unless everything is there and the buyer may buy.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn found_together(conn: &mut Connection, query: &str, order: &NewOrder) -> Result<Option<(OrderUser, Vec<Offer>)>> {
    type Row = (i64, String, String, i64, ProductStatus, i64, String, String, String, UserStatus);
    type Columns = (BigInt, Text, Text, BigInt, Text, BigInt, Text, Text, Text, Text);
    let query = sql(query.replace("{products}", &marks(order.lines.len()))).int(order.user_id);
    let query = order.lines.keys().fold(query, |query, product| query.int(*product));
    let rows: Vec<Row> = query.rows::<Columns, Row>(conn)?;
    let buyer = match rows.first() {
        Some((.., email, first_name, last_name, UserStatus::Active)) if rows.len() == order.lines.len() => OrderUser {
            id: order.user_id,
            email: email.clone(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
        },
        _ => return Ok(None),
    };
    let offer = |(id, name, sku, price, status, stock, ..): Row| Offer::new((id, name, sku, price, status, stock));
    Ok(Some((buyer, rows.into_iter().map(offer).collect())))
}

/// The products of the order by ascending id, their stock locked in that order, so that two orders cannot wait for
/// each other.
fn locked_offers(conn: &mut Connection, order: &NewOrder) -> Result<Vec<Offer>> {
    #[cfg(feature = "sqlite")]
    if matches!(conn, Connection::Sqlite(_)) {
        let offers = sqlite::offers(conn, order.lines.keys())?;
        return Ok(offers.into_iter().map(Offer::new).collect());
    }
    let products = order.lines.keys().map(|product| product.get());
    let lock = conn.for_update();
    let marks = marks(order.lines.len());
    let query = products.fold(
        sql(format!(
            "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity \
             FROM inventory i JOIN products p ON p.id = i.product_id \
             WHERE i.product_id IN ({marks}) ORDER BY i.product_id{lock}"
        )),
        Sql::int,
    );
    let rows: Vec<OfferRow> = query.rows::<(BigInt, Text, Text, BigInt, Text, BigInt), OfferRow>(conn)?;
    Ok(rows.into_iter().map(Offer::new).collect())
}

pub(super) fn insert_order(order: &OrderSummary) -> Sql<impl StatementKey + use<>> {
    let insert = fixed!(
        "INSERT INTO orders (user_id, status, total, refunded, item_count, placed_at, completed_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)"
    );
    let insert = insert.int(order.user_id).word(order.status.as_str()).int(order.total.minor());
    let insert = insert.int(order.refunded.minor()).int(order.item_count).time(order.placed_at);
    insert.maybe_time(order.completed_at)
}

fn insert_items(conn: &mut Connection, order: OrderId, items: &[OrderItem]) -> Result<()> {
    let rows = rows(items.len(), "(?, ?, ?, ?)");
    let insert = sql(format!("INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES {rows}"));
    let insert = items.iter().fold(insert, |insert, item| {
        insert.int(order).int(item.product_id).int(item.quantity).int(item.unit_price.minor())
    });
    insert.run(conn)?;
    Ok(())
}

/// `?, ?, ?`
pub(super) fn marks(count: usize) -> String {
    rows(count, "?")
}

/// The same text so many times, with commas between.
pub(super) fn rows(count: usize, row: &str) -> String {
    let mut text = String::with_capacity(count * (row.len() + 2));
    for i in 0..count {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{row}", if i == 0 { "" } else { ", " });
    }
    text
}

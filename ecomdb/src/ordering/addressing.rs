//! Writing, reading and changing the addresses of orders.
//!
//! `orders.country` is that of the shipping address, or without one of the billing address: it says whether an order has
//! addresses. Locks are taken in the order: order row, products by ascending id, user, addresses. Whoever writes an address
//! locks the active user, so that a transaction that anonymises the user finds every address.

use diesel::sql_types::{Nullable, Text};

use super::address::{Address, Addresses};
use super::draft::Draft;
use super::{Order, OrderRecord, detail, lock};
use crate::context::Context;
use crate::engine::{Connection, Later, Sql, fixed, sql};
use crate::error::{Conflict, Error, Result};
use crate::types::time::now;
use crate::types::{AddressKind, Country, OrderId, OrderStatus};
use crate::users;

const INTO: &str = "order_addresses (order_id, kind, recipient, street, city, region, postcode, country, phone)";

/// Writes the addresses of these orders, whose ids are known and whose users are locked.
pub(super) fn write<'a>(conn: &mut Connection, drafts: impl Iterator<Item = &'a Draft>) -> Result<()> {
    let (mut values, mut count) = (sql(""), 0);
    for draft in drafts {
        for (kind, address) in draft.addresses.iter() {
            values = bind(values, draft.order.id, kind, address);
            count += 1;
        }
    }
    if count > 0 { Ok(conn.insert_rows(INTO, count, values).send(conn)?) } else { Ok(()) }
}

fn bind(values: Sql, order: OrderId, kind: AddressKind, address: &Address) -> Sql {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let values = values.int(order).word(kind.as_str()).text(address.recipient()).text(address.street());
    let values = values.text(address.city()).maybe_text(owned(address.region())).maybe_text(owned(address.postcode()));
    values.word(address.country().code()).maybe_text(owned(address.phone()))
}

/// The addresses of an order.
pub(super) fn of_order(conn: &mut Connection, order: OrderId) -> Result<Later<'static, Addresses>> {
    type Maybe = Option<String>;
    type Row = (AddressKind, (String, String, String), (Maybe, Maybe), Country, Maybe);
    type Columns = (Text, (Text, Text, Text), (Nullable<Text>, Nullable<Text>), Text, Nullable<Text>);
    let rows = fixed!(
        "SELECT kind, recipient, street, city, region, postcode, country, phone FROM order_addresses \
         WHERE order_id = ?"
    )
    .int(order)
    .send_query::<Columns, Row>(conn)?;
    let addresses = |rows: Vec<Row>| {
        let mut addresses = Addresses::default();
        for (kind, lines, (region, postcode), country, phone) in rows {
            addresses.set(kind, Address::stored(lines, region, postcode, country, phone));
        }
        addresses
    };
    Ok(rows.map(addresses))
}

/// Sets or removes an address of a pending order, and returns the order without the parts that the caller may not see.
pub(crate) fn set_address(
    conn: &mut Connection,
    context: &Context,
    id: OrderId,
    kind: AddressKind,
    address: Option<&Address>,
) -> Result<Order> {
    let order = lock(conn, context, id)?;
    refuse_unless_open(&order)?;
    if address.is_some() {
        users::lock_row(conn, order.user_id)?;
        users::get_active(conn, &Context::OPERATOR, order.user_id)?;
    }
    fixed!("DELETE FROM order_addresses WHERE order_id = ? AND kind = ?").int(id).word(kind.as_str()).send(conn)?;
    if let Some(address) = address {
        conn.insert_rows(INTO, 1, bind(sql(""), id, kind, address)).send(conn)?;
    }
    let mark = fixed!(
        "UPDATE orders SET country = COALESCE(\
         (SELECT a.country FROM order_addresses a WHERE a.order_id = orders.id AND a.kind = 'shipping'), \
         (SELECT a.country FROM order_addresses a WHERE a.order_id = orders.id AND a.kind = 'billing')) WHERE id = ?"
    );
    mark.int(id).send(conn)?;
    Ok(detail(conn, context, id)?.shown(context))
}

/// Addresses change only while the order is pending and its hold has not ended.
fn refuse_unless_open(order: &OrderRecord) -> Result<()> {
    let order_id = order.id;
    if order.status != OrderStatus::Pending {
        return Err(Conflict::AddressesFixed { order_id, from: order.status }.into());
    }
    match order.expired_at(now()) {
        Some(expired_at) => Err(Error::from(Conflict::OrderExpired { order_id, expired_at })),
        None => Ok(()),
    }
}

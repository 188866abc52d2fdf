//! Placing an order on MariaDB and MySQL with few round trips.

use diesel::sql_types::BigInt;

use super::columns::{bind_item, bind_payment, item_columns, payment_columns};
use super::draft::Draft;
use super::place::insert_order;
use super::sales::Sale;
use super::stock::{self, Demand};
use crate::engine::{Connection, fixed, rows, sql_for_rows};
use crate::error::Result;
use crate::types::{OrderId, PaymentId};

/// The subquery reads the buyer without locking it.
pub(super) const BUYER_AND_OFFERS: &str = "SELECT p.id, p.name, p.sku, p.name_revision, p.price, p.status, i.quantity, \
     u.email, u.first_name, u.last_name, u.name_revision, u.status \
     FROM (SELECT email, first_name, last_name, name_revision, status FROM users WHERE id = ?) u CROSS JOIN inventory i \
     JOIN products p ON p.id = i.product_id WHERE i.product_id IN ({products}) ORDER BY i.product_id FOR UPDATE";

/// Sends all statements without waiting, except for the query of the ids. The server remembers the last generated id,
/// which is kept for the order.
pub(super) fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    insert_order(draft).send(conn)?;
    fixed!("SET @ecomdb_order = LAST_INSERT_ID()").send(conn)?;
    insert_items(conn, draft)?;
    let demand: Vec<Demand> = draft.items.iter().map(|item| (item.product_id, item.quantity)).collect();
    let taken = stock::take(conn, &demand, draft.order.placed_at)?;
    let [sign, attempted] = Sale::placed(&draft.order, draft.payment.as_ref()).of_placing();
    fixed!("INSERT INTO sales_events (order_id, sign, refunded, attempted) VALUES (@ecomdb_order, ?, 0, ?)")
        .int(sign)
        .int(attempted)
        .send(conn)?;
    if let Some(payment) = &draft.payment {
        const INSERT: &str = concat!(
            "INSERT INTO payments (order_id, ",
            payment_columns!(names),
            ") VALUES (@ecomdb_order, ",
            payment_columns!(marks),
            ")"
        );
        bind_payment(fixed!(INSERT), payment).send(conn)?;
    }
    let ids = fixed!("SELECT CAST(@ecomdb_order AS SIGNED), CAST(LAST_INSERT_ID() AS SIGNED)");
    let (order, last) = ids.one::<(BigInt, BigInt), (i64, i64)>(conn)?;
    taken.get(conn)?;
    draft.is_written_as(OrderId::new(order));
    if let Some(payment) = &mut draft.payment {
        payment.id = PaymentId::new(last);
    }
    Ok(())
}

fn insert_items(conn: &mut Connection, draft: &Draft) -> Result<()> {
    let rows = rows(draft.items.len(), concat!("(@ecomdb_order, ", item_columns!(marks), ")"));
    let text = format!("INSERT INTO order_items (order_id, {}) VALUES {rows}", item_columns!(names));
    let insert = sql_for_rows(draft.items.len(), text);
    Ok(draft.lines().fold(insert, bind_item).send(conn)?)
}

//! Placing an order on MariaDB and MySQL with few round trips.

use diesel::sql_types::BigInt;

use super::draft::Draft;
use super::place::{bind_item, insert_order, write_off};
use crate::engine::{Connection, fixed, rows, sql_for_rows};
use crate::error::Result;
use crate::types::{OrderId, PaymentId};

/// The subquery reads the buyer without locking it.
pub(super) const BUYER_AND_OFFERS: &str = "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity, \
     u.email, u.first_name, u.last_name, u.status \
     FROM (SELECT email, first_name, last_name, status FROM users WHERE id = ?) u CROSS JOIN inventory i \
     JOIN products p ON p.id = i.product_id WHERE i.product_id IN ({products}) ORDER BY i.product_id FOR UPDATE";

/// Inserts the order with its items and payment. Ids are read once at the end, since the SQL uses LAST_INSERT_ID().
pub(super) fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    insert_order(&draft.order).run(conn)?;
    let rows = rows(draft.items.len(), "(LAST_INSERT_ID(), ?, ?, ?)");
    let text = format!("INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES {rows}");
    let insert = sql_for_rows(draft.items.len(), text);
    draft.items.iter().fold(insert, bind_item).run(conn)?;
    if let Some(payment) = &mut draft.payment {
        let insert = fixed!(
            "INSERT INTO payments (order_id, method, status, amount, paid_at, reference, created_at) \
             VALUES (LAST_INSERT_ID(), ?, ?, ?, ?, ?, ?)"
        );
        payment.bind(insert).run(conn)?;
        let ids = fixed!("SELECT order_id, id FROM payments WHERE id = LAST_INSERT_ID()");
        let (order, id) = ids.one::<(BigInt, BigInt), (i64, i64)>(conn)?;
        payment.id = PaymentId::new(id);
        draft.is_written_as(OrderId::new(order));
    } else {
        draft.is_written_as(OrderId::new(fixed!("SELECT LAST_INSERT_ID()").one::<BigInt, i64>(conn)?));
    }
    write_off(conn, &draft.order, &draft.items)
}

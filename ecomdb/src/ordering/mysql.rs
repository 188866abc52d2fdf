//! Placing an order on MariaDB and MySQL, with as few round trips as they allow.

use diesel::sql_types::BigInt;

use super::place::{insert_order, rows, write_off};
use super::{OrderItem, OrderSummary};
use crate::backend::{Connection, sql};
use crate::error::Result;
use crate::payments::Payment;
use crate::types::{OrderId, PaymentId};

/// The buyer is read in a query of its own inside the other, which locks nothing.
pub(super) const BUYER_AND_OFFERS: &str = "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity, \
     u.email, u.first_name, u.last_name, u.status \
     FROM (SELECT email, first_name, last_name, status FROM users WHERE id = ?) u CROSS JOIN inventory i \
     JOIN products p ON p.id = i.product_id WHERE i.product_id IN ({products}) ORDER BY i.product_id FOR UPDATE";

/// The server knows the last id that it gave, so it is asked for the ids of order and payment once, when it has both.
pub(super) fn write(
    conn: &mut Connection,
    order: &mut OrderSummary,
    items: &[OrderItem],
    payment: Option<Payment>,
) -> Result<Option<Payment>> {
    insert_order(order).run(conn)?;
    let rows = rows(items.len(), "(LAST_INSERT_ID(), ?, ?, ?)");
    let insert = sql(format!("INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES {rows}"));
    let insert = items
        .iter()
        .fold(insert, |insert, item| insert.int(item.product_id).int(item.quantity).int(item.unit_price.minor()));
    insert.run(conn)?;
    let payment = if let Some(payment) = payment {
        let insert = sql("INSERT INTO payments (order_id, method, status, amount, paid_at, reference, created_at) \
             VALUES (LAST_INSERT_ID(), ?, ?, ?, ?, ?, ?)");
        payment.bind(insert).run(conn)?;
        let ids = sql("SELECT order_id, id FROM payments WHERE id = LAST_INSERT_ID()");
        let (of_order, id) = ids.one::<(BigInt, BigInt), (i64, i64)>(conn)?;
        order.id = OrderId::new(of_order);
        Some(Payment { id: PaymentId::new(id), order_id: order.id, ..payment })
    } else {
        order.id = OrderId::new(sql("SELECT LAST_INSERT_ID()").one::<BigInt, i64>(conn)?);
        None
    };
    write_off(conn, order, items)?;
    Ok(payment)
}

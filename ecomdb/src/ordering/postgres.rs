//! Placing an order on PostgreSQL with a single statement.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable};

use super::columns::{bind_item, bind_order, bind_payment, item_columns, order_columns, payment_columns};
use super::draft::Draft;
use super::sales::Sale;
use super::stock::{Demand, first_shortage};
use crate::engine::{Connection, Later, Sql, arrays, rows, sql, sql_for_rows};
use crate::error::Result;
use crate::types::{OrderId, PaymentId};

/// Locks the stock only.
pub(super) const BUYER_AND_OFFERS: &str = "SELECT p.id, p.name, p.sku, p.name_revision, p.price, p.status, i.quantity, \
     u.email, u.first_name, u.last_name, u.name_revision, u.status \
     FROM users u CROSS JOIN inventory i JOIN products p ON p.id = i.product_id \
     WHERE u.id = ? AND i.product_id IN ({products}) ORDER BY i.product_id FOR UPDATE OF i";

pub(super) fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    let (order, payment, taken) =
        statement(draft).one::<(BigInt, Nullable<BigInt>, BigInt), (i64, Option<i64>, i64)>(conn)?;
    if taken != draft.items.len() as i64 {
        let demand: Vec<Demand> = draft.items.iter().map(|item| (item.product_id, item.quantity)).collect();
        return Err(first_shortage(conn, &demand)?.into());
    }
    draft.is_written_as(OrderId::new(order));
    if let Some((payment, id)) = draft.payment.as_mut().zip(payment) {
        payment.id = PaymentId::new(id);
    }
    Ok(())
}

/// A statement that returns order id, payment id, and the number of products with sufficient stock.
fn statement(draft: &Draft) -> Sql {
    let Draft { order, items, payment, .. } = draft;
    let lines = rows(items.len(), concat!("(", item_columns!(marks), ")"));
    // These are literals, because there are few different texts.
    let [sign, attempted] = Sale::placed(order, payment.as_ref()).of_placing();
    let (paid, payment_id) = match payment {
        Some(_) => (
            concat!(
                ", paid AS (INSERT INTO payments (order_id, ",
                payment_columns!(names),
                ") SELECT id, ",
                payment_columns!(marks),
                " FROM placed RETURNING id)"
            ),
            "(SELECT id FROM paid)",
        ),
        None => ("", "CAST(NULL AS BIGINT)"),
    };
    let (order_columns, values, item_columns) = (order_columns!(names), order_columns!(marks), item_columns!(names));
    let text = format!(
        "WITH placed AS (INSERT INTO orders ({order_columns}) VALUES ({values}) RETURNING id), \
         line ({item_columns}) AS (VALUES {lines}), \
         kept AS (INSERT INTO order_items (order_id, {item_columns}) SELECT placed.id, line.* FROM placed, line), \
         taken AS (UPDATE inventory SET quantity = inventory.quantity - line.quantity, updated_at = ? FROM line \
         WHERE inventory.product_id = line.product_id AND inventory.quantity >= line.quantity RETURNING 1), \
         event AS (INSERT INTO sales_events (order_id, sign, refunded, attempted) \
         SELECT id, {sign}, 0, {attempted} FROM placed){paid} \
         SELECT placed.id, {payment_id}, (SELECT COUNT(*) FROM taken) FROM placed"
    );
    let statement = bind_order(sql_for_rows(items.len(), text), draft);
    let statement = draft.lines().fold(statement, bind_item);
    let statement = statement.time(order.placed_at);
    match payment {
        Some(payment) => bind_payment(statement, payment),
        None => statement,
    }
}

/// `move_stock` of [`stock`](super::stock) on PostgreSQL: one statement for all products.
pub(super) fn move_stock(
    conn: &mut Connection,
    changes: &[Demand],
    at: DateTime<Utc>,
) -> Result<Later<'static, usize>> {
    let values = changes.iter().fold(sql(""), |values, (product, units)| values.int(*product).int(*units));
    let (table, arrays) = arrays(values, 2);
    let update = sql(format!(
        "UPDATE inventory SET quantity = inventory.quantity + change.units, updated_at = ? \
         FROM {table} change (product_id, units) \
         WHERE inventory.product_id = change.product_id AND inventory.quantity + change.units >= 0"
    ));
    Ok(update.time(at).all(arrays).send_counted(conn)?)
}

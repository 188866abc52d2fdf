//! Placing an order on PostgreSQL with a single statement.

use diesel::sql_types::{BigInt, Nullable};

use super::draft::Draft;
use super::stock::{Demand, first_shortage};
use super::{OrderItem, OrderSummary, Payment};
use crate::engine::{Connection, Sql, rows, sql_for_rows};
use crate::error::Result;
use crate::inventory::MovementReason;
use crate::types::{OrderId, OrderStatus, PaymentId};

/// Locks the stock only.
pub(super) const BUYER_AND_OFFERS: &str = "SELECT p.id, p.name, p.sku, p.price, p.status, i.quantity, \
     u.email, u.first_name, u.last_name, u.status \
     FROM users u CROSS JOIN inventory i JOIN products p ON p.id = i.product_id \
     WHERE u.id = ? AND i.product_id IN ({products}) ORDER BY i.product_id FOR UPDATE OF i";

pub(super) fn write(conn: &mut Connection, draft: &mut Draft) -> Result<()> {
    let (order, payment, taken) =
        statement(&draft.order, &draft.items, draft.payment.as_ref())
            .one::<(BigInt, Nullable<BigInt>, BigInt), (i64, Option<i64>, i64)>(conn)?;
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
fn statement(order: &OrderSummary, items: &[OrderItem], payment: Option<&Payment>) -> Sql {
    let lines = rows(items.len(), "(?, ?, ?)");
    let event = match order.status {
        OrderStatus::Completed => {
            ", event AS (INSERT INTO sales_events (order_id, sign, refunded) SELECT id, 1, 0 FROM placed)"
        }
        _ => "",
    };
    let (paid, payment_id) = match payment {
        Some(_) => (
            ", paid AS (INSERT INTO payments (order_id, method, status, amount, paid_at, reference, created_at) \
             SELECT id, ?, ?, ?, ?, ?, ? FROM placed RETURNING id)",
            "(SELECT id FROM paid)",
        ),
        None => ("", "CAST(NULL AS BIGINT)"),
    };
    let text = format!(
        "WITH placed AS (INSERT INTO orders (user_id, status, total, refunded, item_count, placed_at, completed_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id), \
         line (product_id, quantity, unit_price) AS (VALUES {lines}), \
         kept AS (INSERT INTO order_items (order_id, product_id, quantity, unit_price) \
         SELECT placed.id, line.product_id, line.quantity, line.unit_price FROM placed, line), \
         taken AS (UPDATE inventory SET quantity = inventory.quantity - line.quantity, updated_at = ? FROM line \
         WHERE inventory.product_id = line.product_id AND inventory.quantity >= line.quantity RETURNING 1), \
         moved AS (INSERT INTO inventory_movements (product_id, delta, reason, order_id, created_at) \
         SELECT line.product_id, -line.quantity, ?, placed.id, ? FROM placed, line){event}{paid} \
         SELECT placed.id, {payment_id}, (SELECT COUNT(*) FROM taken) FROM placed"
    );
    let statement =
        sql_for_rows(items.len(), text).int(order.user_id).word(order.status.as_str()).int(order.total.minor());
    let statement = statement.int(order.refunded.minor()).int(order.item_count).time(order.placed_at);
    let statement = items.iter().fold(statement.maybe_time(order.completed_at), |statement, item| {
        statement.int(item.product_id).int(item.quantity).int(item.unit_price.minor())
    });
    let statement = statement.time(order.placed_at).word(MovementReason::Sale.as_str()).time(order.placed_at);
    match payment {
        Some(payment) => payment.bind(statement),
        None => statement,
    }
}

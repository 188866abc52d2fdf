//! Placing an order, in one transaction of set-based statements: however many lines it has, their number is the same.

use std::fmt::Write;

use diesel::sql_types::{BigInt, Text};

use super::new_order::Line;
use super::stock::{Demand, take_stock};
use super::{NewOrder, Order, OrderItem, OrderStatus, OrderSummary};
use crate::analytics::sales::{self, Sale};
use crate::backend::{Connection, Sql, sql};
use crate::catalog::ProductStatus;
use crate::error::{Conflict, Error, Fields, Result};
use crate::types::time::now;
use crate::types::{Money, OrderId, ProductId, UserId};
use crate::{payments, users};

/// A product as an order sees it, with its stock locked.
struct Offer {
    id: ProductId,
    name: String,
    sku: String,
    price: Money,
    status: ProductStatus,
    stock: i64,
}

pub(super) fn place(conn: &mut Connection, order: &NewOrder, owner: Option<UserId>) -> Result<Order> {
    let user = users::get_active(conn, order.user_id, owner)?;
    let offers = locked_offers(conn, order)?;
    refuse_what_is_not_for_sale(order, &offers)?;

    let items: Vec<OrderItem> = order.lines.values().zip(offers).map(|(line, offer)| item(line, offer)).collect();
    let total = total(&items)?;
    let placed_at = now();
    let captured = payments::captured_with_order(order.payment.as_ref(), total)?;
    let mut summary = OrderSummary {
        id: OrderId::new(0),
        user_id: user.id,
        status: if captured || total == Money::ZERO { OrderStatus::Completed } else { OrderStatus::Pending },
        total,
        refunded: Money::ZERO,
        item_count: items.iter().map(|item| item.quantity).sum(),
        placed_at,
        completed_at: None,
        cancelled_at: None,
    };
    if summary.status == OrderStatus::Completed {
        summary.completed_at = Some(placed_at);
    }
    summary.id = insert_order(conn, &summary)?;
    insert_items(conn, summary.id, &items)?;
    let demand: Vec<Demand> = items.iter().map(|item| (item.product_id, item.quantity)).collect();
    take_stock(conn, summary.id, &demand, placed_at)?;
    if summary.status == OrderStatus::Completed {
        sales::record(conn, summary.id, Sale::Completed)?;
    }
    let payments = match &order.payment {
        Some(payment) if total > Money::ZERO => vec![payments::insert(conn, summary.id, payment, total, placed_at)?],
        _ => Vec::new(),
    };
    Ok(Order::new(summary, user, items, payments, Vec::new()))
}

/// The products of the order by ascending id, their stock locked in that order, so that two orders cannot wait for
/// each other.
fn locked_offers(conn: &mut Connection, order: &NewOrder) -> Result<Vec<Offer>> {
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
    type Row = (i64, String, String, i64, ProductStatus, i64);
    let rows: Vec<Row> = query.rows::<(BigInt, Text, Text, BigInt, Text, BigInt), Row>(conn)?;
    let offer = |(id, name, sku, price, status, stock)| Offer {
        id: ProductId::new(id),
        name,
        sku,
        price: Money::from_minor(price),
        status,
        stock,
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// Unknown products are errors of the request, all named at once; what is archived or sold out is a conflict.
fn refuse_what_is_not_for_sale(order: &NewOrder, offers: &[Offer]) -> Result<()> {
    if offers.len() < order.lines.len() {
        let mut fields = Fields::default();
        for (product, line) in &order.lines {
            if !offers.iter().any(|offer| offer.id == *product) {
                fields.add(format!("items[{}].product_id", line.position), format!("no product has the id {product}"));
            }
        }
        fields.finish_with(|| Some(()))?;
    }
    for (line, offer) in order.lines.values().zip(offers) {
        if offer.status != ProductStatus::Active {
            return Err(Conflict::Inactive { entity: "product", id: offer.id.get(), status: "archived" }.into());
        }
        if offer.stock < line.quantity {
            return Err(Conflict::InsufficientStock {
                product_id: offer.id,
                requested: line.quantity,
                available: offer.stock,
            }
            .into());
        }
    }
    Ok(())
}

fn item(line: &Line, offer: Offer) -> OrderItem {
    OrderItem {
        product_id: offer.id,
        product_name: offer.name,
        sku: offer.sku,
        quantity: line.quantity,
        unit_price: offer.price,
        // Both factors are bounded: 500,000,000 units at less than 10^11 would overflow, so it saturates above MAX_TOTAL.
        line_total: offer.price.checked_mul(line.quantity).unwrap_or(Money::from_minor(i64::MAX)),
    }
}

fn total(items: &[OrderItem]) -> Result<Money> {
    let total: Money = items.iter().map(|item| item.line_total).sum();
    if total > Money::MAX_TOTAL {
        return Err(Error::invalid("items", format!("must cost at most {} together", Money::MAX_TOTAL)));
    }
    Ok(total)
}

fn insert_order(conn: &mut Connection, order: &OrderSummary) -> Result<OrderId> {
    let insert = sql("INSERT INTO orders (user_id, status, total, refunded, item_count, placed_at, completed_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.int(order.user_id).word(order.status.as_str()).int(order.total.minor());
    let insert = insert.int(order.refunded.minor()).int(order.item_count).time(order.placed_at);
    Ok(OrderId::new(insert.maybe_time(order.completed_at).insert(conn)?))
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

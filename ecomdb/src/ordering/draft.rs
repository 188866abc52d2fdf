//! Validation and pricing of an order before it is written.

use chrono::{DateTime, Utc};

use super::new_order::Line;
use super::{NewOrder, Order, OrderItem, OrderRecord, Payment, attempts};
use crate::error::{Conflict, Error, Fields, Result};
use crate::types::{Money, OrderId, OrderStatus, ProductId, ProductStatus};
use crate::users::OrderUser;

/// An ordered product with its stock, which is locked.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) id: ProductId,
    name: String,
    sku: String,
    price: Money,
    status: ProductStatus,
    pub(super) stock: i64,
}

pub(super) type OfferRow = (i64, String, String, i64, ProductStatus, i64);

impl Offer {
    pub(super) fn new((id, name, sku, price, status, stock): OfferRow) -> Self {
        Self { id: ProductId::new(id), name, sku, price: Money::from_minor(price), status, stock }
    }
}

/// An order that can be placed. Its ids are 0 until it is written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) order: OrderRecord,
    pub(super) user: OrderUser,
    /// Items, by ascending product id.
    pub(super) items: Vec<OrderItem>,
    pub(super) payment: Option<Payment>,
}

impl Draft {
    /// `offers` are the existing products of the order, by ascending id.
    pub(super) fn new(order: &NewOrder, user: OrderUser, offers: Vec<Offer>, at: DateTime<Utc>) -> Result<Self> {
        refuse_what_is_not_for_sale(order, &offers)?;
        let items: Option<Vec<_>> = order.lines.values().zip(offers).map(|(line, offer)| item(line, offer)).collect();
        let (items, total) = items.and_then(with_total).ok_or_else(too_expensive)?;
        let paid = attempts::captured_with_order(order.payment.as_ref(), total)?;
        let completed = paid == total;
        let payment = order.payment.as_ref().filter(|_| total > Money::ZERO);
        let payment = payment.map(|payment| attempts::prepare(OrderId::new(0), payment, total, at));
        let order = OrderRecord {
            id: OrderId::new(0),
            user_id: user.id,
            status: if completed { OrderStatus::Completed } else { OrderStatus::Pending },
            total,
            paid,
            refunded: Money::ZERO,
            item_count: items.iter().map(|item| item.quantity).sum(),
            placed_at: at,
            completed_at: completed.then_some(at),
            cancelled_at: None,
        };
        Ok(Self { order, user, items, payment })
    }

    /// Sets the id of the order after its insertion.
    pub(super) fn is_written_as(&mut self, id: OrderId) {
        self.order.id = id;
        if let Some(payment) = &mut self.payment {
            payment.order_id = id;
        }
    }
}

impl From<Draft> for Order {
    fn from(Draft { order, user, items, payment }: Draft) -> Self {
        Self::new(order, user, items, payment.into_iter().collect(), Vec::new())
    }
}

/// Reports all unknown products as [`Error::Invalid`]; an archived product or a shortage is a [`Conflict`].
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
            return Err(Conflict::ProductArchived { product_id: offer.id }.into());
        }
        if offer.stock < line.quantity {
            return Err(Conflict::InsufficientStock {
                product_id: offer.id,
                requested: line.quantity,
                available: Some(offer.stock),
            }
            .into());
        }
    }
    Ok(())
}

/// Returns `None` on overflow of the line total.
fn item(line: &Line, offer: Offer) -> Option<OrderItem> {
    Some(OrderItem {
        product_id: offer.id,
        product_name: offer.name,
        sku: offer.sku,
        quantity: line.quantity,
        unit_price: offer.price,
        line_total: offer.price.checked_mul(line.quantity)?,
    })
}

/// The items and their total; `None` if it exceeds the maximum total of an order.
fn with_total(items: Vec<OrderItem>) -> Option<(Vec<OrderItem>, Money)> {
    let total = items.iter().map(|item| item.line_total).sum::<Option<Money>>()?;
    (total <= Money::MAX_TOTAL).then_some((items, total))
}

fn too_expensive() -> Error {
    Error::invalid("items", format!("must cost at most {} together", Money::MAX_TOTAL))
}

//! Validation and pricing of an order before it is written.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text};

use super::address::Addresses;
use super::columns;
use super::new_order::Line;
use super::{NewOrder, Order, OrderAdjustment, OrderItem, OrderRecord, Payment, adjustment, attempts};
use crate::context::Context;
use crate::error::{Conflict, Error, Fields, Result};
use crate::types::{Money, OrderId, OrderStatus, ProductId, ProductStatus};
use crate::users::{ActiveUser, Buyer, stored_revision};
use crate::vouchers::Terms;

/// An ordered product with its stock, which is locked.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) id: ProductId,
    name: String,
    sku: String,
    /// Revision of name and SKU.
    revision: Option<i64>,
    price: Money,
    status: ProductStatus,
    pub(super) stock: i64,
}

pub(super) type OfferColumns = (BigInt, Text, Text, BigInt, BigInt, Text, BigInt);
/// Id, name, SKU, revision of both, price, status and stock.
pub(super) type OfferRow = (i64, String, String, i64, i64, ProductStatus, i64);

impl Offer {
    pub(super) fn new((id, name, sku, revision, price, status, stock): OfferRow) -> Self {
        let revision = stored_revision(revision);
        Self { id: ProductId::new(id), name, sku, revision, price: Money::from_minor(price), status, stock }
    }
}

/// An order that can be placed. Its ids are 0 until it is written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) order: OrderRecord,
    buyer: Buyer,
    /// Revision of the buyer.
    pub(super) user_revision: Option<i64>,
    /// Items, by ascending product id.
    pub(super) items: Vec<OrderItem>,
    /// Revision of the product of each item.
    product_revisions: Vec<Option<i64>>,
    pub(super) adjustments: Vec<OrderAdjustment>,
    pub(super) addresses: Addresses,
    /// The voucher among the adjustments.
    pub(super) voucher: Option<Terms>,
    pub(super) payment: Option<Payment>,
}

impl Draft {
    /// `offers` are the existing products of the order, by ascending id, and `voucher` is that of its code.
    pub(super) fn new(
        context: &Context,
        order: &NewOrder,
        user: ActiveUser,
        offers: Vec<Offer>,
        voucher: Option<Terms>,
        at: DateTime<Utc>,
    ) -> Result<Self> {
        refuse_what_is_not_for_sale(order, &offers)?;
        let product_revisions = offers.iter().map(|offer| offer.revision).collect();
        let items: Option<Vec<_>> = order.lines.values().zip(offers).map(|(line, offer)| item(line, offer)).collect();
        let (mut items, price) = items.and_then(with_total).ok_or_else(too_expensive)?;
        let mut adjustments = order.adjustments.clone();
        if let Some(code) = &order.voucher {
            let voucher = voucher.as_ref().ok_or_else(|| Terms::unknown(context, code))?;
            adjustments.push(discount_of(voucher, context, price, &adjustments, at)?);
        }
        let total = adjust(price, &adjustments, &mut items)?;
        let paid = attempts::captured_with_order(order.payment.as_ref(), total)?;
        let completed = paid == total;
        let payment = order.payment.as_ref().filter(|_| total > Money::ZERO);
        let payment = payment.map(|payment| attempts::prepare(OrderId::new(0), payment, total, at));
        let addresses = order.addresses.clone();
        let order = OrderRecord {
            id: OrderId::new(0),
            user_id: user.id,
            status: if completed { OrderStatus::Completed } else { OrderStatus::Pending },
            total,
            paid,
            refunded: Money::ZERO,
            item_count: items.iter().map(|item| item.quantity).sum(),
            adjustments: if adjustments.is_empty() { None } else { total.checked_sub(price) },
            placed_at: at,
            completed_at: completed.then_some(at),
            cancelled_at: None,
            // What is paid, in full or in part, does not expire.
            expires_at: order.hold.filter(|_| paid == Money::ZERO && !completed).map(|hold| hold.after(at)),
            cancel_reason: None,
            country: addresses.country(),
        };
        let ActiveUser { id: _, buyer, revision: user_revision } = user;
        Ok(Self { order, buyer, user_revision, items, product_revisions, adjustments, addresses, voucher, payment })
    }

    /// The items as they are written.
    pub(super) fn lines(&self) -> impl Iterator<Item = columns::Line<'_>> {
        self.items.iter().zip(self.product_revisions.iter().copied())
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
    fn from(Draft { order, buyer, items, adjustments, addresses, payment, .. }: Draft) -> Self {
        Self::new(order, buyer, items, adjustments, addresses, payment.into_iter().collect(), Vec::new())
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

/// What a voucher takes off items of this price, after the discounts that the request states.
fn discount_of(
    voucher: &Terms,
    context: &Context,
    price: Money,
    stated: &[OrderAdjustment],
    at: DateTime<Utc>,
) -> Result<OrderAdjustment> {
    let left = adjustment::discounts(stated).and_then(|discounts| price.checked_sub(discounts));
    let left = left.filter(|left| *left >= Money::ZERO).ok_or_else(|| adjustment::too_much_off(price))?;
    let discount = voucher.discount(context, price, left, at)?;
    Ok(OrderAdjustment::of_voucher(voucher.id, &voucher.code, discount))
}

/// Divides the discounts over the items, and returns the total of the order.
fn adjust(price: Money, adjustments: &[OrderAdjustment], items: &mut [OrderItem]) -> Result<Money> {
    if adjustments.is_empty() {
        return Ok(price);
    }
    let discount = adjustment::discounts(adjustments).filter(|discount| *discount <= price);
    adjustment::divide(discount.ok_or_else(|| adjustment::too_much_off(price))?, items);
    let effects = adjustments.iter().map(OrderAdjustment::effect).sum::<Option<Money>>();
    let total = effects.and_then(|effects| price.checked_add(effects)).filter(|total| *total <= Money::MAX_TOTAL);
    let total = total.ok_or_else(|| {
        Error::invalid("adjustments", format!("must not make the order cost more than {}", Money::MAX_TOTAL))
    })?;
    let included = adjustments.iter().filter(|it| it.included).map(|it| it.amount).sum::<Option<Money>>();
    if included.is_none_or(|included| included > total) {
        let message = format!("must have included taxes of together at most the total, {total}");
        return Err(Error::invalid("adjustments", message));
    }
    Ok(total)
}

/// Returns `None` on overflow of the line total.
fn item(line: &Line, offer: Offer) -> Option<OrderItem> {
    let line_total = offer.price.checked_mul(line.quantity)?;
    Some(OrderItem {
        product_id: offer.id,
        product_name: offer.name,
        sku: offer.sku,
        quantity: line.quantity,
        unit_price: offer.price,
        line_total,
        discount: Money::ZERO,
        net_total: line_total,
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

//! What an order would cost, without placing it.

use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use super::draft::{Draft, Offer};
use super::place::{needed, offers, shown_error};
use super::{NewOrder, OrderAdjustment, OrderItem, OrderRecord, cancel, detail};
use crate::context::Context;
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::time::now;
use crate::types::{Money, VoucherId};
use crate::users;
use crate::vouchers::{self, Terms};

/// What an order would cost if it were placed now.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OrderQuote {
    /// Items, by ascending product id.
    pub items: Vec<OrderItem>,
    /// Discounts, shipping, fees and taxes; the discount of the voucher is the last one.
    pub adjustments: Vec<OrderAdjustment>,
    /// Number of units over all items.
    pub item_count: i64,
    /// Sum of the items and of the adjustments that are not included in their prices.
    pub total: Money,
}

/// Validates and prices an order as placing it does, without locks.
pub(crate) fn quote(conn: &mut Connection, context: &Context, order: &NewOrder) -> Result<OrderQuote> {
    context.verify(conn, &needed(order))?;
    price(conn, context, order).map_err(|error| shown_error(context, error))
}

fn price(conn: &mut Connection, context: &Context, order: &NewOrder) -> Result<OrderQuote> {
    let replaced = match order.replacing {
        Some(id) => Some(cancel::replaced(conn, context, id, order, detail::record)?),
        None => None,
    };
    let user = users::get_active(conn, context, order.user_id)?;
    let mut offers = offers(conn, order.lines.keys(), "")?;
    let mut voucher = match &order.voucher {
        Some(code) => vouchers::terms(conn, std::iter::once(code.as_str()))?.pop(),
        None => None,
    };
    let given_back = match &replaced {
        Some(old) => {
            return_units(conn, old, &mut offers)?;
            return_use(conn, old, voucher.as_mut())?
        }
        None => 0,
    };
    let draft = Draft::new(context, order, user, offers, voucher, now())?;
    if let Some(voucher) = &draft.voucher {
        vouchers::refuse_used_up_by(conn, context, voucher, order.user_id, given_back)?;
    }
    let Draft { order, items, adjustments, .. } = draft;
    Ok(OrderQuote { items, adjustments, item_count: order.item_count, total: order.total })
}

/// Counts the units of an order that would be replaced as available.
fn return_units(conn: &mut Connection, old: &OrderRecord, offers: &mut [Offer]) -> Result<()> {
    let items = sql("SELECT product_id, quantity FROM order_items WHERE order_id = ?").int(old.id);
    for (product, units) in items.rows::<(BigInt, BigInt), (i64, i64)>(conn)? {
        if let Some(offer) = offers.iter_mut().find(|offer| offer.id.get() == product) {
            offer.stock += units;
        }
    }
    Ok(())
}

/// Does not count the use of the voucher by an order that would be replaced. Returns the number of such uses.
fn return_use(conn: &mut Connection, old: &OrderRecord, voucher: Option<&mut Terms>) -> Result<i64> {
    let Some(voucher) = voucher.filter(|_| old.adjustments.is_some()) else { return Ok(0) };
    let used = sql("SELECT voucher_id FROM order_adjustments WHERE order_id = ? AND voucher_id IS NOT NULL");
    let used: Vec<i64> = used.int(old.id).rows::<BigInt, i64>(conn)?;
    if used.first().copied().map(VoucherId::new) != Some(voucher.id) {
        return Ok(0);
    }
    voucher.uncount();
    Ok(1)
}

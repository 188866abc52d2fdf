//! Discounts, shipping, fees and taxes of orders.

use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};
use serde::{Deserialize, Serialize};

use super::OrderItem;
use super::draft::Draft;
use crate::engine::{Connection, Later, fixed, sql};
use crate::error::{Error, Fields, Invalid, Result};
use crate::types::{AdjustmentKind, Money, OrderId, VoucherId, text};

/// A discount, shipping, a fee or a tax of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct OrderAdjustment {
    /// Kind of adjustment.
    pub kind: AdjustmentKind,
    /// Purpose of the adjustment; for a voucher, its code.
    pub label: String,
    /// At most 0.00 for a discount, otherwise at least 0.00.
    pub amount: Money,
    /// Whether it is a tax within the prices, which does not change the total.
    pub included: bool,
    /// Id of the voucher that gave the discount.
    pub voucher_id: Option<VoucherId>,
}

impl OrderAdjustment {
    /// Maximum number of adjustments of an order, without its voucher.
    pub const MAX: usize = 20;
    /// Maximum length of a label in characters.
    pub const MAX_LABEL: usize = 200;

    /// The adjustment that a voucher gives, which takes `discount` off.
    pub(super) fn of_voucher(voucher: VoucherId, code: &str, discount: Money) -> Self {
        let amount = Money::from_minor(-discount.minor());
        Self {
            kind: AdjustmentKind::Discount,
            label: code.to_owned(),
            amount,
            included: false,
            voucher_id: Some(voucher),
        }
    }

    /// The amount that it adds to the total; negative for a discount.
    pub(super) fn effect(&self) -> Money {
        if self.included { Money::ZERO } else { self.amount }
    }

    /// Validates an adjustment of a request; `path` is its path in the request.
    pub(super) fn checked(self, path: &str) -> Result<Self, Invalid> {
        let Self { kind, label, amount, included, voucher_id } = self;
        let mut fields = Fields::default();
        let label = fields.check(text::name(&format!("{path}label"), &label, Self::MAX_LABEL));
        let most = Money::MAX_TOTAL;
        let (range, allowed) = match kind {
            AdjustmentKind::Discount => {
                (Money::from_minor(-most.minor())..=Money::ZERO, format!("-{most} and 0.00 for a discount"))
            }
            kind => (Money::ZERO..=most, format!("0.00 and {most} for {kind}")),
        };
        if !range.contains(&amount) {
            fields.add(format!("{path}amount"), format!("must lie between {allowed}, not {amount}"));
        }
        if included && kind != AdjustmentKind::Tax {
            fields.add(
                format!("{path}included"),
                format!("must be false for {kind}: only a tax can be within the prices"),
            );
        }
        fields.finish_with(|| Some(Self { kind, label: label?, amount, included, voucher_id }))
    }
}

/// The sum of the discounts, as a positive amount.
pub(super) fn discounts(adjustments: &[OrderAdjustment]) -> Option<Money> {
    let discounts = adjustments.iter().filter(|it| it.kind == AdjustmentKind::Discount);
    let sum = discounts.map(|it| it.amount).sum::<Option<Money>>()?;
    Money::ZERO.checked_sub(sum)
}

/// Divides the discount over the items in proportion to their prices. Each part is rounded down; the remaining cents go
/// one by one to the items with the largest remainders, and among equal ones to the first. So the parts add up to the
/// discount, and none exceeds the price of its item. The discount must not exceed the price of all items.
pub(super) fn divide(discount: Money, items: &mut [OrderItem]) {
    let price: i128 = items.iter().map(|item| i128::from(item.line_total.minor())).sum();
    if price == 0 || discount == Money::ZERO {
        return;
    }
    let mut left = discount.minor();
    let mut remainders = Vec::with_capacity(items.len());
    for (place, item) in items.iter_mut().enumerate() {
        let share = i128::from(discount.minor()) * i128::from(item.line_total.minor());
        let part = (share / price) as i64;
        left -= part;
        item.discount = Money::from_minor(part);
        remainders.push((share % price, place));
    }
    remainders.sort_by(|(one, place), (other, behind)| other.cmp(one).then(place.cmp(behind)));
    for (_, place) in remainders.into_iter().take(left as usize) {
        let item = &mut items[place];
        item.discount = Money::from_minor(item.discount.minor() + 1);
    }
    for item in items {
        item.net_total = Money::from_minor(item.line_total.minor() - item.discount.minor());
    }
}

/// The error for discounts that exceed the price of the items.
pub(super) fn too_much_off(price: Money) -> Error {
    Error::invalid("adjustments", format!("must have discounts of together at most {price}, the price of the items"))
}

/// Writes the adjustments of these orders, whose ids are known.
pub(super) fn write<'a>(conn: &mut Connection, drafts: impl Iterator<Item = &'a Draft>) -> Result<()> {
    let (mut values, mut count) = (sql(""), 0);
    for draft in drafts {
        for (adjustment, position) in draft.adjustments.iter().zip(1_i64..) {
            let OrderAdjustment { kind, label, amount, included, voucher_id } = adjustment;
            values =
                values.int(draft.order.id).int(position).word(kind.as_str()).maybe_int(voucher_id.map(VoucherId::get));
            values = values.text(label.clone()).int(amount.minor()).int(i64::from(*included));
            count += 1;
        }
    }
    let into = "order_adjustments (order_id, position, kind, voucher_id, label, amount, included)";
    if count > 0 { Ok(conn.insert_rows(into, count, values).send(conn)?) } else { Ok(()) }
}

/// The adjustments of an order, by position.
pub(super) fn of_order(conn: &mut Connection, order: OrderId) -> Result<Later<'static, Vec<OrderAdjustment>>> {
    type Row = (AdjustmentKind, Option<i64>, String, i64, i16);
    let rows = fixed!(
        "SELECT kind, voucher_id, label, amount, included FROM order_adjustments WHERE order_id = ? ORDER BY position"
    )
    .int(order)
    .send_query::<(Text, Nullable<BigInt>, Text, BigInt, SmallInt), Row>(conn)?;
    let adjustment = |(kind, voucher, label, amount, included): Row| OrderAdjustment {
        kind,
        label,
        amount: Money::from_minor(amount),
        included: included != 0,
        voucher_id: voucher.map(VoucherId::new),
    };
    Ok(rows.map(move |rows| rows.into_iter().map(adjustment).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ProductId;

    fn divided(discount: i64, prices: &[i64]) -> Vec<i64> {
        let item = |price: &i64| OrderItem {
            product_id: ProductId::new(1),
            product_name: String::new(),
            sku: String::new(),
            quantity: 1,
            unit_price: Money::from_minor(*price),
            line_total: Money::from_minor(*price),
            discount: Money::ZERO,
            net_total: Money::from_minor(*price),
        };
        let mut items: Vec<_> = prices.iter().map(item).collect();
        divide(Money::from_minor(discount), &mut items);
        assert!(items.iter().all(|item| item.net_total.minor() == item.line_total.minor() - item.discount.minor()));
        items.iter().map(|item| item.discount.minor()).collect()
    }

    #[test]
    fn cents_that_are_left_go_to_the_largest_remainders() {
        assert_eq!(divided(100, &[100, 100, 100]), [34, 33, 33]);
        assert_eq!(divided(2, &[100, 100, 100]), [1, 1, 0]);
        // 33.3, 16.6 and 50: the second has the largest remainder.
        assert_eq!(divided(100, &[200, 100, 300]), [33, 17, 50]);
        assert_eq!(divided(0, &[200, 100]), [0, 0]);
        assert_eq!(divided(300, &[200, 100, 0]), [200, 100, 0]);
        assert_eq!(divided(0, &[0]), [0]);
    }

    #[test]
    fn the_parts_add_up_and_none_exceeds_its_item() {
        let mut state = 7_u64;
        let mut random = |below: i64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i64 % below
        };
        for _ in 0..20_000 {
            let most = [5, 1_000, Money::MAX_PRICE.minor()][random(3) as usize];
            let prices: Vec<i64> = (0..=random(6)).map(|_| random(most)).collect();
            let discount = random(prices.iter().sum::<i64>() + 1);
            let parts = divided(discount, &prices);
            assert_eq!(parts.iter().sum::<i64>(), discount, "{prices:?}");
            assert!(parts.iter().zip(&prices).all(|(part, price)| (0..=*price).contains(part)), "{prices:?} {parts:?}");
        }
    }
}

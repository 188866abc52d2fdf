//! Vouchers, discounts, shipping and tax of generated orders.

use super::Scenario;
use super::streams::{Stream, threshold};
use crate::tables::{AdjustmentRow, OrderBundle, VoucherRow};
use crate::types::{AdjustmentKind, VoucherKind};

/// A voucher of the shop. None has a usage limit, because whether it is used up would depend on all earlier orders.
struct Campaign {
    code: &'static str,
    kind: VoucherKind,
    value: i64,
    minimum: i64,
    per_user_limit: Option<i64>,
}

const fn campaign(code: &'static str, kind: VoucherKind, value: i64, minimum: i64) -> Campaign {
    Campaign { code, kind, value, minimum, per_user_limit: None }
}

/// The first is for a customer's first order. Of the others, earlier ones are chosen more often.
const CAMPAIGNS: [Campaign; 5] = [
    Campaign { per_user_limit: Some(1), ..campaign("WELCOME10", VoucherKind::Percent, 1_000, 0) },
    campaign("NEWS5", VoucherKind::Amount, 500, 4_000),
    campaign("SAVE15", VoucherKind::Percent, 1_500, 6_000),
    campaign("FRIENDS20", VoucherKind::Percent, 2_000, 0),
    campaign("THANKS", VoucherKind::Amount, 1_000, 8_000),
];

const DISCOUNTS: &[&str] = &["Regular customer", "Display item", "Bundle", "Goodwill"];

/// Shares of orders, as thresholds of 2^32.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    voucher: u64,
    discount: u64,
    shipping: u64,
    tax: u64,
}

impl Terms {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let Scenario { vouchers, discounts, shipping, taxed, .. } = *scenario;
        Self {
            voucher: threshold(vouchers),
            discount: threshold(discounts),
            shipping: threshold(shipping),
            tax: threshold(taxed),
        }
    }

    /// Draws the adjustments of the order in `bundle`, whose items are complete, and computes its total.
    pub(crate) fn apply(&self, is_first: bool, stream: &mut Stream, bundle: &mut OrderBundle) {
        bundle.adjustments.clear();
        let price = bundle.order.total;
        let mut is_drawn = |share: u64| u64::from(stream.word()) < share;
        let [voucher, discount, shipping, tax] =
            [self.voucher, self.discount, self.shipping, self.tax].map(&mut is_drawn);
        let mut off = 0;
        if discount {
            let part = price * stream.between(3, 16) / 100;
            let label = stream.pick(DISCOUNTS).copied().unwrap_or_default();
            off += part;
            add(bundle, AdjustmentKind::Discount, None, label, -part);
        }
        if voucher {
            let (id, campaign) = chosen(is_first, price, stream);
            let part = match campaign.kind {
                VoucherKind::Percent => ((price - off) * campaign.value + 5_000) / 10_000,
                VoucherKind::Amount => campaign.value.min(price - off),
            };
            off += part;
            add(bundle, AdjustmentKind::Discount, Some(id), campaign.code, -part);
        }
        if shipping {
            let (label, amount) =
                if stream.percent(12) { ("Express", 990) } else { ("Standard", if price < 5_000 { 490 } else { 290 }) };
            add(bundle, AdjustmentKind::Shipping, None, label, amount);
        }
        if tax {
            add(bundle, AdjustmentKind::Tax, None, "Sales tax", (price - off) * 7 / 100);
        }
        divide(off, bundle);
        if !bundle.adjustments.is_empty() {
            let effect = bundle.adjustments.iter().map(|row| row.amount).sum();
            bundle.order.adjustments = Some(effect);
            bundle.order.total += effect;
        }
    }
}

/// Id and terms of the voucher of an order at this price.
fn chosen(is_first: bool, price: i64, stream: &mut Stream) -> (i64, &'static Campaign) {
    let place = if is_first { 0 } else { 1 + stream.early(0, CAMPAIGNS.len() as i64 - 1) as usize };
    // One without a minimum fits any order.
    let fits = |place: &usize| price >= CAMPAIGNS[*place].minimum;
    let place = Some(place).filter(fits).unwrap_or(3);
    (place as i64 + 1, &CAMPAIGNS[place])
}

fn add(bundle: &mut OrderBundle, kind: AdjustmentKind, voucher_id: Option<i64>, label: &'static str, amount: i64) {
    let (order_id, position) = (bundle.order.id, bundle.adjustments.len() as i64 + 1);
    bundle.adjustments.push(AdjustmentRow { order_id, position, kind, voucher_id, label, amount, included: false });
}

/// Divides a discount over the items as placing an order does: parts are rounded down, and the rest goes by largest
/// remainder.
fn divide(off: i64, bundle: &mut OrderBundle) {
    let price: i64 = bundle.items.iter().map(|item| item.quantity * item.unit_price).sum();
    if off == 0 || price == 0 {
        return;
    }
    let mut left = off;
    let mut remainders = Vec::with_capacity(bundle.items.len());
    for (place, item) in bundle.items.iter_mut().enumerate() {
        let share = i128::from(off) * i128::from(item.quantity * item.unit_price);
        let part = (share / i128::from(price)) as i64;
        left -= part;
        item.discount = Some(part);
        remainders.push((std::cmp::Reverse(share % i128::from(price)), place));
    }
    remainders.sort_unstable();
    for (_, place) in remainders.into_iter().take(left as usize) {
        if let Some(part) = &mut bundle.items[place].discount {
            *part += 1;
        }
    }
    for item in &mut bundle.items {
        item.discount = item.discount.filter(|part| *part > 0);
    }
}

/// The vouchers of the shop, created at this time.
pub(crate) fn vouchers(created_at: i64) -> impl Iterator<Item = VoucherRow> {
    CAMPAIGNS.iter().zip(1..).map(move |(campaign, id)| VoucherRow {
        id,
        code: campaign.code.to_owned(),
        kind: campaign.kind,
        value: campaign.value,
        minimum: campaign.minimum,
        starts_at: None,
        ends_at: None,
        usage_limit: None,
        per_user_limit: campaign.per_user_limit,
        used: 0,
        created_at,
        updated_at: created_at,
    })
}

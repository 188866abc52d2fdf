//! Vouchers, discounts, shipping and tax of generated orders.

use std::ops::Range;

use super::calendar::{Calendar, DAY};
use super::streams::{Stream, threshold};
use super::{Dataset, Scenario};
use crate::tables::{AdjustmentRow, OrderBundle, VoucherRow};
use crate::types::{AdjustmentKind, OrderStatus, VoucherKind};

/// A voucher of the shop.
struct Campaign {
    code: &'static str,
    kind: VoucherKind,
    value: i64,
    minimum: i64,
    per_user_limit: Option<i64>,
    /// Start and end in percent of the period; an end of 100 leaves it open.
    window: Option<[i64; 2]>,
}

const fn campaign(code: &'static str, kind: VoucherKind, value: i64, minimum: i64) -> Campaign {
    Campaign { code, kind, value, minimum, per_user_limit: None, window: None }
}

/// The first is for a customer's first order. Of the others, earlier ones are chosen more often.
const CAMPAIGNS: [Campaign; 5] = [
    Campaign { per_user_limit: Some(1), ..campaign("WELCOME10", VoucherKind::Percent, 1_000, 0) },
    campaign("NEWS5", VoucherKind::Amount, 500, 4_000),
    Campaign { window: Some([30, 65]), ..campaign("SAVE15", VoucherKind::Percent, 1_500, 6_000) },
    campaign("FRIENDS20", VoucherKind::Percent, 2_000, 0),
    Campaign { window: Some([50, 100]), ..campaign("THANKS", VoucherKind::Amount, 1_000, 8_000) },
];

/// The place of a campaign that fits every order.
const ANY: usize = 3;

/// The only campaign with a usage limit. Whether it is used up would depend on all earlier orders, so only a few consecutive
/// orders use it, and its limit is their number.
const LIMITED: Campaign = campaign("FLASH25", VoucherKind::Percent, 2_500, 0);

/// The indexes of the orders that use the limited campaign if they have a voucher and are not a customer's first one.
fn limited(scenario: &Scenario) -> Range<u64> {
    let (start, count) = (scenario.orders / 10 * 6, (scenario.orders / 20).min(500));
    start..start + count
}

/// The time at this percentage of the period; in periods of some months, at midnight.
fn time_at(calendar: &Calendar, percent: i64) -> i64 {
    let period = calendar.to - calendar.from;
    let time = calendar.from + period / 100 * percent;
    if period >= 100 * DAY { time.div_euclid(DAY) * DAY } else { time }
}

impl Campaign {
    /// Start and end; `None` for a window that is open there.
    fn window(&self, calendar: &Calendar) -> [Option<i64>; 2] {
        let Some([start, end]) = self.window else { return [None; 2] };
        [Some(time_at(calendar, start)), (end < 100).then(|| time_at(calendar, end))]
    }
}

const DISCOUNTS: &[&str] = &["Regular customer", "Display item", "Bundle", "Goodwill"];

/// Shares of orders, as thresholds of 2^32.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    voucher: u64,
    discount: u64,
    shipping: u64,
    tax: u64,
    windows: [[Option<i64>; 2]; CAMPAIGNS.len()],
    limited: Range<u64>,
}

impl Terms {
    pub(crate) fn new(scenario: &Scenario, calendar: &Calendar) -> Self {
        let Scenario { vouchers, discounts, shipping, taxed, .. } = *scenario;
        Self {
            voucher: threshold(vouchers),
            discount: threshold(discounts),
            shipping: threshold(shipping),
            tax: threshold(taxed),
            windows: CAMPAIGNS.each_ref().map(|campaign| campaign.window(calendar)),
            limited: limited(scenario),
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
            let (id, campaign) = self.chosen(is_first, price, bundle, stream);
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

    /// Id and terms of the voucher of an order at this price.
    fn chosen(
        &self,
        is_first: bool,
        price: i64,
        OrderBundle { order, .. }: &OrderBundle,
        stream: &mut Stream,
    ) -> (i64, &'static Campaign) {
        let place = if is_first { 0 } else { 1 + stream.early(0, CAMPAIGNS.len() as i64 - 1) as usize };
        if !is_first && self.limited.contains(&(order.id as u64 - 1)) {
            return (CAMPAIGNS.len() as i64 + 1, &LIMITED);
        }
        let fits = |place: &usize| {
            let [start, end] = self.windows[*place];
            price >= CAMPAIGNS[*place].minimum
                && start.is_none_or(|start| start <= order.placed_at)
                && end.is_none_or(|end| order.placed_at < end)
        };
        let place = Some(place).filter(fits).unwrap_or(ANY);
        (place as i64 + 1, &CAMPAIGNS[place])
    }
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

/// The vouchers of the shop.
pub(crate) fn vouchers(dataset: &Dataset) -> Vec<VoucherRow> {
    let calendar = &dataset.calendar;
    let row = |campaign: &Campaign, id| {
        let [starts_at, ends_at] = campaign.window(calendar);
        VoucherRow {
            id,
            code: campaign.code.to_owned(),
            kind: campaign.kind,
            value: campaign.value,
            minimum: campaign.minimum,
            starts_at,
            ends_at,
            usage_limit: None,
            per_user_limit: campaign.per_user_limit,
            used: 0,
            created_at: calendar.from,
            updated_at: calendar.from,
        }
    };
    let mut vouchers: Vec<_> = CAMPAIGNS.iter().zip(1..).map(|(campaign, id)| row(campaign, id)).collect();
    let id = vouchers.len() as i64 + 1;
    vouchers.extend(limit_by_uses(dataset, row(&LIMITED, id)));
    vouchers
}

/// The limited voucher with its window, limit and uses; `None` if no order uses it.
fn limit_by_uses(dataset: &Dataset, voucher: VoucherRow) -> Option<VoucherRow> {
    let uses = |bundle: &OrderBundle| bundle.adjustments.iter().any(|row| row.voucher_id == Some(voucher.id));
    let orders: Vec<_> = dataset.orders_range(limited(&dataset.scenario)).filter(uses).map(|it| it.order).collect();
    let (first, last) = (orders.first()?.placed_at, orders.last()?.placed_at);
    Some(VoucherRow {
        starts_at: Some((first.div_euclid(DAY) * DAY).max(dataset.calendar.from)),
        ends_at: Some((last.div_euclid(DAY) + 1) * DAY),
        usage_limit: Some(orders.len() as i64),
        used: orders.iter().filter(|order| order.status != OrderStatus::Cancelled).count() as i64,
        ..voucher
    })
}

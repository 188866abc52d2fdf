//! Comparison of a dataset with its scenario.
//!
//! All values are measured from the rows alone as they pass by. Tolerances are four standard errors plus an allowance
//! for what the scenario does not specify (daily variation, sold-out products). A value is not measured when there are
//! too few orders.
//!
//! Memory: one bit per user and one counter per product.

mod catalog;
mod report;

use self::catalog::Catalog;
use super::Dataset;
use super::addresses::HOME;
use super::calendar::{DAY, HOUR, WEEK, season, weekday};
use super::fate::LIFETIME;
use crate::tables::{AddressRow, AdjustmentRow, OrderBundle, ProductExternalIdRow, ProductRow};
use crate::types::{AdjustmentKind, CancelReason, OrderStatus, PaymentStatus};

pub use report::{Measure, RealismReport};

/// Minimum number of observations for a measure.
const TOO_FEW: u64 = 200;

/// Standard deviation of the random daily variation.
const WEATHER: f64 = 0.058;

/// Measures products and orders as they pass by. Made by [`Dataset::realism`].
#[derive(Debug)]
pub struct Realism<'a> {
    dataset: &'a Dataset,
    /// Whole days of the period, counted from 1970-01-01.
    days: std::ops::Range<i64>,
    orders: u64,
    repeats: u64,
    lines: u64,
    pairs: u64,
    companion_pairs: u64,
    terms: Terms,
    deliveries: Deliveries,
    lives: Lives,
    catalog: Catalog,
    /// One bit per user: whether the user has ordered.
    seen: Vec<u64>,
    /// Number of orders that contain only this product.
    sold: Vec<u64>,
    hours: [u64; 24],
    week: Season,
    year: Season,
    last_year: u64,
    year_before: u64,
    growth_of_day: (i64, f64),
}

/// Orders with each kind of adjustment.
#[derive(Debug, Default)]
struct Terms {
    vouchers: u64,
    discounts: u64,
    shipping: u64,
    taxed: u64,
}

/// Orders with a shipping address, and among them those with a billing address and those that go abroad.
#[derive(Debug, Default)]
struct Deliveries {
    addressed: u64,
    billed_elsewhere: u64,
    abroad: u64,
}

/// Outcomes of the orders that are old enough to be final.
#[derive(Debug, Default)]
struct Lives {
    orders: u64,
    unpaid: u64,
    cancelled: u64,
    expired: u64,
    refunded: u64,
    partial: u64,
    late: u64,
    paid: u64,
    failed_first: u64,
}

/// Sums for the linear regression of daily orders on the seasonal curve.
#[derive(Debug, Default)]
struct Season {
    orders: u64,
    /// Orders with the growth removed, and their product with the curve.
    sum: f64,
    shaped: f64,
}

impl<'a> Realism<'a> {
    pub(crate) fn new(dataset: &'a Dataset) -> Self {
        let calendar = &dataset.calendar;
        let first = -(-calendar.from).div_euclid(DAY);
        let end = calendar.to.div_euclid(DAY).max(first);
        Self {
            dataset,
            days: first..end,
            orders: 0,
            repeats: 0,
            lines: 0,
            pairs: 0,
            companion_pairs: 0,
            terms: Terms::default(),
            deliveries: Deliveries::default(),
            lives: Lives::default(),
            catalog: Catalog::default(),
            seen: vec![0; dataset.scenario.users.div_ceil(64) as usize],
            sold: vec![0; dataset.shelf.len()],
            hours: [0; 24],
            week: Season::default(),
            year: Season::default(),
            last_year: 0,
            year_before: 0,
            growth_of_day: (i64::MIN, 1.0),
        }
    }

    /// Measures one product. Each must come once.
    pub fn observe_product(&mut self, product: &ProductRow) {
        self.catalog.observe_product(product);
    }

    /// Measures one external id of a product. Each must come once.
    pub fn observe_external_id(&mut self, _: &ProductExternalIdRow) {
        self.catalog.observe_external_id();
    }

    /// Measures one order. Orders must come by ascending id, each once.
    pub fn observe(&mut self, bundle: &OrderBundle) {
        self.orders += 1;
        self.observe_customer(bundle.order.user_id);
        self.observe_basket(bundle);
        self.observe_time(bundle.order.placed_at);
        self.terms.observe(&bundle.adjustments);
        self.deliveries.observe(&bundle.addresses);
        if bundle.order.placed_at + LIFETIME < self.dataset.calendar.to {
            self.lives.observe(bundle);
        }
    }

    fn observe_customer(&mut self, user_id: i64) {
        let index = (user_id - 1) as usize;
        if let Some(word) = self.seen.get_mut(index / 64) {
            let bit = 1 << (index % 64);
            self.repeats += u64::from(*word & bit != 0);
            *word |= bit;
        }
    }

    fn observe_basket(&mut self, bundle: &OrderBundle) {
        self.lines += bundle.items.len() as u64;
        // Further lines depend on the first one, so only single-line orders show popularity.
        if let [item] = bundle.items[..]
            && let Some(sold) = self.sold.get_mut((item.product_id - 1) as usize)
        {
            *sold += 1;
        }
        if let [left, right] = bundle.items[..] {
            let (left, right) = (left.product_id - 1, right.product_id - 1);
            let goes_with = |anchor: i64, other: i64| {
                let companions = self.dataset.shelf.companions(anchor as usize);
                companions.contains(&(other as u32))
            };
            self.pairs += 1;
            self.companion_pairs += u64::from(goes_with(left, right) || goes_with(right, left));
        }
    }

    fn observe_time(&mut self, time: i64) {
        let age = self.dataset.calendar.to - time;
        self.last_year += u64::from(age <= 365 * DAY);
        self.year_before += u64::from(365 * DAY < age && age <= 730 * DAY);

        let day = time.div_euclid(DAY);
        if !self.days.contains(&day) {
            return;
        }
        self.hours[(time.rem_euclid(DAY) / HOUR) as usize] += 1;
        if self.growth_of_day.0 != day {
            let years = (day - self.days.start) as f64 / 365.25;
            let growth = (1.0 + self.dataset.scenario.growth).powf(years);
            self.growth_of_day = (day, growth);
        }
        let order = 1.0 / self.growth_of_day.1;
        if self.whole(7).contains(&day) {
            self.week.observe(order, WEEK[weekday(day)]);
        }
        if self.whole(365).contains(&day) {
            self.year.observe(order, season(day));
        }
    }

    /// The days of the period, cut to a multiple of `length`.
    fn whole(&self, length: i64) -> std::ops::Range<i64> {
        let days = self.days.end - self.days.start;
        self.days.start..self.days.start + days / length * length
    }

    /// Evaluates all measures.
    #[must_use]
    pub fn report(&self) -> RealismReport {
        let scenario = &self.dataset.scenario;
        let (lives, deliveries) = (&self.lives, &self.deliveries);
        let orders = self.orders.max(1) as f64;
        let share = Measure::share;
        let mut measures = vec![
            share("unpaid", scenario.unpaid, lives.unpaid, lives.orders),
            share("cancelled", scenario.cancelled, lives.cancelled, lives.orders),
            share("expired", scenario.expired, lives.expired, lives.orders),
            share("late_payments", scenario.late_payments, lives.late, lives.cancelled + lives.expired),
            share("refunded", scenario.refunded, lives.refunded, lives.orders),
            share("partially_refunded", scenario.partially_refunded, lives.partial, lives.orders),
            share("vouchers", scenario.vouchers, self.terms.vouchers, self.orders),
            share("discounts", scenario.discounts, self.terms.discounts, self.orders),
            share("shipping", scenario.shipping, self.terms.shipping, self.orders),
            share("taxed", scenario.taxed, self.terms.taxed, self.orders),
            share("addressed", scenario.addressed, deliveries.addressed, self.orders),
            share("billed_elsewhere", scenario.billed_elsewhere, deliveries.billed_elsewhere, deliveries.addressed),
            share("abroad", scenario.abroad, deliveries.abroad, deliveries.addressed),
            share("failed_first", scenario.failed_first, lives.failed_first, lives.paid),
            Measure {
                name: "repeat_share",
                asked: 1.0 - self.dataset.customers.buyers as f64 / orders,
                measured: (self.orders > 0).then(|| self.repeats as f64 / orders),
                tolerance: 0.001,
            },
            Measure {
                name: "basket_lines",
                asked: self.dataset.basket_sizes.mean,
                measured: (self.orders >= TOO_FEW).then(|| self.lines as f64 / orders),
                tolerance: self.dataset.basket_sizes.mean * (0.01 + 4.0 / orders.sqrt()),
            },
            self.zipf(),
            self.hours(),
            self.growth(),
            self.season("weekly_season", scenario.weekly_season, &self.week, 7, 4),
            self.season("yearly_season", scenario.yearly_season, &self.year, 365, 1),
        ];
        measures.extend(self.catalog.measures(scenario));
        if self.dataset.shelf.len() > 50 {
            measures.push(self.affinity());
        }
        RealismReport { measures }
    }

    /// Estimates the Zipf exponent by maximum likelihood from the products on sale during the whole period.
    ///
    /// The estimate is the exponent s for which weights of 1 / rank^s predict the observed mean of ln(rank) over
    /// single-product orders.
    fn zipf(&self) -> Measure {
        let shelf = &self.dataset.shelf;
        let (mut logs, mut sold, mut lines) = (Vec::new(), 0.0, 0);
        for (rank, &product) in shelf.by_rank.iter().enumerate() {
            if shelf.is_always_on_sale(product as usize) {
                let log = (rank as f64 + 1.0).ln();
                sold += log * self.sold[product as usize] as f64;
                lines += self.sold[product as usize];
                logs.push(log);
            }
        }
        let mean = sold / lines.max(1) as f64;
        let (mut low, mut high) = (-1.0, 8.0);
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if moments(&logs, middle).0 > mean {
                low = middle;
            } else {
                high = middle;
            }
        }
        let variance = moments(&logs, low).1;
        let asked = self.dataset.scenario.zipf_exponent;
        let enough = lines >= TOO_FEW && logs.len() > 1;
        Measure {
            name: "zipf_exponent",
            asked,
            measured: enough.then_some(low),
            tolerance: 0.02 + 4.0 / (lines as f64 * variance).max(1.0).sqrt(),
        }
    }

    /// Total variation distance between observed and requested hours: 0 if equal, 1 if disjoint.
    fn hours(&self) -> Measure {
        let asked = &self.dataset.scenario.hours;
        let (weights, orders) = (asked.iter().sum::<f64>(), self.hours.iter().sum::<u64>());
        let apart: f64 = self
            .hours
            .iter()
            .zip(asked)
            .map(|(&count, weight)| (count as f64 / orders as f64 - weight / weights).abs() / 2.0)
            .sum();
        Measure {
            name: "hours",
            asked: 0.0,
            measured: (orders >= TOO_FEW).then_some(apart),
            tolerance: 0.005 + (24.0 / orders as f64).sqrt(),
        }
    }

    /// Growth from the last 365 days and the 365 days before.
    fn growth(&self) -> Measure {
        let calendar = &self.dataset.calendar;
        let two_years = calendar.to - calendar.from >= 730 * DAY;
        let (now, before) = (self.last_year as f64, self.year_before as f64);
        let asked = self.dataset.scenario.growth;
        let enough = two_years && self.year_before.min(self.last_year) >= TOO_FEW;
        let noise = 1.0 / now.max(1.0) + 1.0 / before.max(1.0) + 2.0 * WEATHER * WEATHER / 365.0;
        Measure {
            name: "growth",
            asked,
            measured: enough.then(|| now / before - 1.0),
            tolerance: (1.0 + asked) * (0.01 + 4.0 * noise.sqrt()),
        }
    }

    /// Strength of a season: b / (a + b), with daily orders modelled as a + b x curve.
    fn season(&self, name: &'static str, asked: f64, season_sums: &Season, length: i64, fewest: i64) -> Measure {
        let whole = self.whole(length);
        let days = (whole.end - whole.start) as f64;
        let shape = |day| {
            if length == 7 { WEEK[weekday(day)] } else { season(day) }
        };
        let mean = whole.clone().map(shape).sum::<f64>() / days;
        let variance = whole.clone().map(|day| (shape(day) - mean).powi(2)).sum::<f64>() / days;
        let orders = season_sums.sum / days;
        let slope = (season_sums.shaped / days - orders * mean) / variance;
        let strength = slope / (orders + slope * (1.0 - mean));
        let enough = whole.end - whole.start >= fewest * length && season_sums.orders >= TOO_FEW;
        // The other season acts as noise here, although the week nearly cancels over a year.
        let noise = WEATHER * WEATHER + 0.01 + days / season_sums.orders as f64;
        Measure {
            name,
            asked,
            measured: enough.then_some(strength),
            tolerance: 0.02 + 4.0 * (noise / (days * variance)).sqrt(),
        }
    }

    /// Share of two-line baskets whose products are companions, corrected for chance as in Cohen's kappa: (seen -
    /// chance) / (1 - chance).
    fn affinity(&self) -> Measure {
        let pairs = self.pairs as f64;
        let chance = self.chance_meetings();
        let seen = self.companion_pairs as f64 / pairs;
        // If a few products are in nearly every basket, chance explains all pairs.
        let enough = self.pairs >= TOO_FEW && chance < 0.5;
        Measure {
            name: "affinity",
            asked: self.dataset.scenario.affinity,
            measured: enough.then(|| (seen - chance) / (1.0 - chance)),
            tolerance: 0.03 + 2.0 / pairs.sqrt() / (1.0 - chance),
        }
    }

    /// Probability that two different products chosen by popularity alone are companions.
    fn chance_meetings(&self) -> f64 {
        let shelf = &self.dataset.shelf;
        let alone = self.sold.iter().sum::<u64>().max(1) as f64;
        let share = |product: usize| self.sold[product] as f64 / alone;
        let mut chance = 0.0;
        for product in 0..shelf.len() {
            for other in shelf.companions(product).iter().map(|&other| other as usize) {
                let mutual = shelf.companions(other).contains(&(product as u32));
                if !mutual || product < other {
                    let (left, right) = (share(product), share(other));
                    // Either product may be drawn first; the second is drawn from the remaining weights.
                    chance += left * right * (1.0 / (1.0 - left) + 1.0 / (1.0 - right));
                }
            }
        }
        chance
    }
}

impl Season {
    fn observe(&mut self, order: f64, shape: f64) {
        self.orders += 1;
        self.sum += order;
        self.shaped += order * shape;
    }
}

impl Terms {
    fn observe(&mut self, adjustments: &[AdjustmentRow]) {
        let has = |kind, voucher| adjustments.iter().any(|row| row.kind == kind && row.voucher_id.is_some() == voucher);
        self.vouchers += u64::from(has(AdjustmentKind::Discount, true));
        self.discounts += u64::from(has(AdjustmentKind::Discount, false));
        self.shipping += u64::from(has(AdjustmentKind::Shipping, false));
        self.taxed += u64::from(has(AdjustmentKind::Tax, false));
    }
}

impl Deliveries {
    fn observe(&mut self, addresses: &[AddressRow]) {
        let Some(shipping) = addresses.last() else { return };
        self.addressed += 1;
        self.billed_elsewhere += u64::from(addresses.len() > 1);
        self.abroad += u64::from(shipping.country.code() != HOME);
    }
}

impl Lives {
    fn observe(&mut self, bundle: &OrderBundle) {
        let order = &bundle.order;
        self.orders += 1;
        match order.status {
            OrderStatus::Pending => self.unpaid += 1,
            OrderStatus::Cancelled if order.cancel_reason == Some(CancelReason::Expired) => self.expired += 1,
            OrderStatus::Cancelled => self.cancelled += 1,
            OrderStatus::Refunded => self.refunded += 1,
            OrderStatus::Completed => self.partial += u64::from(order.refunded > 0),
        }
        let is_late = |status| matches!(status, PaymentStatus::Late | PaymentStatus::Returned);
        self.late += u64::from(bundle.payments.iter().any(|payment| is_late(payment.status)));
        if matches!(order.status, OrderStatus::Completed | OrderStatus::Refunded) {
            self.paid += 1;
            let first = bundle.payments.first().map(|payment| payment.status);
            self.failed_first += u64::from(first == Some(PaymentStatus::Failed));
        }
    }
}

/// Mean and variance of the logarithm of the rank under a Zipf law over those ranks.
fn moments(logs: &[f64], exponent: f64) -> (f64, f64) {
    let (mut total, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for log in logs {
        let weight = (-exponent * log).exp();
        total += weight;
        sum += weight * log;
        squares += weight * log * log;
    }
    let mean = sum / total;
    (mean, (squares / total - mean * mean).max(0.0))
}

//! Changes that a batch of events makes to the rollups, computed before anything is written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::LARGEST_BASKET;
use super::items::{Item, items_of};
use crate::analytics::calendar::{day_of, month_of, quarter_hour_of};

/// A queued event with the immutable facts of its order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) id: i64,
    pub(super) order: i64,
    pub(super) sign: i64,
    pub(super) refunded: i64,
    pub(super) placed: i64,
    pub(super) attempted: i64,
    pub(super) returned: i64,
    pub(super) user: i64,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) total: i64,
    pub(super) units: i64,
    /// The number of its country; see [`number_of`](crate::analytics::countries::number_of).
    pub(super) country: i64,
}

/// Orders, units, revenue, refunded; each may be negative.
pub(super) type Sums = [i64; 4];
/// Orders, revenue, refunded.
pub(super) type Spent = [i64; 3];
/// Sums of one customer by day.
pub(super) type Days = BTreeMap<i64, Spent>;

/// Rows to write to the rollups.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) months: BTreeMap<[i64; 1], Sums>,
    pub(super) days: BTreeMap<[i64; 1], Sums>,
    pub(super) quarter_hours: BTreeMap<[i64; 1], Sums>,
    pub(super) products: BTreeMap<[i64; 1], [i64; 3]>,
    pub(super) product_months: BTreeMap<[i64; 2], [i64; 2]>,
    pub(super) product_days: BTreeMap<[i64; 2], [i64; 2]>,
    pub(super) country_days: BTreeMap<[i64; 2], Sums>,
    pub(super) customer_days: BTreeMap<[i64; 2], Spent>,
    pub(super) funnel: BTreeMap<[i64; 1], [i64; 8]>,
    /// Orders whose product pairs are to be added (1) or removed (-1).
    pub(super) baskets: BTreeMap<i64, [i64; 1]>,
}

impl Event {
    /// Changes of the funnel: orders and their totals for each stage.
    fn stages(&self) -> [i64; 8] {
        let stages = [self.placed, self.attempted, self.sign + self.returned, self.returned];
        std::array::from_fn(|i| if i % 2 == 0 { stages[i / 2] } else { stages[i / 2] * self.total })
    }
}

impl Changes {
    /// Adds up a batch of events. `items` holds the lines of every order that an event adds or removes, sorted by
    /// order.
    pub(super) fn of(events: &[Event], items: &[Item]) -> Self {
        let mut changes = Self::default();
        for event in events {
            let day = day_of(event.placed_at);
            add(&mut changes.funnel, [day], event.stages());
            if event.sign == 0 && event.refunded == 0 {
                continue;
            }
            let sums = [event.sign, event.sign * event.units, event.sign * event.total, event.refunded];
            add(&mut changes.months, [month_of(event.placed_at)], sums);
            add(&mut changes.days, [day], sums);
            add(&mut changes.quarter_hours, [quarter_hour_of(event.placed_at)], sums);
            add(&mut changes.country_days, [day, event.country], sums);
            add(&mut changes.customer_days, [day, event.user], [sums[0], sums[2], sums[3]]);
            if event.sign != 0 {
                changes.add_basket(event, items_of(items, event.order));
            }
        }
        changes.forget_what_stays();
        changes
    }

    fn add_basket(&mut self, event: &Event, items: &[Item]) {
        let (day, month) = (day_of(event.placed_at), month_of(event.placed_at));
        for item in items {
            let units = event.sign * item.quantity;
            let revenue = units * item.unit_price;
            add(&mut self.products, [item.product], [event.sign, units, revenue]);
            add(&mut self.product_months, [month, item.product], [units, revenue]);
            add(&mut self.product_days, [day, item.product], [units, revenue]);
        }
        if (2..=LARGEST_BASKET).contains(&items.len()) {
            add(&mut self.baskets, event.order, [event.sign]);
        }
    }

    /// Removes sums that cancel out, as for an order completed and cancelled between two folds.
    fn forget_what_stays(&mut self) {
        drop_zeros(&mut self.months);
        drop_zeros(&mut self.days);
        drop_zeros(&mut self.quarter_hours);
        drop_zeros(&mut self.products);
        drop_zeros(&mut self.product_months);
        drop_zeros(&mut self.product_days);
        drop_zeros(&mut self.country_days);
        drop_zeros(&mut self.customer_days);
        drop_zeros(&mut self.funnel);
        drop_zeros(&mut self.baskets);
    }

    /// The changed days by customer.
    pub(super) fn by_customer(&self) -> BTreeMap<i64, Days> {
        let mut customers: BTreeMap<i64, Days> = BTreeMap::new();
        for ([day, user], spent) in &self.customer_days {
            customers.entry(*user).or_default().insert(*day, *spent);
        }
        customers
    }
}

pub(super) fn add<K: Ord, const N: usize>(map: &mut BTreeMap<K, [i64; N]>, key: K, more: [i64; N]) {
    add_all(map.entry(key).or_insert([0; N]), more);
}

pub(super) fn add_all<const N: usize>(sums: &mut [i64; N], more: [i64; N]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

pub(super) fn drop_zeros<K: Ord, const N: usize>(map: &mut BTreeMap<K, [i64; N]>) {
    map.retain(|_, sums| sums.iter().any(|sum| *sum != 0));
}

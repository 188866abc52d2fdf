//! Reports about customers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ecomdb::*;

use super::{Model, month, next_month};

impl Model {
    /// The month of each customer's first purchase.
    fn cohort_of(&self) -> BTreeMap<i64, String> {
        let mut cohorts: BTreeMap<i64, String> = BTreeMap::new();
        for order in self.completed(&Period::ALL) {
            let month = month(order.placed_at);
            let first = cohorts.entry(order.user).or_insert_with(|| month.clone());
            *first = first.clone().min(month);
        }
        cohorts
    }

    pub(crate) fn new_and_returning(&self, period: &Period) -> Vec<NewAndReturning> {
        let cohorts = self.cohort_of();
        let mut months: BTreeMap<String, BTreeMap<i64, i64>> = BTreeMap::new();
        for order in self.completed(period) {
            *months.entry(month(order.placed_at)).or_default().entry(order.user).or_default() += order.total;
        }
        let row = |(month, spent): (String, BTreeMap<i64, i64>)| {
            let (new, returning): (Vec<_>, Vec<_>) = spent.into_iter().partition(|(user, _)| cohorts[user] == month);
            let revenue = |customers: &[(i64, i64)]| Money::from_minor(customers.iter().map(|(_, spent)| spent).sum());
            row!(NewAndReturning {
                month,
                new_customers: new.len() as i64,
                returning_customers: returning.len() as i64,
                new_revenue: revenue(&new),
                returning_revenue: revenue(&returning),
            })
        };
        months.into_iter().map(row).collect()
    }

    pub(crate) fn cohorts(&self, period: &Period) -> Vec<CohortMonth> {
        let mut first_orders: BTreeMap<i64, DateTime<Utc>> = BTreeMap::new();
        for order in self.completed(&Period::ALL) {
            let first = first_orders.entry(order.user).or_insert(order.placed_at);
            *first = order.placed_at.min(*first);
        }
        first_orders.retain(|_, first| period.from().is_none_or(|from| *first >= from));
        first_orders.retain(|_, first| period.to().is_none_or(|to| *first < to));
        let cohorts: BTreeMap<i64, String> = first_orders.iter().map(|(user, first)| (*user, month(*first))).collect();
        let mut activity: BTreeMap<(String, String), (BTreeSet<i64>, i64, i64)> = BTreeMap::new();
        for order in self.completed(period) {
            let Some(cohort) = cohorts.get(&order.user) else { continue };
            let cell = activity.entry((cohort.clone(), month(order.placed_at))).or_default();
            cell.0.insert(order.user);
            cell.1 += 1;
            cell.2 += order.total;
        }
        let Some(last) = activity.keys().map(|(_, month)| month.clone()).max() else { return Vec::new() };
        let mut rows = Vec::new();
        for cohort in activity.keys().map(|(cohort, _)| cohort.clone()).collect::<BTreeSet<_>>() {
            let size = cohorts.values().filter(|other| **other == cohort).count() as i64;
            let (mut month, mut since, mut spent) = (cohort.clone(), 0, 0);
            while month <= last {
                let (users, orders, revenue) =
                    activity.get(&(cohort.clone(), month.clone())).cloned().unwrap_or_default();
                spent += revenue;
                rows.push(row!(CohortMonth {
                    cohort: cohort.clone(),
                    cohort_customers: size,
                    month: month.clone(),
                    months_since: since,
                    active_customers: users.len() as i64,
                    retention: users.len() as f64 / size as f64,
                    orders,
                    revenue: Money::from_minor(revenue),
                    lifetime_value: Money::from_minor(spent).divided_by(size),
                }));
                month = next_month(&month);
                since += 1;
            }
        }
        rows
    }

    pub(crate) fn rfm_customers(&self, period: &Period, limit: usize) -> Vec<RfmCustomer> {
        let customers = self.customers(period);
        let n = customers.len();
        let score = |worse: usize| 1 + (5 * worse / n) as i64;
        let mut rows: Vec<RfmCustomer> = Vec::new();
        for (user, (orders, revenue, last)) in &customers {
            let recency = score(customers.values().filter(|other| other.2 < *last).count());
            let frequency = score(customers.values().filter(|other| other.0 < *orders).count());
            let monetary = score(customers.values().filter(|other| other.1 < *revenue).count());
            rows.push(row!(RfmCustomer {
                user_id: UserId::new(*user),
                email: self.users[user].0.clone(),
                last_order: *last,
                orders: *orders,
                total_spent: Money::from_minor(*revenue),
                recency_score: recency,
                frequency_score: frequency,
                monetary_score: monetary,
                segment: segment(recency, (frequency + monetary + 1) / 2),
            }));
        }
        let sum = |row: &RfmCustomer| row.recency_score + row.frequency_score + row.monetary_score;
        rows.sort_by_key(|row| (-sum(row), row.user_id));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn rfm(&self, period: &Period) -> Vec<RfmSegmentSummary> {
        let customers = self.rfm_customers(period, usize::MAX);
        let summary = |segment: &RfmSegment| {
            let of = || customers.iter().filter(|customer| customer.segment == *segment);
            let revenue = of().map(|customer| customer.total_spent).sum::<Option<Money>>().unwrap();
            let count = of().count() as i64;
            row!(RfmSegmentSummary {
                segment: *segment,
                customers: count,
                orders: of().map(|customer| customer.orders).sum::<i64>(),
                revenue,
                revenue_per_customer: revenue.divided_by(count),
            })
        };
        RfmSegment::ALL.iter().map(summary).collect()
    }
}

fn segment(r: i64, v: i64) -> RfmSegment {
    match (r, v) {
        (4 | 5, 4 | 5) => RfmSegment::Champions,
        (4 | 5, 2 | 3) => RfmSegment::PotentialLoyalists,
        (4 | 5, 1) => RfmSegment::Recent,
        (3, 4 | 5) => RfmSegment::Loyal,
        (3, _) => RfmSegment::NeedAttention,
        (1 | 2, 4 | 5) => RfmSegment::AtRisk,
        (2, _) => RfmSegment::Hibernating,
        _ => RfmSegment::Lost,
    }
}

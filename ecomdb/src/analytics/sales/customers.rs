//! Changes to the rollups that are derived from the days of customers.
//!
//! Nearly every order is the latest one of its customer. Its changes follow from the row of the customer alone. Only in
//! other cases, such as an order that is refunded in full, all days of the customer are needed.

use std::collections::BTreeMap;

use super::changes::{Days, Spent, add, add_all, drop_zeros};
use crate::analytics::calendar::month_of_day;

/// Orders, revenue, refunded, first day, last day.
pub(super) type Customer = [i64; 5];

/// Changes to `sales_by_customer` and `sales_by_cohort`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CustomerChanges {
    /// New values by customer.
    pub(super) customers: BTreeMap<[i64; 1], Customer>,
    /// Changes by cohort and month: customers, orders, revenue, refunded.
    pub(super) cohorts: BTreeMap<[i64; 2], [i64; 4]>,
}

/// Whether all days of the customer are needed to apply the changes. They are not if each change adds orders, either from
/// the last day on, or after the first day within the first or the last month, which are known to have orders.
pub(super) fn needs_days(before: Option<&Customer>, changes: &Days) -> bool {
    let Some([orders, .., first, last]) = before else {
        return changes.values().any(|spent| spent[0] <= 0);
    };
    let known = [month_of_day(*first), month_of_day(*last)];
    let is_simple = |(day, spent): (&i64, &Spent)| {
        spent[0] > 0 && (*day >= *last || *day > *first && known.contains(&month_of_day(*day)))
    };
    *orders == 0 || !changes.iter().all(is_simple)
}

impl CustomerChanges {
    /// Applies changes that do not need the days of the customer.
    pub(super) fn extend(&mut self, user: i64, before: Option<&Customer>, changes: &Days) {
        let Some(([first, last], mut sums)) = summed(changes) else { return };
        let (first, last, active) = match before {
            Some([orders, revenue, refunded, old_first, old_last]) => {
                add_all(&mut sums, [*orders, *revenue, *refunded]);
                (*old_first, last.max(*old_last), month_of_day(*old_last))
            }
            None => (first, last, i64::MIN),
        };
        let [orders, revenue, refunded] = sums;
        self.customers.insert([user], [orders, revenue, refunded, first, last]);
        let cohort = month_of_day(first);
        for (month, [orders, revenue, refunded]) in by_month(changes) {
            add(&mut self.cohorts, [cohort, month], [i64::from(month > active), orders, revenue, refunded]);
        }
    }

    /// Applies changes to a customer whose days are given: all of them, before the changes.
    pub(super) fn rearrange(&mut self, user: i64, mut days: Days, changes: &Days) {
        self.count_cohort(&days, -1);
        for (day, spent) in changes {
            add(&mut days, *day, *spent);
        }
        self.count_cohort(&days, 1);
        let ([first, last], [orders, revenue, refunded]) = summed(&days).unwrap_or_default();
        self.customers.insert([user], [orders, revenue, refunded, first, last]);
    }

    /// Removes changes that cancel out.
    pub(super) fn finish(mut self) -> Self {
        drop_zeros(&mut self.cohorts);
        self
    }

    /// Adds (`sign` 1) or removes (-1) what a customer with these days contributes to the cohort.
    fn count_cohort(&mut self, days: &Days, sign: i64) {
        let Some(([first, _], _)) = summed(days) else { return };
        for (month, [orders, revenue, refunded]) in by_month(days) {
            let customers = i64::from(orders > 0);
            let cohort = [month_of_day(first), month];
            add(&mut self.cohorts, cohort, [customers, orders, revenue, refunded].map(|change| sign * change));
        }
    }
}

/// The first and the last day with orders, and the sums of all days. `None` without orders.
fn summed(days: &Days) -> Option<([i64; 2], Spent)> {
    let mut active = days.iter().filter(|(_, spent)| spent[0] != 0).map(|(day, _)| *day);
    let first = active.next()?;
    let last = active.next_back().unwrap_or(first);
    let mut sums = Spent::default();
    days.values().for_each(|spent| add_all(&mut sums, *spent));
    Some(([first, last], sums))
}

fn by_month(days: &Days) -> BTreeMap<i64, Spent> {
    let mut months = BTreeMap::new();
    days.iter().for_each(|(day, spent)| add(&mut months, month_of_day(*day), *spent));
    months
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Applies changes in both ways if the short one is allowed; both must have the same result.
    fn applied(days: &Days, changes: &Days) -> (CustomerChanges, bool) {
        let (mut rearranged, mut extended) = (CustomerChanges::default(), CustomerChanges::default());
        rearranged.rearrange(7, days.clone(), changes);
        let before = summed(days).map(|([first, last], [a, b, c])| [a, b, c, first, last]);
        let is_short = !needs_days(before.as_ref(), changes);
        if is_short {
            extended.extend(7, before.as_ref(), changes);
            assert_eq!(extended.finish(), rearranged.finish(), "{days:?} {changes:?}");
            rearranged = CustomerChanges::default();
            rearranged.rearrange(7, days.clone(), changes);
        }
        (rearranged.finish(), is_short)
    }

    #[test]
    fn the_next_order_of_a_customer_needs_no_days() {
        let first_order = Days::from([(20_000, [1, 500, 0])]);
        let (changes, is_short) = applied(&Days::new(), &first_order);
        assert!(is_short);
        assert_eq!(changes.customers, BTreeMap::from([([7], [1, 500, 0, 20_000, 20_000])]));
        let (changes, is_short) = applied(&first_order, &Days::from([(20_040, [1, 300, 0])]));
        assert!(is_short);
        assert_eq!(changes.customers, BTreeMap::from([([7], [2, 800, 0, 20_000, 20_040])]));
    }

    #[test]
    fn a_refund_in_full_needs_the_days() {
        let days = Days::from([(20_000, [1, 500, 0]), (20_040, [1, 300, 0])]);
        let (changes, is_short) = applied(&days, &Days::from([(20_000, [-1, -500, 0])]));
        assert!(!is_short);
        assert_eq!(changes.customers, BTreeMap::from([([7], [1, 300, 0, 20_040, 20_040])]));
    }

    proptest! {
        #[test]
        fn both_ways_give_the_same(
            days in proptest::collection::btree_map(20_000..20_120_i64, (1..3_i64, 1..900_i64, 0..50_i64), 0..5),
            changes in proptest::collection::btree_map(20_000..20_150_i64, (1..3_i64, 1..900_i64, 0..50_i64), 1..4),
        ) {
            let days_of = |map: BTreeMap<i64, (i64, i64, i64)>| -> Days {
                map.into_iter().map(|(day, (orders, revenue, refunded))| (day, [orders, revenue, refunded])).collect()
            };
            applied(&days_of(days), &days_of(changes));
        }
    }
}

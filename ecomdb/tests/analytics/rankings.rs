//! Rankings of a period, which take their candidates from the rankings of all time.

use chrono::{DateTime, TimeDelta, Utc};
use ecomdb::*;

use crate::exact::compare;
use crate::history::place_at;
use crate::model::Model;
use crate::shop::Shop;

behaviours! {
    rankings_with_many_ties_are_exact_for_every_limit_and_period
}

/// Orders of 40 customers for 4 popular products, some with all of 28 products. Customers, products and pairs are level with
/// each other, and what is first in one month is last in another.
fn rankings_with_many_ties_are_exact_for_every_limit_and_period(shop: &Shop) {
    let users: Vec<User> = (0..40).map(|_| shop.user()).collect();
    let products: Vec<Product> = (0..28).map(|number| shop.product(["1.00", "2.00"][number % 2], 100_000)).collect();
    let start: DateTime<Utc> = "2025-01-10T05:00:00Z".parse().unwrap();
    for number in 0..480_i64 {
        let (month, turn) = (number / 160, number % 160);
        // Half of the customers buy much in the first month, and the other half in the last.
        let user = match (month, turn % 4) {
            (0, 0) => turn / 4 % 20,
            (2, 0) => 20 + turn / 4 % 20,
            _ => turn % 40,
        };
        let lines = match turn {
            0..4 => (0..28).collect(),
            _ => (0..4).filter(|product| (turn + month) % 4 != *product).collect::<Vec<i64>>(),
        };
        let mut order = NewOrder::builder(users[user as usize].id);
        for line in lines {
            order = order.item(products[line as usize].id, 1 + turn % 2);
        }
        let at = start + TimeDelta::days(30 * month) + TimeDelta::minutes(97 * turn);
        let id = place_at(shop, order.build().unwrap(), at, turn % 16 != 15).unwrap();
        match turn % 16 {
            3 => drop(shop.payments().refund(id, NewRefund::builder("all").build().unwrap()).unwrap()),
            7 => {
                let part = NewRefund::builder("part").amount(Money::from_minor(100)).build().unwrap();
                shop.payments().refund(id, part).unwrap();
            }
            15 if turn % 32 == 15 => drop(shop.orders().cancel(id).unwrap()),
            15 => drop(shop.payments().create(id, NewPayment::pending(PaymentMethod::Paypal)).unwrap()),
            _ => {}
        }
    }
    let model = Model::load(shop);
    let period = |from, to| Period::parse(Some(from), Some(to)).unwrap();
    for period in [
        period("2025-01-01", "2025-02-01"),
        period("2025-01-10T06:37:00Z", "2025-01-18T06:37:00.000001Z"),
        period("2025-01-15T12:00:00Z", "2025-03-12T03:04:05Z"),
        period("2025-02-09", "2026-01-01"),
        period("2025-03-11T05:00:00Z", "2025-03-11T19:00:00Z"),
    ] {
        for limit in [1, 2, 3, 6, 20, 40, 200] {
            compare(shop, &model, &period, limit);
        }
    }
}

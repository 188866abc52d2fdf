//! Trends of one product and of one customer, and the value of a customer.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::*;

use crate::history::place_at;
use crate::model::Model;
use crate::shop::{Shop, TestClock};

/// The sums of the steps that have any.
type Steps = BTreeMap<(NaiveDate, DateTime<Utc>), [i64; 3]>;

/// The trends of some products and customers equal the model's.
#[track_caller]
pub(crate) fn compare(db: &Database, model: &Model, period: &Period, granularity: Granularity, zone: &str) {
    let trend = Trend { period: *period, granularity, time_zone: zone.parse().unwrap(), ..Trend::default() };
    let of_model = |sums: &dyn Fn(&crate::model::Row) -> Option<[i64; 3]>| {
        model.trend(period, granularity, zone.parse().unwrap(), sums)
    };
    for product in model.some_products() {
        let steps = match db.analytics().product_trend(ProductId::new(product), &trend) {
            Err(error) if error.is_invalid() => continue, // It has too many steps.
            steps => steps.unwrap(),
        };
        let sums = |step: &ProductTrendStep| [step.units_sold, step.product_revenue.minor(), 0];
        let sold = steps.iter().filter(|step| step.units_sold > 0).map(|step| ((step.date, step.from), sums(step)));
        let line = |order: &crate::model::Row| {
            let (_, units, price) = order.items.iter().find(|(other, ..)| *other == product)?;
            Some([*units, units * price, 0])
        };
        let context = format!("product {product}, {granularity:?} in {zone} of {period}");
        assert_eq!(sold.collect::<Steps>(), of_model(&line), "{context}");
        expect_no_gaps(&steps.iter().map(|step| (step.from, step.to)).collect::<Vec<_>>(), period, &context);
    }
    for user in model.some_users() {
        let steps = match db.analytics().customer_trend(UserId::new(user), &trend) {
            Err(error) if error.is_invalid() => continue,
            steps => steps.unwrap(),
        };
        let sums = |step: &CustomerTrendStep| [step.orders, step.total_spent.minor(), step.refunds.minor()];
        let bought = steps.iter().filter(|step| step.orders > 0).map(|step| ((step.date, step.from), sums(step)));
        let order = |order: &crate::model::Row| (order.user == user).then_some([1, order.total, order.refunded]);
        let context = format!("user {user}, {granularity:?} in {zone} of {period}");
        assert_eq!(bought.collect::<Steps>(), of_model(&order), "{context}");
        expect_no_gaps(&steps.iter().map(|step| (step.from, step.to)).collect::<Vec<_>>(), period, &context);
    }
}

/// The steps cover the period.
#[track_caller]
fn expect_no_gaps(steps: &[(DateTime<Utc>, DateTime<Utc>)], period: &Period, context: &str) {
    assert!(steps.windows(2).all(|pair| pair[0].1 == pair[1].0), "{context}");
    let Some(((from, _), (_, to))) = steps.first().zip(steps.last()) else { return };
    assert!(period.from().is_none_or(|start| start == *from), "{context}");
    assert!(period.to().is_none_or(|end| end == *to), "{context}");
}

/// The values of some customers equal the model's, and their scores those of the ranking.
#[track_caller]
pub(crate) fn compare_values(db: &Database, model: &Model) {
    let scored = db.analytics().rfm_customers(&Period::ALL, None, Limit::new(1_000).unwrap()).unwrap();
    for user in model.some_users() {
        let value = db.analytics().customer_value(UserId::new(user), TimeZone::UTC).unwrap();
        let score = scored.iter().find(|row| row.user_id == value.user_id);
        let scores = score.map(|row| (row.recency_score, row.frequency_score, row.monetary_score, row.segment));
        let of_value = (value.recency_score, value.frequency_score, value.monetary_score, value.segment);
        assert_eq!(
            scores.map(|(r, f, m, segment)| (Some(r), Some(f), Some(m), Some(segment))).unwrap_or_default(),
            of_value
        );
        let bought = score.map(|row| (row.orders, row.total_spent, row.last_order));
        assert_eq!(bought.map(|(orders, ..)| orders).unwrap_or_default(), value.orders);
        assert_eq!(bought.map(|(_, spent, _)| spent).unwrap_or_default(), value.total_spent);
        assert_eq!(bought.map(|(.., last)| last), value.last_order);
        assert_eq!(value.total_spent.divided_by(value.orders), value.average_order_value);
        let summary = db.analytics().customer(UserId::new(user)).unwrap();
        assert_eq!((summary.orders, summary.total_spent), (value.orders, value.total_spent));
        assert_eq!((summary.net_spent(), summary.average_order_value()), (value.net_spent, value.average_order_value));
        assert_eq!(summary.last_order.map(|last| last.date_naive()), value.last_order);
    }
}

behaviours! {
    a_series_has_the_steps_from_the_first_sale_to_the_last
    a_series_is_compared_with_the_period_before
    a_product_that_was_sold_everywhere_is_read_by_time
    a_customer_without_orders_has_zeros_and_no_days
    the_days_of_a_customer_are_those_of_the_time_zone
    nothing_has_the_id_of_a_series
}

fn order(shop: &Shop, user: UserId, product: ProductId, quantity: i64, at: &str) {
    let order = NewOrder::builder(user).item(product, quantity).build().unwrap();
    place_at(shop, order, at.parse().unwrap(), true).unwrap();
}

fn a_series_has_the_steps_from_the_first_sale_to_the_last(shop: &Shop) {
    let (user, other) = (shop.user().id, shop.user().id);
    let (lamp, pen) = (shop.product("2.00", 100).id, shop.product("1.00", 100).id);
    order(shop, other, pen, 1, "2026-01-01T12:00:00Z");
    order(shop, user, lamp, 2, "2026-03-01T23:30:00Z");
    order(shop, user, lamp, 1, "2026-03-04T01:00:00Z");
    order(shop, other, pen, 1, "2026-06-01T12:00:00Z");
    let berlin = Trend { time_zone: "Europe/Berlin".parse().unwrap(), ..Trend::default() };
    let sold = shop.analytics().product_trend(lamp, &berlin).unwrap();
    let sold: Vec<_> = sold.iter().map(|step| (step.date.to_string(), step.units_sold)).collect();
    let days = [("2026-03-02", 2), ("2026-03-03", 0), ("2026-03-04", 1)];
    assert_eq!(sold, days.map(|(day, units)| (day.to_owned(), units)));
    let spent = shop.analytics().customer_trend(user, &berlin).unwrap();
    let spent: Vec<_> = spent.iter().map(|step| (step.date.to_string(), step.total_spent.to_string())).collect();
    let days = [("2026-03-02", "4.00"), ("2026-03-03", "0.00"), ("2026-03-04", "2.00")];
    assert_eq!(spent, days.map(|(day, spent)| (day.to_owned(), spent.to_owned())));
    let months = Trend { granularity: Granularity::Month, ..berlin };
    assert_eq!(shop.analytics().product_trend(lamp, &months).unwrap().len(), 1);
    assert_eq!(shop.analytics().product_trend(pen, &months).unwrap().len(), 6);
}

fn a_series_is_compared_with_the_period_before(shop: &Shop) {
    let (user, lamp) = (shop.user().id, shop.product("1.00", 100).id);
    for (day, quantity) in [("05", 1), ("06", 2), ("07", 4), ("08", 8)] {
        order(shop, user, lamp, quantity, &format!("2026-01-{day}T12:00:00Z"));
    }
    let period = Period::parse(Some("2026-01-07"), Some("2026-01-09")).unwrap();
    let trend = Trend { period, compare_previous: true, ..Trend::default() };
    let sold = shop.analytics().product_trend(lamp, &trend).unwrap();
    let both: Vec<_> = sold.iter().map(|step| (step.units_sold, step.previous_units_sold)).collect();
    assert_eq!(both, [(4, Some(1)), (8, Some(2))]);
    let spent = shop.analytics().customer_trend(user, &trend).unwrap();
    let both: Vec<_> =
        spent.iter().map(|step| (step.net_spent.minor(), step.previous_net_spent.unwrap().minor())).collect();
    assert_eq!(both, [(400, 100), (800, 200)]);
}

/// It has more orders than lie near the midnights of the period.
fn a_product_that_was_sold_everywhere_is_read_by_time(shop: &Shop) {
    let (user, lamp) = (shop.user().id, shop.product("1.00", 1_000).id);
    for hour in 0..72 {
        let time: DateTime<Utc> = "2026-03-01T00:30:00Z".parse().unwrap();
        order(shop, user, lamp, 1, &(time + chrono::TimeDelta::hours(hour)).to_rfc3339());
    }
    let period = Period::parse(Some("2026-03-01T23:00:00Z"), Some("2026-03-02T23:00:00Z")).unwrap();
    let trend = Trend { period, time_zone: "Europe/Berlin".parse().unwrap(), ..Trend::default() };
    assert_eq!(shop.analytics().product_trend(lamp, &trend).unwrap()[0].units_sold, 24);
    assert_eq!(shop.analytics().customer_trend(user, &trend).unwrap()[0].orders, 24);
    let hours = Trend { granularity: Granularity::Hour, ..trend };
    assert!(shop.analytics().customer_trend(user, &hours).unwrap().iter().all(|step| step.orders == 1));
}

fn a_customer_without_orders_has_zeros_and_no_days(shop: &Shop) {
    let (user, lamp) = (shop.user().id, shop.product("1.00", 10).id);
    let none = shop.analytics().customer_value(user, TimeZone::UTC).unwrap();
    assert_eq!((none.orders, none.total_spent, none.average_order_value), (0, Money::ZERO, Money::ZERO));
    assert_eq!((none.first_order, none.last_order, none.days_since_last_order, none.segment), (None, None, None, None));
    assert_eq!(shop.analytics().customer_trend(user, &Trend::default()).unwrap(), []);
    assert_eq!(shop.analytics().product_trend(lamp, &Trend::default()).unwrap(), []);
    let period = Period::parse(Some("2026-01-07"), Some("2026-01-09")).unwrap();
    let empty = shop.analytics().product_trend(lamp, &Trend { period, ..Trend::default() }).unwrap();
    assert_eq!(empty.iter().map(|step| step.units_sold).collect::<Vec<_>>(), [0, 0]);
}

fn the_days_of_a_customer_are_those_of_the_time_zone(shop: &Shop) {
    let (user, lamp) = (shop.user().id, shop.product("1.00", 10).id);
    order(shop, user, lamp, 1, "2026-03-01T23:30:00Z");
    order(shop, user, lamp, 2, "2026-03-04T10:00:00Z");
    let db = shop.open_with(&TestClock::at("2026-03-05T23:30:00Z"));
    let days = |zone: &str| {
        let value = db.analytics().customer_value(user, zone.parse().unwrap()).unwrap();
        (value.first_order.unwrap().to_string(), value.last_order.unwrap().to_string(), value.days_since_last_order)
    };
    assert_eq!(days("UTC"), ("2026-03-01".to_owned(), "2026-03-04".to_owned(), Some(1)));
    assert_eq!(days("Europe/Berlin"), ("2026-03-02".to_owned(), "2026-03-04".to_owned(), Some(2)));
    let value = db.analytics().customer_value(user, TimeZone::UTC).unwrap();
    assert_eq!((value.average_order_value.to_string(), value.segment), ("1.50".to_owned(), Some(RfmSegment::Lost)));
}

fn nothing_has_the_id_of_a_series(shop: &Shop) {
    let (product, user) = (ProductId::new(987_654), UserId::new(987_654));
    assert!(shop.analytics().product_trend(product, &Trend::default()).unwrap_err().is_not_found());
    assert!(shop.analytics().customer_trend(user, &Trend::default()).unwrap_err().is_not_found());
    assert!(shop.analytics().customer_value(user, TimeZone::UTC).unwrap_err().is_not_found());
    for report in Report::ALL.iter().filter(|report| report.requires().is_some()) {
        let error = shop.analytics().rows(*report, &Question::default()).unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("is required: the id of a"), "{error}");
    }
}

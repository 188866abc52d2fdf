//! The figures of a small shop on Thursday, 26 November 2026, at 15:05 in Berlin.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use ecomdb::{Caller, Database, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, ProductId, TimeZone, UserId};

use super::card::{cards, chart};
use super::figure::{Compared, Figure};
use super::reading::{Figures, Waiting};
use super::task::tasks;
use crate::dashboard::period::{Chosen, PeriodQuery, Preset};
use crate::dashboard::so_far::SoFar;

const NOW: &str = "2026-11-26T14:05:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A shop with customers 1 and 2, and a product of 10.00. Of each order: when it was placed, by whom, and its units.
fn shop(orders: &[(&str, i64, i64)]) -> Database {
    let now = Arc::new(Mutex::new(at("2026-01-01T00:00:00Z")));
    let clock = Arc::clone(&now);
    let db = Database::builder("sqlite::memory:").clock(move || *clock.lock().unwrap()).open().unwrap();
    for name in ["ada", "grace"] {
        db.users().create(NewUser::new(&format!("{name}@example.com"), name, "Example").unwrap()).unwrap();
    }
    let lamps = db.categories().create("Lamps").unwrap().id;
    let lamp = NewProduct::builder("Lamp", lamps, "10.00".parse().unwrap()).initial_stock(1_000);
    db.products().create(lamp.build().unwrap()).unwrap();
    for (placed, user, units) in orders {
        *now.lock().unwrap() = at(placed);
        let order = NewOrder::builder(UserId::new(*user)).item(ProductId::new(1), *units);
        let order = order.payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap();
        db.orders().place(order).unwrap();
    }
    *now.lock().unwrap() = at(NOW);
    db
}

fn days(preset: Preset) -> SoFar {
    let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
    let query = PeriodQuery { period: Some(preset), ..PeriodQuery::default() };
    SoFar::new(Chosen::new(query, preset, berlin, at(NOW)).unwrap(), berlin, at(NOW))
}

fn read(db: &Database, preset: Preset) -> Figures {
    let days = days(preset);
    Figures::read(db.on_behalf_of(&Caller::operator()), &days, &days.period().unwrap()).unwrap()
}

fn waiting(db: &Database) -> Waiting {
    Waiting::read(db.on_behalf_of(&Caller::operator()), at(NOW)).unwrap()
}

fn compared(db: &Database, preset: Preset, figure: Figure) -> Compared {
    figure.compared(&read(db, preset), &days(preset))
}

#[test]
fn today_so_far_is_compared_with_the_same_weekday_until_the_same_time_of_day() {
    let db = shop(&[
        ("2026-11-19T08:30:00Z", 1, 2),
        ("2026-11-19T14:10:00Z", 1, 50),
        ("2026-11-25T23:30:00Z", 1, 3),
        ("2026-11-26T08:00:00Z", 2, 1),
    ]);
    let revenue = compared(&db, Preset::ThirtyDays, Figure::Today);
    assert_eq!((revenue.now, revenue.before), (4_000, Some(2_000)));
    assert_eq!(revenue.with, "Thursday 19 Nov until 15:05");
    // 16 hours since midnight, of which the last is not over.
    assert_eq!((revenue.values.len(), revenue.is_so_far), (16, true));
    assert_eq!((revenue.values[0], revenue.values[9]), (3_000, 1_000));
    assert_eq!(revenue.previous.unwrap()[9], 2_000);
    let orders = compared(&db, Preset::ThirtyDays, Figure::OrdersToday);
    assert_eq!((orders.now, orders.before), (2, Some(1)));
}

#[test]
fn a_period_is_compared_with_as_much_of_the_one_before() {
    let db = shop(&[
        ("2026-10-20T10:00:00Z", 1, 4),
        ("2026-10-26T20:00:00Z", 1, 30),
        ("2026-11-02T10:00:00Z", 1, 1),
        ("2026-11-26T10:00:00Z", 2, 2),
    ]);
    let revenue = compared(&db, Preset::Month, Figure::NetRevenue);
    // 26 October, 20:00 is later in its month than now.
    assert_eq!((revenue.now, revenue.before), (3_000, Some(4_000)));
    assert_eq!((&*revenue.with, &*revenue.when), ("1 to 26 Oct 2026 until 15:05", "in the period before"));
    assert_eq!((revenue.values.len(), revenue.values[1], revenue.values[25]), (26, 1_000, 2_000));
    assert_eq!(revenue.finished().len(), 25);
    assert_eq!(compared(&db, Preset::Today, Figure::NetRevenue).when, "yesterday until 15:05");
    let average = compared(&db, Preset::Month, Figure::Average);
    assert_eq!((average.now, average.before), (1_500, Some(4_000)));
    let sentence = chart(Figure::NetRevenue, &read(&db, Preset::Month), &days(Preset::Month)).to_string();
    assert!(sentence.contains("Net revenue fell 25\u{a0}% to 30.00, compared with 1 to 26 Oct 2026 until 15:05."));
    assert!(sentence.contains("(so far)"));
}

#[test]
fn customers_are_those_of_months_in_utc() {
    let db = shop(&[
        ("2026-10-05T10:00:00Z", 1, 1),
        ("2026-10-31T10:00:00Z", 1, 1),
        // November in Berlin, but not in UTC.
        ("2026-10-31T23:30:00Z", 2, 1),
        ("2026-11-10T10:00:00Z", 1, 1),
    ]);
    let new = compared(&db, Preset::ThirtyDays, Figure::New);
    assert_eq!((new.now, new.before), (0, Some(1)));
    assert_eq!(new.title, "New customers, November 2026");
    assert_eq!(new.values, [2, 0]);
    assert!(new.is_so_far);
    let returning = compared(&db, Preset::ThirtyDays, Figure::Returning);
    assert_eq!((returning.now, returning.before), (1, Some(0)));
    assert_eq!(returning.with, "the same part of October 2026");
}

#[test]
fn all_of_time_is_compared_with_nothing_and_a_young_shop_has_days() {
    let db = shop(&[("2026-11-02T10:00:00Z", 1, 1), ("2026-11-26T10:00:00Z", 1, 1)]);
    let revenue = compared(&db, Preset::All, Figure::NetRevenue);
    assert_eq!((revenue.now, revenue.before, revenue.values.len()), (2_000, None, 25));
    let years = compared(&shop(&[("2024-11-02T10:00:00Z", 1, 1)]), Preset::All, Figure::NetRevenue);
    assert_eq!(years.now, 1_000);
}

#[test]
fn a_shop_without_sales_has_no_tasks_and_empty_charts() {
    let db = shop(&[]);
    let reading = read(&db, Preset::ThirtyDays);
    assert!(reading.is_new());
    assert!(tasks(&waiting(&db)).is_empty());
    for figure in Figure::ALL {
        let chart = chart(figure, &reading, &days(Preset::ThirtyDays)).to_string();
        assert!(chart.contains("<figure class=\"chart\" id=\"chart\">"), "{figure:?}");
    }
    let cards = cards(&Figure::OF_PERIOD, &reading, &days(Preset::ThirtyDays), Figure::default());
    assert_eq!(cards.iter().map(|card| card.value.as_str()).collect::<Vec<_>>(), ["0.00", "0", "0.00", "0", "0"]);
    assert_eq!(cards.iter().filter(|card| card.is_charted).count(), 1);
}

#[test]
fn what_runs_out_is_a_task() {
    // 980 of 1,000 lamps were sold in 14 days, so the rest lasts less than a day.
    let db = shop(&[("2026-11-20T10:00:00Z", 1, 980)]);
    db.inventory().set_reorder_level(ProductId::new(1), 20).unwrap();
    db.orders().place(NewOrder::builder(UserId::new(2)).item(ProductId::new(1), 1).build().unwrap()).unwrap();
    let words: Vec<String> = tasks(&waiting(&db)).iter().map(|task| format!("{} {}", task.count, task.words)).collect();
    assert_eq!(
        words,
        ["1 order is unpaid", "1 product is at or below its reorder level", "1 product has less than 7 days of cover"]
    );
}

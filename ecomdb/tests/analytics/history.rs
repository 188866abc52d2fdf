//! Random shop histories, reproducible by seed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use ecomdb::schema::{Moment, orders};
use ecomdb::*;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};

use crate::shop::card;

/// The users and products of a history, and its orders so far.
pub(crate) struct Stage {
    users: Vec<UserId>,
    products: Vec<ProductId>,
    vouchers: Vec<String>,
    orders: Mutex<Vec<OrderId>>,
}

impl Stage {
    pub(crate) fn new(db: &Database, users: usize, products: usize) -> Self {
        let user =
            |i| db.users().create(NewUser::new(&format!("u{i}@example.com"), "First", "Last").unwrap()).unwrap().id;
        let categories: Vec<_> =
            (0..5).map(|i| db.categories().create(format!("Category {i}").as_str()).unwrap().id).collect();
        let product = |i: usize| {
            // Prices include 0, and pairs of products share one.
            let price = Money::from_minor((i as i64 / 2) * 137);
            let product =
                NewProduct::builder(format!("Product {i}"), categories[i % 5], price).initial_stock(1_000_000);
            db.products().create(product.build().unwrap()).unwrap().id
        };
        let voucher = |i: i64| {
            let voucher = NewVoucher::percent(format!("code{i}"), Money::from_minor(i * 1_111 + 777));
            db.vouchers().create(voucher.build().unwrap()).unwrap().code
        };
        Self {
            vouchers: (0..4).map(voucher).collect(),
            users: (0..users).map(user).collect(),
            products: (0..products).map(product).collect(),
            orders: Mutex::default(),
        }
    }

    fn any_order(&self, random: &mut StdRng) -> Option<OrderId> {
        let orders = self.orders.lock().unwrap();
        (!orders.is_empty()).then(|| orders[random.random_range(0..orders.len())])
    }
}

/// Runs this number of random operations from several threads. Conflicts are expected; any other error fails the test.
pub(crate) fn live(db: &Database, stage: &Stage, seed: u64, operations: usize, threads: usize) {
    let left = AtomicUsize::new(operations);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let left = &left;
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(seed + thread as u64);
                while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                    match step(db, stage, &mut random) {
                        Ok(()) | Err(Error::Conflict(_)) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            });
        }
    });
}

fn step(db: &Database, stage: &Stage, random: &mut StdRng) -> Result<()> {
    match random.random_range(0..100) {
        0..50 => {
            let order = an_order(stage, random);
            let pay = random.random_bool(0.6);
            let order = place_at(db, order, a_moment(random), pay)?;
            stage.orders.lock().unwrap().push(order);
            Ok(())
        }
        50..55 => {
            let product = stage.products[random.random_range(0..stage.products.len())];
            let price = Money::from_minor(random.random_range(0..10_000));
            db.products().update(product, ProductPatch::default().price(price)).map(drop)
        }
        55..58 => {
            let total = db.analytics().total_revenue(&Period::ALL)?;
            let products = db.analytics().revenue_by_category(&Period::ALL, Limit::new(1_000).unwrap())?;
            assert!(total.net_revenue <= total.total_revenue && products.len() <= 5);
            Ok(())
        }
        action => {
            let Some(id) = stage.any_order(random) else { return Ok(()) };
            let cents = Money::from_minor(random.random_range(1..500));
            match action {
                58..73 => db.payments().create(id, card()).map(drop),
                73..76 => db
                    .payments()
                    .create(id, NewPayment::builder(PaymentMethod::Card).captured().amount(cents).build().unwrap())
                    .map(drop),
                76..80 => db.payments().create(id, NewPayment::pending(PaymentMethod::Paypal)).map(drop),
                80..87 => db.orders().cancel(id).map(drop),
                87..95 => {
                    db.payments().refund(id, NewRefund::builder("in part").amount(cents).build().unwrap()).map(drop)
                }
                _ => db.payments().refund(id, NewRefund::builder("all of it").restock().build().unwrap()).map(drop),
            }
        }
    }
}

fn an_order(stage: &Stage, random: &mut StdRng) -> NewOrder {
    // Some baskets are just at or above the size limit of the report on pairs.
    let lines = match random.random_range(0..60) {
        0 => random.random_range(24..28),
        _ => random.random_range(1..5),
    };
    let lines = lines.min(stage.products.len());
    let mut order = NewOrder::builder(stage.users[skewed(random, stage.users.len())]);
    let mut product = skewed(random, stage.products.len());
    for _ in 0..lines {
        order = order.item(stage.products[product % stage.products.len()], random.random_range(1..4));
        product += random.random_range(1..3);
    }
    adjusted(order, stage, random).build().unwrap()
}

/// A third of the orders have adjustments, and more than half have addresses.
fn adjusted(mut order: OrderBuilder, stage: &Stage, random: &mut StdRng) -> OrderBuilder {
    let mut address = || {
        let country = ["GB", "DE", "FR", "JP"][skewed(random, 4)];
        random.random_bool(0.4).then(|| Address::builder("Ada", "1 High Street", "Somewhere", country))
    };
    if let Some(shipping) = address() {
        order = order.shipping_address(shipping);
    }
    if let Some(billing) = address() {
        order = order.billing_address(billing);
    }
    if random.random_bool(0.67) {
        return order;
    }
    let mut cents = |most| Money::from_minor(random.random_range(0..most));
    order = order.shipping("Standard", cents(500)).tax("VAT", cents(300)).fee("Wrapping", cents(100));
    if random.random_bool(0.5) {
        order = order.voucher(stage.vouchers[skewed(random, stage.vouchers.len())].clone());
    }
    order
}

fn skewed(random: &mut StdRng, count: usize) -> usize {
    let most = random.random_range(0..count);
    random.random_range(0..=most)
}

/// A random time within 14 months, often at the edge of a bucket.
fn a_moment(random: &mut StdRng) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2024-11-20T00:00:00Z".parse().unwrap();
    let day = start + TimeDelta::days(random.random_range(0..425));
    let micros = match random.random_range(0..10) {
        0 => 0,
        1 => 86_400_000_000 - 1,
        2 => random.random_range(0..96) * 900_000_000,
        3 => random.random_range(1..96) * 900_000_000 - 1,
        _ => random.random_range(0..86_400_000_000),
    };
    day + TimeDelta::microseconds(micros)
}

/// Places an order backdated to `at`, paid or not, in one transaction.
pub(crate) fn place_at(db: &Database, order: NewOrder, at: DateTime<Utc>, pay: bool) -> Result<OrderId> {
    db.write(move |tx| {
        let placed = tx.orders().place(order.clone())?;
        diesel::update(orders::table.find(placed.id)).set(orders::placed_at.eq(Moment::of(at))).execute(tx)?;
        if pay && placed.status == OrderStatus::Pending {
            tx.payments().create(placed.id, card())?;
        }
        Ok(placed.id)
    })
}

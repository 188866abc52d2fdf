//! An order with an address, shipping, tax and a voucher, compared with a plain one.

use std::ops::Range;
use std::time::{Duration, Instant};

use ecomdb::{
    Address, AdjustmentKind, Connection, Database, Money, NewOrder, NewPayment, NewVoucher, PaymentMethod, ProductId,
    UserId,
};

use super::{CALLERS, DURABLE, basket, direct, from_callers, in_memory, line, order, place_in_groups, shop};

/// Maker of the n-th order.
type Maker = fn(usize) -> NewOrder;

/// A voucher without a usage limit is only locked for sharing; the uses of the other are counted in its row.
const CONTENDERS: [(&str, Maker); 3] = [
    ("plain", order),
    ("with address, shipping, tax and voucher", |n| full(n, "ANY10")),
    ("the same, voucher with a usage limit", |n| full(n, "MANY10")),
];

fn full(n: usize, code: &str) -> NewOrder {
    let (user, products) = basket(n);
    let items = products.map(|product| (ProductId::new(product), 1));
    let order = NewOrder::builder(UserId::new(user)).items(items).voucher(code);
    let address = Address::builder("Ada Lovelace", "12 St James's Square\nFlat 2", "London", "GB").postcode("SW1Y 4JH");
    let order = order.shipping_address(address).shipping("Standard", Money::from_minor(490));
    let order = order.adjustment(AdjustmentKind::Tax, "VAT 19 %", Money::from_minor(400), true);
    order.payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap()
}

pub(super) fn create_vouchers(db: &Database) {
    let ten = |code: &str| NewVoucher::percent(code, Money::from_minor(1_000));
    for voucher in [ten("ANY10"), ten("MANY10").usage_limit(1_000_000_000)] {
        db.vouchers().create(voucher.build().unwrap()).unwrap();
    }
}

/// In turns in one shop, so that a machine that slows down does so for all.
pub(super) fn compare(orders: usize) {
    println!("orders with and without terms, in turns (synchronous=OFF, transactions of 100 orders)");
    let folder = in_memory();
    create_vouchers(&shop(folder.path()));
    let mut conn: Connection = direct(folder.path(), "OFF");
    tell(orders, |order, numbers| place_in_groups(&mut conn, numbers, order));

    println!("the same, {CALLERS} callers at once ({DURABLE})");
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path());
    create_vouchers(&db);
    tell(orders / 2, |order, numbers| {
        let place = || {
            let (db, start) = (&db, numbers.start);
            Box::new(move |n: usize| drop(db.orders().place(order(start + n)).unwrap()))
        };
        from_callers(numbers.len(), place);
    });
    assert!(db.check().unwrap().is_clean());
}

fn tell(orders: usize, mut place: impl FnMut(Maker, Range<usize>)) {
    const ROUNDS: usize = 4;
    let share = orders / ROUNDS / 100 * 100;
    let mut taken = [Duration::ZERO; CONTENDERS.len()];
    for round in 0..ROUNDS {
        for ((_, order), taken) in CONTENDERS.iter().zip(&mut taken) {
            let started = Instant::now();
            place(*order, round * share..(round + 1) * share);
            *taken += started.elapsed();
        }
    }
    let rates = taken.map(|taken| (share * ROUNDS) as f64 / taken.as_secs_f64());
    for ((what, _), rate) in CONTENDERS.iter().zip(rates) {
        line(what, rate, Some(rates[0]));
    }
    println!();
}

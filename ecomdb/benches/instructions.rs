//! Operations whose instructions are counted by `tests/bench/instructions.py`: `instructions OPERATION COUNT`. Without
//! arguments it names the operations.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::DateTime;
use ecomdb::{
    Database, Limit, Money, NewOrder, NewPayment, NewProduct, NewUser, OrderFilter, OrderId, PageRequest,
    PaymentMethod, Period, ProductFilter, ProductId, UserId,
};

const PRODUCTS: i64 = 1_000;
const USERS: i64 = 100;
const ORDERS: i64 = 1_000;

type Operation = fn(&Database, i64);

const OPERATIONS: [(&str, Operation); 6] = [
    ("order", |db, n| drop(db.orders().place(order(n)).unwrap())),
    ("order-detail", |db, n| json(&db.orders().get(OrderId::new(n % ORDERS + 1)).unwrap())),
    ("product-detail", |db, n| json(&db.products().get(ProductId::new(n % PRODUCTS + 1)).unwrap())),
    ("top-products", |db, _| json(&db.analytics().top_products(&Period::ALL, Limit::default()).unwrap())),
    ("list-of-1000-products", |db, _| {
        json(&db.products().list(&ProductFilter::default().page(thousand())).unwrap().items);
    }),
    ("list-of-1000-orders", |db, _| json(&db.orders().list(&OrderFilter::default().page(thousand())).unwrap().items)),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [name, count] = &arguments[..] else {
        OPERATIONS.iter().for_each(|(name, _)| println!("{name}"));
        return;
    };
    let (_, operation) = OPERATIONS.iter().find(|(known, _)| known == name).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let db = shop(folder.path().join("shop.db").to_str().unwrap());
    // The first ten runs prepare statements and fill caches; the difference between two counts leaves them out.
    for n in 0..10 + count.parse::<i64>().unwrap() {
        operation(&db, n);
    }
}

fn thousand() -> PageRequest {
    PageRequest::default().limit(Limit::new(1_000).unwrap())
}

fn json(value: &impl serde::Serialize) {
    assert!(!serde_json::to_vec(value).unwrap().is_empty());
}

/// The n-th order: three products, paid at once.
fn order(n: i64) -> NewOrder {
    let first = n * 617 % (PRODUCTS - 2) + 1;
    let items = [first, first + 1, first + 2].map(|product| (ProductId::new(product), 1));
    let payment = NewPayment::captured(PaymentMethod::Card);
    NewOrder::builder(UserId::new(n * 7 % USERS + 1)).items(items).payment(payment).build().unwrap()
}

/// A shop whose clock gains a second with each look at it, so that runs do not differ.
fn shop(path: &str) -> Database {
    let seconds = Arc::new(AtomicI64::new(1_772_452_800));
    let clock = move || DateTime::from_timestamp(seconds.fetch_add(1, Ordering::Relaxed), 1_000).unwrap();
    let db = Database::builder(format!("sqlite://{path}")).clock(clock).open().unwrap();
    db.write(|tx| {
        let category = tx.categories().create("All")?.id;
        for n in 0..PRODUCTS {
            let product = NewProduct::builder(format!("Product {n}"), category, Money::from_minor(999 + n));
            let product = product.sku(format!("SKU-{n}")).description("Made of beech wood. Ready to be used.");
            tx.products().create(product.initial_stock(1_000_000).build()?)?;
        }
        for n in 0..USERS {
            tx.users().create(NewUser::new(&format!("user{n}@example.com"), "Ada", "Lovelace")?)?;
        }
        for n in 0..ORDERS {
            tx.orders().place(order(n))?;
        }
        Ok::<_, ecomdb::Error>(())
    })
    .unwrap();
    db
}

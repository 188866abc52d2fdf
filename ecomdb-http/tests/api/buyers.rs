//! Concurrent buyers over sockets, on a database file.

use std::collections::BTreeSet;

use ecomdb::{Database, NewProduct, NewUser, OrderFilter, PageRequest, ProductId};
use serde_json::json;

use crate::support::Server;

const BUYERS: i64 = 64;
const PRODUCTS: i64 = 4;
const UNITS: i64 = 100;

/// 64 users, and 100 units of stock spread over four products.
fn fill(db: &Database) {
    for i in 0..BUYERS {
        db.users().create(NewUser::new(&format!("buyer{i}@example.com"), "Some", "Body").unwrap()).unwrap();
    }
    let lamps = db.categories().create("Lamps").unwrap().id;
    for i in 0..PRODUCTS {
        let product = NewProduct::builder(format!("Lamp {i}"), lamps, "9.99".parse().unwrap());
        db.products().create(product.initial_stock(UNITS / PRODUCTS).build().unwrap()).unwrap();
    }
}

/// Buys one to three random products at a time, sometimes the same twice, until all are sold out.
fn buy(server: &Server, buyer: i64) -> i64 {
    let mut random = buyer as u64;
    let mut pick = |n: i64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as i64 % n
    };
    let mut bought = 0;
    let mut sold_out = BTreeSet::new();
    while sold_out.len() < PRODUCTS as usize {
        let lines = pick(3) + 1;
        let items: Vec<_> = (0..lines).map(|_| json!({"product_id": pick(PRODUCTS) + 1, "quantity": 1})).collect();
        let payment = json!({"method": "card", "capture": pick(2) == 0});
        let (status, answer) =
            server.post("/api/orders", &json!({"user_id": buyer, "items": items, "payment": payment}).to_string());
        match status {
            201 => bought += lines,
            409 => {
                assert!(answer.contains("/problems/insufficient-stock"), "{answer}");
                let body: serde_json::Value = serde_json::from_str(answer.rsplit_once("\r\n\r\n").unwrap().1).unwrap();
                if body["available"] == 0 {
                    sold_out.insert(body["product_id"].as_i64().unwrap());
                }
            }
            _ => panic!("{answer}"),
        }
    }
    bought
}

#[test]
fn sixty_four_buyers_buy_exactly_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    fill(&db);
    let server = Server::start(db.clone());
    let bought: i64 = std::thread::scope(|scope| {
        let buyers: Vec<_> = (1..=BUYERS)
            .map(|buyer| {
                scope.spawn({
                    let server = &server;
                    move || buy(server, buyer)
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).sum()
    });
    server.join();

    assert_eq!(bought, UNITS);
    for id in 1..=PRODUCTS {
        assert_eq!(db.products().get(ProductId::new(id)).unwrap().stock, Some(0));
    }
    let page = PageRequest::default().limit(ecomdb::Limit::new(1000).unwrap());
    let orders = db.orders().list(&OrderFilter::default().page(page)).unwrap().items;
    assert_eq!(orders.iter().map(|order| order.item_count).sum::<i64>(), UNITS);
    let report = db.check().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

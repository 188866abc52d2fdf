//! How many threads asynchronous operations take. It is a program of its own, because it counts the threads of its process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, unused_macros, unused_macro_rules, reason = "the tests of behaviour use more of a shop")]

#[macro_use]
#[path = "behaviour/shop.rs"]
mod shop;

use ecomdb::{Database, NewOrder, Pending};
use pollster::block_on;

use crate::shop::{Shop, card};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// The threads that 200 orders and 200 reads at once take, besides those of an open database.
fn taken_by_many(shop: &Shop, connections: u32) -> usize {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 1_000));
    let db = Database::builder(&shop.url).connections(connections).open().unwrap();
    db.users().get(ada.id).unwrap();
    let before = threads();
    let later = db.asynchronous();
    let order = || NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
    let placing: Vec<Pending<_>> = (0..200).map(|_| later.orders().place(order())).collect();
    let reading: Vec<Pending<_>> = (0..200).map(|_| later.products().get(lamp.id)).collect();
    let mut most = threads();
    for placed in placing {
        block_on(placed).unwrap();
        most = most.max(threads());
    }
    for read in reading {
        block_on(read).unwrap();
        most = most.max(threads());
    }
    most - before
}

/// One after the other, so that each counts only its own threads.
#[test]
fn waiting_operations_take_no_threads() {
    let engines: [fn() -> Shop; _] = [
        #[cfg(feature = "sqlite")]
        Shop::sqlite,
        #[cfg(feature = "mysql")]
        Shop::mysql,
        #[cfg(feature = "postgres")]
        Shop::postgres,
    ];
    for shop in engines {
        let shop = shop();
        // The timer, and on a server a look-up of its name.
        let (taken, others) = (taken_by_many(&shop, 8), 2);
        assert!(taken <= 8 + others, "{}: {taken} threads", shop.engine());
    }
}

//! Several processes share a shop, and some are killed.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ecomdb::*;

use crate::exact::every_report_is_exact;
use crate::history::{Stage, live, place_at};
use crate::shop::{Shop, card};

const URL: &str = "ECOMDB_TEST_CHILD_URL";

/// Runs one of the functions below in a process of its own.
fn process(part: &str, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", part])
        .env(URL, url)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "a part of the tests below, in a process of its own"]
fn sells_one() {
    let Ok(url) = std::env::var(URL) else { return };
    let db = Database::open(&url).unwrap();
    let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(1), 1).payment(card()).build().unwrap();
    db.orders().place(order).unwrap();
}

#[test]
#[ignore = "a part of the tests below, in a process of its own"]
fn sells_and_folds_until_it_is_killed() {
    let Ok(url) = std::env::var(URL) else { return };
    let db = Database::open(&url).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let item = |i: i64| (ProductId::new(1 + i), 1);
                let order = NewOrder::builder(UserId::new(1)).items((0..20).map(item)).build().unwrap();
                place_at(&db, order, "2025-01-01T12:00:00Z".parse().unwrap(), true).unwrap();
            }
        });
        loop {
            db.analytics().total_revenue(&Period::ALL).unwrap();
            db.analytics().bought_together(&Period::ALL, Limit::default()).unwrap();
        }
    });
}

behaviours! {
    a_report_has_what_another_process_committed_before
    killing_a_process_in_the_middle_of_a_fold_loses_nothing
}

fn a_report_has_what_another_process_committed_before(shop: &Shop) {
    shop.user();
    shop.product("2.50", 100);
    for count in 1..=4 {
        assert!(process("processes::sells_one", &shop.url).wait().unwrap().success());
        let total = shop.analytics().total_revenue(&Period::ALL).unwrap();
        assert_eq!((total.orders, total.total_revenue), (count, Money::from_minor(250 * count)));
    }
}

fn killing_a_process_in_the_middle_of_a_fold_loses_nothing(shop: &Shop) {
    let stage = Stage::new(shop, 5, 30);
    for round in 0..8 {
        let mut child = process("processes::sells_and_folds_until_it_is_killed", &shop.url);
        std::thread::sleep(Duration::from_millis(250 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        shop.expect_clean();
    }
    let before = shop.analytics().total_revenue(&Period::ALL).unwrap().orders;
    assert!(before > 0, "no process lived long enough to sell anything");
    live(shop, &stage, 5, 100, 2);
    every_report_is_exact(shop);
    shop.expect_clean();
}

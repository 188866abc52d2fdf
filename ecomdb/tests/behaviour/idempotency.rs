use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use ecomdb::{
    Conflict, Database, IdempotencyKey, NewOrder, NewPayment, NewProduct, NewRefund, OrderFilter, OrderStatus,
    Password, PaymentMethod, PaymentStatus, ProductFilter,
};
use sha2::{Digest as _, Sha256};

use crate::shop::{Shop, TestClock, card, conflict, money};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

/// The number of idempotency keys.
fn keys(db: &Database) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        kept: i64,
    }
    let count = "SELECT COUNT(*) AS kept FROM idempotency_keys";
    db.read(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query(count).get_result::<Count>(conn)?.kept)).unwrap()
}

/// Scope, key and request hash of each stored key, in the order of insertion.
fn stored(db: &Database) -> Vec<(String, String, String)> {
    let columns = (idempotency_keys::scope, idempotency_keys::key, idempotency_keys::request_hash);
    let keys = idempotency_keys::table.order(idempotency_keys::id).select(columns);
    db.read(|conn| Ok::<_, ecomdb::Error>(keys.load(conn)?)).unwrap()
}

/// The hash of a request, as it is stored.
fn hash(request: &str) -> String {
    Sha256::digest(request).iter().map(|byte| format!("{byte:02x}")).collect()
}

diesel::table! {
    idempotency_keys (id) {
        id -> BigInt,
        scope -> Text,
        key -> Text,
        request_hash -> Text,
    }
}

/// A clock that does not trigger the deletion of old keys, which happens at microseconds that are a multiple of 256,
/// until it is advanced by some seconds.
fn quiet_clock() -> TestClock {
    TestClock::at("2026-03-02T12:00:01Z")
}

behaviours! {
    keys_are_stored_with_the_same_scope_and_hash_as_ever
    the_same_key_and_order_places_one_order
    the_same_demand_written_otherwise_is_the_same_order
    the_same_key_for_another_order_is_a_conflict
    keys_differ_by_case
    a_key_whose_order_failed_can_be_used_again
    one_key_serves_different_operations
    the_same_payment_of_another_order_needs_another_key
    a_product_is_created_once
    stock_is_moved_once
    a_key_whose_movement_failed_can_be_used_again
    a_payment_is_captured_and_fails_once
    many_requests_with_one_key_at_once_have_one_effect
    a_key_counts_as_not_used_when_its_retention_is_over
    keys_that_are_too_old_are_deleted_in_small_steps
    many_requests_at_once_with_a_key_that_is_too_old_have_one_effect
    a_retention_of_less_than_a_minute_or_more_than_100_years_is_refused
    keys_that_are_empty_too_long_or_unprintable_are_refused
}

// These texts must stay the same: otherwise a request that is repeated after an upgrade would be refused or take effect
// twice.
fn keys_are_stored_with_the_same_scope_and_hash_as_ever(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = || NewOrder::builder(ada.id).item(lamp.id, 2).payment(card()).build().unwrap();
    shop.accounts().set_password(ada.id, &Password::new("correct horse battery").unwrap()).unwrap();
    let login = shop.accounts().log_in(&ada.email, "correct horse battery").unwrap();
    let as_ada = shop.accounts().authenticate(login.token.expose()).unwrap();
    // On one node, so that the ids of keys ascend on a cluster, too.
    let db = shop.handle();
    let placed = db.orders().idempotent(key("k")).place(order()).unwrap();
    let unpaid = NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
    db.on_behalf_of(&as_ada).orders().idempotent(key("k")).place(unpaid).unwrap();
    let refund = NewRefund::builder("broken").amount(money("5.00")).restock().build().unwrap();
    db.payments().idempotent(key("k")).refund(placed.id, refund).unwrap();
    let pending = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap()).unwrap();
    let pay = || NewPayment::builder(PaymentMethod::Paypal).amount(money("4.00")).reference("tx 1").build().unwrap();
    let failing = db.payments().idempotent(key("k")).create(pending.id, pay()).unwrap();
    db.payments().idempotent(key("k")).fail(failing.id).unwrap();
    let captured = db.payments().create(pending.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    db.payments().idempotent(key("k")).capture(captured.id).unwrap();
    let cancelled = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap()).unwrap();
    db.orders().idempotent(key("k")).cancel(cancelled.id).unwrap();
    db.inventory().idempotent(key("k")).restock(lamp.id, 3, Some("delivery 17")).unwrap();
    db.inventory().idempotent(key("k2")).adjust(lamp.id, -1, None).unwrap();
    let bulb = NewProduct::builder("Bulb", lamp.category.id, money("1.50")).sku("BULB-1").initial_stock(4);
    db.products().idempotent(key("k")).create(bulb.build().unwrap()).unwrap();

    let (ada, lamp, category) = (ada.id, lamp.id, lamp.category.id);
    let placing = format!("user {ada}; {lamp} x 2");
    let placing_paid = format!("{placing}; pay all by card, captured true, reference None");
    let paying = format!("order {}; pay 4.00 by paypal, captured false, reference Some(\"tx 1\")", pending.id);
    let expected = [
        ("orders.place".to_owned(), "k", placing_paid),
        (format!("orders.place of {ada}"), "k", placing),
        (
            "payments.refund".to_owned(),
            "k",
            format!("order {}; refund 5.00, restock true, reason \"broken\"", placed.id),
        ),
        ("payments.create".to_owned(), "k", paying),
        ("payments.fail".to_owned(), "k", format!("payment {}", failing.id)),
        ("payments.capture".to_owned(), "k", format!("payment {}", captured.id)),
        ("orders.cancel".to_owned(), "k", format!("order {}", cancelled.id)),
        ("inventory.book".to_owned(), "k", format!("restock 3 of product {lamp}, note Some(\"delivery 17\")")),
        ("inventory.book".to_owned(), "k2", format!("adjustment -1 of product {lamp}, note None")),
        (
            "products.create".to_owned(),
            "k",
            format!(
                "product \"Bulb\" at 1.50 in category {category}, sku Some(\"BULB-1\"), \"\", stock 4, reorder at 0"
            ),
        ),
    ];
    let expected = expected.map(|(scope, key, request)| (scope, key.to_owned(), hash(&request)));
    assert_eq!(stored(db), expected);
    assert_eq!(hash("payment 1"), "39540e1e546d226c71bd125b547655d9f64c0a6f2e52c5d0bf49f40304476a3c");
}

fn the_same_key_and_order_places_one_order(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = || NewOrder::builder(ada.id).item(lamp.id, 2).payment(card()).build().unwrap();
    let first = shop.orders().idempotent(key("k1")).place(order()).unwrap();
    let again = shop.orders().idempotent(key("k1")).place(order()).unwrap();
    assert_eq!((again, shop.stock(&lamp)), (first, 8));
}

fn the_same_demand_written_otherwise_is_the_same_order(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("10.00", 10), shop.product("1.00", 10));
    let one = NewOrder::builder(ada.id).item(lamp.id, 2).item(bulb.id, 1).build().unwrap();
    let same = NewOrder::builder(ada.id).item(bulb.id, 1).item(lamp.id, 1).item(lamp.id, 1).build().unwrap();
    let first = shop.orders().idempotent(key("k1")).place(one).unwrap();
    assert_eq!(shop.orders().idempotent(key("k1")).place(same).unwrap().id, first.id);
}

fn the_same_key_for_another_order_is_a_conflict(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = |units| NewOrder::builder(ada.id).item(lamp.id, units).build().unwrap();
    shop.orders().idempotent(key("k1")).place(order(2)).unwrap();
    let refused = conflict(shop.orders().idempotent(key("k1")).place(order(3)));
    assert_eq!(refused, Conflict::IdempotencyKeyReused { key: "k1".to_owned() });
    assert_eq!(shop.stock(&lamp), 8);
}

fn keys_differ_by_case(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = || NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
    let first = shop.orders().idempotent(key("abc")).place(order()).unwrap();
    assert_ne!(shop.orders().idempotent(key("ABC")).place(order()).unwrap().id, first.id);
}

fn a_key_whose_order_failed_can_be_used_again(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 1));
    let order = || NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
    assert!(shop.orders().idempotent(key("k1")).place(order()).unwrap_err().is_conflict());
    shop.inventory().restock(lamp.id, 5, None).unwrap();
    assert_eq!(shop.orders().idempotent(key("k1")).place(order()).unwrap().item_count, 2);
}

fn one_key_serves_different_operations(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
    let order = shop.orders().idempotent(key("k1")).place(order).unwrap();
    let payment = shop.payments().idempotent(key("k1")).create(order.id, card()).unwrap();
    assert_eq!(shop.payments().idempotent(key("k1")).create(order.id, card()).unwrap(), payment);
    let refund = || NewRefund::builder("late").amount(money("2.00")).build().unwrap();
    let refunded = shop.payments().idempotent(key("k1")).refund(order.id, refund()).unwrap();
    assert_eq!(shop.payments().idempotent(key("k1")).refund(order.id, refund()).unwrap(), refunded);
    assert_eq!((refunded.status, refunded.refunded), (OrderStatus::Completed, money("2.00")));
    shop.expect_clean();
}

fn the_same_payment_of_another_order_needs_another_key(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let (one, two) = (shop.pending_order(&ada, &[(lamp.id, 1)]), shop.pending_order(&ada, &[(lamp.id, 1)]));
    shop.payments().idempotent(key("k1")).create(one.id, card()).unwrap();
    let refused = conflict(shop.payments().idempotent(key("k1")).create(two.id, card()));
    assert!(matches!(refused, Conflict::IdempotencyKeyReused { .. }));
    assert_eq!(shop.order_now(two.id).status, OrderStatus::Pending);
}

fn a_product_is_created_once(shop: &Shop) {
    let category = shop.category();
    let lamp = |price| NewProduct::builder("Desk lamp", category.id, money(price)).initial_stock(5).build().unwrap();
    let first = shop.products().idempotent(key("k1")).create(lamp("10.00")).unwrap();
    assert_eq!(shop.products().idempotent(key("k1")).create(lamp("10.00")).unwrap(), first);
    let refused = conflict(shop.products().idempotent(key("k1")).create(lamp("10.01")));
    assert_eq!(refused, Conflict::IdempotencyKeyReused { key: "k1".to_owned() });
    assert_eq!(shop.products().list(&ProductFilter::default()).unwrap().items, [first]);
    shop.expect_clean();
}

fn stock_is_moved_once(shop: &Shop) {
    let (lamp, bulb) = (shop.product("10.00", 5), shop.product("1.00", 5));
    let stock = || shop.inventory();
    for _ in 0..2 {
        assert_eq!(stock().idempotent(key("k1")).restock(lamp.id, 7, Some("delivery 17")).unwrap().quantity, 12);
    }
    for _ in 0..2 {
        assert_eq!(stock().idempotent(key("k2")).adjust(lamp.id, -2, None).unwrap().quantity, 10);
    }
    for another in [
        stock().idempotent(key("k1")).restock(lamp.id, 8, Some("delivery 17")),
        stock().idempotent(key("k1")).restock(lamp.id, 7, None),
        stock().idempotent(key("k1")).restock(bulb.id, 7, Some("delivery 17")),
        stock().idempotent(key("k1")).adjust(lamp.id, 7, Some("delivery 17")),
    ] {
        assert!(matches!(conflict(another), Conflict::IdempotencyKeyReused { .. }));
    }
    assert_eq!((shop.stock(&lamp), shop.stock(&bulb)), (10, 5));
    shop.expect_clean();
}

fn a_key_whose_movement_failed_can_be_used_again(shop: &Shop) {
    let lamp = shop.product("10.00", 1);
    assert!(shop.inventory().idempotent(key("k1")).adjust(lamp.id, -2, None).unwrap_err().is_conflict());
    shop.inventory().restock(lamp.id, 5, None).unwrap();
    assert_eq!(shop.inventory().idempotent(key("k1")).adjust(lamp.id, -2, None).unwrap().quantity, 4);
}

fn a_payment_is_captured_and_fails_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let attempt = || {
        let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
        shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap().id
    };
    let (one, two) = (attempt(), attempt());
    let captured = shop.payments().idempotent(key("k1")).capture(one).unwrap();
    assert_eq!(captured.status, PaymentStatus::Paid);
    assert_eq!(shop.payments().idempotent(key("k1")).capture(one).unwrap(), captured);
    let failed = shop.payments().idempotent(key("k1")).fail(two).unwrap();
    assert_eq!(failed.status, PaymentStatus::Failed);
    assert_eq!(shop.payments().idempotent(key("k1")).fail(two).unwrap(), failed);

    let refused = conflict(shop.payments().idempotent(key("k1")).capture(two));
    assert!(matches!(refused, Conflict::IdempotencyKeyReused { .. }));
    let refused = conflict(shop.payments().idempotent(key("k2")).capture(one));
    assert!(matches!(refused, Conflict::IllegalPaymentTransition { .. }));
    shop.expect_clean();
}

fn many_requests_with_one_key_at_once_have_one_effect(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let start = Barrier::new(8);
    let ids: Vec<_> = thread::scope(|scope| {
        let place = || {
            let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
            start.wait();
            shop.orders().idempotent(key("k1")).place(order).unwrap().id
        };
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(place)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(shop.orders().list(&OrderFilter::default()).unwrap().items.len(), 1);
    assert_eq!(shop.stock(&lamp), 99);
    shop.expect_clean();
}

fn a_key_counts_as_not_used_when_its_retention_is_over(shop: &Shop) {
    let (ada, lamp, clock) = (shop.user(), shop.product("10.00", 10), quiet_clock());
    let db = shop.open_with(&clock);
    let place = |units| {
        let order = NewOrder::builder(ada.id).item(lamp.id, units).build().unwrap();
        db.orders().idempotent(key("k1")).place(order)
    };
    let first = place(1).unwrap();
    clock.advance(TimeDelta::days(30));
    assert_eq!(place(1).unwrap().id, first.id);
    assert!(place(2).unwrap_err().is_conflict());
    clock.advance(TimeDelta::microseconds(1));
    let second = place(2).unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!((place(2).unwrap().id, keys(shop)), (second.id, 1));
    shop.expect_clean();
}

fn keys_that_are_too_old_are_deleted_in_small_steps(shop: &Shop) {
    let (lamp, clock) = (shop.product("10.00", 0), quiet_clock());
    let now = clock.clone();
    let db = Database::builder(&shop.url).clock(move || now.now());
    let db = db.idempotency_retention(Duration::from_secs(3_600)).open().unwrap();
    let restock = |name: String| db.inventory().idempotent(key(&name)).restock(lamp.id, 1, None).unwrap();
    db.write(move |tx| {
        (0..600).try_for_each(|n| {
            tx.inventory().idempotent(key(&format!("old {n}").replace(' ', "-"))).restock(lamp.id, 1, None).map(drop)
        })
    })
    .unwrap();
    clock.advance(TimeDelta::hours(1) + TimeDelta::seconds(2));
    restock("no-turn".to_owned());
    assert_eq!(keys(shop), 601, "it was not this request's turn");
    clock.advance(TimeDelta::seconds(1));
    restock("first-turn".to_owned());
    assert_eq!(keys(shop), 602 - 512);
    clock.advance(TimeDelta::seconds(4));
    restock("second-turn".to_owned());
    assert_eq!(keys(shop), 3, "those that are not too old");
    assert_eq!(shop.stock(&lamp), 603);
}

fn many_requests_at_once_with_a_key_that_is_too_old_have_one_effect(shop: &Shop) {
    let (ada, lamp, clock) = (shop.user(), shop.product("10.00", 100), quiet_clock());
    let (db, start) = (shop.open_with(&clock), Barrier::new(8));
    let place = || {
        let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
        db.orders().idempotent(key("k1")).place(order).unwrap().id
    };
    let first = place();
    clock.advance(TimeDelta::days(31));
    let ids: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    place()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0] && *id != first), "{first}, {ids:?}");
    assert_eq!(shop.stock(&lamp), 98);
    shop.expect_clean();
}

fn a_retention_of_less_than_a_minute_or_more_than_100_years_is_refused(shop: &Shop) {
    for retention in [Duration::ZERO, Duration::from_secs(59), Duration::MAX] {
        let error = Database::builder(&shop.url).idempotency_retention(retention).open().unwrap_err();
        assert!(error.to_string().contains("from 1 minute"), "{error}");
    }
}

fn keys_that_are_empty_too_long_or_unprintable_are_refused(_shop: &Shop) {
    for text in ["", "a b", "a\nb", "é", &"k".repeat(256)] {
        assert!(IdempotencyKey::new(text).is_err(), "{text:?}");
    }
    assert!(IdempotencyKey::new("k".repeat(255)).is_ok());
}

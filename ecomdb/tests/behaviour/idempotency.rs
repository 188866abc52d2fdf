use std::sync::Barrier;
use std::thread;

use ecomdb::{
    Conflict, IdempotencyKey, NewOrder, NewPayment, NewProduct, NewRefund, OrderFilter, OrderStatus, PaymentMethod,
    PaymentStatus, ProductFilter,
};

use crate::shop::{card, conflict, money};

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

behaviours! {
    fn the_same_key_and_order_places_one_order(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let order = || NewOrder::builder(ada.id).item(lamp.id, 2).payment(card()).build().unwrap();
        let first = shop.orders().place_once(order(), &key("k1")).unwrap();
        let again = shop.orders().place_once(order(), &key("k1")).unwrap();
        assert_eq!((again, shop.stock(&lamp)), (first, 8));
    }

    fn the_same_demand_written_otherwise_is_the_same_order(shop) {
        let (ada, lamp, bulb) = (shop.user(), shop.product("10.00", 10), shop.product("1.00", 10));
        let one = NewOrder::builder(ada.id).item(lamp.id, 2).item(bulb.id, 1).build().unwrap();
        let same = NewOrder::builder(ada.id).item(bulb.id, 1).item(lamp.id, 1).item(lamp.id, 1).build().unwrap();
        let first = shop.orders().place_once(one, &key("k1")).unwrap();
        assert_eq!(shop.orders().place_once(same, &key("k1")).unwrap().id, first.id);
    }

    fn the_same_key_for_another_order_is_a_conflict(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let order = |units| NewOrder::builder(ada.id).item(lamp.id, units).build().unwrap();
        shop.orders().place_once(order(2), &key("k1")).unwrap();
        let refused = conflict(shop.orders().place_once(order(3), &key("k1")));
        assert_eq!(refused, Conflict::IdempotencyKeyReused { key: "k1".to_owned() });
        assert_eq!(shop.stock(&lamp), 8);
    }

    fn keys_differ_by_case(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let order = || NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
        let first = shop.orders().place_once(order(), &key("abc")).unwrap();
        assert_ne!(shop.orders().place_once(order(), &key("ABC")).unwrap().id, first.id);
    }

    fn a_key_whose_order_failed_can_be_used_again(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 1));
        let order = || NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
        assert!(shop.orders().place_once(order(), &key("k1")).unwrap_err().is_conflict());
        shop.inventory().restock(lamp.id, 5, None).unwrap();
        assert_eq!(shop.orders().place_once(order(), &key("k1")).unwrap().item_count, 2);
    }

    fn one_key_serves_different_operations(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let order = NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap();
        let order = shop.orders().place_once(order, &key("k1")).unwrap();
        let payment = shop.payments().create_once(order.id, card(), &key("k1")).unwrap();
        assert_eq!(shop.payments().create_once(order.id, card(), &key("k1")).unwrap(), payment);
        let refund = || NewRefund::new("late").unwrap().amount(money("2.00"));
        let refunded = shop.payments().refund_once(order.id, refund(), &key("k1")).unwrap();
        assert_eq!(shop.payments().refund_once(order.id, refund(), &key("k1")).unwrap(), refunded);
        assert_eq!((refunded.status, refunded.refunded), (OrderStatus::Completed, money("2.00")));
        shop.expect_clean();
    }

    fn the_same_payment_of_another_order_needs_another_key(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let (one, two) = (shop.pending_order(&ada, &[(lamp.id, 1)]), shop.pending_order(&ada, &[(lamp.id, 1)]));
        shop.payments().create_once(one.id, card(), &key("k1")).unwrap();
        let refused = conflict(shop.payments().create_once(two.id, card(), &key("k1")));
        assert!(matches!(refused, Conflict::IdempotencyKeyReused { .. }));
        assert_eq!(shop.order_now(two.id).status, OrderStatus::Pending);
    }

    fn a_product_is_created_once(shop) {
        let category = shop.category();
        let lamp = |price| NewProduct::builder("Desk lamp", category.id, money(price)).initial_stock(5).build().unwrap();
        let first = shop.products().create_once(lamp("10.00"), &key("k1")).unwrap();
        assert_eq!(shop.products().create_once(lamp("10.00"), &key("k1")).unwrap(), first);
        let refused = conflict(shop.products().create_once(lamp("10.01"), &key("k1")));
        assert_eq!(refused, Conflict::IdempotencyKeyReused { key: "k1".to_owned() });
        assert_eq!(shop.products().list(&ProductFilter::default()).unwrap().items, [first]);
        shop.expect_clean();
    }

    fn stock_is_moved_once(shop) {
        let (lamp, bulb) = (shop.product("10.00", 5), shop.product("1.00", 5));
        let stock = || shop.inventory();
        for _ in 0..2 {
            assert_eq!(stock().restock_once(lamp.id, 7, Some("delivery 17"), &key("k1")).unwrap().quantity, 12);
        }
        for _ in 0..2 {
            assert_eq!(stock().adjust_once(lamp.id, -2, None, &key("k2")).unwrap().quantity, 10);
        }
        for another in [
            stock().restock_once(lamp.id, 8, Some("delivery 17"), &key("k1")),
            stock().restock_once(lamp.id, 7, None, &key("k1")),
            stock().restock_once(bulb.id, 7, Some("delivery 17"), &key("k1")),
            stock().adjust_once(lamp.id, 7, Some("delivery 17"), &key("k1")),
        ] {
            assert!(matches!(conflict(another), Conflict::IdempotencyKeyReused { .. }));
        }
        assert_eq!((shop.stock(&lamp), shop.stock(&bulb)), (10, 5));
        shop.expect_clean();
    }

    fn a_key_whose_movement_failed_can_be_used_again(shop) {
        let lamp = shop.product("10.00", 1);
        assert!(shop.inventory().adjust_once(lamp.id, -2, None, &key("k1")).unwrap_err().is_conflict());
        shop.inventory().restock(lamp.id, 5, None).unwrap();
        assert_eq!(shop.inventory().adjust_once(lamp.id, -2, None, &key("k1")).unwrap().quantity, 4);
    }

    fn a_payment_is_captured_and_fails_once(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        let attempt = || {
            let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
            shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap().id
        };
        let (one, two) = (attempt(), attempt());
        let captured = shop.payments().capture_once(one, &key("k1")).unwrap();
        assert_eq!(captured.status, PaymentStatus::Paid);
        assert_eq!(shop.payments().capture_once(one, &key("k1")).unwrap(), captured);
        let failed = shop.payments().fail_once(two, &key("k1")).unwrap();
        assert_eq!(failed.status, PaymentStatus::Failed);
        assert_eq!(shop.payments().fail_once(two, &key("k1")).unwrap(), failed);

        let refused = conflict(shop.payments().capture_once(two, &key("k1")));
        assert!(matches!(refused, Conflict::IdempotencyKeyReused { .. }));
        let refused = conflict(shop.payments().capture_once(one, &key("k2")));
        assert!(matches!(refused, Conflict::IllegalTransition { .. }));
        shop.expect_clean();
    }

    fn many_requests_with_one_key_at_once_have_one_effect(shop) {
        let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
        let start = Barrier::new(8);
        let ids: Vec<_> = thread::scope(|scope| {
            let place = || {
                let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
                start.wait();
                shop.orders().place_once(order, &key("k1")).unwrap().id
            };
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(place)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(shop.orders().list(&OrderFilter::default()).unwrap().items.len(), 1);
        assert_eq!(shop.stock(&lamp), 99);
        shop.expect_clean();
    }

    fn keys_that_are_empty_too_long_or_unprintable_are_refused(_shop) {
        for text in ["", "a b", "a\nb", "é", &"k".repeat(256)] {
            assert!(IdempotencyKey::new(text).is_err(), "{text:?}");
        }
        assert!(IdempotencyKey::new("k".repeat(255)).is_ok());
    }
}

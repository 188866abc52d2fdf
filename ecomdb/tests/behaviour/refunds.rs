use ecomdb::{Conflict, MovementReason, NewRefund, OrderStatus, PageRequest, PaymentStatus, RefundBuilder};

use crate::shop::{Shop, card_of, conflict, invalid_fields, money};

fn refund() -> RefundBuilder {
    NewRefund::builder("wrong size")
}

behaviours! {
    a_full_refund_ends_the_order_and_leaves_the_stock
    a_refund_with_restock_puts_the_goods_back
    a_partial_refund_leaves_the_order_completed
    more_than_what_is_left_cannot_be_refunded
    only_completed_orders_can_be_refunded_and_the_conflict_names_both_states
    the_goods_of_an_order_go_back_in_stock_once
    one_refund_of_several_payments_says_that_the_goods_are_back
    a_refund_is_taken_from_the_payments_in_turn
    wrong_refunds_are_refused_by_field
    a_free_order_has_nothing_to_refund
}

fn a_full_refund_ends_the_order_and_leaves_the_stock(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    let after = shop.payments().refund(order.id, refund().build().unwrap()).unwrap();
    assert_eq!((after.status, after.refunded), (OrderStatus::Refunded, money("20.00")));
    assert_eq!(after.payment.as_ref().unwrap().status, PaymentStatus::Refunded);
    let refunds: Vec<_> = after.refunds.iter().map(|r| (r.amount, r.reason.as_str(), r.restocked)).collect();
    assert_eq!(refunds, [(money("20.00"), "wrong size", false)]);
    assert_eq!((shop.stock(&lamp), shop.order_now(order.id)), (8, after));
    shop.expect_clean();
}

fn a_refund_with_restock_puts_the_goods_back(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("10.00", 10), shop.product("1.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2), (bulb.id, 5)]);
    shop.payments().refund(order.id, refund().restock().build().unwrap()).unwrap();
    assert_eq!((shop.stock(&lamp), shop.stock(&bulb)), (10, 10));
    let latest = shop.inventory().movements(bulb.id, &PageRequest::default()).unwrap().items.remove(0);
    assert_eq!((latest.delta, latest.reason, latest.order_id), (5, MovementReason::Return, Some(order.id)));
    shop.expect_clean();
}

fn a_partial_refund_leaves_the_order_completed(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    let after = shop.payments().refund(order.id, refund().amount(money("7.50")).build().unwrap()).unwrap();
    assert_eq!((after.status, after.refunded), (OrderStatus::Completed, money("7.50")));
    assert_eq!(after.payment.unwrap().status, PaymentStatus::Paid);
    let rest = shop.payments().refund(order.id, refund().build().unwrap()).unwrap();
    assert_eq!((rest.status, rest.refunded, rest.refunds.len()), (OrderStatus::Refunded, money("20.00"), 2));
    shop.expect_clean();
}

fn more_than_what_is_left_cannot_be_refunded(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    shop.payments().refund(order.id, refund().amount(money("7.50")).build().unwrap()).unwrap();
    let refused = conflict(shop.payments().refund(order.id, refund().amount(money("12.51")).build().unwrap()));
    let (refundable, amount) = (money("12.50"), money("12.51"));
    assert_eq!(refused, Conflict::OverRefund { order_id: order.id, refundable, amount, from: OrderStatus::Completed });
    assert_eq!(shop.order_now(order.id).refunded, money("7.50"));
}

fn only_completed_orders_can_be_refunded_and_the_conflict_names_both_states(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let pending = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let cancelled = shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.orders().cancel(cancelled.id).unwrap();
    let refunded = shop.paid_order(&ada, &[(lamp.id, 1)]);
    shop.payments().refund(refunded.id, refund().build().unwrap()).unwrap();
    for (order, state) in [
        (pending.id, OrderStatus::Pending),
        (cancelled.id, OrderStatus::Cancelled),
        (refunded.id, OrderStatus::Refunded),
    ] {
        match conflict(shop.payments().refund(order, refund().build().unwrap())) {
            Conflict::IllegalOrderTransition { from, to: OrderStatus::Refunded, .. } => assert_eq!(from, state),
            other => panic!("{other:?}"),
        }
    }
    shop.expect_clean();
}

fn the_goods_of_an_order_go_back_in_stock_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    shop.payments().refund(order.id, refund().amount(money("5.00")).restock().build().unwrap()).unwrap();
    assert_eq!(shop.stock(&lamp), 10);
    let again = conflict(shop.payments().refund(order.id, refund().restock().build().unwrap()));
    assert_eq!(again, Conflict::AlreadyRestocked { order_id: order.id });
    shop.payments().refund(order.id, refund().build().unwrap()).unwrap();
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn one_refund_of_several_payments_says_that_the_goods_are_back(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = |parts: &[&str]| {
        let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
        parts.iter().for_each(|part| drop(shop.payments().create(order.id, card_of(part)).unwrap()));
        order.id
    };
    let refunded = shop.payments().refund(order(&["4.00", "6.00"]), refund().restock().build().unwrap()).unwrap();
    assert_eq!(refunded.refunds.iter().map(|refund| refund.restocked).collect::<Vec<_>>(), [true, false]);
    let cancelled = shop.orders().cancel(order(&["4.00", "1.00"])).unwrap();
    assert_eq!(cancelled.refunds.iter().map(|refund| refund.restocked).collect::<Vec<_>>(), [false, false]);
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn a_refund_is_taken_from_the_payments_in_turn(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    for part in ["3.00", "3.00", "4.00"] {
        shop.payments().create(order.id, card_of(part)).unwrap();
    }
    let after = shop.payments().refund(order.id, refund().amount(money("5.00")).build().unwrap()).unwrap();
    let states: Vec<_> = after.payments.iter().map(|payment| payment.status.as_str()).collect();
    assert_eq!(states, ["refunded", "paid", "paid"]);
    assert_eq!(after.refunds.iter().map(|r| r.amount.to_string()).collect::<Vec<_>>(), ["3.00", "2.00"]);
    let all = shop.payments().refund(order.id, refund().build().unwrap()).unwrap();
    assert_eq!(all.refunds.iter().map(|r| r.amount.to_string()).collect::<Vec<_>>(), ["3.00", "2.00", "1.00", "4.00"]);
    shop.expect_clean();
}

fn wrong_refunds_are_refused_by_field(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    for amount in ["0.00", "-3.00"] {
        let refused = refund().amount(money(amount)).build();
        assert_eq!(invalid_fields(refused.map_err(ecomdb::Error::from)), ["amount"]);
    }
    for reason in ["", "a\0b", &"x".repeat(501)] {
        assert_eq!(invalid_fields(NewRefund::builder(reason).build().map_err(ecomdb::Error::from)), ["reason"]);
    }
    assert_eq!(shop.order_now(order.id), order);
}

fn a_free_order_has_nothing_to_refund(shop: &Shop) {
    let (ada, sample) = (shop.user(), shop.product("0.00", 10));
    let order = shop.paid_order(&ada, &[(sample.id, 2)]);
    assert!(matches!(
        conflict(shop.payments().refund(order.id, refund().build().unwrap())),
        Conflict::OverRefund { .. }
    ));
}

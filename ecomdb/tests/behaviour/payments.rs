use ecomdb::{Conflict, NewPayment, OrderStatus, PaymentFilter, PaymentId, PaymentMethod, PaymentStatus};

use crate::shop::{Shop, card, card_of, conflict, invalid_fields, money};

behaviours! {
    every_payment_method_is_stored
    a_captured_payment_of_all_that_is_due_completes_the_order
    two_payments_complete_an_order_together
    a_pending_payment_pays_nothing_until_it_is_captured
    a_failed_payment_is_kept_and_another_may_follow
    a_payment_can_be_captured_or_fail_only_once
    more_than_what_is_due_is_refused
    a_pending_payment_that_has_become_too_much_cannot_be_captured
    completed_and_cancelled_orders_take_no_payment_and_the_conflict_names_both_states
    an_order_takes_20_attempts_to_pay_it_whatever_becomes_of_them
    payments_are_listed_by_order_and_status
}

fn every_payment_method_is_stored(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 100));
    for method in PaymentMethod::ALL {
        let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
        let payment = shop.payments().create(order.id, NewPayment::pending(*method)).unwrap();
        assert_eq!(shop.payments().get(payment.id).unwrap().method, *method);
    }
}

fn a_captured_payment_of_all_that_is_due_completes_the_order(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 2)]);
    let charge = NewPayment::builder(PaymentMethod::Card).captured().reference("ch_1").build().unwrap();
    let payment = shop.payments().create(order.id, charge).unwrap();
    assert_eq!(
        (payment.status, payment.amount, payment.method),
        (PaymentStatus::Paid, money("20.00"), PaymentMethod::Card)
    );
    let now = shop.order_now(order.id);
    assert_eq!((now.status, now.completed_at), (OrderStatus::Completed, payment.paid_at));
    assert_eq!(now.payment.unwrap(), payment);
    assert_eq!(shop.payments().get(payment.id).unwrap(), payment);
    shop.expect_clean();
}

fn two_payments_complete_an_order_together(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.payments().create(order.id, card_of("3.33")).unwrap();
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Pending);
    let rest = shop.payments().create(order.id, NewPayment::captured(PaymentMethod::Cash)).unwrap();
    assert_eq!(rest.amount, money("6.67"));
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Completed);
    shop.expect_clean();
}

fn a_pending_payment_pays_nothing_until_it_is_captured(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let payment = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::BankTransfer)).unwrap();
    assert_eq!((payment.status, payment.paid_at), (PaymentStatus::Pending, None));
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Pending);
    let captured = shop.payments().capture(payment.id).unwrap();
    assert_eq!(captured.status, PaymentStatus::Paid);
    let now = shop.order_now(order.id);
    assert_eq!((now.status, now.payment.as_ref()), (OrderStatus::Completed, Some(&captured)));
    shop.expect_clean();
}

fn a_failed_payment_is_kept_and_another_may_follow(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let declined = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    assert_eq!(shop.payments().fail(declined.id).unwrap().status, PaymentStatus::Failed);
    shop.payments().create(order.id, card()).unwrap();
    let now = shop.order_now(order.id);
    let states: Vec<_> = now.payments.iter().map(|payment| payment.status).collect();
    assert_eq!((states, now.status), (vec![PaymentStatus::Failed, PaymentStatus::Paid], OrderStatus::Completed));
    shop.expect_clean();
}

fn a_payment_can_be_captured_or_fail_only_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let paid = shop.payments().create(order.id, card()).unwrap();
    let again = conflict(shop.payments().capture(paid.id));
    assert!(matches!(
        again,
        Conflict::IllegalPaymentTransition { from: PaymentStatus::Paid, to: PaymentStatus::Paid, .. }
    ));
    let failed = conflict(shop.payments().fail(paid.id));
    assert!(matches!(
        failed,
        Conflict::IllegalPaymentTransition { from: PaymentStatus::Paid, to: PaymentStatus::Failed, .. }
    ));
    assert!(shop.payments().capture(PaymentId::new(99)).unwrap_err().is_not_found());
}

fn more_than_what_is_due_is_refused(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.payments().create(order.id, card_of("4.00")).unwrap();
    let refused = conflict(shop.payments().create(order.id, card_of("6.01")));
    let (due, amount) = (money("6.00"), money("6.01"));
    assert_eq!(
        refused,
        Conflict::Overpayment { order_id: order.id, due, amount, from: OrderStatus::Pending, to: PaymentStatus::Paid }
    );
    assert_eq!(shop.order_now(order.id).payments.len(), 1);
}

fn a_pending_payment_that_has_become_too_much_cannot_be_captured(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let late = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Paypal)).unwrap();
    shop.payments().create(order.id, card_of("0.01")).unwrap();
    assert!(matches!(conflict(shop.payments().capture(late.id)), Conflict::Overpayment { .. }));
    shop.payments().create(order.id, card()).unwrap();
    let refused = conflict(shop.payments().capture(late.id));
    assert_eq!(
        refused,
        Conflict::OrderNotPayable { order_id: order.id, from: OrderStatus::Completed, to: PaymentStatus::Paid }
    );
    shop.expect_clean();
}

fn completed_and_cancelled_orders_take_no_payment_and_the_conflict_names_both_states(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let paid = shop.paid_order(&ada, &[(lamp.id, 1)]);
    let cancelled = shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.orders().cancel(cancelled.id).unwrap();
    for (order, from) in [(paid.id, OrderStatus::Completed), (cancelled.id, OrderStatus::Cancelled)] {
        let refused = conflict(shop.payments().create(order, card_of("1.00")));
        assert_eq!(refused, Conflict::OrderNotPayable { order_id: order, from, to: PaymentStatus::Paid });
        assert!(refused.to_string().contains(from.as_str()) && refused.to_string().contains("pending"), "{refused}");
    }
}

fn an_order_takes_20_attempts_to_pay_it_whatever_becomes_of_them(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let attempt = || shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card));
    let first = attempt().unwrap();
    for _ in 1..20 {
        shop.payments().fail(attempt().unwrap().id).unwrap();
    }
    let refused = conflict(attempt());
    assert!(matches!(refused, Conflict::LimitReached { entity: "order", limit: 20, .. }), "{refused:?}");
    assert_eq!(conflict(shop.payments().create(order.id, card())), refused, "not even a captured one");
    assert_eq!(shop.order_now(order.id).payments.len(), 20);
    shop.payments().capture(first.id).unwrap();
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Completed);
    shop.expect_clean();
}

fn payments_are_listed_by_order_and_status(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let waiting = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    let other = shop.paid_order(&ada, &[(lamp.id, 1)]).payment.unwrap();
    let list = |filter: PaymentFilter| shop.payments().list(&filter).unwrap().items;
    assert_eq!(list(PaymentFilter::default()), [other.clone(), waiting.clone()]);
    assert_eq!(list(PaymentFilter::default().order_id(order.id)), [waiting]);
    assert_eq!(list(PaymentFilter::default().status(PaymentStatus::Paid)), [other]);
}

#[test]
fn amounts_of_nothing_or_less_and_overlong_references_are_refused() {
    for amount in ["0.00", "-1.00"] {
        let refused = NewPayment::builder(PaymentMethod::Card).captured().amount(money(amount)).build();
        assert_eq!(invalid_fields(refused.map_err(ecomdb::Error::from)), ["amount"]);
    }
    let refused = NewPayment::builder(PaymentMethod::Card).reference("x".repeat(201)).build();
    assert_eq!(invalid_fields(refused.map_err(ecomdb::Error::from)), ["reference"]);
}

//! Payments by the reference of their provider, whose messages come late, twice, and at the same time.

use ecomdb::{
    Conflict, Error, NewPayment, Order, OrderStatus, Payment, PaymentFilter, PaymentMethod, PaymentOutcome,
    PaymentStatus, Result, Settlement,
};

use crate::shop::{Shop, card, conflict, invalid_fields, money};

behaviours! {
    a_reference_belongs_to_one_payment_of_its_method
    payments_without_a_reference_are_as_many_as_one_likes
    a_payment_is_settled_by_its_reference
    the_same_message_again_changes_nothing
    three_messages_at_once_settle_once
    a_declined_payment_may_be_paid_after_all
    a_captured_payment_cannot_fail_afterwards
    another_amount_is_refused_and_an_unknown_reference_is_not_found
    a_payment_that_comes_after_the_cancellation_is_kept_as_late
    a_second_payment_of_a_paid_order_is_kept_as_late
    a_late_payment_is_given_back_once
    a_key_makes_no_difference
}

/// An unpaid order of 20.00 with a started card payment.
fn started(shop: &Shop, reference: &str) -> Order {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 2)]);
    shop.payments().create(order.id, of(PaymentMethod::Card, reference)).unwrap();
    shop.order_now(order.id)
}

fn of(method: PaymentMethod, reference: &str) -> NewPayment {
    NewPayment::builder(method).reference(reference).build().unwrap()
}

fn message(shop: &Shop, reference: &str, outcome: PaymentOutcome) -> Result<Settlement> {
    shop.payments().settle(PaymentMethod::Card, reference, outcome, money("20.00"))
}

fn paid(shop: &Shop, reference: &str) -> Result<Payment> {
    message(shop, reference, PaymentOutcome::Paid)?.on_time()
}

fn failed(shop: &Shop, reference: &str) -> Result<Payment> {
    message(shop, reference, PaymentOutcome::Failed)?.on_time()
}

fn a_reference_belongs_to_one_payment_of_its_method(shop: &Shop) {
    let (order, other) = (started(shop, "ch_1"), started(shop, "ch_2"));
    let refused = shop.payments().create(other.id, of(PaymentMethod::Card, "ch_1"));
    assert!(matches!(
        conflict(refused),
        Conflict::Duplicate { entity: "payment of this method", field: "reference", .. }
    ));
    let (user, lamp) = (shop.user(), shop.product("10.00", 10));
    let placing = ecomdb::NewOrder::builder(user.id).item(lamp.id, 1).payment(of(PaymentMethod::Card, "ch_1"));
    assert!(matches!(conflict(shop.orders().place(placing.build().unwrap())), Conflict::Duplicate { .. }));
    assert_eq!((shop.stock(&lamp), shop.order_now(other.id).payments.len()), (10, 1));
    // Another provider may use the same text, and a reference differs in each letter.
    shop.payments().create(other.id, of(PaymentMethod::Paypal, "ch_1")).unwrap();
    shop.payments().create(order.id, of(PaymentMethod::Card, "CH_1")).unwrap();
}

fn payments_without_a_reference_are_as_many_as_one_likes(shop: &Shop) {
    let order = started(shop, "ch_1");
    for _ in 0..3 {
        shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    }
    assert_eq!(shop.order_now(order.id).payments.len(), 4);
}

fn a_payment_is_settled_by_its_reference(shop: &Shop) {
    let (order, declined) = (started(shop, "ch_1"), started(shop, "ch_2"));
    let payment = paid(shop, "ch_1").unwrap();
    assert_eq!((payment.order_id, payment.status), (order.id, PaymentStatus::Paid));
    assert_eq!(shop.order_now(order.id).completed_at, payment.paid_at);
    assert_eq!(failed(shop, "ch_2").unwrap().status, PaymentStatus::Failed);
    assert_eq!(shop.order_now(declined.id).status, OrderStatus::Pending);
    shop.expect_clean();
}

fn the_same_message_again_changes_nothing(shop: &Shop) {
    let order = started(shop, "ch_1");
    let payment = paid(shop, "ch_1").unwrap();
    let before = shop.order_now(order.id);
    assert_eq!(paid(shop, "ch_1").unwrap(), payment);
    assert_eq!(shop.order_now(order.id), before);

    started(shop, "ch_2");
    let declined = failed(shop, "ch_2").unwrap();
    assert_eq!(failed(shop, "ch_2").unwrap(), declined);

    let all = ecomdb::NewRefund::builder("broken").build().unwrap();
    let refunded = shop.payments().refund(order.id, all).unwrap();
    assert_eq!(paid(shop, "ch_1").unwrap(), refunded.payments[0]);
    shop.expect_clean();
}

fn three_messages_at_once_settle_once(shop: &Shop) {
    for round in 0..5 {
        let reference = format!("ch_{round}");
        let order = started(shop, &reference);
        let reference = reference.as_str();
        let answers: Vec<Payment> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(move || paid(shop, reference).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let now = shop.order_now(order.id);
        assert_eq!((now.status, now.paid), (OrderStatus::Completed, money("20.00")));
        assert!(answers.iter().all(|answer| *answer == now.payments[0]), "{answers:?}");
    }
    shop.expect_clean();
}

fn a_declined_payment_may_be_paid_after_all(shop: &Shop) {
    let order = started(shop, "ch_1");
    failed(shop, "ch_1").unwrap();
    assert_eq!(paid(shop, "ch_1").unwrap().status, PaymentStatus::Paid);
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Completed);
    shop.expect_clean();
}

fn a_captured_payment_cannot_fail_afterwards(shop: &Shop) {
    let order = started(shop, "ch_1");
    paid(shop, "ch_1").unwrap();
    assert!(matches!(
        conflict(failed(shop, "ch_1")),
        Conflict::IllegalPaymentTransition { from: PaymentStatus::Paid, to: PaymentStatus::Failed, .. }
    ));
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Completed);
}

fn another_amount_is_refused_and_an_unknown_reference_is_not_found(shop: &Shop) {
    let order = started(shop, "ch_1");
    for outcome in [PaymentOutcome::Paid, PaymentOutcome::Failed] {
        let refused = shop.payments().settle(PaymentMethod::Card, "ch_1", outcome, money("19.99"));
        assert_eq!(invalid_fields(refused), ["amount"]);
    }
    let unknown = paid(shop, "ch_2").unwrap_err();
    assert!(unknown.is_not_found() && matches!(unknown, Error::UnknownReference { .. }));
    assert_eq!(unknown.to_string(), "no payment by card has the reference \"ch_2\"");
    let other_method = shop.payments().settle(PaymentMethod::Paypal, "ch_1", PaymentOutcome::Paid, money("20.00"));
    assert!(other_method.unwrap_err().is_not_found());
    let empty = shop.payments().settle(PaymentMethod::Card, "", PaymentOutcome::Paid, money("20.00"));
    assert_eq!(invalid_fields(empty), ["reference"]);
    assert_eq!(shop.order_now(order.id).payments[0].status, PaymentStatus::Pending);
}

fn a_payment_that_comes_after_the_cancellation_is_kept_as_late(shop: &Shop) {
    let order = started(shop, "ch_1");
    let cancelled = shop.orders().cancel(order.id).unwrap();
    assert_eq!(cancelled.payments[0].status, PaymentStatus::Failed);
    // The provider may say that it failed as well.
    failed(shop, "ch_1").unwrap();
    let settlement = message(shop, "ch_1", PaymentOutcome::Paid).unwrap();
    assert_eq!(settlement.payment.status, PaymentStatus::Late);
    let late = settlement.late.unwrap();
    assert_eq!(
        late.to_string(),
        format!(
            "order {} is cancelled, so it cannot take the 20.00 of payment {}: give the money back",
            order.id, settlement.payment.id
        )
    );
    assert_eq!(conflict(paid(shop, "ch_1")), late);
    let now = shop.order_now(order.id);
    assert_eq!((now.status, now.paid, &now.payments[0]), (OrderStatus::Cancelled, money("0.00"), &settlement.payment));
    let to_do = PaymentFilter::default().status(PaymentStatus::Late);
    assert_eq!(shop.payments().list(&to_do).unwrap().items, [settlement.payment]);
    assert!(matches!(conflict(failed(shop, "ch_1")), Conflict::IllegalPaymentTransition { .. }));
    shop.expect_clean();
}

fn a_second_payment_of_a_paid_order_is_kept_as_late(shop: &Shop) {
    let order = started(shop, "ch_1");
    shop.payments().create(order.id, of(PaymentMethod::Card, "ch_2")).unwrap();
    paid(shop, "ch_1").unwrap();
    let Conflict::LatePayment { from, .. } = conflict(paid(shop, "ch_2")) else { panic!() };
    assert_eq!(from, OrderStatus::Completed);
    assert_eq!(shop.order_now(order.id).paid, money("20.00"));

    // Also if the order is part-paid and has less left to pay.
    let order = started(shop, "ch_3");
    shop.payments().create(order.id, crate::shop::card_of("15.00")).unwrap();
    assert!(conflict(paid(shop, "ch_3")).to_string().contains("has less left to pay"));
    shop.payments().create(order.id, card()).unwrap();
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Completed);
    shop.expect_clean();
}

fn a_late_payment_is_given_back_once(shop: &Shop) {
    let order = started(shop, "ch_1");
    let pending = order.payments[0].id;
    assert!(matches!(
        conflict(shop.payments().return_late(pending)),
        Conflict::IllegalPaymentTransition { from: PaymentStatus::Pending, to: PaymentStatus::Returned, .. }
    ));
    shop.orders().cancel(order.id).unwrap();
    let late = message(shop, "ch_1", PaymentOutcome::Paid).unwrap().payment;
    let returned = shop.payments().return_late(late.id).unwrap();
    assert_eq!((returned.status, returned.paid_at), (PaymentStatus::Returned, late.paid_at));
    assert!(matches!(conflict(shop.payments().return_late(late.id)), Conflict::IllegalPaymentTransition { .. }));
    // The provider repeats itself.
    assert!(matches!(conflict(paid(shop, "ch_1")), Conflict::LatePayment { .. }));
    assert_eq!(shop.order_now(order.id).payments, [returned]);
    shop.expect_clean();
}

fn a_key_makes_no_difference(shop: &Shop) {
    let key = |key: &str| ecomdb::IdempotencyKey::new(key).unwrap();
    let settle = |with: &str, reference: &str| {
        let payments = shop.payments().idempotent(key(with));
        payments.settle(PaymentMethod::Card, reference, PaymentOutcome::Paid, money("20.00"))
    };
    let (order, _) = (started(shop, "ch_1"), started(shop, "ch_2"));
    shop.orders().cancel(order.id).unwrap();
    let late = settle("one", "ch_1").unwrap();
    assert_eq!(settle("one", "ch_1").unwrap(), late);
    assert_eq!(settle("two", "ch_1").unwrap(), late);
    let on_time = settle("three", "ch_2").unwrap();
    assert_eq!((settle("three", "ch_2").unwrap(), on_time.late.is_none()), (on_time, true));
    assert!(matches!(conflict(settle("three", "ch_1")), Conflict::IdempotencyKeyReused { .. }));
}

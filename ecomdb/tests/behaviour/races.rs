//! Pairs of transactions, each correct alone: the second has begun and read before the first commits. At every
//! isolation level, the second must decide on the basis of what the first has left.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ecomdb::{
    CategoryPatch, Conflict, Connection, Database, Engine, Error, IdempotencyKey, NewApiKey, NewCategory, NewOrder,
    NewPayment, NewProduct, NewRefund, Order, OrderStatus, Payment, PaymentMethod, PaymentStatus, Product,
    ProductPatch, Result, Scope,
};

use crate::shop::{Shop, card, card_of, conflict, invalid_fields, money};

/// Runs `late` in a transaction that has begun and read before another handle runs `early`.
fn overtaken<T: Send + 'static>(
    shop: &Shop,
    early: impl Fn(&Database) -> Result<()> + Send + 'static,
    late: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
) -> Result<T> {
    let other = shop.open_again();
    // SQLite has a single writer, so nothing happens between the beginning and the end of a transaction.
    if shop.engine() == Engine::Sqlite {
        early(&other).unwrap();
        return shop.write(late);
    }
    let done = AtomicBool::new(false);
    shop.write(move |tx| {
        // Under snapshot isolation, the first query fixes the snapshot.
        tx.categories().list(&Default::default())?;
        if !done.swap(true, Ordering::Relaxed) {
            early(&other).unwrap();
        }
        late(tx)
    })
}

/// A pending order of 10.00.
fn ten(shop: &Shop) -> (Order, Product) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    (shop.pending_order(&ada, &[(lamp.id, 1)]), lamp)
}

/// A payment of 6.00 for it.
fn six(status: PaymentStatus) -> NewPayment {
    match status {
        PaymentStatus::Paid => card_of("6.00"),
        _ => NewPayment::builder(PaymentMethod::Card).amount(money("6.00")).build().unwrap(),
    }
}

fn refund_of(amount: &str) -> NewRefund {
    NewRefund::builder("too late").amount(money(amount)).build().unwrap()
}

fn restocking_refund_of(amount: &str) -> NewRefund {
    NewRefund::builder("too late").amount(money(amount)).restock().build().unwrap()
}

fn statuses(order: &Order) -> Vec<PaymentStatus> {
    order.payments.iter().map(|payment| payment.status).collect()
}

behaviours! {
    at every isolation level:
    a_payment_counts_the_one_that_came_before_it
    a_capture_counts_the_one_that_came_before_it
    a_payment_ends_once
    the_attempts_to_pay_an_order_are_counted_with_the_last_one
    what_was_paid_meanwhile_is_given_back_when_an_order_is_cancelled
    an_order_that_was_cancelled_meanwhile_takes_no_money
    an_order_is_cancelled_once
    a_refund_counts_the_one_that_came_before_it
    no_unit_is_sold_or_taken_twice
    a_key_that_was_used_meanwhile_has_no_second_effect
    the_history_of_a_price_has_no_gap
    two_moves_of_categories_make_no_circle
    nothing_refers_to_what_was_deleted_meanwhile
    nothing_is_deleted_that_is_referred_to_meanwhile
    of_keys_that_are_made_at_once_a_user_has_50_at_the_most
    whatever_happens_to_an_order_at_once_its_money_and_its_stock_are_right
}

fn a_payment_counts_the_one_that_came_before_it(shop: &Shop) {
    let (order, _) = ten(shop);
    let id = order.id;
    let late = overtaken(
        shop,
        move |db| db.payments().create(id, six(PaymentStatus::Paid)).map(drop),
        move |tx| tx.payments().create(id, six(PaymentStatus::Paid)),
    );
    assert!(matches!(conflict(late), Conflict::Overpayment { due, .. } if due == money("4.00")));
    shop.expect_clean();
}

fn a_capture_counts_the_one_that_came_before_it(shop: &Shop) {
    let (order, _) = ten(shop);
    let [first, second] = [(); 2].map(|()| shop.payments().create(order.id, six(PaymentStatus::Pending)).unwrap().id);
    let late =
        overtaken(shop, move |db| db.payments().capture(first).map(drop), move |tx| tx.payments().capture(second));
    assert!(matches!(conflict(late), Conflict::Overpayment { due, .. } if due == money("4.00")));
    shop.expect_clean();
}

fn a_payment_ends_once(shop: &Shop) {
    type End = fn(&Database, ecomdb::PaymentId) -> Result<Payment>;
    let ends: [End; 2] = [|db, id| db.payments().capture(id), |db, id| db.payments().fail(id)];
    for (early, status) in [(ends[0], PaymentStatus::Paid), (ends[1], PaymentStatus::Failed)] {
        let (order, _) = ten(shop);
        let id = shop.payments().create(order.id, six(PaymentStatus::Pending)).unwrap().id;
        let capture = overtaken(shop, move |db| early(db, id).map(drop), move |tx| tx.payments().capture(id));
        assert!(matches!(conflict(capture), Conflict::IllegalPaymentTransition { from, .. } if from == status));
        let id = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap().id;
        let fail = overtaken(shop, move |db| early(db, id).map(drop), move |tx| tx.payments().fail(id));
        assert!(matches!(conflict(fail), Conflict::IllegalPaymentTransition { from, .. } if from == status));
    }
    shop.expect_clean();
}

fn the_attempts_to_pay_an_order_are_counted_with_the_last_one(shop: &Shop) {
    let (order, _) = ten(shop);
    let (id, attempt) = (order.id, || NewPayment::pending(PaymentMethod::Card));
    for _ in 1..Payment::MAX_ATTEMPTS {
        shop.payments().create(id, attempt()).unwrap();
    }
    let late = overtaken(
        shop,
        move |db| db.payments().create(id, attempt()).map(drop),
        move |tx| tx.payments().create(id, attempt()),
    );
    assert!(matches!(conflict(late), Conflict::LimitReached { .. }));
}

fn what_was_paid_meanwhile_is_given_back_when_an_order_is_cancelled(shop: &Shop) {
    let (order, lamp) = ten(shop);
    let id = order.id;
    let cancelled = overtaken(
        shop,
        move |db| db.payments().create(id, six(PaymentStatus::Paid)).map(drop),
        move |tx| tx.orders().cancel(id),
    );
    let cancelled = cancelled.unwrap();
    assert_eq!((cancelled.status, cancelled.refunded), (OrderStatus::Cancelled, money("6.00")));
    assert_eq!((statuses(&cancelled), shop.stock(&lamp)), (vec![PaymentStatus::Refunded], 10));
    shop.expect_clean();
}

fn an_order_that_was_cancelled_meanwhile_takes_no_money(shop: &Shop) {
    let (order, _) = ten(shop);
    let id = order.id;
    let pending = shop.payments().create(id, six(PaymentStatus::Pending)).unwrap().id;
    let cancel = move |db: &Database| db.orders().cancel(id).map(drop);
    let late = overtaken(shop, cancel, move |tx| tx.payments().create(id, six(PaymentStatus::Paid)));
    assert!(matches!(conflict(late), Conflict::OrderNotPayable { .. }));
    let late = shop.payments().capture(pending);
    assert!(matches!(conflict(late), Conflict::IllegalPaymentTransition { .. }));

    let (order, _) = ten(shop);
    let id = order.id;
    let pending = shop.payments().create(id, six(PaymentStatus::Pending)).unwrap().id;
    let late = overtaken(shop, move |db| db.orders().cancel(id).map(drop), move |tx| tx.payments().capture(pending));
    assert!(matches!(conflict(late), Conflict::IllegalPaymentTransition { .. }));
    shop.expect_clean();
}

fn an_order_is_cancelled_once(shop: &Shop) {
    let (order, lamp) = ten(shop);
    let id = order.id;
    let late = overtaken(shop, move |db| db.orders().cancel(id).map(drop), move |tx| tx.orders().cancel(id));
    assert!(matches!(conflict(late), Conflict::IllegalOrderTransition { from: OrderStatus::Cancelled, .. }));
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn a_refund_counts_the_one_that_came_before_it(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let id = shop.paid_order(&ada, &[(lamp.id, 1)]).id;
    let late = overtaken(
        shop,
        move |db| db.payments().refund(id, refund_of("6.00")).map(drop),
        move |tx| tx.payments().refund(id, refund_of("6.00")),
    );
    assert!(matches!(conflict(late), Conflict::OverRefund { refundable, .. } if refundable == money("4.00")));
    let late = overtaken(
        shop,
        move |db| db.payments().refund(id, restocking_refund_of("1.00")).map(drop),
        move |tx| tx.payments().refund(id, restocking_refund_of("1.00")),
    );
    assert!(matches!(conflict(late), Conflict::AlreadyRestocked { .. }));
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn no_unit_is_sold_or_taken_twice(shop: &Shop) {
    let (ada, lamp) = (shop.user().id, shop.product("10.00", 10).id);
    let order = move |units| NewOrder::builder(ada).item(lamp, units).payment(card()).build().unwrap();
    let late = overtaken(shop, move |db| db.orders().place(order(6)).map(drop), move |tx| tx.orders().place(order(6)));
    assert!(matches!(conflict(late), Conflict::InsufficientStock { available: Some(4), .. }));
    let late = overtaken(
        shop,
        move |db| db.inventory().adjust(lamp, -3, None).map(drop),
        move |tx| tx.inventory().adjust(lamp, -3, None),
    );
    assert!(matches!(conflict(late), Conflict::InsufficientStock { available: Some(1), .. }));
    shop.expect_clean();
}

fn a_key_that_was_used_meanwhile_has_no_second_effect(shop: &Shop) {
    let (ada, lamp) = (shop.user().id, shop.product("10.00", 10));
    let (order, key) = (NewOrder::builder(ada).item(lamp.id, 1).build().unwrap(), IdempotencyKey::new("k").unwrap());
    let (same_order, same_key) = (order.clone(), key.clone());
    overtaken(
        shop,
        move |db| db.orders().idempotent(&key).place(order.clone()).map(drop),
        move |tx| tx.orders().idempotent(&same_key).place(same_order.clone()),
    )
    .unwrap();
    assert_eq!(shop.stock(&lamp), 9);
}

fn the_history_of_a_price_has_no_gap(shop: &Shop) {
    let lamp = shop.product("10.00", 1).id;
    let priced = |price| ProductPatch::default().price(money(price));
    overtaken(
        shop,
        move |db| db.products().update(lamp, priced("12.00")).map(drop),
        move |tx| tx.products().update(lamp, priced("15.00")),
    )
    .unwrap();
    let history = shop.products().price_history(lamp, &Default::default()).unwrap().items;
    let steps: Vec<_> = history.iter().map(|step| (step.old_price, step.new_price)).collect();
    assert_eq!(steps, [(money("12.00"), money("15.00")), (money("10.00"), money("12.00"))]);
}

fn two_moves_of_categories_make_no_circle(shop: &Shop) {
    let [above, a, between, b] = [(); 4].map(|()| shop.category().id);
    let below = |parent| CategoryPatch::default().parent_id(Some(parent));
    shop.categories().update(a, below(above)).unwrap();
    shop.categories().update(between, below(b)).unwrap();
    let late = overtaken(
        shop,
        move |db| db.categories().update(b, below(a)).map(drop),
        move |tx| tx.categories().update(a, below(between)),
    );
    assert_eq!(invalid_fields(late), ["parent_id"]);
}

fn nothing_refers_to_what_was_deleted_meanwhile(shop: &Shop) {
    let order = |user, product| NewOrder::builder(user).item(product, 1).build().unwrap();
    let (ada, bob, lamp) = (shop.user().id, shop.user().id, shop.product("10.00", 10).id);
    let bulb = shop.product("10.00", 10).id;
    let late = overtaken(shop, move |db| db.products().delete(bulb), move |tx| tx.orders().place(order(ada, bulb)));
    assert_eq!(invalid_fields(late), ["items[0].product_id"]);
    let late = overtaken(shop, move |db| db.users().delete(bob), move |tx| tx.orders().place(order(bob, lamp)));
    assert_eq!(invalid_fields(late), ["user_id"]);
    let [category, parent] = [(); 2].map(|()| shop.category().id);
    let product = move || NewProduct::builder("Lamp", category, money("1.00")).build().unwrap();
    let late = overtaken(shop, move |db| db.categories().delete(category), move |tx| tx.products().create(product()));
    assert_eq!(invalid_fields(late), ["category_id"]);
    let child = move || NewCategory::builder("Child").parent_id(parent).build().unwrap();
    let late = overtaken(shop, move |db| db.categories().delete(parent), move |tx| tx.categories().create(child()));
    assert_eq!(invalid_fields(late), ["parent_id"]);
}

fn nothing_is_deleted_that_is_referred_to_meanwhile(shop: &Shop) {
    let order = |user, product| NewOrder::builder(user).item(product, 1).build().unwrap();
    let (ada, bob) = (shop.user().id, shop.user().id);
    let (lamp, bulb) = (shop.product("10.00", 10).id, shop.product("10.00", 10).id);
    let [category, parent] = [(); 2].map(|()| shop.category().id);
    let is_in_use = |outcome| assert!(matches!(conflict(outcome), Conflict::InUse { .. }));
    is_in_use(overtaken(
        shop,
        move |db| db.orders().place(order(ada, bulb)).map(drop),
        move |tx| tx.products().delete(bulb),
    ));
    is_in_use(overtaken(
        shop,
        move |db| db.orders().place(order(bob, lamp)).map(drop),
        move |tx| tx.users().delete(bob),
    ));
    let product = move || NewProduct::builder("Lamp", category, money("1.00")).build().unwrap();
    is_in_use(overtaken(
        shop,
        move |db| db.products().create(product()).map(drop),
        move |tx| tx.categories().delete(category),
    ));
    let child = move || NewCategory::builder("Child").parent_id(parent).build().unwrap();
    is_in_use(overtaken(
        shop,
        move |db| db.categories().create(child()).map(drop),
        move |tx| tx.categories().delete(parent),
    ));
    shop.expect_clean();
}

fn of_keys_that_are_made_at_once_a_user_has_50_at_the_most(shop: &Shop) {
    const TOGETHER: usize = 8;
    let user = shop.user().id;
    let key = || NewApiKey::builder(user, "key", [Scope::OrdersRead]).build().unwrap();
    for _ in 0..50 - TOGETHER / 2 {
        shop.accounts().create_key(key()).unwrap();
    }
    let (start, handles) = (&Barrier::new(TOGETHER), [(); TOGETHER].map(|()| shop.open_again()));
    let made = thread::scope(|scope| {
        let callers = handles.each_ref().map(|db| {
            scope.spawn(move || {
                start.wait();
                match db.accounts().create_key(key()) {
                    Ok(_) => 1,
                    Err(Error::Conflict(Conflict::LimitReached { .. })) => 0,
                    Err(other) => panic!("{other:?}"),
                }
            })
        });
        callers.map(|caller| caller.join().unwrap()).iter().sum::<usize>()
    });
    assert_eq!(made, TOGETHER / 2);
}

fn whatever_happens_to_an_order_at_once_its_money_and_its_stock_are_right(shop: &Shop) {
    type Change = fn(&Database, ecomdb::OrderId) -> Result<()>;
    const CHANGES: [Change; 6] = [
        |db, id| db.payments().create(id, six(PaymentStatus::Paid)).map(drop),
        |db, id| db.payments().create(id, six(PaymentStatus::Paid)).map(drop),
        |db, id| db.payments().create(id, card()).map(drop),
        |db, id| db.orders().cancel(id).map(drop),
        |db, id| db.payments().refund(id, restocking_refund_of("6.00")).map(drop),
        |db, id| db.payments().refund(id, refund_of("6.00")).map(drop),
    ];
    let handles = [(); 3].map(|()| shop.open_again());
    for _ in 0..8 {
        let (order, _) = ten(shop);
        let start = Barrier::new(CHANGES.len());
        thread::scope(|scope| {
            for (n, change) in CHANGES.iter().enumerate() {
                let (db, start, id) = (&handles[n % handles.len()], &start, order.id);
                scope.spawn(move || {
                    start.wait();
                    let outcome = change(db, id);
                    assert!(outcome.is_ok() || outcome.as_ref().unwrap_err().is_conflict(), "{outcome:?}");
                });
            }
        });
    }
    shop.expect_clean();
}

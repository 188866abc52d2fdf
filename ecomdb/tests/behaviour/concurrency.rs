use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use ecomdb::{Conflict, Error, NewOrder, NewPayment, NewRefund, OrderStatus, PaymentMethod, Product};

use crate::shop::{Shop, card};

/// The basket of the n-th buyer: one to three lines in any order, some of the same product.
fn basket(products: &[Product], buyer: usize, round: usize) -> Vec<(ecomdb::ProductId, i64)> {
    let pick = |k: usize| products[(buyer * 7 + round * 3 + k * (buyer + 1)) % products.len()].id;
    (0..1 + (buyer + round) % 3).map(|k| (pick(k), 1 + ((buyer + k) % 2) as i64)).collect()
}

/// 64 threads buy until every order is refused; returns the units sold.
fn sell_out(shop: &Shop, products: &[Product], databases: &[ecomdb::Database]) -> i64 {
    let users: Vec<_> = (0..64).map(|_| shop.user()).collect();
    let (sold, start) = (AtomicI64::new(0), Barrier::new(64));
    thread::scope(|scope| {
        for (buyer, user) in users.iter().enumerate() {
            let (sold, start, db) = (&sold, &start, &databases[buyer % databases.len()]);
            scope.spawn(move || {
                start.wait();
                for round in 0..200 {
                    let items = if round < 20 {
                        basket(products, buyer, round)
                    } else {
                        vec![(products[round % products.len()].id, 1)]
                    };
                    let order = NewOrder::builder(user.id).items(items).payment(card()).build().unwrap();
                    match db.orders().place(order) {
                        Ok(order) => {
                            sold.fetch_add(order.item_count, Ordering::Relaxed);
                        }
                        Err(Error::Conflict(Conflict::InsufficientStock { .. }))
                            if round >= 20 + 2 * products.len() =>
                        {
                            break;
                        }
                        Err(Error::Conflict(Conflict::InsufficientStock { .. })) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    sold.into_inner()
}

behaviours! {
    sixty_four_buyers_sell_exactly_what_there_is
    buyers_in_two_processes_sell_exactly_what_there_is
    an_order_that_is_paid_and_cancelled_at_once_ends_in_one_state
    refunds_at_once_never_give_back_more_than_was_paid
    attempts_at_once_to_pay_an_order_are_20_in_all
    restocks_and_orders_at_once_lose_no_unit
}

fn sixty_four_buyers_sell_exactly_what_there_is(shop: &Shop) {
    let stock = [40, 30, 20, 9, 1];
    let products: Vec<_> = stock.iter().map(|units| shop.product("9.99", *units)).collect();
    let sold = sell_out(shop, &products, &[(**shop).clone()]);
    let left: Vec<_> = products.iter().map(|product| shop.stock(product)).collect();
    assert_eq!((sold, left), (100, vec![0; 5]));
    shop.expect_clean();
}

fn buyers_in_two_processes_sell_exactly_what_there_is(shop: &Shop) {
    let stock = [40, 30, 20, 9, 1];
    let products: Vec<_> = stock.iter().map(|units| shop.product("9.99", *units)).collect();
    assert_eq!(sell_out(shop, &products, &[(**shop).clone(), shop.open_again()]), 100);
    shop.expect_clean();
}

fn an_order_that_is_paid_and_cancelled_at_once_ends_in_one_state(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    for _ in 0..10 {
        let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
        let start = Barrier::new(4);
        let outcomes: Vec<bool> = thread::scope(|scope| {
            let callers: Vec<_> = (0..4)
                .map(|n| {
                    let (start, order) = (&start, order.id);
                    scope.spawn(move || {
                        start.wait();
                        let outcome = if n % 2 == 0 {
                            shop.payments().create(order, card()).map(|_| ())
                        } else {
                            shop.orders().cancel(order).map(|_| ())
                        };
                        assert!(
                            outcome.as_ref().is_ok_and(|()| true) || outcome.as_ref().unwrap_err().is_conflict(),
                            "{outcome:?}"
                        );
                        outcome.is_ok()
                    })
                })
                .collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
        assert_ne!(shop.order_now(order.id).status, OrderStatus::Pending);
    }
    shop.expect_clean();
}

fn refunds_at_once_never_give_back_more_than_was_paid(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                let part = NewRefund::builder("part").amount("3.00".parse().unwrap()).restock().build().unwrap();
                let _ = shop.payments().refund(order.id, part);
                let _ = shop
                    .payments()
                    .refund(order.id, NewRefund::builder("part").amount("3.00".parse().unwrap()).build().unwrap());
            });
        }
    });
    assert_eq!(shop.order_now(order.id).refunded.to_string(), "9.00");
    assert_eq!(shop.stock(&lamp), 100);
    shop.expect_clean();
}

fn attempts_at_once_to_pay_an_order_are_20_in_all(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let (made, start) = (AtomicI64::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..4 {
                    match shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)) {
                        Ok(_) => made.fetch_add(1, Ordering::Relaxed),
                        Err(Error::Conflict(Conflict::LimitReached { .. })) => 0,
                        Err(other) => panic!("{other:?}"),
                    };
                }
            });
        }
    });
    assert_eq!((made.into_inner(), shop.order_now(order.id).payments.len()), (20, 20));
}

fn restocks_and_orders_at_once_lose_no_unit(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 1000));
    thread::scope(|scope| {
        for n in 0..8 {
            let (ada, lamp) = (&ada, &lamp);
            scope.spawn(move || {
                for _ in 0..10 {
                    if n % 2 == 0 {
                        shop.inventory().restock(lamp.id, 2, None).unwrap();
                    } else {
                        shop.pending_order(ada, &[(lamp.id, 3)]);
                    }
                }
            });
        }
    });
    assert_eq!(shop.stock(&lamp), 1000 + 4 * 10 * 2 - 4 * 10 * 3);
    shop.expect_clean();
}

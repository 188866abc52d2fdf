//! Concurrent orders: each has the outcome that it would have alone, whether or not it shares a transaction.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod groups;

use std::sync::Barrier;
use std::thread;

use ecomdb::{
    Conflict, Error, IdempotencyKey, Limit, NewOrder, NewPayment, OrderFilter, OrderStatus, PageRequest, PaymentMethod,
    Product, ProductId, ProductPatch, ProductStatus, Result, User, UserPatch, UserStatus,
};

use crate::shop::{Shop, card, conflict, invalid_fields};

/// Orders that succeed or fail in different ways.
struct Market {
    ada: User,
    disabled: User,
    lamps: Vec<Product>,
    archived: Product,
    scarce: Product,
    free: Product,
}

const SCARCE: i64 = 7;

fn market(shop: &Shop) -> Market {
    let disabled = shop.user();
    let patch = UserPatch::default().status(UserStatus::Disabled);
    let disabled = shop.users().update(disabled.id, patch).unwrap();
    let archived = shop.product("3.00", 1_000);
    let patch = ProductPatch::default().status(ProductStatus::Archived);
    Market {
        ada: shop.user(),
        disabled,
        lamps: (0..5).map(|_| shop.product("9.99", 10_000)).collect(),
        archived: shop.products().update(archived.id, patch).unwrap(),
        scarce: shop.product("2.00", SCARCE),
        free: shop.product("0.00", 10_000),
    }
}

impl Market {
    fn order(&self, user: &User, products: &[&Product], payment: Option<NewPayment>) -> NewOrder {
        let order = NewOrder::builder(user.id).items(products.iter().map(|product| (product.id, 2)));
        payment.into_iter().fold(order, ecomdb::OrderBuilder::payment).build().unwrap()
    }

    /// Places the n-th order and checks its outcome; returns the units of the scarce product that it got.
    fn place(&self, shop: &Shop, n: usize) -> i64 {
        let lamp = |k: usize| &self.lamps[(n + k) % self.lamps.len()];
        let place = |order| shop.orders().place(order);
        let expect = |placed: ecomdb::Order, status, payments| {
            assert_eq!((placed.status, placed.payments.len()), (status, payments), "{placed:?}");
            assert_eq!(shop.order_now(placed.id), placed);
        };
        match n % 9 {
            0 => expect(
                place(self.order(&self.ada, &[lamp(0), lamp(3), lamp(1)], Some(card()))).unwrap(),
                OrderStatus::Completed,
                1,
            ),
            1 => expect(place(self.order(&self.ada, &[lamp(2)], None)).unwrap(), OrderStatus::Pending, 0),
            2 => {
                let pending = NewPayment::pending(PaymentMethod::BankTransfer);
                expect(
                    place(self.order(&self.ada, &[lamp(4), lamp(0)], Some(pending))).unwrap(),
                    OrderStatus::Pending,
                    1,
                );
            }
            3 => expect(place(self.order(&self.ada, &[&self.free], Some(card()))).unwrap(), OrderStatus::Completed, 0),
            4 => {
                let unknown = NewOrder::builder(self.ada.id).item(lamp(0).id, 1).item(ProductId::new(i64::MAX), 1);
                assert_eq!(invalid_fields(place(unknown.build().unwrap())), ["items[1].product_id"]);
            }
            5 => {
                let refused = conflict(place(self.order(&self.ada, &[lamp(1), &self.archived], None)));
                assert!(matches!(refused, Conflict::ProductArchived { .. }), "{refused:?}");
            }
            6 => {
                let refused = conflict(place(self.order(&self.disabled, &[lamp(1)], None)));
                assert!(matches!(refused, Conflict::UserDisabled { .. }), "{refused:?}");
            }
            7 => {
                let key = IdempotencyKey::new(format!("order-{n}")).unwrap();
                let order = self.order(&self.ada, &[lamp(0)], Some(card()));
                let placed = shop.orders().idempotent(&key).place(order.clone()).unwrap();
                assert_eq!(shop.orders().idempotent(&key).place(order).unwrap(), placed);
                expect(placed, OrderStatus::Completed, 1);
            }
            _ => {
                let order = NewOrder::builder(self.ada.id).item(self.scarce.id, 1).item(lamp(0).id, 1);
                match place(order.build().unwrap()) {
                    Ok(placed) => {
                        expect(placed, OrderStatus::Pending, 0);
                        return 1;
                    }
                    refused => assert_eq!(
                        conflict(refused),
                        Conflict::InsufficientStock { product_id: self.scarce.id, requested: 1, available: Some(0) }
                    ),
                }
            }
        }
        0
    }
}

behaviours! {
    orders_at_once_end_as_each_would_alone
    of_orders_at_once_with_one_key_one_is_placed
}

fn orders_at_once_end_as_each_would_alone(shop: &Shop) {
    const CALLERS: usize = 24;
    const ROUNDS: usize = 18;
    let market = market(shop);
    let start = Barrier::new(CALLERS);
    let scarce: i64 = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (market, start) = (&market, &start);
                scope.spawn(move || {
                    start.wait();
                    (0..ROUNDS).map(|round| market.place(shop, round * CALLERS + caller)).sum::<i64>()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert_eq!((scarce, shop.stock(&market.scarce)), (SCARCE, 0));
    // Five of nine kinds always succeed.
    let placed = (0..CALLERS * ROUNDS).filter(|n| [0, 1, 2, 3, 7].contains(&(n % 9))).count() + SCARCE as usize;
    let mut page = PageRequest::default().limit(Limit::new(100).unwrap());
    let mut listed = 0;
    loop {
        let orders = shop.orders().list(&OrderFilter::default().page(page.clone())).unwrap();
        listed += orders.items.len();
        let Some(next) = orders.next else { break };
        page = page.after(next);
    }
    assert_eq!(listed, placed);
    shop.expect_clean();
}

fn of_orders_at_once_with_one_key_one_is_placed(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("9.99", 100));
    let (start, key) = (&Barrier::new(16), &IdempotencyKey::new("checkout").unwrap());
    let placed: Vec<_> = thread::scope(|scope| {
        let place = |_| {
            let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
            scope.spawn(move || {
                start.wait();
                shop.orders().idempotent(key).place(order).unwrap()
            })
        };
        let callers: Vec<_> = (0..16).map(place).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(placed.iter().all(|order| *order == placed[0]), "{placed:#?}");
    assert_eq!(shop.stock(&lamp), 99);
    shop.expect_clean();
}

//! Orders that many place at the same time: each ends as it would have alone, whether it shares a transaction or not.

use std::sync::Barrier;
use std::thread;

use ecomdb::{
    Conflict, Error, IdempotencyKey, Limit, NewOrder, NewPayment, OrderFilter, OrderStatus, PageRequest, PaymentMethod,
    Product, ProductId, ProductPatch, ProductStatus, Result, User, UserPatch, UserStatus,
};

use crate::shop::{Shop, card, conflict, invalid_fields};

/// What can go well or wrong.
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
    let patch = UserPatch { status: Some(UserStatus::Disabled), ..UserPatch::default() };
    let disabled = shop.users().update(disabled.id, patch).unwrap();
    let archived = shop.product("3.00", 1_000);
    let patch = ProductPatch { status: Some(ProductStatus::Archived), ..ProductPatch::default() };
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

    /// Places the n-th order and checks what became of it; gives the units of the scarce product that it got.
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
                assert!(matches!(refused, Conflict::Inactive { entity: "product", .. }), "{refused:?}");
            }
            6 => {
                let refused = conflict(place(self.order(&self.disabled, &[lamp(1)], None)));
                assert!(matches!(refused, Conflict::Inactive { entity: "user", .. }), "{refused:?}");
            }
            7 => {
                let key = IdempotencyKey::new(format!("order-{n}")).unwrap();
                let order = self.order(&self.ada, &[lamp(0)], Some(card()));
                let placed = shop.orders().place_once(order.clone(), &key).unwrap();
                assert_eq!(shop.orders().place_once(order, &key).unwrap(), placed);
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
                        Conflict::InsufficientStock { product_id: self.scarce.id, requested: 1, available: 0 }
                    ),
                }
            }
        }
        0
    }
}

behaviours! {
    fn orders_at_once_end_as_each_would_alone(shop) {
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
        // Five kinds of nine go well always.
        let placed = (0..CALLERS * ROUNDS).filter(|n| [0, 1, 2, 3, 7].contains(&(n % 9))).count() + SCARCE as usize;
        let mut page = PageRequest::first(Limit::new(100).unwrap());
        let mut listed = 0;
        loop {
            let orders = shop.orders().list(&OrderFilter { page: page.clone(), ..OrderFilter::default() }).unwrap();
            listed += orders.items.len();
            page.after = orders.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(listed, placed);
        shop.expect_clean();
    }

    fn of_orders_at_once_with_one_key_one_is_placed(shop) {
        let (ada, lamp) = (shop.user(), shop.product("9.99", 100));
        let (start, key) = (&Barrier::new(16), &IdempotencyKey::new("checkout").unwrap());
        let placed: Vec<_> = thread::scope(|scope| {
            let place = |_| {
                let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
                scope.spawn(move || {
                    start.wait();
                    shop.orders().place_once(order, key).unwrap()
                })
            };
            let callers: Vec<_> = (0..16).map(place).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        assert!(placed.iter().all(|order| *order == placed[0]), "{placed:#?}");
        assert_eq!(shop.stock(&lamp), 99);
        shop.expect_clean();
    }
}

/// On a database with one connection for groups, while somebody else holds the stock of a product that the first order
/// wants: so all others meet.
#[cfg(feature = "mysql")]
mod groups {
    use std::sync::mpsc::{Sender, channel};
    use std::thread::{Scope, ScopedJoinHandle};
    use std::time::{Duration, Instant};

    use ecomdb::{Database, Order, Statistics};

    use super::*;

    /// A database of which one connection in four is for groups of orders.
    fn small(shop: &Shop) -> Database {
        Database::builder(&shop.url).connections(4).open().unwrap()
    }

    /// Holds the product's stock until it is told to let go.
    fn hold<'scope>(
        scope: &'scope Scope<'scope, '_>,
        shop: &Shop,
        product: &Product,
    ) -> (Sender<()>, ScopedJoinHandle<'scope, ()>) {
        let (held, is_held) = channel();
        let (let_go, may_go) = channel();
        let (db, id) = (shop.open_again(), product.id);
        let holder = scope.spawn(move || {
            db.write_once(move |tx| {
                tx.inventory().restock(id, 1, None)?;
                held.send(()).unwrap();
                may_go.recv().unwrap();
                Ok(())
            })
            .unwrap();
        });
        is_held.recv().unwrap();
        (let_go, holder)
    }

    fn until(db: &Database, what: impl Fn(Statistics) -> bool) {
        while !what(db.statistics().unwrap()) {
            thread::yield_now();
        }
    }

    fn order(user: &User, product: &Product) -> NewOrder {
        NewOrder::builder(user.id).item(product.id, 1).payment(card()).build().unwrap()
    }

    type Placing<'scope> = ScopedJoinHandle<'scope, Result<Order>>;

    /// An order that has begun to be placed, and is held up.
    fn first<'scope>(scope: &'scope Scope<'scope, '_>, db: &'scope Database, order: NewOrder) -> Placing<'scope> {
        let first = scope.spawn(move || db.orders().place(order));
        until(db, |now| now.connections > now.idle_connections);
        first
    }

    /// An order that waits behind it, unless the first one has given up its turn since, which it does after a second.
    fn next<'scope>(
        scope: &'scope Scope<'scope, '_>,
        db: &'scope Database,
        order: NewOrder,
        key: Option<&'scope IdempotencyKey>,
    ) -> Placing<'scope> {
        let before = db.statistics().unwrap().waiting_writes;
        let next = scope.spawn(move || match key {
            Some(key) => db.orders().place_once(order, key),
            None => db.orders().place(order),
        });
        let spawned = Instant::now();
        until(db, |now| now.waiting_writes > before || spawned.elapsed() > Duration::from_secs(2));
        next
    }

    /// Places six orders, five of which wait meanwhile and two of those have the same key, and one that is refused; gives the
    /// number of commits.
    fn commits_of_six(
        shop: &Shop,
        db: &Database,
        user: &User,
        lamp: &Product,
        chair: &Product,
        key: &IdempotencyKey,
    ) -> u64 {
        let before = db.statistics().unwrap();
        thread::scope(|scope| {
            let (let_go, holder) = hold(scope, shop, lamp);
            let first = first(scope, db, order(user, lamp));
            let waiting = [None, None, Some(key), Some(key), None].map(|key| next(scope, db, order(user, chair), key));
            let unknown = NewOrder::builder(user.id).item(ProductId::new(i64::MAX), 1).build().unwrap();
            let refused = next(scope, db, unknown, None);
            let_go.send(()).unwrap();
            holder.join().unwrap();
            first.join().unwrap().unwrap();
            let placed = waiting.map(|order| order.join().unwrap().unwrap());
            assert_eq!(placed[2], placed[3]);
            assert!(placed.iter().all(|order| shop.order_now(order.id) == *order), "{placed:#?}");
            assert_eq!(invalid_fields(refused.join().unwrap()), ["items[0].product_id"]);
        });
        let after = db.statistics().unwrap();
        assert_eq!(after.writes - before.writes, 6);
        after.commits - before.commits
    }

    #[test]
    fn orders_that_waited_share_a_commit() {
        let shop = Shop::mysql();
        let (ada, lamp, chair, db) =
            (shop.user(), shop.product("9.99", 10), shop.product("5.00", 1_000), &small(&shop));
        // The first one, four of those that wait, and the one that was placed before: it is looked for alone. On a machine
        // that was so slow that the first one gave up, they have not all met.
        let shared = (0..20).any(|round| {
            let key = IdempotencyKey::new(format!("checkout-{round}")).unwrap();
            let commits = commits_of_six(&shop, db, &ada, &lamp, &chair, &key);
            assert!((3..=6).contains(&commits), "{commits}");
            assert_eq!((shop.stock(&lamp), shop.stock(&chair)), (10, 1_000 - 4 * (round + 1)));
            commits == 3
        });
        assert!(shared);
        shop.expect_clean();
    }

    #[test]
    fn an_order_whose_product_somebody_holds_does_not_hold_up_others() {
        let shop = Shop::mysql();
        let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 10), &small(&shop));
        thread::scope(|scope| {
            let (let_go, holder) = hold(scope, &shop, &lamp);
            let first = first(scope, db, order(&ada, &lamp));
            let same = next(scope, db, order(&ada, &lamp), None);
            let other = next(scope, db, order(&ada, &chair), None);
            other.join().unwrap().unwrap();
            assert!(!first.is_finished() && !same.is_finished());
            let_go.send(()).unwrap();
            holder.join().unwrap();
            first.join().unwrap().unwrap();
            same.join().unwrap().unwrap();
        });
        assert_eq!((shop.stock(&lamp), shop.stock(&chair)), (9, 9));
        shop.expect_clean();
    }

    #[test]
    fn of_a_group_that_fails_each_order_hears_its_own_reason() {
        let shop = Shop::mysql();
        let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 10), &small(&shop));
        let run = |statement: &'static str| {
            let conn = shop.open_again();
            conn.write(move |tx| match tx {
                ecomdb::Connection::Mysql(own) => Ok(diesel::RunQueryDsl::execute(diesel::sql_query(statement), own)?),
                _ => unreachable!("a MySQL shop"),
            })
            .unwrap();
        };
        thread::scope(|scope| {
            let (let_go, holder) = hold(scope, &shop, &lamp);
            let first = first(scope, db, order(&ada, &lamp));
            let pending = NewOrder::builder(ada.id).item(chair.id, 1).build().unwrap();
            let (fails, goes_well) = (next(scope, db, order(&ada, &chair), None), next(scope, db, pending, None));
            // Orders that are paid cannot be noted now; the first one waits for its product before it comes to that.
            run("RENAME TABLE sales_events TO somewhere_else");
            let_go.send(()).unwrap();
            holder.join().unwrap();
            let outcome = first.join().unwrap();
            assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
            let outcome = fails.join().unwrap();
            assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
            goes_well.join().unwrap().unwrap();
        });
        run("RENAME TABLE somewhere_else TO sales_events");
        assert_eq!((shop.stock(&lamp), shop.stock(&chair)), (11, 9));
        shop.expect_clean();
    }

    #[test]
    fn an_order_of_many_lines_is_not_held_up_by_a_group_that_is_full() {
        let shop = Shop::mysql();
        let (ada, lamp, db) = (shop.user(), shop.product("9.99", 10), &small(&shop));
        let category = shop.category();
        let products: Vec<ProductId> = (0..300)
            .map(|n| {
                let product = ecomdb::NewProduct::builder(format!("Part {n}"), category.id, "0.01".parse().unwrap());
                shop.products().create(product.initial_stock(10).build().unwrap()).unwrap().id
            })
            .collect();
        let large = || NewOrder::builder(ada.id).items(products.iter().map(|id| (*id, 1))).build().unwrap();
        thread::scope(|scope| {
            let (let_go, holder) = hold(scope, &shop, &lamp);
            let first = first(scope, db, order(&ada, &lamp));
            let next: Vec<_> = (0..3).map(|_| next(scope, db, large(), None)).collect();
            let_go.send(()).unwrap();
            holder.join().unwrap();
            first.join().unwrap().unwrap();
            for next in next {
                let order = next.join().unwrap().unwrap();
                assert_eq!((order.items.len(), order.total.to_string().as_str()), (300, "3.00"));
            }
        });
        shop.expect_clean();
    }
}

//! Batches of orders, with one connection for them. Another transaction locks the product of the first order, so that
//! all following orders queue up.

use std::sync::mpsc::{Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use ecomdb::{Caller, Database, NewApiKey, Order, Password, Statistics};

use super::*;

behaviours! {
    on servers:
    orders_that_waited_share_a_commit
    an_order_whose_product_is_locked_does_not_delay_others
    of_a_group_that_fails_each_order_hears_its_own_reason
    an_order_of_a_group_is_refused_if_its_caller_logged_out_while_it_waited
    an_order_of_many_lines_is_not_held_up_by_a_group_that_is_full
}

/// A database with one connection in four for batches.
fn small(shop: &Shop) -> Database {
    Database::builder(&shop.url).connections(4).open().unwrap()
}

/// Locks the product's stock until told to release it.
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
            Ok::<_, ecomdb::Error>(())
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

/// An order that is blocked in its transaction.
fn first<'scope>(scope: &'scope Scope<'scope, '_>, db: &'scope Database, order: NewOrder) -> Placing<'scope> {
    let first = scope.spawn(move || db.orders().place(order));
    until(db, |now| now.connections > now.idle_connections);
    first
}

/// An order queued behind it, unless the first one has left the batch, which it does after a second.
fn next<'scope>(
    scope: &'scope Scope<'scope, '_>,
    db: &'scope Database,
    order: NewOrder,
    key: Option<&'scope IdempotencyKey>,
) -> Placing<'scope> {
    let before = db.statistics().unwrap().waiting_writes;
    let next = scope.spawn(move || db.orders().idempotent(key.cloned()).place(order));
    waits(db, before);
    next
}

fn waits(db: &Database, before: u64) {
    let spawned = Instant::now();
    until(db, |now| now.waiting_writes > before || spawned.elapsed() > Duration::from_secs(2));
}

/// Places six orders and a refused one. Five are queued meanwhile, two of them with the same key. Returns the number of
/// commits.
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

fn orders_that_waited_share_a_commit(shop: &Shop) {
    let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 1_000), &small(shop));
    // The first one, four queued ones, and the repeated one, which is looked up alone. On a machine so slow that the
    // first one left the batch, they did not all meet.
    let shared = (0..20).any(|round| {
        let key = IdempotencyKey::new(format!("checkout-{round}")).unwrap();
        let commits = commits_of_six(shop, db, &ada, &lamp, &chair, &key);
        assert!((3..=6).contains(&commits), "{commits}");
        assert_eq!((shop.stock(&lamp), shop.stock(&chair)), (10, 1_000 - 4 * (round + 1)));
        commits == 3
    });
    assert!(shared);
    shop.expect_clean();
}

fn an_order_whose_product_is_locked_does_not_delay_others(shop: &Shop) {
    let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 10), &small(shop));
    thread::scope(|scope| {
        let (let_go, holder) = hold(scope, shop, &lamp);
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

fn of_a_group_that_fails_each_order_hears_its_own_reason(shop: &Shop) {
    let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 10), &small(shop));
    thread::scope(|scope| {
        let (let_go, holder) = hold(scope, shop, &lamp);
        let first = first(scope, db, order(&ada, &lamp));
        let pending = NewOrder::builder(ada.id).item(chair.id, 1).build().unwrap();
        let (fails, goes_well) = (next(scope, db, order(&ada, &chair), None), next(scope, db, pending, None));
        // Payments cannot be written now; the first order waits for its product before it gets there.
        shop.run("ALTER TABLE payments RENAME TO somewhere_else");
        let_go.send(()).unwrap();
        holder.join().unwrap();
        let outcome = first.join().unwrap();
        assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
        let outcome = fails.join().unwrap();
        assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
        goes_well.join().unwrap().unwrap();
    });
    shop.run("ALTER TABLE somewhere_else RENAME TO payments");
    assert_eq!((shop.stock(&lamp), shop.stock(&chair)), (11, 9));
    shop.expect_clean();
}

/// A new customer, logged in.
fn customer(shop: &Shop) -> (User, Caller) {
    let (user, password) = (shop.user(), Password::random());
    shop.accounts().set_password(user.id, &password).unwrap();
    let login = shop.accounts().log_in(&user.email, password.expose()).unwrap();
    (user, shop.accounts().authenticate(login.token.expose()).unwrap())
}

/// An API key of a new customer that may only place orders.
fn program(shop: &Shop) -> (User, Caller) {
    let user = shop.user();
    let key = NewApiKey::builder(user.id, "program", [ecomdb::Scope::OrdersWrite]).build().unwrap();
    let (token, _) = shop.accounts().create_key(key).unwrap();
    (user, shop.accounts().authenticate(token.expose()).unwrap())
}

fn an_order_of_a_group_is_refused_if_its_caller_logged_out_while_it_waited(shop: &Shop) {
    let (ada, lamp, chair, db) = (shop.user(), shop.product("9.99", 10), shop.product("5.00", 10), &small(shop));
    let people = [customer(shop), customer(shop), program(shop), program(shop)];
    let [(_, stays), (_, logs_out), (_, keeps_its_key), (disabled, _)] = &people;
    let outcomes = thread::scope(|scope| {
        let (let_go, holder) = hold(scope, shop, &lamp);
        let first = first(scope, db, order(&ada, &lamp));
        let waiting = people.each_ref().map(|(user, caller)| {
            let order = NewOrder::builder(user.id).item(chair.id, 1).build().unwrap();
            let before = db.statistics().unwrap().waiting_writes;
            let next = scope.spawn(move || db.on_behalf_of(caller).orders().place(order));
            waits(db, before);
            next
        });
        shop.on_behalf_of(logs_out).accounts().log_out().unwrap();
        let patch = UserPatch::default().status(UserStatus::Disabled);
        shop.users().update(disabled.id, patch).unwrap();
        let_go.send(()).unwrap();
        holder.join().unwrap();
        first.join().unwrap().unwrap();
        waiting.map(|order| order.join().unwrap())
    });
    let [stayed, logged_out, with_key, of_disabled] = outcomes;
    assert_eq!(stayed.unwrap().user_id, stays.user().unwrap());
    assert_eq!(with_key.unwrap().user_id, keeps_its_key.user().unwrap());
    for refused in [logged_out, of_disabled] {
        assert!(matches!(refused, Err(Error::InvalidToken)), "{refused:?}");
    }
    assert_eq!(shop.stock(&chair), 8);
    shop.expect_clean();
}

fn an_order_of_many_lines_is_not_held_up_by_a_group_that_is_full(shop: &Shop) {
    let (ada, lamp, db) = (shop.user(), shop.product("9.99", 10), &small(shop));
    let category = shop.category();
    let products: Vec<ProductId> = (0..300)
        .map(|n| {
            let product = ecomdb::NewProduct::builder(format!("Part {n}"), category.id, "0.01".parse().unwrap());
            shop.products().create(product.initial_stock(10).build().unwrap()).unwrap().id
        })
        .collect();
    let large = || NewOrder::builder(ada.id).items(products.iter().map(|id| (*id, 1))).build().unwrap();
    thread::scope(|scope| {
        let (let_go, holder) = hold(scope, shop, &lamp);
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

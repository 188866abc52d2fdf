use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ecomdb::{
    Connection, Database, Error, IdempotencyKey, NewOrder, NewRefund, OrderFilter, OrderId, PageRequest, PaymentFilter,
    Pending, Period, ProductFilter, ProductPatch, Report, Scope, StockFilter, UserFilter, UserPatch,
};
use pollster::block_on;

use crate::shop::{Shop, TestClock, card, conflict, invalid_fields, question};

/// A closure that reports its start, and then waits.
fn held(result: fn(&mut Connection) -> ecomdb::Result<()>) -> (Held, impl Fn(&mut Connection) -> ecomdb::Result<()>) {
    let ((begun, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let may_go_on = Mutex::new(may_go_on);
    let body = move |conn: &mut Connection| {
        begun.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        result(conn)
    };
    (Held { has_begun, go_on }, body)
}

struct Held {
    has_begun: Receiver<()>,
    go_on: Sender<()>,
}

fn users(db: &Database) -> usize {
    db.users().list(&UserFilter::default()).unwrap().items.len()
}

fn create_ada(conn: &mut Connection) -> ecomdb::Result<()> {
    conn.users().create(ecomdb::NewUser::new("ada@example.com", "Ada", "Lovelace")?).map(drop)
}

/// A handle with one thread and one connection.
fn small(shop: &Shop, wait: Duration) -> Database {
    Database::builder(&shop.url).connections(1).wait(wait).open().unwrap()
}

/// An error of the application.
#[derive(Debug)]
enum Own {
    Mine,
    Shop,
}

impl From<Error> for Own {
    fn from(_: Error) -> Self {
        Self::Shop
    }
}

behaviours! {
    reads_give_the_same_as_futures
    reports_give_the_same_as_futures
    writes_have_the_same_effect_as_futures
    futures_fail_with_the_same_errors
    futures_have_the_permissions_of_their_caller
    who_may_not_read_is_told_without_waiting_for_a_thread
    closures_run_as_futures
    many_orders_are_placed_by_one_thread
    a_transaction_that_has_begun_is_finished_although_its_future_was_dropped
    a_read_whose_future_was_dropped_is_left_out
    who_waits_too_long_for_a_thread_is_told
    only_so_many_operations_wait_for_a_thread
    a_panic_reaches_the_future_as_it_reaches_a_caller
    a_future_that_is_polled_late_has_its_result
    a_future_outlives_its_handles
}

fn reads_give_the_same_as_futures(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    let later = shop.asynchronous();
    assert_eq!(block_on(later.users().get(ada.id)).unwrap(), ada);
    assert_eq!(block_on(later.users().find(&ada.email)).unwrap(), Some(ada));
    assert_eq!(block_on(later.users().find("nobody")).unwrap(), None);
    let filter = UserFilter::default();
    assert_eq!(block_on(later.users().list(&filter)).unwrap(), shop.users().list(&filter).unwrap());
    assert_eq!(block_on(later.categories().get(lamp.category.id)).unwrap().id, lamp.category.id);
    let page = PageRequest::default();
    assert_eq!(block_on(later.categories().list(&page)).unwrap(), shop.categories().list(&page).unwrap());
    assert_eq!(block_on(later.products().get(lamp.id)).unwrap(), shop.products().get(lamp.id).unwrap());
    let filter = ProductFilter::default();
    assert_eq!(block_on(later.products().list(&filter)).unwrap(), shop.products().list(&filter).unwrap());
    let history = shop.products().price_history(lamp.id, &page).unwrap();
    assert_eq!(block_on(later.products().price_history(lamp.id, &page)).unwrap(), history);
    assert_eq!(block_on(later.inventory().get(lamp.id)).unwrap(), shop.inventory().get(lamp.id).unwrap());
    let stock = StockFilter::default();
    assert_eq!(block_on(later.inventory().list(&stock)).unwrap(), shop.inventory().list(&stock).unwrap());
    let movements = shop.inventory().movements(lamp.id, &page).unwrap();
    assert_eq!(block_on(later.inventory().movements(lamp.id, &page)).unwrap(), movements);
    assert_eq!(block_on(later.orders().get(order.id)).unwrap(), order);
    let filter = OrderFilter::default();
    assert_eq!(block_on(later.orders().list(&filter)).unwrap(), shop.orders().list(&filter).unwrap());
    assert_eq!(block_on(later.payments().get(order.payments[0].id)).unwrap(), order.payments[0]);
    let filter = PaymentFilter::default();
    assert_eq!(block_on(later.payments().list(&filter)).unwrap(), shop.payments().list(&filter).unwrap());
}

fn reports_give_the_same_as_futures(shop: &Shop) {
    // Days of cover depend on the current time.
    let db = shop.open_with(&TestClock::at("2026-03-02T12:00:00Z"));
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 2).payment(card()).build().unwrap();
    db.orders().place(order).unwrap();
    let later = db.asynchronous();
    let total = block_on(later.analytics().total_revenue(&Period::default())).unwrap();
    assert_eq!((total.orders, total.total_revenue.to_string().as_str()), (1, "20.00"));
    let all = question(&db);
    for report in Report::ALL {
        let rows = block_on(later.analytics().rows(*report, &all)).unwrap();
        let expected = db.analytics().rows(*report, &all).unwrap();
        assert_eq!(rows.columns(), expected.columns(), "{report}");
        assert_eq!(Vec::from_iter(&rows), Vec::from_iter(&expected), "{report}");
    }
}

fn writes_have_the_same_effect_as_futures(shop: &Shop) {
    let (ada, lamp, later) = (shop.user(), shop.product("10.00", 10), shop.asynchronous());
    let key = IdempotencyKey::new("k1").unwrap();
    let order = || NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
    let placed = block_on(later.orders().idempotent(&key).place(order())).unwrap();
    assert_eq!(block_on(later.orders().idempotent(&key).place(order())).unwrap(), placed);
    assert_eq!(shop.orders().idempotent(&key).place(order()).unwrap(), placed);
    let payment = block_on(later.payments().create(placed.id, card())).unwrap();
    assert_eq!(shop.order_now(placed.id).payments, [payment]);
    let refund = NewRefund::builder("broken").restock().build().unwrap();
    let refunded = block_on(later.payments().refund(placed.id, refund)).unwrap();
    assert_eq!(refunded, shop.order_now(placed.id));
    let cancelled = block_on(later.orders().place(order())).unwrap();
    let cancelled = block_on(later.orders().cancel(cancelled.id)).unwrap();
    assert_eq!(cancelled, shop.order_now(cancelled.id));
    assert_eq!(block_on(later.inventory().restock(lamp.id, 5, None)).unwrap().quantity, 15);
    let patch = ProductPatch::default().name("Floor lamp");
    assert_eq!(block_on(later.products().update(lamp.id, patch)).unwrap(), shop.products().get(lamp.id).unwrap());
    let rename = || UserPatch::default().first_name("Augusta");
    assert_eq!(block_on(later.users().update(ada.id, rename())).unwrap().first_name, "Augusta");
    assert_eq!(block_on(later.users().update(ada.id, UserPatch::default())).unwrap().first_name, "Augusta");
    shop.expect_clean();
}

fn futures_fail_with_the_same_errors(shop: &Shop) {
    let (ada, lamp, later) = (shop.user(), shop.product("10.00", 1), shop.asynchronous());
    assert!(block_on(later.orders().get(OrderId::new(404))).unwrap_err().is_not_found());
    let too_much = NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
    let expected = conflict(shop.orders().place(too_much.clone()));
    assert_eq!(conflict(block_on(later.orders().place(too_much))), expected);
    assert_eq!(invalid_fields(block_on(later.inventory().adjust(lamp.id, 0, None))), ["delta"]);
    let nameless = UserPatch::default().first_name("");
    assert_eq!(invalid_fields(block_on(later.users().update(ada.id, nameless))), ["first_name"]);
}

fn futures_have_the_permissions_of_their_caller(shop: &Shop) {
    let (ada, bob) = (shop.user(), shop.user());
    let key = ecomdb::NewApiKey::builder(ada.id, "reads", [Scope::UsersRead]).build().unwrap();
    let (token, key) = shop.accounts().create_key(key).unwrap();
    let as_ada = shop.accounts().authenticate(token.expose()).unwrap();
    let later = shop.on_behalf_of(&as_ada).asynchronous();
    assert_eq!(block_on(later.users().get(ada.id)).unwrap(), ada);
    assert!(block_on(later.users().get(bob.id)).unwrap_err().is_not_found());
    assert!(block_on(later.categories().create("Lamps")).unwrap_err().is_forbidden());
    let order = NewOrder::builder(ada.id).item(shop.product("1.00", 1).id, 1).build().unwrap();
    assert!(block_on(later.orders().place(order)).unwrap_err().is_forbidden());
    shop.accounts().revoke_key(key.id).unwrap();
    assert!(block_on(later.users().get(ada.id)).unwrap_err().is_unauthenticated());
}

fn who_may_not_read_is_told_without_waiting_for_a_thread(shop: &Shop) {
    let key = ecomdb::NewApiKey::builder(shop.user().id, "reads", [Scope::UsersRead]).build().unwrap();
    let (token, _) = shop.accounts().create_key(key).unwrap();
    let caller = shop.accounts().authenticate(token.expose()).unwrap();
    let db = small(shop, Duration::from_secs(60));
    let (held, body) = held(|_| Ok(()));
    let first = db.read_async(body);
    held.has_begun.recv().unwrap();
    let later = db.on_behalf_of(&caller).asynchronous();
    assert!(block_on(later.orders().get(OrderId::new(1))).unwrap_err().is_forbidden());
    held.go_on.send(()).unwrap();
    block_on(first).unwrap();
}

fn closures_run_as_futures(shop: &Shop) {
    let db = shop.handle();
    block_on(db.write_async(create_ada)).unwrap();
    assert_eq!(block_on(db.read_async(|conn| conn.users().list(&UserFilter::default()))).unwrap().items.len(), 1);
    let undone = block_on(db.write_async(|tx| {
        tx.categories().create("Lamps")?;
        Err::<(), _>(Own::Mine)
    }));
    assert!(matches!(undone, Err(Own::Mine)), "{undone:?}");
    assert!(shop.categories().list(&PageRequest::default()).unwrap().items.is_empty());
    let taken = block_on(db.write_async(|tx| Ok::<_, Own>(create_ada(tx)?)));
    assert!(matches!(taken, Err(Own::Shop)), "{taken:?}");
    assert!(matches!(block_on(db.read_async(|_| Err::<(), _>(Own::Mine))), Err(Own::Mine)));
}

fn many_orders_are_placed_by_one_thread(shop: &Shop) {
    let (ada, lamp, db) = (shop.user(), shop.product("1.00", 150), shop.handle());
    let (later, before) = (db.asynchronous(), db.statistics().unwrap());
    let order = || NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
    let placing: Vec<Pending<_>> = (0..200).map(|_| later.orders().place(order())).collect();
    let outcomes: Vec<_> = placing.into_iter().map(block_on).collect();
    let placed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((placed, shop.stock(&lamp)), (150, 0));
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().map_or_else(Error::is_conflict, |_| true)));
    let now = db.statistics().unwrap();
    assert_eq!((now.writes - before.writes, now.waiting_writes), (150, 0));
    if shop.engine() != ecomdb::Engine::Postgres {
        assert!(now.commits - before.commits < 150, "orders that come at the same time share commits");
    }
    shop.expect_clean();
}

fn a_transaction_that_has_begun_is_finished_although_its_future_was_dropped(shop: &Shop) {
    let db = shop.handle();
    let (held, body) = held(create_ada);
    let pending = db.write_async(body);
    held.has_begun.recv().unwrap();
    drop(pending);
    assert_eq!(users(db), 0);
    held.go_on.send(()).unwrap();
    while users(db) == 0 {
        std::thread::yield_now();
    }
}

fn a_read_whose_future_was_dropped_is_left_out(shop: &Shop) {
    let db = small(shop, Duration::from_secs(60));
    let (held, body) = held(|_| Ok(()));
    let first = db.read_async(body);
    held.has_begun.recv().unwrap();
    let runs = Arc::new(());
    let counted = Arc::clone(&runs);
    drop(db.read_async(move |_| -> ecomdb::Result<()> { panic!("it runs: {counted:?}") }));
    held.go_on.send(()).unwrap();
    block_on(first).unwrap();
    block_on(db.read_async(|_| Ok::<_, Error>(()))).unwrap();
    assert_eq!(Arc::strong_count(&runs), 1, "what it held is dropped");
}

fn who_waits_too_long_for_a_thread_is_told(shop: &Shop) {
    let db = small(shop, Duration::from_millis(200));
    let (held, body) = held(|_| Ok(()));
    let first = db.read_async(body);
    held.has_begun.recv().unwrap();
    let late = block_on(db.asynchronous().users().list(&UserFilter::default()));
    assert!(matches!(late, Err(Error::Overloaded(_))), "{late:?}");
    held.go_on.send(()).unwrap();
    block_on(first).unwrap();
    block_on(db.asynchronous().users().list(&UserFilter::default())).unwrap();
}

fn only_so_many_operations_wait_for_a_thread(shop: &Shop) {
    let db = small(shop, Duration::from_secs(60));
    let (held, body) = held(|_| Ok(()));
    let first = db.read_async(body);
    held.has_begun.recv().unwrap();
    let waiting: Vec<_> = (0..4_096).map(|_| db.read_async(|_| Ok::<_, Error>(()))).collect();
    let refused = block_on(db.read_async(|_| Ok::<_, Error>(())));
    assert!(matches!(refused, Err(Error::Overloaded(_))), "{refused:?}");
    held.go_on.send(()).unwrap();
    block_on(first).unwrap();
    waiting.into_iter().for_each(|waiting| block_on(waiting).unwrap());
}

fn a_panic_reaches_the_future_as_it_reaches_a_caller(shop: &Shop) {
    let db = shop.handle();
    let written = block_on(db.write_async(|_| -> ecomdb::Result<()> { panic!("on purpose") }));
    assert!(matches!(&written, Err(Error::Panicked(words)) if words == "on purpose"), "{written:?}");
    let read = db.read_async(|_| -> ecomdb::Result<()> { panic!("on purpose") });
    let panic = catch_unwind(AssertUnwindSafe(|| block_on(read))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    block_on(db.write_async(create_ada)).unwrap();
    assert_eq!(users(db), 1);
}

fn a_future_that_is_polled_late_has_its_result(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap();
    let pending = shop.asynchronous().orders().place(order);
    while shop.stock(&lamp) == 10 {
        std::thread::yield_now();
    }
    let placed = block_on(pending).unwrap();
    assert_eq!(placed, shop.order_now(placed.id));
}

/// The transaction that a future waits for would wait for the outer one.
#[cfg(feature = "sqlite")]
#[test]
fn a_transaction_inside_a_transaction_is_refused_to_a_future() {
    let shop = Shop::sqlite();
    let other = (*shop).clone();
    let outcome = shop.write(move |_| block_on(other.asynchronous().run(|shop| shop.categories().create("Lamps"))));
    assert!(matches!(outcome, Err(Error::NestedWrite)), "{outcome:?}");
    let other = (*shop).clone();
    let outcome = shop.write(move |_| block_on(other.write_async(create_ada)));
    assert!(matches!(outcome, Err(Error::NestedWrite)), "{outcome:?}");
    assert_eq!(users(&shop), 0);
}

fn a_future_outlives_its_handles(shop: &Shop) {
    let db = shop.open_again();
    let (held, body) = held(create_ada);
    let pending = db.write_async(body);
    held.has_begun.recv().unwrap();
    drop(db);
    held.go_on.send(()).unwrap();
    block_on(pending).unwrap();
    assert_eq!(users(shop), 1);
}

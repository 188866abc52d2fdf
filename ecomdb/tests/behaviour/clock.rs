//! The clock is configurable, and setting it back breaks nothing.

use chrono::TimeDelta;
use ecomdb::{
    Database, MovementReason, NewOrder, NewPayment, NewRefund, NewUser, OrderStatus, PageRequest, PaymentMethod,
    ProductPatch, Role, UserPatch,
};

use crate::shop::{Shop, TestClock, card, card_of, moment, money};

const NOON: &str = "2026-03-02T12:00:00Z";
const BEFORE: &str = "2026-03-02T11:00:00Z";

/// A shop whose clock shows noon.
fn at_noon(shop: &Shop) -> (Database, TestClock) {
    let clock = TestClock::at(NOON);
    (shop.open_with(&clock), clock)
}

behaviours! {
    times_are_those_of_the_clock_that_was_given
    nothing_that_happens_to_an_order_precedes_what_happened_before
    an_order_is_cancelled_no_earlier_than_it_was_placed_and_paid_in_part
    two_servers_whose_clocks_differ_write_to_one_order
    nothing_is_updated_before_it_was_created
}

fn times_are_those_of_the_clock_that_was_given(shop: &Shop) {
    let (db, clock) = at_noon(shop);
    let noon = moment(NOON);
    let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let lamp = shop.product("10.00", 10);
    assert_eq!((ada.created_at, ada.updated_at), (noon, noon));
    let order = move || NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
    let placed = db.orders().place(order()).unwrap();
    assert_eq!((placed.placed_at, placed.completed_at), (noon, Some(noon)));
    clock.advance(TimeDelta::hours(1));
    let in_a_transaction = db.write(move |tx| tx.orders().place(order())).unwrap();
    assert_eq!(in_a_transaction.payments[0].paid_at, Some(moment("2026-03-02T13:00:00Z")));
}

fn nothing_that_happens_to_an_order_precedes_what_happened_before(shop: &Shop) {
    let (ada, lamp, (db, clock)) = (shop.user(), shop.product("10.00", 10), at_noon(shop));
    let noon = moment(NOON);
    let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap()).unwrap();
    clock.set(BEFORE);
    let part = db.payments().create(order.id, card_of("4.00")).unwrap();
    assert_eq!((part.created_at, part.paid_at), (noon, Some(noon)));
    clock.set("2026-03-02T13:00:00Z");
    let rest = db.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    clock.set(BEFORE);
    let paid = db.payments().capture(rest.id).unwrap();
    assert_eq!(paid.paid_at, Some(rest.created_at));
    let completed = db.orders().get(order.id).unwrap();
    assert_eq!((completed.status, completed.completed_at), (OrderStatus::Completed, paid.paid_at));
    let refund = || NewRefund::builder("late").amount(money("1.00"));
    let refunded = db.payments().refund(order.id, refund().restock().build().unwrap()).unwrap();
    assert_eq!(refunded.refunds[0].created_at, rest.created_at);
    clock.set("2026-03-02T14:00:00Z");
    db.payments().refund(order.id, refund().build().unwrap()).unwrap();
    clock.set(BEFORE);
    let refunded = db.payments().refund(order.id, refund().build().unwrap()).unwrap();
    assert_eq!(refunded.refunds[2].created_at, refunded.refunds[1].created_at);
    shop.expect_clean();
}

fn an_order_is_cancelled_no_earlier_than_it_was_placed_and_paid_in_part(shop: &Shop) {
    let (ada, lamp, (db, clock)) = (shop.user(), shop.product("10.00", 10), at_noon(shop));
    let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build().unwrap()).unwrap();
    clock.advance(TimeDelta::minutes(5));
    let part = db.payments().create(order.id, card_of("4.00")).unwrap();
    clock.set(BEFORE);
    let cancelled = db.orders().cancel(order.id).unwrap();
    assert_eq!((cancelled.cancelled_at, cancelled.refunds[0].created_at), (part.paid_at, part.created_at));
    let movements = db.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items;
    let back = movements.iter().find(|movement| movement.reason == MovementReason::Cancel).unwrap();
    assert_eq!(back.created_at, part.created_at, "its stock goes back at the same time");
    shop.expect_clean();
}

fn two_servers_whose_clocks_differ_write_to_one_order(shop: &Shop) {
    let (ada, lamp, (ahead, _)) = (shop.user(), shop.product("10.00", 10), at_noon(shop));
    let behind = shop.open_with(&TestClock::at(BEFORE));
    let order = ahead.orders().place(NewOrder::builder(ada.id).item(lamp.id, 2).build().unwrap()).unwrap();
    behind.payments().create(order.id, card()).unwrap();
    let completed = behind.orders().get(order.id).unwrap();
    assert_eq!(completed.completed_at, Some(completed.placed_at));
    let refunded = behind.payments().refund(order.id, NewRefund::builder("late").build().unwrap()).unwrap();
    assert_eq!(refunded.refunds[0].created_at, refunded.placed_at);
    shop.expect_clean();
}

fn nothing_is_updated_before_it_was_created(shop: &Shop) {
    let (db, clock) = at_noon(shop);
    let noon = moment(NOON);
    let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let lamp = ecomdb::NewProduct::builder("Lamp", shop.category().id, money("10.00")).initial_stock(5);
    let lamp = db.products().create(lamp.build().unwrap()).unwrap();
    clock.set(BEFORE);
    let renamed = UserPatch::default().first_name("Augusta");
    assert_eq!(db.users().update(ada.id, renamed).unwrap().updated_at, noon);
    assert_eq!(db.accounts().set_role(ada.id, Role::Staff).unwrap().updated_at, noon);
    assert_eq!(db.users().anonymise(ada.id).unwrap().updated_at, noon);
    let cheaper = ProductPatch::default().price(money("9.00"));
    assert_eq!(db.products().update(lamp.id, cheaper).unwrap().updated_at, noon);
    let history = db.products().price_history(lamp.id, &PageRequest::default()).unwrap().items;
    assert_eq!(history[0].changed_at, noon);
    assert_eq!(db.inventory().restock(lamp.id, 5, None).unwrap().updated_at, noon);
    assert_eq!(db.inventory().set_reorder_level(lamp.id, 2).unwrap().updated_at, noon);
    let movements = db.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items;
    assert_eq!(movements.iter().map(|movement| movement.created_at).collect::<Vec<_>>(), [noon, noon]);
    shop.expect_clean();
}

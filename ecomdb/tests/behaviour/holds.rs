//! Holds: orders that expire unless they are paid, and baskets that are edited.

use chrono::TimeDelta;
use ecomdb::{
    CancelReason, Conflict, Database, Limit, MovementReason, NewOrder, NewPayment, Order, OrderBuilder, OrderId,
    OrderStatus, PageRequest, PaymentMethod, PaymentOutcome, PaymentStatus, Product, Result, User,
};

use crate::shop::{Shop, TestClock, card, card_of, conflict, invalid_fields, moment, money};

const NOON: &str = "2026-03-02T12:00:00Z";

behaviours! {
    an_order_is_held_for_so_many_minutes
    an_order_without_a_hold_never_expires
    only_an_unpaid_order_has_a_hold
    a_hold_lasts_1_to_43_200_minutes
    from_the_end_of_its_hold_on_an_order_takes_no_payment
    a_late_payment_of_an_expired_order_is_kept
    a_part_paid_order_never_expires
    sweeping_cancels_what_is_due_and_returns_its_units
    sweeping_takes_the_earliest_first_and_no_more_than_asked
    a_hold_is_extended_but_never_shortened
    only_a_hold_that_lasts_can_be_extended
    a_basket_is_edited_by_replacing_its_order
    a_basket_that_cannot_be_replaced_stays
    only_ones_own_unpaid_order_can_be_replaced
    replacing_with_a_key_happens_once
    a_shortage_expires_the_orders_that_hold_the_products
    a_shortage_leaves_orders_alone_that_are_not_due
    orders_placed_together_have_holds
    a_customer_holds_replaces_and_expires_only_its_own_orders
    an_expired_or_replaced_order_gives_back_its_voucher
    a_used_up_voucher_expires_the_orders_that_use_it
}

struct Setup {
    db: Database,
    clock: TestClock,
    ada: User,
    lamp: Product,
}

impl Setup {
    /// A shop at noon with a user, and a product of 10.00 of which 10 are in stock.
    fn of(shop: &Shop) -> Self {
        let clock = TestClock::at(NOON);
        Self { db: shop.open_with(&clock), clock, ada: shop.user(), lamp: shop.product("10.00", 10) }
    }

    fn builder(&self, units: i64) -> OrderBuilder {
        NewOrder::builder(self.ada.id).item(self.lamp.id, units)
    }

    fn place(&self, order: OrderBuilder) -> Result<Order> {
        self.db.orders().place(order.build()?)
    }

    /// An order of 2 units, held for 15 minutes.
    fn held(&self) -> Order {
        self.place(self.builder(2).hold(15)).unwrap()
    }

    fn now(&self, order: &Order) -> Order {
        self.db.orders().get(order.id).unwrap()
    }

    fn stock(&self) -> i64 {
        self.db.inventory().get(self.lamp.id).unwrap().quantity
    }

    fn minutes(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    fn sweep(&self) -> usize {
        self.db.orders().expire(Limit::new(100).unwrap()).unwrap()
    }
}

fn an_order_is_held_for_so_many_minutes(shop: &Shop) {
    let it = Setup::of(shop);
    let order = it.held();
    assert_eq!((order.status, order.expires_at), (OrderStatus::Pending, Some(moment("2026-03-02T12:15:00Z"))));
    assert_eq!((it.now(&order), it.stock()), (order, 8));
    shop.expect_clean();
}

fn an_order_without_a_hold_never_expires(shop: &Shop) {
    let it = Setup::of(shop);
    let order = it.place(it.builder(1)).unwrap();
    it.minutes(60 * 24 * 365);
    assert_eq!((it.sweep(), order.expires_at), (0, None));
    it.db.payments().create(order.id, card()).unwrap();
}

fn only_an_unpaid_order_has_a_hold(shop: &Shop) {
    let it = Setup::of(shop);
    let free = shop.product("0.00", 10);
    let with = |payment: NewPayment| it.place(it.builder(1).hold(15).payment(payment)).unwrap();
    assert!(with(NewPayment::pending(PaymentMethod::Card)).expires_at.is_some());
    for order in
        [with(card()), with(card_of("1.00")), it.place(NewOrder::builder(it.ada.id).item(free.id, 1).hold(15)).unwrap()]
    {
        assert_eq!(order.expires_at, None, "{order:?}");
    }
    let order = it.held();
    it.db.payments().create(order.id, card()).unwrap();
    assert_eq!(it.now(&order).expires_at, None);
    let order = it.held();
    let cancelled = it.db.orders().cancel(order.id).unwrap();
    assert_eq!((cancelled.expires_at, cancelled.cancel_reason), (None, Some(CancelReason::Asked)));
    shop.expect_clean();
}

fn a_hold_lasts_1_to_43_200_minutes(shop: &Shop) {
    let it = Setup::of(shop);
    for minutes in [1, 43_200] {
        it.place(it.builder(1).hold(minutes)).unwrap();
    }
    let order = it.held();
    for minutes in [i64::MIN, -1, 0, 43_201, i64::MAX] {
        assert_eq!(invalid_fields(it.place(it.builder(1).hold(minutes))), ["hold_minutes"]);
        assert_eq!(invalid_fields(it.db.orders().extend(order.id, minutes)), ["minutes"]);
    }
}

fn from_the_end_of_its_hold_on_an_order_takes_no_payment(shop: &Shop) {
    let it = Setup::of(shop);
    let order = it.place(it.builder(2).hold(15).payment(NewPayment::pending(PaymentMethod::Card))).unwrap();
    it.minutes(15);
    let expired = Conflict::OrderExpired { order_id: order.id, expired_at: moment("2026-03-02T12:15:00Z") };
    assert_eq!(
        expired.to_string(),
        format!("order {} has expired: its hold ended at 2026-03-02T12:15:00Z; place it again", order.id)
    );
    for payment in [card(), card_of("0.01"), NewPayment::pending(PaymentMethod::Cash)] {
        assert_eq!(conflict(it.db.payments().create(order.id, payment)), expired);
    }
    assert_eq!(conflict(it.db.payments().capture(order.payments[0].id)), expired);
    assert_eq!(it.now(&order), order);
    assert_eq!(it.sweep(), 1);
    let refused = conflict(it.db.payments().create(order.id, card()));
    assert!(matches!(refused, Conflict::OrderNotPayable { from: OrderStatus::Cancelled, .. }));

    // A moment earlier it can be paid.
    let order = it.held();
    it.clock.advance(TimeDelta::minutes(15) - TimeDelta::microseconds(1));
    it.db.payments().create(order.id, card()).unwrap();
    shop.expect_clean();
}

fn a_late_payment_of_an_expired_order_is_kept(shop: &Shop) {
    for sweeps in [false, true] {
        let it = Setup::of(shop);
        let reference = format!("ch_{sweeps}");
        let started = NewPayment::builder(PaymentMethod::Card).reference(&reference);
        let order = it.place(it.builder(2).hold(15).payment(started)).unwrap();
        it.minutes(20);
        if sweeps {
            assert_eq!(it.sweep(), 1);
        }
        let webhook = || it.db.payments().settle(PaymentMethod::Card, &reference, PaymentOutcome::Paid, money("20.00"));
        let settlement = webhook().unwrap();
        assert_eq!(settlement.payment.status, PaymentStatus::Late);
        let words = if sweeps { "is cancelled" } else { "has expired" };
        assert!(settlement.late.unwrap().to_string().starts_with(&format!("order {} {words}, so", order.id)));
        it.sweep();
        let now = it.now(&order);
        assert_eq!((now.status, now.cancel_reason), (OrderStatus::Cancelled, Some(CancelReason::Expired)));
        assert_eq!((now.payments, it.stock()), (vec![settlement.payment], 10));
        assert!(webhook().unwrap().late.unwrap().to_string().contains("is cancelled"));
        shop.expect_clean();
    }
}

fn a_part_paid_order_never_expires(shop: &Shop) {
    let it = Setup::of(shop);
    let order = it.held();
    it.db.payments().create(order.id, card_of("5.00")).unwrap();
    it.minutes(60);
    assert_eq!((it.sweep(), it.now(&order).expires_at), (0, None));
    it.db.payments().create(order.id, card()).unwrap();
    assert_eq!(it.now(&order).status, OrderStatus::Completed);
    shop.expect_clean();
}

fn sweeping_cancels_what_is_due_and_returns_its_units(shop: &Shop) {
    let it = Setup::of(shop);
    let chair = shop.product("7.00", 5);
    let first = it.place(it.builder(2).item(chair.id, 5).hold(15).payment(NewPayment::pending(PaymentMethod::Card)));
    let (first, second) = (first.unwrap(), it.place(it.builder(3).hold(15)).unwrap());
    let later = it.place(it.builder(1).hold(16)).unwrap();
    it.minutes(15);
    assert_eq!((it.sweep(), it.sweep()), (2, 0));
    for order in [&first, &second] {
        let now = it.now(order);
        let expected = (OrderStatus::Cancelled, Some(it.clock.now()), None, Some(CancelReason::Expired));
        assert_eq!((now.status, now.cancelled_at, now.expires_at, now.cancel_reason), expected);
    }
    assert_eq!(it.now(&first).payments[0].status, PaymentStatus::Failed);
    assert_eq!((it.now(&later), it.stock(), shop.stock(&chair)), (later, 9, 5));
    let back = it.db.inventory().movements(chair.id, &PageRequest::default()).unwrap().items;
    let back = back.iter().find(|movement| movement.reason == MovementReason::Cancel).unwrap();
    assert_eq!((back.delta, back.created_at), (5, it.clock.now()));
    shop.expect_clean();
}

fn sweeping_takes_the_earliest_first_and_no_more_than_asked(shop: &Shop) {
    let it = Setup::of(shop);
    let orders: Vec<Order> = [9, 7, 8].map(|minutes| it.place(it.builder(1).hold(minutes)).unwrap()).into();
    it.minutes(60);
    let two = Limit::new(2).unwrap();
    assert_eq!(it.db.orders().expire(two).unwrap(), 2);
    let states: Vec<OrderStatus> = orders.iter().map(|order| it.now(order).status).collect();
    assert_eq!(states, [OrderStatus::Pending, OrderStatus::Cancelled, OrderStatus::Cancelled]);
    assert_eq!(it.db.orders().expire(two).unwrap(), 1);
}

fn a_hold_is_extended_but_never_shortened(shop: &Shop) {
    let it = Setup::of(shop);
    let order = it.held();
    it.minutes(14);
    let extended = it.db.orders().extend(order.id, 15).unwrap();
    assert_eq!(extended.expires_at, Some(moment("2026-03-02T12:29:00Z")));
    assert_eq!(it.db.orders().extend(order.id, 1).unwrap(), extended);
    it.minutes(14);
    assert_eq!(it.sweep(), 0);
    it.db.payments().create(order.id, card()).unwrap();
    shop.expect_clean();
}

fn only_a_hold_that_lasts_can_be_extended(shop: &Shop) {
    let it = Setup::of(shop);
    let (expired, without, part_paid) = (it.held(), it.place(it.builder(1)).unwrap(), it.held());
    it.db.payments().create(part_paid.id, card_of("1.00")).unwrap();
    for order in [&without, &part_paid] {
        let refused = conflict(it.db.orders().extend(order.id, 15));
        assert_eq!(refused, Conflict::NoHold { order_id: order.id, from: OrderStatus::Pending });
    }
    it.minutes(15);
    assert!(matches!(conflict(it.db.orders().extend(expired.id, 15)), Conflict::OrderExpired { .. }));
    it.sweep();
    let refused = conflict(it.db.orders().extend(expired.id, 15));
    assert_eq!(
        refused.to_string(),
        format!(
            "order {} is cancelled and has no hold to extend: only a pending order with a hold can be extended",
            expired.id
        )
    );
    assert!(it.db.orders().extend(OrderId::new(99), 15).unwrap_err().is_not_found());
}

fn a_basket_is_edited_by_replacing_its_order(shop: &Shop) {
    let it = Setup::of(shop);
    let chair = shop.product("7.00", 5);
    let old = it.place(it.builder(8).hold(15).payment(NewPayment::pending(PaymentMethod::Card))).unwrap();
    // Its own units count as available.
    let new = it.place(it.builder(9).item(chair.id, 1).hold(30).replacing(old.id)).unwrap();
    let was = it.now(&old);
    assert_eq!((was.status, was.cancel_reason), (OrderStatus::Cancelled, Some(CancelReason::Asked)));
    assert_eq!(was.payments[0].status, PaymentStatus::Failed);
    assert_eq!((new.item_count, it.stock(), shop.stock(&chair)), (10, 1, 4));
    it.db.payments().create(new.id, card()).unwrap();
    shop.expect_clean();
}

fn a_basket_that_cannot_be_replaced_stays(shop: &Shop) {
    let it = Setup::of(shop);
    let old = it.held();
    let refused = conflict(it.place(it.builder(11).replacing(old.id)));
    assert!(matches!(refused, Conflict::InsufficientStock { requested: 11, available: Some(10), .. }));
    assert_eq!((it.now(&old), it.stock()), (old, 8));
    shop.expect_clean();
}

fn only_ones_own_unpaid_order_can_be_replaced(shop: &Shop) {
    let it = Setup::of(shop);
    let replace = |order: OrderId| it.place(it.builder(1).replacing(order));
    let grace = shop.user();
    let hers = shop.pending_order(&grace, &[(it.lamp.id, 1)]);
    assert_eq!(invalid_fields(replace(hers.id)), ["replacing"]);
    assert_eq!(invalid_fields(replace(OrderId::new(99))), ["replacing"]);
    let (paid, part_paid, expired) = (it.held(), it.held(), it.held());
    it.db.payments().create(paid.id, card()).unwrap();
    it.db.payments().create(part_paid.id, card_of("1.00")).unwrap();
    for order in [&paid, &part_paid] {
        let refused = conflict(replace(order.id));
        assert!(matches!(refused, Conflict::IllegalOrderTransition { to: OrderStatus::Cancelled, .. }), "{refused}");
    }
    it.minutes(15);
    assert!(matches!(conflict(replace(expired.id)), Conflict::OrderExpired { .. }));
    assert_eq!((it.now(&hers).status, it.now(&part_paid).status), (OrderStatus::Pending, OrderStatus::Pending));
    shop.expect_clean();
}

fn replacing_with_a_key_happens_once(shop: &Shop) {
    let it = Setup::of(shop);
    let old = it.held();
    let key = ecomdb::IdempotencyKey::new("edit-1").unwrap();
    let order = it.builder(3).hold(15).replacing(old.id).build().unwrap();
    let place = |order: NewOrder| it.db.orders().idempotent(&key).place(order);
    let new = place(order.clone()).unwrap();
    assert_eq!((place(order).unwrap(), it.stock()), (new, 7));
    assert!(matches!(conflict(place(it.builder(3).hold(15).build().unwrap())), Conflict::IdempotencyKeyReused { .. }));
    shop.expect_clean();
}

fn a_shortage_expires_the_orders_that_hold_the_products(shop: &Shop) {
    let it = Setup::of(shop);
    let chair = shop.product("7.00", 5);
    let (held, other) = (it.place(it.builder(9).hold(15)).unwrap(), NewOrder::builder(it.ada.id).item(chair.id, 1));
    let other = it.place(other.hold(15)).unwrap();
    it.minutes(15);
    // Within a transaction of the caller it is refused.
    let order = it.builder(10).build().unwrap();
    let in_transaction = order.clone();
    let refused = it.db.write(move |tx| tx.orders().place(in_transaction.clone()));
    assert!(matches!(conflict(refused), Conflict::InsufficientStock { .. }));
    let order = it.db.orders().place(order).unwrap();
    assert_eq!((order.item_count, it.stock()), (10, 0));
    assert_eq!(
        (it.now(&held).cancel_reason, it.now(&other).status),
        (Some(CancelReason::Expired), OrderStatus::Pending)
    );
    // Also as a future.
    it.db.orders().cancel(order.id).unwrap();
    it.held();
    it.minutes(15);
    let order = it.db.asynchronous().orders().place(it.builder(10).build().unwrap());
    assert_eq!(pollster::block_on(order).unwrap().item_count, 10);
    shop.expect_clean();
}

fn a_shortage_leaves_orders_alone_that_are_not_due(shop: &Shop) {
    let it = Setup::of(shop);
    let held = it.held();
    it.minutes(14);
    let refused = conflict(it.place(it.builder(9)));
    assert!(matches!(refused, Conflict::InsufficientStock { available: Some(8), .. }));
    assert_eq!(it.now(&held), held);
}

fn orders_placed_together_have_holds(shop: &Shop) {
    let (users, lamp) = ([(); 8].map(|()| shop.user()), shop.product("10.00", 1_000));
    std::thread::scope(|scope| {
        for (number, user) in users.iter().enumerate() {
            let lamp = &lamp;
            scope.spawn(move || {
                for round in 0..5 {
                    let order = NewOrder::builder(user.id).item(lamp.id, 1);
                    let order = if (number + round) % 2 == 0 { order.hold(15) } else { order };
                    let placed = shop.orders().place(order.build().unwrap()).unwrap();
                    let end = ((number + round) % 2 == 0).then(|| placed.placed_at + TimeDelta::minutes(15));
                    assert_eq!((placed.expires_at, shop.order_now(placed.id)), (end, placed));
                }
            });
        }
    });
    shop.expect_clean();
}

fn a_customer_holds_replaces_and_expires_only_its_own_orders(shop: &Shop) {
    let it = Setup::of(shop);
    let password = ecomdb::Password::new("correct horse battery").unwrap();
    shop.accounts().set_password(it.ada.id, &password).unwrap();
    let login = it.db.accounts().log_in(it.ada.email.as_str(), "correct horse battery").unwrap();
    let ada = it.db.accounts().authenticate(login.token.expose()).unwrap();
    let own = it.db.on_behalf_of(&ada);
    let grace = shop.user();
    let hers = it.place(NewOrder::builder(grace.id).item(it.lamp.id, 1).hold(15)).unwrap();
    let mine = it.held();
    assert!(own.orders().extend(hers.id, 30).unwrap_err().is_not_found());
    assert_eq!(invalid_fields(own.orders().place(it.builder(1).replacing(hers.id).build().unwrap())), ["replacing"]);
    let mine = own.orders().place(it.builder(1).hold(15).replacing(mine.id).build().unwrap()).unwrap();
    it.minutes(15);
    assert_eq!(own.orders().expire(Limit::new(100).unwrap()).unwrap(), 1);
    assert_eq!((it.now(&mine).status, it.now(&hers).status), (OrderStatus::Cancelled, OrderStatus::Pending));
    shop.expect_clean();
}

fn an_expired_or_replaced_order_gives_back_its_voucher(shop: &Shop) {
    let it = Setup::of(shop);
    let once = ecomdb::NewVoucher::percent("ONCE", money("10.00")).usage_limit(1).build().unwrap();
    let voucher = shop.vouchers().create(once).unwrap();
    let used = || shop.vouchers().get(voucher.id).unwrap().used;
    let place = |order: OrderBuilder| it.place(order.voucher("ONCE").hold(15));
    let first = place(it.builder(1)).unwrap();
    assert!(place(it.builder(1)).is_err());
    let second = place(it.builder(2).replacing(first.id)).unwrap();
    assert_eq!((second.total, used()), (money("18.00"), 1));
    it.minutes(15);
    assert_eq!((it.sweep(), used()), (1, 0));
    place(it.builder(1)).unwrap();
    shop.expect_clean();
}

fn a_used_up_voucher_expires_the_orders_that_use_it(shop: &Shop) {
    let it = Setup::of(shop);
    let (grace, chair) = (shop.user(), shop.product("7.00", 5));
    let limited = |code: &str| ecomdb::NewVoucher::percent(code, money("10.00"));
    let once = shop.vouchers().create(limited("ONCE").usage_limit(1).build().unwrap()).unwrap();
    shop.vouchers().create(limited("EACH").per_user_limit(1).build().unwrap()).unwrap();
    let of = |user: &User, code: &str| NewOrder::builder(user.id).item(chair.id, 1).voucher(code).hold(15);
    let lamp = |code: &str| it.builder(1).voucher(code).hold(15);
    let (used, each) = (it.place(of(&grace, "ONCE")).unwrap(), it.place(of(&it.ada, "EACH")).unwrap());
    let hers = it.place(of(&grace, "EACH")).unwrap();
    it.minutes(14);
    for code in ["ONCE", "EACH"] {
        assert_eq!(invalid_fields(it.place(lamp(code))), ["voucher"]);
    }
    it.minutes(1);
    // Within a transaction of the caller it is refused.
    let order = lamp("ONCE").build().unwrap();
    assert_eq!(invalid_fields(it.db.write(move |tx| tx.orders().place(order.clone()))), ["voucher"]);
    assert_eq!(it.place(lamp("ONCE")).unwrap().total, money("9.00"));
    assert_eq!(shop.vouchers().get(once.id).unwrap().used, 1);
    // Also as a future.
    let order = it.db.asynchronous().orders().place(lamp("EACH").build().unwrap());
    assert_eq!(pollster::block_on(order).unwrap().total, money("9.00"));
    for (order, status) in
        [(used, OrderStatus::Cancelled), (each, OrderStatus::Cancelled), (hers, OrderStatus::Pending)]
    {
        assert_eq!(it.now(&order).status, status);
    }
    shop.expect_clean();
}

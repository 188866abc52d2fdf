//! Shipping and billing addresses: with which orders they are kept, until when they change, and who forgets them.

use std::sync::Barrier;
use std::thread;

use ecomdb::{
    Address, AddressBuilder, AddressKind, Caller, Conflict, Database, Error, Forbidden, IdempotencyKey, NewApiKey,
    NewOrder, NewPayment, NewRefund, Order, OrderBuilder, OrderStatus, Password, PaymentMethod, Result, Role, Scope,
    User, UserPatch, UserStatus,
};

use crate::shop::{Shop, TestClock, card, conflict, invalid_fields};

behaviours! {
    an_order_has_the_addresses_that_it_was_placed_with
    wrong_addresses_are_refused_by_field_and_nothing_is_written
    an_address_is_set_changed_and_removed_while_the_order_is_pending
    addresses_are_fixed_once_the_order_is_not_pending
    an_expired_order_keeps_its_addresses
    a_customer_changes_the_addresses_of_its_own_orders
    who_may_not_read_orders_sees_no_addresses
    a_repeated_order_is_the_same_only_with_the_same_addresses
    an_order_that_replaces_another_one_has_its_own_addresses
    orders_that_are_placed_at_once_have_their_own_addresses
    an_address_that_is_set_while_the_order_is_paid_counts_or_is_refused
    an_anonymised_user_leaves_only_countries
    an_order_that_is_placed_while_its_user_is_anonymised_leaves_no_address
    orders_of_many_that_are_placed_while_users_are_anonymised_leave_no_address
    an_address_that_is_set_while_the_user_is_anonymised_is_not_left
    an_anonymised_user_gets_no_new_address
    check_finds_a_country_that_is_not_that_of_the_address
}

fn london() -> AddressBuilder {
    Address::builder("Ada Lovelace", "12 St James's Square\nFlat 2", "London", "GB")
        .region("Greater London")
        .postcode("SW1Y 4JH")
        .phone("+44 20 7946 0000")
}

fn paris() -> AddressBuilder {
    Address::builder("Ada L.", "3 rue de la Paix", "Paris", "FR")
}

fn built(address: AddressBuilder) -> Option<Address> {
    Some(address.build().unwrap())
}

/// A user, and orders of a lamp by it.
struct Market {
    ada: User,
    lamp: ecomdb::Product,
}

impl Market {
    fn new(shop: &Shop) -> Self {
        Self { ada: shop.user(), lamp: shop.product("10.00", 1_000) }
    }

    fn order(&self) -> OrderBuilder {
        NewOrder::builder(self.ada.id).item(self.lamp.id, 1)
    }

    fn place(&self, shop: &Shop, order: OrderBuilder) -> Order {
        shop.orders().place(order.build().unwrap()).unwrap()
    }

    /// A pending order that goes to London.
    fn to_london(&self, shop: &Shop) -> Order {
        self.place(shop, self.order().shipping_address(london()))
    }
}

/// The address of an anonymised user.
fn is_forgotten(address: &Address, country: &str) -> bool {
    let text = (address.recipient(), address.street(), address.city(), address.country().code());
    text == ("Deleted User", "Deleted", "Deleted", country)
        && (address.region(), address.postcode(), address.phone()) == (None, None, None)
}

fn an_order_has_the_addresses_that_it_was_placed_with(shop: &Shop) {
    let market = Market::new(shop);
    for (order, shipping, billing) in [
        (market.order(), None, None),
        (market.order().shipping_address(london()), built(london()), None),
        (market.order().billing_address(paris()), None, built(paris())),
        (market.order().shipping_address(london()).billing_address(paris()), built(london()), built(paris())),
    ] {
        for order in [order.clone(), order.payment(card())] {
            let placed = market.place(shop, order);
            assert_eq!((&placed.shipping_address, &placed.billing_address), (&shipping, &billing));
            assert_eq!(shop.order_now(placed.id), placed);
        }
    }
    let address = built(london()).unwrap();
    assert_eq!(address.street(), "12 St James's Square\nFlat 2");
    shop.expect_clean();
}

fn wrong_addresses_are_refused_by_field_and_nothing_is_written(shop: &Shop) {
    let market = Market::new(shop);
    let wrong = market
        .order()
        .item(market.lamp.id, 0)
        .shipping_address(Address::builder("Ada", "12 St James's Square", "London", "UK"))
        .billing_address(Address::builder("", "1\n2\n3\n4\n5\n6", "", "France").postcode("x".repeat(21)));
    assert_eq!(
        invalid_fields(wrong.build().map_err(Error::from)),
        [
            "items[1].quantity",
            "shipping_address.country",
            "billing_address.recipient",
            "billing_address.city",
            "billing_address.postcode",
            "billing_address.street",
            "billing_address.country",
        ]
    );
    assert_eq!(shop.stock(&market.lamp), 1_000);
}

fn an_address_is_set_changed_and_removed_while_the_order_is_pending(shop: &Shop) {
    use AddressKind::{Billing, Shipping};
    let market = Market::new(shop);
    let order = market.place(shop, market.order());
    let set = |kind, address: Option<Address>| {
        let order = shop.orders().set_address(order.id, kind, address).unwrap();
        assert_eq!(shop.order_now(order.id), order);
        shop.expect_clean();
        (order.shipping_address, order.billing_address)
    };
    assert_eq!(set(Shipping, built(london())), (built(london()), None));
    assert_eq!(set(Billing, built(paris())), (built(london()), built(paris())));
    assert_eq!(set(Shipping, built(paris())), (built(paris()), built(paris())));
    assert_eq!(set(Shipping, built(paris())), (built(paris()), built(paris())), "again the same");
    assert_eq!(set(Shipping, None), (None, built(paris())));
    assert_eq!(set(Billing, built(london())), (None, built(london())));
    assert_eq!(set(Billing, None), (None, None));
    assert_eq!(set(Billing, None), (None, None), "again none");
    assert!(shop.orders().set_address(ecomdb::OrderId::new(99_999), Shipping, None).unwrap_err().is_not_found());
}

fn addresses_are_fixed_once_the_order_is_not_pending(shop: &Shop) {
    let market = Market::new(shop);
    let order = || market.to_london(shop).id;
    let paid = || {
        let id = order();
        shop.payments().create(id, NewPayment::captured(PaymentMethod::Card)).unwrap();
        id
    };
    let cancelled = order();
    shop.orders().cancel(cancelled).unwrap();
    let refunded = paid();
    shop.payments().refund(refunded, NewRefund::builder("broken").build().unwrap()).unwrap();
    for (id, from) in
        [(paid(), OrderStatus::Completed), (cancelled, OrderStatus::Cancelled), (refunded, OrderStatus::Refunded)]
    {
        for kind in AddressKind::ALL {
            for address in [built(paris()), None] {
                let refused = conflict(shop.orders().set_address(id, *kind, address));
                assert_eq!(refused, Conflict::AddressesFixed { order_id: id, from });
                assert!(refused.to_string().contains(&format!("is {from}, so its addresses are fixed")), "{refused}");
            }
        }
        let now = shop.order_now(id);
        assert_eq!((now.shipping_address, now.billing_address), (built(london()), None));
    }
    shop.expect_clean();
}

fn an_expired_order_keeps_its_addresses(shop: &Shop) {
    let (market, clock) = (Market::new(shop), TestClock::at("2026-03-02T12:00:00Z"));
    let db = shop.open_with(&clock);
    let order = market.order().shipping_address(london()).hold(15).build().unwrap();
    let order = db.orders().place(order).unwrap();
    let changed = db.orders().set_address(order.id, AddressKind::Billing, built(paris())).unwrap();
    assert_eq!(changed.expires_at, order.expires_at);
    clock.set("2026-03-02T12:15:00Z");
    let refused = conflict(db.orders().set_address(order.id, AddressKind::Shipping, built(paris())));
    assert!(matches!(refused, Conflict::OrderExpired { .. }), "{refused}");
    assert_eq!(shop.order_now(order.id).shipping_address, built(london()));
}

fn caller(shop: &Shop, user: &User, role: Role) -> Caller {
    shop.accounts().set_password(user.id, &Password::new("correct horse battery").unwrap()).unwrap();
    shop.accounts().set_role(user.id, role).unwrap();
    let login = shop.accounts().log_in(&user.email, "correct horse battery").unwrap();
    shop.accounts().authenticate(login.token.expose()).unwrap()
}

fn a_customer_changes_the_addresses_of_its_own_orders(shop: &Shop) {
    let (market, bob, staff) = (Market::new(shop), shop.user(), shop.user());
    let order = market.to_london(shop);
    let set = |caller: &Caller| {
        shop.on_behalf_of(caller).orders().set_address(order.id, AddressKind::Billing, built(paris()))
    };
    let (as_ada, as_bob) = (caller(shop, &market.ada, Role::Customer), caller(shop, &bob, Role::Customer));
    assert!(set(&as_bob).unwrap_err().is_not_found());
    assert_eq!(shop.order_now(order.id), order);
    assert_eq!(set(&as_ada).unwrap().billing_address, built(paris()));
    assert_eq!(set(&caller(shop, &staff, Role::Staff)).unwrap().billing_address, built(paris()));
}

fn who_may_not_read_orders_sees_no_addresses(shop: &Shop) {
    let (market, staff) = (Market::new(shop), shop.user());
    shop.accounts().set_role(staff.id, Role::Staff).unwrap();
    let program = |scope| {
        let key = NewApiKey::builder(staff.id, "program", [scope]).build().unwrap();
        shop.accounts().authenticate(shop.accounts().create_key(key).unwrap().0.expose()).unwrap()
    };
    let (writer, reader) = (program(Scope::OrdersWrite), program(Scope::OrdersRead));
    let own = shop.on_behalf_of(&writer);
    let placed = own.orders().place(market.order().shipping_address(london()).build().unwrap()).unwrap();
    assert_eq!((&placed.buyer, &placed.shipping_address), (&None, &None));
    let set = own.orders().set_address(placed.id, AddressKind::Billing, built(paris())).unwrap();
    assert_eq!((set.buyer, set.shipping_address, set.billing_address), (None, None, None));
    let read = shop.on_behalf_of(&reader).orders().get(placed.id).unwrap();
    assert_eq!((read.shipping_address, read.billing_address), (built(london()), built(paris())));
    let refused = shop.on_behalf_of(&reader).orders().set_address(placed.id, AddressKind::Billing, None).unwrap_err();
    assert!(matches!(refused, Error::Forbidden(Forbidden::Scope(Scope::OrdersWrite))), "{refused}");
}

fn a_repeated_order_is_the_same_only_with_the_same_addresses(shop: &Shop) {
    let (market, key) = (Market::new(shop), IdempotencyKey::new("checkout").unwrap());
    let place = |order: OrderBuilder| shop.orders().idempotent(&key).place(order.build().unwrap());
    let placed = place(market.order().shipping_address(london())).unwrap();
    assert_eq!(place(market.order().shipping_address(london())).unwrap(), placed);
    for other in [
        market.order(),
        market.order().billing_address(london()),
        market.order().shipping_address(london().phone("112")),
    ] {
        assert!(matches!(conflict(place(other)), Conflict::IdempotencyKeyReused { .. }));
    }
    let changed = shop.orders().set_address(placed.id, AddressKind::Shipping, built(paris())).unwrap();
    assert_eq!(place(market.order().shipping_address(london())).unwrap(), changed, "its state of now");
}

fn an_order_that_replaces_another_one_has_its_own_addresses(shop: &Shop) {
    let market = Market::new(shop);
    let old = market.to_london(shop);
    let new = market.place(shop, market.order().billing_address(paris()).replacing(old.id));
    assert_eq!((new.shipping_address, new.billing_address), (None, built(paris())));
    assert_eq!(shop.order_now(old.id).shipping_address, built(london()));
    shop.expect_clean();
}

type Operation<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

/// What the operations return that run at the same time.
fn at_once<'a, T: Send + 'a>(operations: Vec<Operation<'a, T>>) -> Vec<T> {
    let start = Barrier::new(operations.len());
    thread::scope(|scope| {
        let run = |operation: Operation<'a, T>| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                operation()
            })
        };
        let threads: Vec<_> = operations.into_iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn orders_that_are_placed_at_once_have_their_own_addresses(shop: &Shop) {
    let (market, others): (_, Vec<User>) = (Market::new(shop), (0..8).map(|_| shop.user()).collect());
    let place = |n: usize| -> Operation<'_, (usize, Order)> {
        let order = NewOrder::builder(others[n % 8].id).item(market.lamp.id, 1);
        let address = |kind: &str| Address::builder(format!("{kind} {n}"), "1 High Street", "London", "GB");
        let order = if !n.is_multiple_of(3) { order.shipping_address(address("shipping")) } else { order };
        let order = if n % 4 > 1 { order.billing_address(address("billing")) } else { order };
        Box::new(move || (n, shop.orders().place(order.build().unwrap()).unwrap()))
    };
    for (n, order) in at_once((0..48).map(place).collect()) {
        let recipient = |address: &Option<Address>| address.as_ref().map(|it| it.recipient().to_owned());
        assert_eq!(recipient(&order.shipping_address), (n % 3 > 0).then(|| format!("shipping {n}")));
        assert_eq!(recipient(&order.billing_address), (n % 4 > 1).then(|| format!("billing {n}")));
        assert_eq!(shop.order_now(order.id), order);
    }
    shop.expect_clean();
}

fn an_address_that_is_set_while_the_order_is_paid_counts_or_is_refused(shop: &Shop) {
    let market = Market::new(shop);
    for _ in 0..20 {
        let order = market.to_london(shop);
        let set = || shop.orders().set_address(order.id, AddressKind::Shipping, built(paris()));
        let pay = || {
            shop.payments().create(order.id, NewPayment::captured(PaymentMethod::Card)).unwrap();
            shop.orders().get(order.id)
        };
        let mut outcomes = at_once::<Result<Order>>(vec![Box::new(set), Box::new(pay)]);
        let (paid, set) = (outcomes.pop().unwrap().unwrap(), outcomes.pop().unwrap());
        let expected = match set {
            Ok(set) => {
                assert_eq!((set.status, &set.shipping_address), (OrderStatus::Pending, &built(paris())));
                built(paris())
            }
            refused => {
                let fixed = Conflict::AddressesFixed { order_id: order.id, from: OrderStatus::Completed };
                assert_eq!(conflict(refused), fixed);
                built(london())
            }
        };
        assert_eq!((paid.status, &paid.shipping_address), (OrderStatus::Completed, &expected));
        assert_eq!(shop.order_now(order.id).shipping_address, expected);
    }
    shop.expect_clean();
}

fn an_anonymised_user_leaves_only_countries(shop: &Shop) {
    let (market, bob) = (Market::new(shop), shop.user());
    let both = || market.order().shipping_address(london()).billing_address(paris());
    let orders = [market.place(shop, both()), market.place(shop, both().payment(card())), {
        let order = market.place(shop, both());
        shop.orders().cancel(order.id).unwrap()
    }];
    let of_bob = NewOrder::builder(bob.id).item(market.lamp.id, 1).shipping_address(london()).build().unwrap();
    let of_bob = shop.orders().place(of_bob).unwrap();
    shop.users().anonymise(market.ada.id).unwrap();
    for order in orders {
        let now = shop.order_now(order.id);
        assert!(is_forgotten(&now.shipping_address.unwrap(), "GB"), "{order:?}");
        assert!(is_forgotten(&now.billing_address.unwrap(), "FR"), "{order:?}");
    }
    assert_eq!(shop.order_now(of_bob.id), of_bob);
    shop.users().anonymise(market.ada.id).unwrap();
    shop.expect_clean();
}

/// Whether an order was placed, in which case it must have no address with a name. Placing may fail only because the user is
/// disabled.
fn expect_forgotten(shop: &Database, placed: Result<Order>) -> bool {
    match placed {
        Ok(order) => {
            let now = shop.orders().get(order.id).unwrap();
            assert!(is_forgotten(&now.shipping_address.unwrap(), "GB"), "order {}", order.id);
            true
        }
        refused => {
            let refused = conflict(refused);
            assert!(matches!(refused, Conflict::UserDisabled { .. }), "{refused}");
            false
        }
    }
}

fn an_order_that_is_placed_while_its_user_is_anonymised_leaves_no_address(shop: &Shop) {
    let lamp = shop.product("10.00", 1_000);
    for _ in 0..20 {
        let market = Market { ada: shop.user(), lamp: lamp.clone() };
        let place = || Some(shop.orders().place(market.order().shipping_address(london()).build().unwrap()));
        let anonymise = || {
            shop.users().anonymise(market.ada.id).unwrap();
            None
        };
        let outcomes = at_once::<Option<Result<Order>>>(vec![Box::new(place), Box::new(anonymise), Box::new(place)]);
        for placed in outcomes.into_iter().flatten() {
            expect_forgotten(shop, placed);
        }
    }
    shop.expect_clean();
}

fn orders_of_many_that_are_placed_while_users_are_anonymised_leave_no_address(shop: &Shop) {
    let lamp = shop.product("10.00", 1_000);
    let users: Vec<User> = (0..16).map(|_| shop.user()).collect();
    let place = |user: &User| {
        Some(
            shop.orders()
                .place(NewOrder::builder(user.id).item(lamp.id, 1).shipping_address(london()).build().unwrap()),
        )
    };
    let mut operations: Vec<Operation<'_, Option<Result<Order>>>> = Vec::new();
    for user in &users {
        for _ in 0..2 {
            operations.push(Box::new(move || place(user)));
        }
        operations.push(Box::new(move || {
            shop.users().anonymise(user.id).unwrap();
            None
        }));
    }
    let outcomes = at_once(operations).into_iter().flatten();
    let placed = outcomes.map(|placed| expect_forgotten(shop, placed)).filter(|is_placed| *is_placed).count();
    assert_eq!(shop.stock(&lamp), 1_000 - placed as i64);
    shop.expect_clean();
}

fn an_address_that_is_set_while_the_user_is_anonymised_is_not_left(shop: &Shop) {
    let lamp = shop.product("10.00", 1_000);
    for _ in 0..20 {
        let market = Market { ada: shop.user(), lamp: lamp.clone() };
        let order = market.to_london(shop);
        let set = || Some(shop.orders().set_address(order.id, AddressKind::Shipping, built(london().phone("112"))));
        let anonymise = || {
            shop.users().anonymise(market.ada.id).unwrap();
            None
        };
        let outcomes = at_once::<Option<Result<Order>>>(vec![Box::new(set), Box::new(anonymise)]);
        if !outcomes.into_iter().flatten().any(|set| expect_forgotten(shop, set)) {
            assert!(is_forgotten(&shop.order_now(order.id).shipping_address.unwrap(), "GB"));
        }
    }
    shop.expect_clean();
}

fn an_anonymised_user_gets_no_new_address(shop: &Shop) {
    let market = Market::new(shop);
    let order = market.to_london(shop);
    let disabled = Conflict::UserDisabled { user_id: market.ada.id };
    shop.users().update(market.ada.id, UserPatch::default().status(UserStatus::Disabled)).unwrap();
    let set = |address| shop.orders().set_address(order.id, AddressKind::Shipping, address);
    assert_eq!(conflict(set(built(paris()))), disabled);
    shop.users().anonymise(market.ada.id).unwrap();
    assert_eq!(conflict(set(built(paris()))), disabled);
    assert!(is_forgotten(&shop.order_now(order.id).shipping_address.unwrap(), "GB"));
    assert_eq!(set(None).unwrap().shipping_address, None, "an address can always be removed");
}

fn check_finds_a_country_that_is_not_that_of_the_address(shop: &Shop) {
    let market = Market::new(shop);
    let order = market.place(shop, market.order().shipping_address(london()).billing_address(paris()));
    let plain = market.place(shop, market.order());
    for (change, back, id) in [
        ("orders SET country = 'FR'", "orders SET country = 'GB'", order.id),
        ("orders SET country = NULL", "orders SET country = 'GB'", order.id),
        ("orders SET country = 'GB'", "orders SET country = NULL", plain.id),
    ] {
        shop.run(&format!("UPDATE {change} WHERE id = {id}"));
        let findings: Vec<_> = shop.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert!(findings.iter().any(|finding| finding.id == id.get()), "{change}: {findings:?}");
        shop.run(&format!("UPDATE {back} WHERE id = {id}"));
    }
    shop.expect_clean();
}

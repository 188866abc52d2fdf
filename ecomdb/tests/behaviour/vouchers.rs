//! Vouchers: their limits, also when many use them at the same time.

use std::sync::Barrier;
use std::thread;

use ecomdb::{
    Conflict, Error, IdempotencyKey, Limit, NewOrder, NewRefund, NewVoucher, Order, OrderStatus, Password, Role, User,
    Voucher, VoucherBuilder, VoucherFilter, VoucherPatch,
};

use crate::shop::{Shop, TestClock, card, conflict, invalid_fields, moment, money};

behaviours! {
    a_percentage_and_an_amount_are_taken_off
    a_code_is_found_in_any_case_and_is_unique
    a_voucher_of_100_percent_leaves_nothing_to_pay
    a_voucher_counts_after_other_discounts_and_never_takes_more_than_the_price
    a_voucher_needs_its_minimum_and_its_time
    sixty_four_customers_use_a_voucher_ten_times_of_ten
    sixty_four_customers_use_an_unlimited_voucher_at_once
    one_customer_at_once_uses_a_voucher_as_often_as_is_allowed
    uses_and_cancellations_at_once_stay_within_the_limit
    a_limit_that_is_set_while_orders_use_the_voucher_counts_them
    a_cancelled_order_gives_the_use_back_and_a_refund_does_not
    expired_orders_give_their_uses_back
    a_failed_payment_and_a_replay_use_nothing_more
    an_order_that_fails_uses_no_voucher
    limits_cannot_be_set_below_the_uses
    changed_terms_hold_for_the_next_order
    a_used_voucher_cannot_be_deleted
    customers_are_not_told_which_codes_exist
    wrong_vouchers_are_refused_by_field
    vouchers_are_listed_with_their_uses
    a_voucher_is_changed_only_if_it_is_as_expected
    check_finds_uses_that_are_miscounted
}

fn voucher(shop: &Shop, voucher: VoucherBuilder) -> Voucher {
    shop.vouchers().create(voucher.build().unwrap()).unwrap()
}

fn percent(code: &str, percent: &str) -> VoucherBuilder {
    NewVoucher::percent(code, money(percent))
}

/// An order of two lamps at 10.00 with this code.
struct Market {
    lamp: ecomdb::Product,
}

impl Market {
    fn new(shop: &Shop) -> Self {
        Self { lamp: shop.product("10.00", 1_000) }
    }

    fn order(&self, user: &User, code: &str) -> NewOrder {
        NewOrder::builder(user.id).item(self.lamp.id, 2).voucher(code).build().unwrap()
    }

    fn place(&self, shop: &Shop, user: &User, code: &str) -> ecomdb::Result<Order> {
        shop.orders().place(self.order(user, code))
    }
}

fn used(shop: &Shop, voucher: &Voucher) -> i64 {
    shop.vouchers().get(voucher.id).unwrap().used
}

fn a_percentage_and_an_amount_are_taken_off(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let summer = voucher(shop, percent("SUMMER", "12.50"));
    voucher(shop, NewVoucher::amount("TAKE5", money("5.00")));
    let order = market.place(shop, &ada, "summer").unwrap();
    assert_eq!((order.total, order.items[0].discount), (money("17.50"), money("2.50")));
    let discount = &order.adjustments[0];
    assert_eq!((discount.label.as_str(), discount.voucher_id), ("SUMMER", Some(summer.id)));
    assert_eq!(shop.order_now(order.id), order);
    assert_eq!(market.place(shop, &ada, "TAKE5").unwrap().total, money("15.00"));
    assert_eq!(used(shop, &summer), 1);
    shop.expect_clean();
}

fn a_code_is_found_in_any_case_and_is_unique(shop: &Shop) {
    let summer = voucher(shop, percent("Grün-10", "10"));
    assert_eq!(summer.code, "GRÜN-10");
    let again = shop.vouchers().create(percent("grün-10", "5").build().unwrap());
    assert!(matches!(conflict(again), Conflict::Duplicate { field: "code", .. }));
    assert!(Market::new(shop).place(shop, &shop.user(), " gRüN-10 ").is_ok());
}

fn a_voucher_of_100_percent_leaves_nothing_to_pay(shop: &Shop) {
    let (ada, odd) = (shop.user(), shop.product("10.99", 10));
    voucher(shop, percent("ALL", "100"));
    let order = NewOrder::builder(ada.id).item(odd.id, 3).voucher("all").payment(card()).build().unwrap();
    let order = shop.orders().place(order).unwrap();
    assert_eq!((order.status, order.total, order.payments.len()), (OrderStatus::Completed, money("0.00"), 0));
    shop.expect_clean();
}

fn a_voucher_counts_after_other_discounts_and_never_takes_more_than_the_price(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    voucher(shop, percent("HALF", "50"));
    voucher(shop, NewVoucher::amount("MUCH", money("500.00")));
    let order = |code: &str| {
        let order = NewOrder::builder(ada.id).item(market.lamp.id, 2).voucher(code);
        order.discount("Regular", money("4.00")).shipping("S", money("3.00")).build().unwrap()
    };
    // 20.00 - 4.00 - 8.00 + 3.00
    assert_eq!(shop.orders().place(order("HALF")).unwrap().total, money("11.00"));
    assert_eq!(shop.orders().place(order("MUCH")).unwrap().total, money("3.00"));
    shop.expect_clean();
}

fn a_voucher_needs_its_minimum_and_its_time(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let clock = TestClock::at("2026-03-02T12:00:00Z");
    let db = shop.open_with(&clock);
    let window =
        percent("MARCH", "10").starts_at(moment("2026-03-03T00:00:00Z")).ends_at(moment("2026-03-04T00:00:00Z"));
    let march = voucher(shop, window.minimum(money("20.00")));
    let place = || db.orders().place(market.order(&ada, "MARCH"));
    assert_eq!(invalid_fields(place()), ["voucher"]);
    clock.set("2026-03-03T00:00:00Z");
    assert!(place().is_ok());
    let small = NewOrder::builder(ada.id).item(market.lamp.id, 1).voucher("MARCH").build().unwrap();
    let refused = db.orders().place(small).unwrap_err();
    assert!(refused.to_string().contains("20.00"), "{refused}");
    clock.set("2026-03-04T00:00:00Z");
    assert_eq!(invalid_fields(place()), ["voucher"]);
    assert_eq!(used(shop, &march), 1);
    shop.expect_clean();
}

/// What 64 threads get that place an order each.
fn at_once(shop: &Shop, place: impl Fn(&Shop, usize) -> ecomdb::Result<Order> + Sync) -> Vec<ecomdb::Result<Order>> {
    let start = Barrier::new(64);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..64)
            .map(|n| {
                let (start, place) = (&start, &place);
                scope.spawn(move || {
                    start.wait();
                    place(shop, n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The number of orders that were placed; the others were refused because of their voucher.
#[track_caller]
fn placed(outcomes: &[ecomdb::Result<Order>]) -> usize {
    let refused = |outcome: &&ecomdb::Result<Order>| match outcome {
        Ok(_) => false,
        Err(Error::Invalid(invalid)) if invalid.fields()[0].field == "voucher" => true,
        Err(other) => panic!("{other:?}"),
    };
    outcomes.len() - outcomes.iter().filter(refused).count()
}

fn sixty_four_customers_use_a_voucher_ten_times_of_ten(shop: &Shop) {
    let market = Market::new(shop);
    let users: Vec<_> = (0..64).map(|_| shop.user()).collect();
    let ten = voucher(shop, percent("TEN", "10").usage_limit(10));
    let outcomes = at_once(shop, |shop, n| market.place(shop, &users[n], "TEN"));
    assert_eq!((placed(&outcomes), used(shop, &ten), shop.stock(&market.lamp)), (10, 10, 1_000 - 20));
    shop.expect_clean();
}

fn sixty_four_customers_use_an_unlimited_voucher_at_once(shop: &Shop) {
    let market = Market::new(shop);
    let users: Vec<_> = (0..64).map(|_| shop.user()).collect();
    let any = voucher(shop, percent("ANY", "10"));
    let outcomes = at_once(shop, |shop, n| market.place(shop, &users[n], "ANY"));
    assert_eq!((placed(&outcomes), used(shop, &any)), (64, 64));
    shop.expect_clean();
}

fn one_customer_at_once_uses_a_voucher_as_often_as_is_allowed(shop: &Shop) {
    let (market, ada) = (Market::new(shop), shop.user());
    let twice = voucher(shop, percent("TWICE", "10").per_user_limit(2));
    let outcomes = at_once(shop, |shop, _| market.place(shop, &ada, "TWICE"));
    assert_eq!((placed(&outcomes), used(shop, &twice)), (2, 2));
    assert!(market.place(shop, &shop.user(), "TWICE").is_ok());
    shop.expect_clean();
}

fn uses_and_cancellations_at_once_stay_within_the_limit(shop: &Shop) {
    let market = Market::new(shop);
    let users: Vec<_> = (0..64).map(|_| shop.user()).collect();
    let five = voucher(shop, percent("FIVE", "10").usage_limit(5).per_user_limit(1));
    let outcomes = at_once(shop, |shop, n| {
        let order = market.place(shop, &users[n], "FIVE")?;
        if n % 2 == 0 { shop.orders().cancel(order.id) } else { Ok(order) }
    });
    let kept = outcomes.iter().flatten().filter(|order| order.status == OrderStatus::Pending).count();
    placed(&outcomes);
    assert_eq!(used(shop, &five), kept as i64);
    assert!(kept <= 5, "{kept}");
    shop.expect_clean();
}

fn a_limit_that_is_set_while_orders_use_the_voucher_counts_them(shop: &Shop) {
    let market = Market::new(shop);
    let users: Vec<_> = (0..64).map(|_| shop.user()).collect();
    let open = voucher(shop, percent("OPEN", "10"));
    let outcomes = at_once(shop, |shop, n| {
        if n == 13 {
            let patch = VoucherPatch::default().usage_limit(Some(64));
            shop.vouchers().update(open.id, patch).unwrap();
        }
        let order = market.place(shop, &users[n], "OPEN")?;
        if n % 4 == 0 { shop.orders().cancel(order.id) } else { Ok(order) }
    });
    let kept = outcomes.iter().flatten().map(|order| shop.order_now(order.id));
    let kept = kept.filter(|order| order.status == OrderStatus::Pending && order.adjustments.len() == 1).count();
    shop.expect_clean();
    assert_eq!((placed(&outcomes), kept, used(shop, &open)), (64, 48, 48));
}

fn a_cancelled_order_gives_the_use_back_and_a_refund_does_not(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let once = voucher(shop, percent("ONCE", "10").usage_limit(1).per_user_limit(1));
    let order = market.place(shop, &ada, "ONCE").unwrap();
    assert_eq!(invalid_fields(market.place(shop, &ada, "ONCE")), ["voucher"]);
    shop.orders().cancel(order.id).unwrap();
    assert_eq!(used(shop, &once), 0);
    let order = market.place(shop, &ada, "ONCE").unwrap();
    shop.payments().create(order.id, card()).unwrap();
    shop.payments().refund(order.id, NewRefund::builder("broken").build().unwrap()).unwrap();
    assert_eq!(used(shop, &once), 1);
    assert_eq!(invalid_fields(market.place(shop, &shop.user(), "ONCE")), ["voucher"]);
    shop.expect_clean();
}

fn expired_orders_give_their_uses_back(shop: &Shop) {
    let clock = TestClock::at("2026-03-02T12:00:00Z");
    let (db, market, users) = (shop.open_with(&clock), Market::new(shop), [shop.user(), shop.user()]);
    let open = voucher(shop, percent("OPEN", "10"));
    let few = voucher(shop, percent("FEW", "10").usage_limit(3).per_user_limit(2));
    let place = |user: &User, code: Option<&str>| {
        let order = NewOrder::builder(user.id).item(market.lamp.id, 2).hold(15);
        db.orders().place(code.map_or(order.clone(), |code| order.voucher(code)).build().unwrap())
    };
    for code in [Some("FEW"), Some("OPEN"), None] {
        users.iter().for_each(|user| drop(place(user, code).unwrap()));
    }
    place(&users[0], Some("FEW")).unwrap();
    assert_eq!(invalid_fields(place(&users[1], Some("FEW"))), ["voucher"]);
    clock.set("2026-03-02T12:16:00Z");
    assert_eq!(db.orders().expire(Limit::new(100).unwrap()).unwrap(), 7);
    assert_eq!((used(shop, &open), used(shop, &few)), (0, 0));
    shop.expect_clean();
}

fn a_failed_payment_and_a_replay_use_nothing_more(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let once = voucher(shop, percent("ONCE", "10").usage_limit(1));
    let key = IdempotencyKey::new("basket-1").unwrap();
    let place = || shop.orders().idempotent(&key).place(market.order(&ada, "ONCE"));
    let order = place().unwrap();
    let attempt = ecomdb::NewPayment::pending(ecomdb::PaymentMethod::Card);
    let attempt = shop.payments().create(order.id, attempt).unwrap();
    shop.payments().fail(attempt.id).unwrap();
    assert_eq!(place().unwrap().id, order.id);
    shop.payments().create(order.id, card()).unwrap();
    assert_eq!((used(shop, &once), shop.order_now(order.id).status), (1, OrderStatus::Completed));
    shop.expect_clean();
}

fn an_order_that_fails_uses_no_voucher(shop: &Shop) {
    let (ada, scarce) = (shop.user(), shop.product("10.00", 1));
    let once = voucher(shop, percent("ONCE", "10").usage_limit(1));
    let order = NewOrder::builder(ada.id).item(scarce.id, 2).voucher("ONCE").build().unwrap();
    assert!(shop.orders().place(order).unwrap_err().is_conflict());
    let unknown = NewOrder::builder(ada.id).item(scarce.id, 1).voucher("NONE").build().unwrap();
    assert_eq!(invalid_fields(shop.orders().place(unknown)), ["voucher"]);
    assert_eq!((used(shop, &once), shop.stock(&scarce)), (0, 1));
    shop.expect_clean();
}

fn limits_cannot_be_set_below_the_uses(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let many = voucher(shop, percent("MANY", "10"));
    for user in [&ada, &ada, &shop.user()] {
        market.place(shop, user, "MANY").unwrap();
    }
    let update = |patch: VoucherPatch| shop.vouchers().update(many.id, patch);
    let limits = |uses, per_user| VoucherPatch::default().usage_limit(Some(uses)).per_user_limit(Some(per_user));
    assert_eq!(invalid_fields(update(limits(2, 1))), ["usage_limit", "per_user_limit"]);
    assert_eq!(update(limits(3, 2)).unwrap().used, 3);
    assert_eq!(invalid_fields(market.place(shop, &shop.user(), "MANY")), ["voucher"]);
    assert_eq!(update(VoucherPatch::default().usage_limit(None)).unwrap().used, 3);
    assert!(market.place(shop, &shop.user(), "MANY").is_ok());
    assert_eq!(update(VoucherPatch::default().usage_limit(Some(4))).unwrap().used, 4);
    shop.expect_clean();
}

fn changed_terms_hold_for_the_next_order(shop: &Shop) {
    let (ada, market) = (shop.user(), Market::new(shop));
    let half = voucher(shop, percent("HALF", "50"));
    let before = market.place(shop, &ada, "HALF").unwrap();
    let patch = VoucherPatch::default().value(money("25")).code("quarter").minimum(money("20.00"));
    let after = shop.vouchers().update(half.id, patch.clone()).unwrap();
    assert_eq!((after.code.as_str(), after.value, after.kind), ("QUARTER", money("25.00"), half.kind));
    assert_eq!(shop.vouchers().update(half.id, patch).unwrap(), after);
    assert_eq!(invalid_fields(market.place(shop, &ada, "HALF")), ["voucher"]);
    assert_eq!(market.place(shop, &ada, "QUARTER").unwrap().total, money("15.00"));
    assert_eq!(shop.order_now(before.id), before);
    shop.expect_clean();
}

fn a_used_voucher_cannot_be_deleted(shop: &Shop) {
    let market = Market::new(shop);
    let (one, two) = (voucher(shop, percent("ONE", "10")), voucher(shop, percent("TWO", "10")));
    let order = market.place(shop, &shop.user(), "ONE").unwrap();
    shop.orders().cancel(order.id).unwrap();
    assert!(matches!(conflict(shop.vouchers().delete(one.id)), Conflict::InUse { entity: "voucher", .. }));
    shop.vouchers().delete(two.id).unwrap();
    assert!(shop.vouchers().get(two.id).unwrap_err().is_not_found());
    shop.expect_clean();
}

fn customers_are_not_told_which_codes_exist(shop: &Shop) {
    let market = Market::new(shop);
    let caller = |role| {
        let user = shop.user();
        shop.accounts().set_password(user.id, &Password::new("correct horse battery").unwrap()).unwrap();
        let user = shop.accounts().set_role(user.id, role).unwrap();
        let login = shop.accounts().log_in(&user.email, "correct horse battery").unwrap();
        (user, shop.accounts().authenticate(login.token.expose()).unwrap())
    };
    voucher(shop, percent("USEDUP", "10").usage_limit(1));
    voucher(shop, percent("ENDED", "10").ends_at(moment("2020-01-01T00:00:00Z")));
    voucher(shop, percent("FUTURE", "10").starts_at(moment("9000-01-01T00:00:00Z")));
    market.place(shop, &shop.user(), "USEDUP").unwrap();
    let ((ada, as_ada), (bob, as_bob)) = (caller(Role::Customer), caller(Role::Staff));
    let said = |user: &User, caller: &ecomdb::Caller| {
        ["UNKNOWN", "USEDUP", "ENDED", "FUTURE"].map(|code| {
            let refused = shop.on_behalf_of(caller).orders().place(market.order(user, code)).unwrap_err();
            assert!(refused.is_invalid(), "{refused:?}");
            refused.to_string()
        })
    };
    let to_customer = said(&ada, &as_ada);
    assert!(to_customer.iter().all(|words| *words == to_customer[0]), "{to_customer:?}");
    let mut to_staff = said(&bob, &as_bob).to_vec();
    to_staff.dedup();
    assert_eq!(to_staff.len(), 4, "{to_staff:?}");
    let listed = shop.on_behalf_of(&as_ada).vouchers().list(&VoucherFilter::default());
    assert!(listed.unwrap_err().is_forbidden());
}

fn wrong_vouchers_are_refused_by_field(shop: &Shop) {
    let wrong = |voucher: VoucherBuilder| invalid_fields(voucher.build().map_err(Error::from));
    assert_eq!(wrong(percent("two words", "0")), ["code", "value"]);
    assert_eq!(wrong(percent("A", "100.01").minimum(money("-0.01"))), ["value", "minimum"]);
    let at = moment("2026-01-01T00:00:00Z");
    assert_eq!(wrong(percent("A", "1").starts_at(at).ends_at(at)), ["ends_at"]);
    assert_eq!(wrong(percent("A", "1").usage_limit(0).per_user_limit(-1)), ["usage_limit", "per_user_limit"]);
    let one = voucher(shop, percent("ONE", "10"));
    let update = |patch| invalid_fields(shop.vouchers().update(one.id, patch));
    assert_eq!(update(VoucherPatch::default().code("")), ["code"]);
    assert_eq!(update(VoucherPatch::default().value(money("101")).usage_limit(Some(0))), ["value", "usage_limit"]);
    let order = NewOrder::builder(shop.user().id).item(ecomdb::ProductId::new(1), 1).voucher("10 %").build();
    assert_eq!(invalid_fields(order.map_err(Error::from)), ["voucher"]);
}

fn vouchers_are_listed_with_their_uses(shop: &Shop) {
    let market = Market::new(shop);
    let made = [percent("A", "1"), percent("B", "1").usage_limit(9), percent("C", "1")].map(|it| voucher(shop, it));
    for code in ["A", "B", "A"] {
        market.place(shop, &shop.user(), code).unwrap();
    }
    let list = |filter: &VoucherFilter| shop.vouchers().list(filter).unwrap().items;
    let all: Vec<_> = list(&VoucherFilter::default()).into_iter().map(|it| (it.id, it.used)).collect();
    assert_eq!(all, [(made[2].id, 0), (made[1].id, 1), (made[0].id, 2)]);
    let found = list(&VoucherFilter::default().code("b"));
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [made[1].id]);
    assert_eq!(shop.vouchers().count(&VoucherFilter::default()).unwrap().at_least(), 3);
}

fn a_voucher_is_changed_only_if_it_is_as_expected(shop: &Shop) {
    let one = voucher(shop, percent("ONE", "10"));
    let seen = one.clone();
    let patch = |value| VoucherPatch::default().value(money(value));
    shop.vouchers().update_if(one.id, patch("20"), move |now| *now == seen).unwrap();
    let seen = one.clone();
    let lost = shop.vouchers().update_if(one.id, patch("30"), move |now| *now == seen);
    assert!(matches!(conflict(lost), Conflict::Changed { entity: "voucher", .. }));
}

fn check_finds_uses_that_are_miscounted(shop: &Shop) {
    let market = Market::new(shop);
    let one = voucher(shop, percent("ONE", "10").usage_limit(5));
    market.place(shop, &shop.user(), "ONE").unwrap();
    for (change, back) in
        [("vouchers SET used = 2", "vouchers SET used = 1"), ("voucher_uses SET used = 2", "voucher_uses SET used = 1")]
    {
        shop.run(&format!("UPDATE {change}"));
        let findings: Vec<_> = shop.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert!(findings.iter().any(|finding| finding.id == one.id.get()), "{change}: {findings:?}");
        shop.run(&format!("UPDATE {back}"));
    }
    shop.expect_clean();
}

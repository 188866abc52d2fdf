//! Quotes: what an order would cost, without placing it.

use chrono::TimeDelta;
use ecomdb::{
    AdjustmentKind, Conflict, Error, NewOrder, NewVoucher, Order, OrderBuilder, OrderFilter, OrderQuote, Password,
    ProductId, ProductPatch, ProductStatus, Result, User, UserPatch, UserStatus, VoucherBuilder,
};

use crate::shop::{Shop, TestClock, card_of, conflict, invalid_fields, money};

behaviours! {
    a_quote_is_what_the_order_costs_and_writes_nothing
    a_quote_is_refused_as_the_order_is
    a_quote_counts_what_the_replaced_order_gives_back
    a_customer_gets_quotes_for_itself_alone
}

fn quote(shop: &Shop, order: OrderBuilder) -> Result<OrderQuote> {
    shop.orders().quote(order.build()?)
}

fn voucher(shop: &Shop, voucher: VoucherBuilder) {
    shop.vouchers().create(voucher.build().unwrap()).unwrap();
}

fn ten(code: &str) -> VoucherBuilder {
    NewVoucher::percent(code, money("10"))
}

fn number_of_orders(shop: &Shop) -> usize {
    shop.orders().list(&OrderFilter::default()).unwrap().items.len()
}

fn a_quote_is_what_the_order_costs_and_writes_nothing(shop: &Shop) {
    let (ada, lamp, chair) = (shop.user(), shop.product("29.99", 3), shop.product("7.00", 9));
    voucher(shop, ten("TEN").usage_limit(1).per_user_limit(1));
    let order = NewOrder::builder(ada.id).item(chair.id, 2).item(lamp.id, 1).item(chair.id, 1).voucher("ten").hold(15);
    let order = order.discount("Regular", money("1.00")).shipping("Standard", money("4.90"));
    let order = order.adjustment(AdjustmentKind::Tax, "VAT", money("5.00"), true).payment(card_of("1.00"));
    for _ in 0..2 {
        quote(shop, order.clone()).unwrap();
    }
    let OrderQuote { items, adjustments, item_count, total, .. } = quote(shop, order.clone()).unwrap();
    assert_eq!((number_of_orders(shop), shop.stock(&lamp)), (0, 3));
    let placed = shop.orders().place(order.build().unwrap()).unwrap();
    assert_eq!((&items, &adjustments), (&placed.items, &placed.adjustments));
    // 50.99 - 1.00 - 5.00 + 4.90
    assert_eq!((item_count, total, placed.total), (4, money("49.89"), money("49.89")));
    shop.expect_clean();
}

fn a_quote_is_refused_as_the_order_is(shop: &Shop) {
    let (ada, bob, lamp, old) = (shop.user(), shop.user(), shop.product("10.00", 3), shop.product("10.00", 3));
    let archived = ProductPatch::default().status(ProductStatus::Archived);
    shop.products().update(old.id, archived).unwrap();
    shop.users().update(bob.id, UserPatch::default().status(UserStatus::Disabled)).unwrap();
    voucher(shop, ten("ONCE").usage_limit(1));
    voucher(shop, ten("EACH").per_user_limit(1));
    voucher(shop, ten("LARGE").minimum(money("20.00")));
    let one = |user: &User| NewOrder::builder(user.id).item(lamp.id, 1);
    let used = |code: &str| shop.orders().place(one(&ada).voucher(code).build().unwrap()).unwrap();
    let orders = [used("ONCE"), used("EACH")];
    for (order, field) in [
        (one(&ada).item(ProductId::new(99), 1), "items[1].product_id"),
        (one(&ada).voucher("ONCE"), "voucher"),
        (one(&ada).voucher("EACH"), "voucher"),
        (one(&ada).voucher("LARGE"), "voucher"),
        (one(&ada).voucher("NONE"), "voucher"),
        (one(&ada).discount("Much", money("10.01")), "adjustments"),
    ] {
        let (quoted, placed) = (quote(shop, order.clone()), shop.orders().place(order.build().unwrap()));
        assert_eq!(quoted.as_ref().unwrap_err().to_string(), placed.unwrap_err().to_string());
        assert_eq!(invalid_fields(quoted), [field]);
    }
    for order in [one(&ada).item(lamp.id, 1), one(&ada).item(old.id, 1), one(&bob)] {
        let (quoted, placed) = (quote(shop, order.clone()), shop.orders().place(order.build().unwrap()));
        assert_eq!(conflict(quoted), conflict(placed));
    }
    assert_eq!(number_of_orders(shop), orders.len());
}

fn a_quote_counts_what_the_replaced_order_gives_back(shop: &Shop) {
    let clock = TestClock::at("2026-03-02T12:00:00Z");
    let (db, ada, grace, lamp) = (shop.open_with(&clock), shop.user(), shop.user(), shop.product("10.00", 3));
    voucher(shop, ten("ONCE").usage_limit(1).per_user_limit(1));
    let place = |user: &User, code: bool| -> Order {
        let order = NewOrder::builder(user.id).item(lamp.id, 1).hold(15);
        let order = if code { order.voucher("ONCE") } else { order };
        db.orders().place(order.build().unwrap()).unwrap()
    };
    let (old, hers) = (place(&ada, true), place(&grace, false));
    let three = |units| NewOrder::builder(ada.id).item(lamp.id, units).voucher("once");
    let quote = |order: OrderBuilder| db.orders().quote(order.build()?);
    assert_eq!(invalid_fields(quote(three(1))), ["voucher"]);
    assert!(matches!(conflict(quote(three(2))), Conflict::InsufficientStock { available: Some(1), .. }));
    assert_eq!(quote(three(2).replacing(old.id)).unwrap().total, money("18.00"));
    assert!(matches!(conflict(quote(three(3).replacing(old.id))), Conflict::InsufficientStock { .. }));
    assert_eq!(invalid_fields(quote(three(1).replacing(hers.id))), ["replacing"]);
    clock.advance(TimeDelta::minutes(15));
    assert!(matches!(conflict(quote(three(1).replacing(old.id))), Conflict::OrderExpired { .. }));
    shop.expect_clean();
}

fn a_customer_gets_quotes_for_itself_alone(shop: &Shop) {
    let (ada, grace, lamp) = (shop.user(), shop.user(), shop.product("10.00", 50));
    shop.accounts().set_password(ada.id, &Password::new("correct horse battery").unwrap()).unwrap();
    let login = shop.accounts().log_in(&ada.email, "correct horse battery").unwrap();
    let caller = shop.accounts().authenticate(login.token.expose()).unwrap();
    let quote = |order: OrderBuilder| shop.on_behalf_of(&caller).orders().quote(order.build()?);
    let of = |user: &User, units| NewOrder::builder(user.id).item(lamp.id, units);
    assert_eq!(quote(of(&ada, 2)).unwrap().total, money("20.00"));
    assert_eq!(invalid_fields(quote(of(&grace, 1))), ["user_id"]);
    assert!(matches!(quote(of(&ada, 1).discount("Mine", money("1.00"))), Err(Error::Forbidden(_))));
    assert!(matches!(conflict(quote(of(&ada, 51))), Conflict::InsufficientStock { available: None, .. }));
}

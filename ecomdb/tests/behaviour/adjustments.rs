//! Discounts, shipping, fees and taxes of orders.

use ecomdb::{AdjustmentKind, Conflict, Error, NewOrder, NewRefund, Order, OrderStatus, Scope};

use crate::shop::{Shop, card, invalid_fields, money};

behaviours! {
    the_total_is_the_items_and_what_is_added_and_taken_off
    discounts_are_divided_over_the_items_to_the_cent
    a_tax_within_the_prices_does_not_change_the_total
    an_order_that_is_discounted_to_nothing_completes_at_once
    wrong_adjustments_are_refused_by_field_and_nothing_is_written
    units_are_paid_back_at_what_they_cost_after_the_discount
    refunds_of_a_discounted_order_add_up_to_its_total
    an_order_is_repeated_by_its_key_with_its_adjustments
    a_customer_cannot_give_itself_a_discount
    check_finds_adjustments_that_do_not_add_up
    the_largest_amounts_are_added_without_overflow
}

fn place(shop: &Shop, order: ecomdb::OrderBuilder) -> ecomdb::Result<Order> {
    let placed = shop.orders().place(order.build()?)?;
    assert_eq!(shop.order_now(placed.id), placed);
    Ok(placed)
}

fn the_total_is_the_items_and_what_is_added_and_taken_off(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("10.00", 10), shop.product("1.50", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 2).item(bulb.id, 1).discount("Regular", money("1.50"));
    let order = order.shipping("Standard", money("4.90")).fee("Gift wrapping", money("2.00")).tax("VAT", money("5.13"));
    let placed = place(shop, order.payment(card())).unwrap();
    // 21.50 - 1.50 + 4.90 + 2.00 + 5.13
    assert_eq!((placed.total, placed.paid, placed.status), (money("32.03"), money("32.03"), OrderStatus::Completed));
    let adjustments: Vec<_> =
        placed.adjustments.iter().map(|it| (it.kind, it.label.as_str(), it.amount.to_string(), it.included)).collect();
    assert_eq!(
        adjustments,
        [
            (AdjustmentKind::Discount, "Regular", "-1.50".to_owned(), false),
            (AdjustmentKind::Shipping, "Standard", "4.90".to_owned(), false),
            (AdjustmentKind::Fee, "Gift wrapping", "2.00".to_owned(), false),
            (AdjustmentKind::Tax, "VAT", "5.13".to_owned(), false),
        ]
    );
    let cancellable = NewOrder::builder(ada.id).item(lamp.id, 1).shipping("Standard", money("4.90"));
    let cancellable = place(shop, cancellable).unwrap();
    assert_eq!(cancellable.total, money("14.90"));
    shop.orders().cancel(cancellable.id).unwrap();
    shop.expect_clean();
}

fn discounts_are_divided_over_the_items_to_the_cent(shop: &Shop) {
    let ada = shop.user();
    let products: Vec<_> = (0..3).map(|_| shop.product("1.00", 10)).collect();
    let order = NewOrder::builder(ada.id).items(products.iter().map(|product| (product.id, 1)));
    let placed = place(shop, order.discount("A", money("0.50")).discount("B", money("0.50"))).unwrap();
    let parts: Vec<_> = placed.items.iter().map(|item| (item.discount, item.net_total)).collect();
    assert_eq!(parts, [("0.34", "0.66"), ("0.33", "0.67"), ("0.33", "0.67")].map(|(a, b)| (money(a), money(b))));
    assert_eq!(placed.total, money("2.00"));
    shop.expect_clean();
}

fn a_tax_within_the_prices_does_not_change_the_total(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("11.90", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 1).included_tax("VAT 19 %", money("1.90"));
    let placed = place(shop, order).unwrap();
    assert_eq!((placed.total, placed.adjustments[0].included), (money("11.90"), true));
    shop.expect_clean();
}

fn an_order_that_is_discounted_to_nothing_completes_at_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.99", 10));
    let free = NewOrder::builder(ada.id).item(lamp.id, 3).discount("For the press", money("32.97"));
    let placed = place(shop, free.payment(card())).unwrap();
    assert_eq!((placed.status, placed.total.to_string()), (OrderStatus::Completed, "0.00".to_owned()));
    assert!(placed.payments.is_empty(), "nothing is to be paid");
    let cancelled = shop.orders().cancel(placed.id).unwrap();
    assert_eq!((cancelled.status, shop.stock(&lamp)), (OrderStatus::Cancelled, 10));
    shop.expect_clean();
}

fn wrong_adjustments_are_refused_by_field_and_nothing_is_written(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = || NewOrder::builder(ada.id).item(lamp.id, 1);
    let wrong = order()
        .adjustment(AdjustmentKind::Discount, "Extra", money("0.01"), false)
        .shipping("", money("-0.01"))
        .adjustment(AdjustmentKind::Fee, "Fee", money("1.00"), true);
    assert_eq!(
        invalid_fields(place(shop, wrong)),
        ["adjustments[0].amount", "adjustments[1].label", "adjustments[1].amount", "adjustments[2].included"]
    );
    let many = (0..21).fold(order(), |order, n| order.fee(format!("Fee {n}"), money("1.00")));
    assert_eq!(invalid_fields(place(shop, many)), ["adjustments"]);
    for wrong in [
        order().discount("Too much", money("10.01")),
        order().discount("Too much", money("6.00")).discount("together", money("4.01")).shipping("S", money("9.00")),
        order().included_tax("More than all", money("10.01")),
        order().fee("One", money("1000000000000.00")),
    ] {
        assert_eq!(invalid_fields(place(shop, wrong)), ["adjustments"]);
    }
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn units_are_paid_back_at_what_they_cost_after_the_discount(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 3).discount("One off", money("1.00")).payment(card());
    let placed = place(shop, order).unwrap();
    let item = &placed.items[0];
    for before in 0..3 {
        let refund = NewRefund::builder("broken").amount(item.price_of(before, 1).unwrap()).build().unwrap();
        shop.payments().refund(placed.id, refund).unwrap();
    }
    let after = shop.order_now(placed.id);
    assert_eq!((after.status, after.refunded), (OrderStatus::Refunded, money("29.00")));
    assert_eq!(item.price_of(0, 3), Some(item.net_total));
    assert_eq!((item.price_of(1, 3), item.price_of(-1, 1), item.price_of(0, i64::MAX)), (None, None, None));
    shop.expect_clean();
}

fn refunds_of_a_discounted_order_add_up_to_its_total(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = NewOrder::builder(ada.id).item(lamp.id, 2).discount("Sorry", money("3.00"));
    let placed = place(shop, order.shipping("Standard", money("4.00")).payment(card())).unwrap();
    assert_eq!(placed.total, money("21.00"));
    let refund =
        |amount| shop.payments().refund(placed.id, NewRefund::builder("r").amount(money(amount)).build().unwrap());
    refund("17.00").unwrap();
    assert!(matches!(refund("4.01"), Err(Error::Conflict(Conflict::OverRefund { .. }))));
    assert_eq!(refund("4.00").unwrap().status, OrderStatus::Refunded);
    shop.expect_clean();
}

fn an_order_is_repeated_by_its_key_with_its_adjustments(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let key = ecomdb::IdempotencyKey::new("basket-1").unwrap();
    let order = |off| NewOrder::builder(ada.id).item(lamp.id, 1).discount("Sorry", money(off)).build().unwrap();
    let placed = shop.orders().idempotent(&key).place(order("1.00")).unwrap();
    assert_eq!(shop.orders().idempotent(&key).place(order("1.00")).unwrap(), placed);
    let other = shop.orders().idempotent(&key).place(order("2.00"));
    assert!(matches!(other, Err(Error::Conflict(Conflict::IdempotencyKeyReused { .. }))));
}

fn a_customer_cannot_give_itself_a_discount(shop: &Shop) {
    let (user, lamp) = (shop.user(), shop.product("10.00", 10));
    let password = ecomdb::Password::new("correct horse battery").unwrap();
    shop.accounts().set_password(user.id, &password).unwrap();
    let login = shop.accounts().log_in(&user.email, "correct horse battery").unwrap();
    let caller = shop.accounts().authenticate(login.token.expose()).unwrap();
    let order = || NewOrder::builder(user.id).item(lamp.id, 1);
    for order in [order().discount("Me", money("9.99")), order().shipping("None", money("0.00"))] {
        let refused = shop.on_behalf_of(&caller).orders().place(order.build().unwrap()).unwrap_err();
        assert!(matches!(refused, Error::Forbidden(ecomdb::Forbidden::Scope(Scope::OrdersAdjust))), "{refused:?}");
    }
    assert!(shop.on_behalf_of(&caller).orders().place(order().build().unwrap()).is_ok());
}

fn check_finds_adjustments_that_do_not_add_up(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order =
        NewOrder::builder(ada.id).item(lamp.id, 2).discount("Sorry", money("3.00")).shipping("S", money("1.00"));
    let id = place(shop, order).unwrap().id;
    for (change, back) in [
        ("order_items SET discount = 299", "order_items SET discount = 300"),
        ("order_adjustments SET amount = 99", "order_adjustments SET amount = 100"),
        ("orders SET adjustments = NULL", "orders SET adjustments = -200"),
    ] {
        let of = |set: &str| {
            let key = if set.starts_with("orders") { "id" } else { "order_id" };
            let of_kind = if set.starts_with("order_adj") { " AND kind = 'shipping'" } else { "" };
            format!("UPDATE {set} WHERE {key} = {id}{of_kind}")
        };
        shop.run(&of(change));
        let findings: Vec<_> = shop.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert!(findings.iter().any(|finding| finding.id == id.get()), "{change}: {findings:?}");
        shop.run(&of(back));
    }
    shop.expect_clean();
}

fn the_largest_amounts_are_added_without_overflow(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("999999999.99", 1_000));
    let order = NewOrder::builder(ada.id).item(lamp.id, 1_000).discount("All", money("999999999990.00"));
    assert_eq!(place(shop, order.tax("VAT", money("1000000000000.00"))).unwrap().total, ecomdb::Money::MAX_TOTAL);
    shop.expect_clean();
}

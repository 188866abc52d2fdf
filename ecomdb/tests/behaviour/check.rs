use diesel::connection::SimpleConnection as _;
use ecomdb::{Error, NewRefund, OrderFilter, UserFilter};

use crate::shop::{Shop, money};

/// Changes the database without the library.
fn tamper(shop: &Shop, statement: &'static str) {
    shop.write(move |tx| Ok(tx.batch_execute(statement)?)).unwrap();
}

/// The descriptions of the rules that `check` finds broken.
fn broken(shop: &Shop) -> Vec<String> {
    let checks = shop.check().unwrap().checks.into_iter();
    checks.filter(|check| !check.findings.is_empty()).map(|check| check.findings[0].message.clone()).collect()
}

fn sold_one(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    shop.paid_order(&ada, &[(lamp.id, 1)]);
}

behaviours! {
    an_empty_shop_adds_up
    each_rule_is_told_as_it_is_proved
    a_stock_that_its_ledger_does_not_explain_is_found
    a_total_that_its_items_do_not_explain_is_found
    a_payment_that_does_not_fit_its_order_is_found
    what_was_paid_that_no_payment_explains_is_found
    a_refund_without_a_record_is_found
    units_that_returned_to_stock_twice_are_found
    a_price_that_its_history_does_not_lead_to_is_found
    what_the_tables_cannot_hold_is_refused_with_the_name_of_the_field
    a_broken_reference_is_refused
    a_reset_shop_is_empty_and_works
}

fn an_empty_shop_adds_up(shop: &Shop) {
    let report = shop.check().unwrap();
    assert!(report.is_clean() && report.checks.len() >= 8);
}

fn each_rule_is_told_as_it_is_proved(shop: &Shop) {
    sold_one(shop);
    let mut told = Vec::new();
    let report = shop.check_with(|check| {
        told.push(check.clone());
        Ok(())
    });
    assert_eq!(report.unwrap().checks, told);
    let mut first = Vec::new();
    let stopped = shop.check_with(|check| {
        first.push(check.clone());
        Err(Error::RolledBack)
    });
    assert!(matches!(stopped, Err(Error::RolledBack)), "{stopped:?}");
    assert_eq!(first, told[..1], "the others were not looked at");
}

fn a_stock_that_its_ledger_does_not_explain_is_found(shop: &Shop) {
    sold_one(shop);
    tamper(shop, "UPDATE inventory SET quantity = quantity + 1");
    assert!(broken(shop)[0].contains("has 10, and should have 9"), "{:?}", broken(shop));
}

fn a_total_that_its_items_do_not_explain_is_found(shop: &Shop) {
    sold_one(shop);
    tamper(shop, "UPDATE order_items SET unit_price = unit_price + 1");
    assert!(broken(shop)[0].starts_with("order "), "{:?}", broken(shop));
}

fn a_payment_that_does_not_fit_its_order_is_found(shop: &Shop) {
    sold_one(shop);
    tamper(shop, "UPDATE payments SET amount = amount - 1");
    assert!(broken(shop)[0].contains("paid 1000, and should have payments of 999"), "{:?}", broken(shop));
}

fn what_was_paid_that_no_payment_explains_is_found(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    tamper(shop, "UPDATE orders SET paid = 1");
    assert!(broken(shop)[0].contains("pending, paid 1, and should have payments of 0"), "{:?}", broken(shop));
}

fn a_refund_without_a_record_is_found(shop: &Shop) {
    sold_one(shop);
    tamper(shop, "UPDATE orders SET refunded = 1");
    assert!(broken(shop)[0].contains("refunded 1"), "{:?}", broken(shop));
}

fn units_that_returned_to_stock_twice_are_found(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    for _ in 0..2 {
        let part = NewRefund::builder("late").amount(money("1.00")).build().unwrap();
        shop.payments().refund(order.id, part).unwrap();
    }
    tamper(shop, "UPDATE refunds SET restocked = 1");
    tamper(shop, "UPDATE inventory SET quantity = quantity + 2");
    let expected = "has completed, 2 refunds that restock, and should have at most one, and none when cancelled";
    assert_eq!(broken(shop), [format!("order {} {expected}", order.id)]);
}

fn a_price_that_its_history_does_not_lead_to_is_found(shop: &Shop) {
    let lamp = shop.product("10.00", 1);
    let dearer = ecomdb::ProductPatch::default().price(money("11.00"));
    shop.products().update(lamp.id, dearer).unwrap();
    tamper(shop, "UPDATE products SET price = 5");
    assert_eq!(broken(shop), [format!("product {} has 5, and should have 1100", lamp.id)]);
}

fn what_the_tables_cannot_hold_is_refused_with_the_name_of_the_field(shop: &Shop) {
    sold_one(shop);
    let statements = [
        ("UPDATE inventory SET quantity = -1", "quantity"),
        ("UPDATE orders SET refunded = total + 1", "refunded"),
        ("UPDATE orders SET paid = total + 1", "paid"),
        ("UPDATE orders SET paid = -1", "paid"),
        ("UPDATE orders SET status = 'lost'", "status"),
        ("UPDATE products SET price = -1", "price"),
        ("UPDATE payments SET amount = 0", "amount"),
    ];
    for (statement, field) in statements {
        let outcome = shop.write(move |tx| Ok(tx.batch_execute(statement)?));
        assert_eq!(crate::shop::invalid_fields(outcome), [field], "{statement}");
    }
    shop.expect_clean();
}

fn a_broken_reference_is_refused(shop: &Shop) {
    sold_one(shop);
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    for statement in ["DELETE FROM users", "DELETE FROM orders WHERE status = 'pending'"] {
        let outcome = shop.write(move |tx| Ok(tx.batch_execute(statement)?));
        assert!(outcome.is_err(), "{statement}");
    }
    shop.expect_clean();
}

fn a_reset_shop_is_empty_and_works(shop: &Shop) {
    sold_one(shop);
    shop.reset().unwrap();
    assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
    assert!(shop.orders().list(&OrderFilter::default()).unwrap().items.is_empty());
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    shop.payments().refund(order.id, NewRefund::builder("test").restock().build().unwrap()).unwrap();
    shop.expect_clean();
}

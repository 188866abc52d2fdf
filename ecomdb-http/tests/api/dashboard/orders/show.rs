//! The page of an order.

use ecomdb::{Database, NewPayment, OrderId, PaymentMethod};

use super::super::visitor::Visitor;
use super::place;
use crate::support::{TestApp, sales};

#[test]
fn a_sentence_says_what_the_state_means() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let part_paid = place(&app, 2);
    let part = NewPayment::builder(PaymentMethod::Card).captured().amount("40.00".parse().unwrap()).build().unwrap();
    app.db.payments().create(OrderId::new(part_paid), part).unwrap();
    app.db.payments().create(OrderId::new(part_paid), NewPayment::pending(PaymentMethod::Cash)).unwrap();
    for (id, badge, sentence) in [
        (1, "Completed", "Paid in full: 149.48."),
        (3, "Completed", "Paid in full: 25.00. 5.00 was given back, 20.00 kept."),
        (4, "Unpaid", "Nothing is paid: 29.99 due."),
        (5, "Cancelled", "Cancelled before anything was paid."),
        (6, "Refunded", "Paid in full and given back: 12.50."),
        (part_paid, "Part-paid", "Paid 40.00 of 59.98, 19.98 due. A payment of 19.98 waits to be captured."),
    ] {
        let page = visitor.get(&format!("/orders/{id}"));
        page.page(200);
        assert!(page.words().contains(&format!("Order {id} {badge} {sentence}")), "{id}: {}", page.words());
    }
}

#[test]
fn the_page_has_items_payments_and_what_happened_in_the_zone_of_the_shop() {
    let app = TestApp::shop_with_sales();
    app.db.shop().update(ecomdb::ShopPatch::default().time_zone("Europe/Berlin").currency("CHF")).unwrap();
    let page = Visitor::new(&app).get("/orders/3");
    page.page(200);
    let words = page.words();
    for expected in [
        "Atlas",
        "ATLAS",
        "12.50",
        "Amount, CHF",
        "Ada Lovelace",
        "Placed: 2 units for 25.00 15 Feb 2026, 09:00",
        "Paid 25.00 by card",
        "5.00 given back late",
        // The customer's value: orders 1 and 3, less refunds.
        "Completed orders 2 Spent, CHF 169.48",
        "Last order 15 Feb 2026",
    ] {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
    assert!(page.text.contains("<time datetime=\"2026-02-15T08:00:00Z\">"));
}

#[test]
fn text_of_people_is_never_markup() {
    let app = TestApp::shop();
    let order = place(&app, 1);
    let payment = NewPayment::builder(PaymentMethod::Card).captured().reference("<b onclick=x>&").build().unwrap();
    app.db.payments().create(OrderId::new(order), payment).unwrap();
    let page = Visitor::new(&app).get(&format!("/orders/{order}"));
    assert!(!page.page(200).contains("<b onclick"));
    assert!(page.words().contains("<b onclick=x>&"));
}

#[test]
fn only_what_can_be_done_is_offered() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    for (id, offered) in [(1, vec!["refund"]), (4, vec!["pay", "cancel"]), (5, vec![]), (6, vec![])] {
        let page = visitor.get(&format!("/orders/{id}"));
        let found = ["pay", "cancel", "refund"].into_iter();
        let found: Vec<_> =
            found.filter(|verb| page.text.contains(&format!("\"/orders/{id}/{verb}?return="))).collect();
        assert_eq!(found, offered, "order {id}");
        assert!(page.text.contains("/orders/new?customer="), "every order can be copied");
    }
}

#[test]
fn what_is_no_order_is_a_page_that_says_so() {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    let app = TestApp::guarded(db);
    let visitor = Visitor::staff(&app);
    let page = visitor.get("/orders/99");
    page.page(404);
    assert!(page.text.contains("<nav"), "the navigation leads on");
    visitor.get("/orders/007").page(400);
}

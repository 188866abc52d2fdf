//! Drafting and placing orders.

use ecomdb::{OrderId, OrderStatus, ProductId, ProductPatch, ProductStatus};

use super::super::visitor::Visitor;
use super::order;
use crate::support::TestApp;

#[test]
fn a_draft_is_written_step_by_step_in_the_address() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let found = visitor.get("/orders/new?item=1:2&customer_text=love");
    assert!(
        found.page(200).contains("href=\"/orders/new?customer=1&#38;item=1:2\">Ada Lovelace</a>"),
        "{}",
        found.text
    );
    assert!(!found.text.contains("Grace"));
    let found = visitor.get("/orders/new?customer=1&item=1:2&product_text=floor");
    assert!(found.page(200).contains("href=\"/orders/new?customer=1&#38;item=1:2&#38;item=2:1\">Add Floor lamp</a>"));
    let draft = visitor.get("/orders/new?customer=1&item=1:2&item=2:1");
    let words = draft.words();
    assert!(words.contains("Ada Lovelace ada@example.com Change"), "{words}");
    assert!(words.contains("Total Set the units 149.48"), "{words}");
    let set = visitor.get("/orders/new?customer=1&item=1:2&item=2:1&set=1&units=4&set=2&units=0");
    assert_eq!((set.status.as_u16(), set.header("Location")), (303, "/orders/new?customer=1&item=1:4"));
}

#[test]
fn what_cannot_be_ordered_is_said_beside_its_line() {
    let app = TestApp::shop();
    let archived = ProductPatch::default().status(ProductStatus::Archived);
    app.db.products().update(ProductId::new(1), archived).unwrap();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/orders/new?customer=99&item=1:1&item=2:4&item=77:1");
    page.page(200);
    for words in [
        "There is no customer 99.",
        "It is archived and cannot be ordered.",
        "Only 3 units are in stock.",
        "There is no such product.",
    ] {
        assert!(page.words().contains(words), "{}", page.words());
    }
    visitor.get("/orders/new?item=1:x").page(400);
    visitor.get("/orders/new?itm=1:1").page(400);
}

#[test]
fn an_order_is_placed_once_however_often_the_form_is_sent() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/orders/new?customer=1&item=1:2");
    let entries = [("key", &*form.input("key")), ("customer", "1"), ("item", "1:2"), ("step", "place"), ("method", "")];
    let first = visitor.post("/orders/new", &entries);
    let second = visitor.post("/orders/new", &entries);
    assert_eq!((first.status.as_u16(), first.header("Location")), (303, "/orders/1"));
    assert_eq!(second.header("Location"), "/orders/1");
    assert!(visitor.get("/orders/1").words().contains("Order 1 is placed."));
    assert_eq!((order(&app, 1).status, app.stock(1)), (OrderStatus::Pending, 8));
    assert!(app.db.orders().get(OrderId::new(2)).is_err());
}

#[test]
fn an_order_can_be_paid_as_it_is_placed() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let entries = [("customer", "2"), ("item", "1:1"), ("item", "2:1"), ("method", "cash"), ("step", "pay")];
    visitor.submit("/orders/new", &entries);
    let order = order(&app, 1);
    assert_eq!((order.status, order.total.to_string()), (OrderStatus::Completed, "119.49".to_owned()));
    app.assert_that_it_adds_up();
}

#[test]
fn what_is_wrong_with_an_order_is_named_at_its_place_and_the_draft_is_kept() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let before = app.contents();
    for (entries, target, words) in [
        (vec![("item", "1:1")], "#customer_text", "must be chosen"),
        (vec![("customer", "1")], "#product_text", "must have 1 to 500 lines"),
        (vec![("customer", "1"), ("item", "1:0")], "#units-1", "must be"),
        (vec![("customer", "1"), ("item", "1:1"), ("item", "2:4")], "#units-2", "3"),
        (vec![("customer", "1"), ("item", "1:1"), ("item", "77:1")], "#units-77", "77"),
        (vec![("customer", "77"), ("item", "1:1")], "#customer_text", "77"),
        (vec![("customer", "1"), ("item", "1:1"), ("step", "pay"), ("method", "barter")], "#method", "must be one of"),
    ] {
        let refused = visitor.post("/orders/new", &entries);
        let page = refused.page(422);
        assert!(
            page.contains(&format!("href=\"{target}\"")) && page.contains(words),
            "{entries:?}: {}",
            refused.words()
        );
        for (name, value) in entries.iter().filter(|(name, _)| ["customer", "item"].contains(name)) {
            assert!(page.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{entries:?}");
        }
    }
    assert_eq!(app.contents(), before);
}

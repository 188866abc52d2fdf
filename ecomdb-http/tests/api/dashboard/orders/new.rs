//! Drafting and placing orders.

use ecomdb::{NewVoucher, OrderId, OrderStatus, ProductId, ProductPatch, ProductStatus};

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

/// A voucher that takes 5.00 off, once.
fn take5(app: &TestApp) {
    let voucher = NewVoucher::amount("TAKE5", "5.00".parse().unwrap()).usage_limit(1).build().unwrap();
    app.db.vouchers().create(voucher).unwrap();
}

#[test]
fn voucher_and_shipping_are_in_the_address_and_in_the_total() {
    let app = TestApp::shop();
    take5(&app);
    let visitor = Visitor::new(&app);
    let terms = "&voucher=take5&shipping=4.90&shipping_label=Express&hold_minutes=60";
    let address = format!("/orders/new?customer=1&item=1:2{terms}");
    let page = visitor.get(&address);
    let (words, before) = (page.words(), app.contents());
    assert!(words.contains("Items 59.98 Shipping: Express 4.90 Voucher TAKE5 −5.00 Total"), "{words}");
    assert!(words.contains("Place and take 59.88"), "{words}");
    assert_eq!(page.input("shipping_label"), "Express");
    // Searching and setting units keep them.
    let set = visitor.get(&format!("{address}&set=1&units=1"));
    assert_eq!(set.header("Location"), format!("/orders/new?customer=1&item=1:1{terms}"));
    assert_eq!(app.contents(), before);

    let entries = [("customer", "1"), ("item", "1:2"), ("voucher", "take5"), ("shipping", "4.90")];
    let mut entries = entries.to_vec();
    entries.extend([("shipping_label", "Express"), ("hold_minutes", "60"), ("step", "place"), ("method", "")]);
    entries.push(("shown", &address));
    let placed = visitor.post("/orders/new", &entries);
    assert_eq!((placed.status.as_u16(), placed.header("Location")), (303, "/orders/1"));
    let order = order(&app, 1);
    assert_eq!((order.total.to_string(), order.expires_at.is_some()), ("59.88".to_owned(), true));
    app.assert_that_it_adds_up();
}

#[test]
fn changed_terms_are_shown_before_the_order_is_placed() {
    let app = TestApp::shop();
    take5(&app);
    let (visitor, before) = (Visitor::new(&app), app.contents());
    let basket = [("customer", "1"), ("item", "1:2"), ("voucher", "take5"), ("shipping", ""), ("hold_minutes", "")];
    let post = |step: &'static str, shown: &'static str| {
        let mut entries = basket.to_vec();
        entries.extend([("step", step), ("method", "card"), ("shown", shown)]);
        let answer = visitor.post("/orders/new", &entries);
        assert_eq!(answer.status.as_u16(), 303);
        answer.header("Location").to_owned()
    };
    let draft = "/orders/new?customer=1&item=1:2&voucher=take5";
    assert_eq!(post("total", draft), draft);
    assert_eq!(post("pay", "/orders/new?customer=1&item=1:2"), draft);
    assert_eq!(app.contents(), before);
    assert_eq!(post("pay", draft), "/orders/1");
    assert_eq!(order(&app, 1).total.to_string(), "54.98");
}

#[test]
fn wrong_terms_are_named_before_and_after_the_order_is_sent() {
    let app = TestApp::shop();
    take5(&app);
    let (visitor, before) = (Visitor::new(&app), app.contents());
    for (name, value, words) in [
        ("voucher", "none", "no voucher has the code"),
        ("voucher", "10 %", "must have only letters"),
        ("shipping", "much", "must be a decimal amount"),
        ("shipping", "-1", "must lie between"),
        ("shipping_label", "Express", "must be given with its label"),
        ("hold_minutes", "0", "must"),
        ("hold_minutes", "long", "must be a whole number"),
    ] {
        let field = if name == "shipping_label" { "shipping" } else { name };
        let entries = [("customer", "1"), ("item", "1:2"), (name, value), ("step", "place")];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&entries[..3]).finish();
        let (shown, refused) = (visitor.get(&format!("/orders/new?{query}")), visitor.post("/orders/new", &entries));
        for page in [shown.page(200), refused.page(422)] {
            assert_eq!(page.matches(&format!("href=\"#{field}\"")).count(), 1, "{name}={value}: {page}");
            assert!(page.contains(words), "{name}={value}: {page}");
        }
    }
    assert_eq!(app.contents(), before);
}

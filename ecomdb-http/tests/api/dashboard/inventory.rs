//! `/inventory`: stocks, the ledger, and the form to book movements.

use ecomdb::{MovementReason, NewOrder, NewPayment, PageRequest, PaymentMethod, ProductId, UserId};

use super::visitor::Visitor;
use crate::support::{Answer, TestApp};

const DESK: ProductId = ProductId::new(1);

/// The shop with sales, the last of them today: 3 of 6 desk lamps, which is 0.1 a day.
fn shop() -> TestApp {
    let app = TestApp::shop_with_sales();
    let order = NewOrder::builder(UserId::new(1)).item(DESK, 3).payment(NewPayment::captured(PaymentMethod::Card));
    app.db.orders().place(order.build().unwrap()).unwrap();
    app
}

fn ledger(app: &TestApp) -> Vec<(i64, MovementReason, Option<String>)> {
    let page = app.db.inventory().movements(DESK, &PageRequest::default()).unwrap();
    page.items.into_iter().map(|movement| (movement.delta, movement.reason, movement.note)).collect()
}

fn book(visitor: &Visitor<'_>, kind: &str, units: &str, note: &str, key: &str) -> Answer {
    let entries = [("kind", kind), ("units", units), ("note", note), ("key", key), ("return", "/inventory/1")];
    visitor.post("/inventory/1/book", &entries)
}

#[test]
fn the_list_shows_stock_level_and_days_of_cover() {
    let app = shop();
    let page = Visitor::new(&app).get("/inventory");
    page.page(200);
    let words = page.words();
    // Today is not over, so the rate is slightly above 0.1 a day.
    assert!(words.contains("Desk lamp Reorder at 6 3 sold 6 3 30 days") || words.contains("6 3 29 days"), "{words}");
    assert!(words.contains("Atlas Reorder at 0 0 0 No sales"), "{words}");
    assert!(page.text.contains("<svg class=\"meter\"") && words.contains("3 products"), "{words}");
    let empty = TestApp::empty();
    assert!(Visitor::new(&empty).get("/inventory").page(200).contains("No products yet"));
}

#[test]
fn tabs_show_what_is_low_and_what_runs_out_first() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let names = |page: &Answer| -> Vec<String> {
        let links = page.page(200).split("<a href=\"/inventory/").skip(1);
        links.filter_map(|link| link.split(['>', '<']).nth(1)).map(str::to_owned).collect()
    };
    assert_eq!(names(&visitor.get("/inventory?show=low")), ["Desk lamp", "Floor lamp"]);
    let soon = visitor.get("/inventory?show=soon");
    assert_eq!(names(&soon), ["Desk lamp"]);
    assert!(soon.words().contains("Sold in 30 days Days of cover Stock"), "{}", soon.words());
    assert!(visitor.get("/inventory?show=high").page(400).contains("must be one of all, low, soon"));
}

#[test]
fn stocks_are_searched_by_the_words_of_their_product() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let found = visitor.get("/inventory?search=DESK+la");
    let words = found.words();
    assert!(found.page(200).contains("value=\"DESK la\"") && words.contains("1 product"), "{words}");
    assert!(words.contains("Desk lamp") && !words.contains("Floor lamp"), "{words}");
    let none = visitor.get("/inventory?search=sofa");
    assert!(none.page(200).contains("No product matches") && none.text.contains("value=\"sofa\""), "{}", none.text);
    assert!(!visitor.get("/inventory?show=low").page(200).contains("name=\"search\""), "a ranking is not searched");
    visitor.get(&format!("/inventory?search={}", "x".repeat(255))).page(400);
}

#[test]
fn the_csv_has_all_stocks_and_all_movements() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let stocks = visitor.get("/inventory.csv");
    assert!(stocks.text.starts_with("\u{feff}product_id,product,stock,reorder_level,changed_at\n1,Desk lamp,3,6,20"));
    assert_eq!(stocks.text.lines().count(), 4);
    app.db.inventory().adjust(DESK, -1, Some("=broken")).unwrap();
    let ledger = visitor.get("/inventory/1/ledger.csv");
    assert!(ledger.text.contains(",1,-1,adjustment,,'=broken,20"), "{}", ledger.text);
    visitor.get("/inventory/99/ledger.csv").page(404);
}

#[test]
fn a_delivery_is_booked_once_and_can_be_undone() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let form = visitor.get("/inventory/1");
    assert!(form.page(200).contains("value=\"restock\" checked"));
    for _ in 0..2 {
        let booked = book(&visitor, "restock", "5", "delivery 17", &form.input("key"));
        assert_eq!((booked.status.as_u16(), booked.header("Location")), (303, "/inventory/1"), "{}", booked.text);
    }
    assert_eq!((app.stock(1), ledger(&app)[0].clone()), (8, (5, MovementReason::Restock, Some("delivery 17".into()))));
    let page = visitor.get("/inventory/1");
    assert!(page.page(200).contains("5 units are recorded."));
    let undo = ["kind", "units", "note", "key"].map(|name| (name, page.input(name)));
    let undo: Vec<_> = undo.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(&undo[..2], [("kind", "adjust"), ("units", "-5")]);
    assert_eq!(visitor.post("/inventory/1/book", &undo).status, 303);
    assert_eq!((app.stock(1), ledger(&app)[0].0), (3, -5));
    app.assert_that_it_adds_up();
}

#[test]
fn a_stock_is_changed_by_a_difference() {
    let app = shop();
    let visitor = Visitor::new(&app);
    assert_eq!(book(&visitor, "adjust", "\u{2212}2", "two are broken", "k1").status, 303);
    assert_eq!(
        (app.stock(1), ledger(&app)[0].clone()),
        (1, (-2, MovementReason::Adjustment, Some("two are broken".into())))
    );
    assert!(visitor.get("/inventory/1").page(200).contains("two are broken"));
    let refused = book(&visitor, "adjust", "-2", "more", "k2");
    refused.page(422);
    assert_eq!((refused.input("note"), app.stock(1)), ("more".into(), 1));
    assert!(refused.text.contains("value=\"adjust\" checked"));
}

#[test]
fn a_count_shows_the_difference_before_it_is_booked() {
    let app = shop();
    let visitor = Visitor::new(&app);
    let asked = book(&visitor, "count", "1", "", "k1");
    assert_eq!((asked.status.as_u16(), asked.header("Location")), (303, "/inventory/1/count?counted=1"));
    let page = visitor.get(asked.header("Location"));
    page.page(200);
    assert!(page.words().contains("On record 3 Counted 1 Difference \u{2212}2"), "{}", page.words());
    assert_eq!(app.stock(1), 3);
    let order = NewOrder::builder(UserId::new(1)).item(DESK, 1).build().unwrap();
    app.db.orders().place(order).unwrap();
    let entries = ["kind", "units", "note", "key"].map(|name| (name, page.input(name)));
    let entries: Vec<_> = entries.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(visitor.post("/inventory/1/book", &entries).status, 303);
    assert_eq!(
        (app.stock(1), ledger(&app)[0].clone()),
        (0, (-2, MovementReason::Adjustment, Some("Counted 1".into())))
    );
    assert!(visitor.get("/inventory/1/count?counted=0").page(200).contains("The count agrees"));
    visitor.get("/inventory/1/count?counted=-1").page(400);
    visitor.get("/inventory/1/count").page(400);
}

#[test]
fn wrong_units_are_refused_by_name_and_book_nothing() {
    let app = shop();
    let visitor = Visitor::new(&app);
    for (kind, units, words) in [
        ("restock", "0", "Units must be a whole number from 1 to 1000000, not 0"),
        ("restock", "many", "Units must be a whole number, not \"many\""),
        ("restock", "", "Units must be given"),
        ("adjust", "0", "Units must be a difference from \u{2212}1,000,000 to +1,000,000 other than 0"),
        ("adjust", "1000001", "Units must be a difference"),
        ("count", "-1", "Units must be a number of units from 0 to 1,000,000,000"),
        ("", "1", "Kind must be given"),
        ("steal", "1", "Kind must be one of restock, adjust, count"),
    ] {
        let refused = book(&visitor, kind, units, "", "k1");
        refused.page(422);
        assert!(refused.words().contains(words), "{words}: {}", refused.words());
    }
    assert!(book(&visitor, "restock", "1", &"x".repeat(501), "k1").page(422).contains("href=\"#note\""));
    assert_eq!(app.stock(1), 3);
    visitor.post("/inventory/99/book", &[("kind", "restock"), ("units", "1")]).page(404);
}

//! Cancelling orders.

use ecomdb::OrderStatus;

use super::super::visitor::Visitor;
use super::{order, place};
use crate::support::TestApp;

#[test]
fn a_cancellation_says_first_what_it_does() {
    let app = TestApp::shop();
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    visitor.submit(&format!("/orders/{id}/pay"), &[("amount", "40.00"), ("method", "card"), ("captured", "yes")]);
    let path = format!("/orders/{id}/cancel");
    let question = visitor.get(&path);
    let words = question.words();
    for expected in ["Ada Lovelace gets 40.00 back.", "2 x Desk lamp return to stock.", "This cannot be undone."] {
        assert!(words.contains(expected), "{words}");
    }
    assert_eq!(order(&app, id).status, OrderStatus::Pending, "a question changes nothing");
    let entries = [("key", &*question.input("key"))];
    let done = visitor.submit(&path, &entries);
    assert!(done.words().contains(&format!("Order {id} is cancelled.")), "{}", done.words());
    visitor.submit(&path, &entries);
    assert_eq!((order(&app, id).status, app.stock(1)), (OrderStatus::Cancelled, 10));
    assert!(visitor.get(&path).words().contains("It is cancelled already."));
    assert!(visitor.post(&path, &[("key", "another")]).page(422).contains("error-summary"));
    app.assert_that_it_adds_up();
}

#[test]
fn a_completed_order_is_refunded_instead() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/orders/1/cancel");
    assert!(page.words().contains("It is completed: it can be refunded instead."));
    assert!(!page.text.contains("Cancel the order"));
    visitor.get("/orders/99/cancel").page(404);
}

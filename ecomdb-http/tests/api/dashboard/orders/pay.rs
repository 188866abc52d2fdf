//! Taking payments.

use ecomdb::{Database, OrderStatus, PaymentStatus, Role};

use super::super::visitor::Visitor;
use super::{order, payment, place};
use crate::support::people::{PASSWORD, employ};
use crate::support::{TestApp, sales};

#[test]
fn a_payment_of_what_is_due_completes_the_order() {
    let app = TestApp::shop();
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/pay");
    let form = visitor.get(&format!("{path}?return=%2Forders%2F{id}%3Ftab%3Dunpaid"));
    form.page(200);
    assert_eq!((form.input("amount"), form.input("captured")), ("59.98".into(), "yes".into()));
    let entries = [
        ("key", &*form.input("key")),
        ("return", &*form.input("return")),
        ("amount", "40.00"),
        ("method", "paypal"),
        ("captured", "yes"),
        ("reference", " PP-1 "),
    ];
    let done = visitor.post(&path, &entries);
    assert_eq!((done.status.as_u16(), done.header("Location")), (303, &*format!("/orders/{id}?tab=unpaid")));
    let page = visitor.get(done.header("Location"));
    assert!(page.words().contains(&format!("40.00 is taken for order {id}.")), "{}", page.words());
    assert_eq!((order(&app, id).status, payment(&app, 1).reference), (OrderStatus::Pending, Some("PP-1".to_owned())));
    visitor.submit(&path, &[("amount", "19.98"), ("method", "cash"), ("captured", "yes")]);
    assert_eq!(order(&app, id).status, OrderStatus::Completed);
    app.assert_that_it_adds_up();
}

#[test]
fn a_form_that_is_sent_twice_has_one_effect() {
    let app = TestApp::shop();
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    let entries = [("key", "once"), ("amount", "20.00"), ("method", "card"), ("captured", "yes")];
    let first = visitor.post(&format!("/orders/{id}/pay"), &entries);
    let second = visitor.post(&format!("/orders/{id}/pay"), &entries);
    assert_eq!((first.status, first.header("Location")), (second.status, second.header("Location")));
    assert_eq!(order(&app, id).payments.len(), 1);
    let other = [("key", "once"), ("amount", "30.00"), ("method", "card"), ("captured", "yes")];
    let refused = visitor.post(&format!("/orders/{id}/pay"), &other);
    assert!(refused.page(422).contains("already sent with other entries"));
    assert_eq!(refused.input("amount"), "30.00");
    assert_ne!(refused.input("key"), "once");
    assert_eq!(order(&app, id).payments.len(), 1);
}

#[test]
fn what_is_wrong_is_named_with_links_to_the_fields_and_nothing_is_lost() {
    let app = TestApp::shop();
    let id = place(&app, 1);
    let visitor = Visitor::new(&app);
    let before = app.contents();
    let path = format!("/orders/{id}/pay");
    let sent = [("key", "k"), ("amount", "a lot"), ("method", "barter"), ("reference", "R-7"), ("captured", "no")];
    let refused = visitor.post(&path, &sent);
    let page = refused.page(422);
    assert!(page.contains("<title>Error: "));
    assert!(page.contains("href=\"#amount\"") && page.contains("href=\"#method\"") && page.contains("id=\"amount\""));
    assert!(page.contains("aria-describedby=\"amount-error\"") && page.contains("id=\"amount-error\""));
    assert_eq!((refused.input("amount"), refused.input("reference")), ("a lot".into(), "R-7".into()));
    assert_eq!(refused.input("key"), "k");
    for (amount, words) in
        [("30.00", "30.00"), ("0", "must be more than 0.00"), ("1.999", "at most two decimal places")]
    {
        let refused = visitor.post(&path, &[("amount", amount), ("method", "card"), ("captured", "yes")]);
        assert!(refused.page(422).contains(words), "{amount}: {}", refused.words());
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_payment_that_waits_is_captured_or_fails_after_a_question() {
    let app = TestApp::shop();
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/pay");
    for amount in ["19.98", "40.00"] {
        visitor.submit(&path, &[("amount", amount), ("method", "card"), ("captured", "no")]);
    }
    let question = visitor.get("/payments/1/fail");
    assert!(question.words().contains(&format!("19.98 by card counts as failed; order {id} can be paid again.")));
    let done = visitor.submit("/payments/1/fail", &[("key", &question.input("key"))]);
    assert!(done.words().contains(&format!("19.98 is marked as failed for order {id}.")), "{}", done.words());
    let question = visitor.get("/payments/2/capture");
    assert!(question.words().contains("40.00 by card counts as paid; then 19.98 of order"), "{}", question.words());
    let entries = [("key", &*question.input("key"))];
    visitor.submit("/payments/2/capture", &entries);
    visitor.submit("/payments/2/capture", &entries);
    assert_eq!([1, 2].map(|id| payment(&app, id).status), [PaymentStatus::Failed, PaymentStatus::Paid]);
    let again = visitor.get("/payments/2/capture");
    assert!(!again.page(200).contains("Capture the payment"));
    visitor.post("/payments/2/capture", &[("key", "another")]).page(422);
    assert!(!visitor.get("/payments/2/fail").page(200).contains("<button class=\"btn btn-primary"));
}

#[test]
fn an_order_that_needs_no_payment_has_no_form() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    assert!(!visitor.get("/orders/1/pay").page(200).contains("Record the payment"));
    visitor.post("/orders/1/pay", &[("amount", "1.00"), ("method", "card"), ("captured", "yes")]).page(422);
    visitor.get("/orders/99/pay").page(404);
}

#[test]
fn a_session_that_ends_while_the_form_is_filled_loses_nothing() {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    employ(&db, "staff@example.com", Role::Staff);
    let app = TestApp::guarded(db);
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/pay");
    let entries = [
        ("key", "k1"),
        ("return", "/orders"),
        ("amount", "12.00"),
        ("method", "cash"),
        ("reference", "R-7"),
        ("captured", "yes"),
    ];
    let asked = visitor.post(&path, &entries);
    asked.page(401);
    let login = [
        ("email", "staff@example.com"),
        ("password", PASSWORD),
        ("resume", &*asked.input("resume")),
        ("kept", &*asked.input("kept")),
    ];
    let resumed = visitor.post("/login", &login);
    resumed.page(200);
    let names = ["key", "return", "amount", "method", "reference", "captured", "resumed"];
    let hidden = names.map(|name| (name, resumed.input(name)));
    let hidden: Vec<_> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let form = visitor.post(&path, &hidden);
    form.page(422);
    assert!(form.words().contains("you have logged in again"), "{}", form.words());
    assert_eq!(
        ["key", "return", "amount", "reference"].map(|name| form.input(name)),
        ["k1", "/orders", "12.00", "R-7"]
    );
    assert!(order(&app, id).payments.is_empty());
    let done = visitor.post(&path, &entries);
    assert_eq!((done.status.as_u16(), done.header("Location")), (303, "/orders"));
    assert_eq!(order(&app, id).payments.len(), 1);
}

//! Holds, and payments that come too late.

use ecomdb::{NewOrder, NewPayment, OrderId, PaymentMethod, PaymentOutcome, PaymentStatus, ProductId, UserId};

use super::super::visitor::Visitor;
use super::{order, payment};
use crate::support::TestApp;

/// An order of one desk lamp, held for 15 minutes, with a started payment.
fn hold(app: &TestApp) -> i64 {
    let started = NewPayment::builder(PaymentMethod::Card).reference("ch_1042");
    let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(1), 1).hold(15).payment(started);
    app.db.orders().place(order.build().unwrap()).unwrap().id.get()
}

#[test]
fn the_page_of_an_order_says_until_when_it_is_held_and_the_hold_can_be_extended() {
    let app = TestApp::shop();
    let id = hold(&app);
    let visitor = Visitor::new(&app);
    let page = visitor.get(&format!("/orders/{id}"));
    assert!(page.words().contains("Held until"), "{}", page.words());
    let before = order(&app, id).expires_at;
    visitor.get(&format!("/orders/{id}/extend")).page(200);
    let done = visitor.submit(&format!("/orders/{id}/extend"), &[]);
    assert!(done.words().contains(&format!("The hold of order {id} is extended.")), "{}", done.words());
    assert!(order(&app, id).expires_at > before);
}

#[test]
fn a_late_payment_is_a_task_until_it_is_marked_as_returned() {
    let app = TestApp::shop();
    let id = hold(&app);
    app.db.orders().cancel(OrderId::new(id)).unwrap();
    let total = order(&app, id).total;
    let late = app.db.payments().settle(PaymentMethod::Card, "ch_1042", PaymentOutcome::Paid, total).unwrap().payment;
    let visitor = Visitor::new(&app);
    let overview = visitor.get("/");
    assert!(overview.words().contains("1 payment came too late"), "{}", overview.words());
    let list = visitor.get("/payments/late");
    assert!(list.words().contains("ch_1042") && list.words().contains("Mark returned"), "{}", list.words());
    let page = visitor.get(&format!("/orders/{id}"));
    assert!(page.words().contains("came too late; to be given back"), "{}", page.words());
    let path = format!("/payments/{}/return", late.id);
    assert!(visitor.get(&path).page(200).contains("Give the money back"));
    assert!(visitor.submit(&path, &[]).words().contains("is marked as returned."));
    assert_eq!(payment(&app, late.id.get()).status, PaymentStatus::Returned);
    assert!(visitor.get("/payments/late").words().contains("No payment came too late."));
    app.assert_that_it_adds_up();
}

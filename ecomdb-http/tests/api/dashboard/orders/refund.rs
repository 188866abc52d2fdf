//! Refunding orders.

use ecomdb::OrderStatus;

use super::super::visitor::Visitor;
use super::{order, place};
use crate::support::{Answer, TestApp};

/// The hidden fields of the review.
fn hidden<const N: usize>(page: &Answer, names: [&'static str; N]) -> Vec<(&'static str, String)> {
    names.map(|name| (name, page.input(name))).into()
}

fn borrowed<'a>(entries: &'a [(&'static str, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    entries.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect()
}

#[test]
fn a_refund_states_its_consequence_first_and_cannot_be_made_twice() {
    let app = TestApp::shop();
    let id = place(&app, 2);
    let visitor = Visitor::new(&app);
    for (amount, method) in [("40.00", "card"), ("19.98", "cash")] {
        let entries = [("amount", amount), ("method", method), ("captured", "yes")];
        visitor.submit(&format!("/orders/{id}/pay"), &entries);
    }
    let path = format!("/orders/{id}/refund");
    let form = visitor.get(&path);
    assert_eq!(form.input("amount"), "59.98", "all that is left, before it is changed");
    let entries = [("key", &*form.input("key")), ("amount", "45.00"), ("reason", "broken"), ("restock", "yes")];
    let review = visitor.post(&path, &[&entries[..], &[("step", "review")]].concat());
    review.page(200);
    for expected in [
        "Ada Lovelace gets 45.00 back.",
        "40.00 goes back by card (payment 1).",
        "5.00 goes back by cash on delivery (payment 2).",
        "2 x Desk lamp return to stock.",
        "14.98 of the order stays paid.",
    ] {
        assert!(review.words().contains(expected), "{}", review.words());
    }
    assert!(order(&app, id).refunds.is_empty(), "a review changes nothing");
    let kept = hidden(&review, ["key", "amount", "reason", "restock"]);
    let changed = visitor.post(&path, &borrowed(&kept, &[("step", "edit")]));
    changed.page(200);
    assert_eq!((changed.input("amount"), changed.input("reason")), ("45.00".into(), "broken".into()));
    let confirmed = borrowed(&kept, &[("step", "confirm")]);
    let done = visitor.submit(&path, &confirmed);
    assert!(done.words().contains(&format!("45.00 is given back for order {id}.")), "{}", done.words());
    visitor.submit(&path, &confirmed);
    let order = order(&app, id);
    assert_eq!((order.refunds.len(), order.refunded.to_string()), (2, "45.00".to_owned()));
    assert_eq!(app.stock(1), 10);
    let rest = visitor.get(&path);
    assert_eq!(rest.input("amount"), "14.98");
    assert!(rest.words().contains("The units have returned to stock already."));
    app.assert_that_it_adds_up();
}

/// Without scripts, the amount is still the initial one.
#[test]
fn one_of_three_lamps_is_refunded_by_its_units() {
    let app = TestApp::shop();
    let id = place(&app, 3);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/pay");
    visitor.submit(&path, &[("amount", "89.97"), ("method", "card"), ("captured", "yes")]);
    let path = format!("/orders/{id}/refund");
    let form = visitor.get(&path);
    assert_eq!(
        (form.input("units-1"), form.input("suggested")),
        ("3".to_owned(), "89.97".to_owned()),
        "all that is left"
    );
    let suggested = form.input("suggested");
    let entries = [("key", &*form.input("key")), ("reason", "broken"), ("suggested", &*suggested)];
    let one = [&entries[..], &[("amount", &*suggested), ("units-1", "1")]].concat();
    let review = visitor.post(&path, &one);
    review.page(200);
    for expected in ["Ada Lovelace gets 29.99 back for 1 x Desk lamp.", "59.98 of the order stays paid."] {
        assert!(review.words().contains(expected), "{}", review.words());
    }
    let kept = hidden(&review, ["key", "amount", "suggested", "reason", "units-1"]);
    let changed = visitor.post(&path, &borrowed(&kept, &[("step", "edit")]));
    assert_eq!((changed.input("amount"), changed.input("units-1")), ("29.99".to_owned(), "1".to_owned()));
    let other = [&entries[..], &[("amount", "12.00"), ("units-1", "1")]].concat();
    let words = visitor.post(&path, &other).words();
    assert!(words.contains("Ada Lovelace gets 12.00 back for 1 x Desk lamp."), "{words}");
    for _ in 0..2 {
        let done = visitor.submit(&path, &borrowed(&kept, &[("step", "confirm")]));
        assert!(done.words().contains(&format!("29.99 is given back for order {id}.")), "{}", done.words());
    }
    let order = order(&app, id);
    assert_eq!((order.refunds.len(), order.refunded.to_string()), (1, "29.99".to_owned()));
}

/// From the page of the order, two clicks and a reason give one unit back.
#[test]
fn the_page_of_an_order_leads_to_the_refund_of_one_unit() {
    let app = TestApp::shop();
    let id = place(&app, 3);
    let visitor = Visitor::new(&app);
    assert!(!visitor.get(&format!("/orders/{id}")).text.contains("one_of="), "nothing is paid yet");
    let payment = [("amount", "89.97"), ("method", "card"), ("captured", "yes")];
    visitor.submit(&format!("/orders/{id}/pay"), &payment);
    let page = visitor.get(&format!("/orders/{id}"));
    assert!(page.text.contains("one_of=1\" aria-label=\"Refund 1 x Desk lamp\""), "{}", page.text);
    let path = format!("/orders/{id}/refund");
    let review = visitor.get(&format!("{path}?one_of=1"));
    assert!(review.words().contains("Ada Lovelace gets 29.99 back for 1 x Desk lamp."), "{}", review.words());
    assert!(order(&app, id).refunds.is_empty(), "a review changes nothing");
    let kept = hidden(&review, ["key", "amount", "suggested", "units-1"]);
    let entries = borrowed(&kept, &[("step", "confirm"), ("reason", "")]);
    let refused = visitor.post(&path, &entries);
    refused.page(422);
    assert_eq!((refused.input("units-1"), order(&app, id).refunds.len()), ("1".to_owned(), 0));
    let entries = borrowed(&kept, &[("step", "confirm"), ("reason", "broken")]);
    for _ in 0..2 {
        let done = visitor.submit(&path, &entries);
        assert!(done.words().contains(&format!("29.99 is given back for order {id}.")), "{}", done.words());
    }
    assert_eq!(order(&app, id).refunded.to_string(), "29.99");
    let form = visitor.get(&path);
    assert!(form.words().contains("Already given back") && form.words().contains("broken"), "{}", form.words());
    assert_eq!((form.input("units-1"), form.input("amount")), ("0".to_owned(), "59.98".to_owned()));
    for (query, status) in [("?one_of=99", 422), ("?one_of=x", 400)] {
        visitor.get(&format!("{path}{query}")).page(status);
    }
}

#[test]
fn units_that_the_order_does_not_have_are_refused() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let before = app.contents();
    for step in ["review", "confirm"] {
        for (field, units, words) in [
            ("units-3", "3", "Units of Atlas must be at most 2"),
            ("units-3", "-1", "Units must be whole numbers, not \"-1\""),
            ("units-3", "some", "Units must be whole numbers, not \"some\""),
            ("units-99", "1", "Units of product 99 are not in this order"),
        ] {
            let entries = [("amount", ""), ("reason", "late"), (field, units), ("step", step)];
            let refused = visitor.post("/orders/3/refund", &entries);
            refused.page(422);
            assert!(refused.words().contains(words), "{step} {units}: {}", refused.words());
        }
    }
    let entries = [("amount", ""), ("reason", "late"), ("units-3", "2")];
    let refused = visitor.post("/orders/3/refund", &entries);
    refused.page(422);
    assert!(refused.words().contains("Units cost 25.00, but 20.00 is left to give back"), "{}", refused.words());
    assert_eq!(app.contents(), before);
}

#[test]
fn what_cannot_be_given_back_is_refused_before_it_is_promised() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let before = app.contents();
    for step in ["review", "confirm"] {
        for (amount, reason, words) in [
            ("20.01", "late", "20.00"),
            ("0.00", "late", "must be more than 0.00"),
            ("", "late", "must be given"),
            ("5.00", "", "reason"),
        ] {
            let entries = [("amount", amount), ("reason", reason), ("step", step)];
            let refused = visitor.post("/orders/3/refund", &entries);
            assert!(refused.page(422).contains(words), "{step} {amount}: {}", refused.words());
            assert_eq!((refused.input("amount"), refused.input("reason")), (amount.to_owned(), reason.to_owned()));
        }
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn the_last_part_refunds_the_order() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let entries = [("amount", "20.00"), ("reason", "late")];
    let review = visitor.post("/orders/3/refund", &[&entries[..], &[("step", "review")]].concat());
    assert!(review.words().contains("The order is then refunded in full. This cannot be undone."));
    assert!(review.words().contains("The stock stays as it is."));
    visitor.submit("/orders/3/refund", &[&entries[..], &[("step", "confirm")]].concat());
    assert_eq!(order(&app, 3).status, OrderStatus::Refunded);
    assert!(visitor.get("/orders/3/refund").words().contains("All of it was given back."));
    assert!(visitor.get("/orders/4/refund").words().contains("it can be cancelled instead"));
}

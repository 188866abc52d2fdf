//! Addresses: on the page of an order, on its papers, and their form.

use ecomdb::{Address, NewOrder, NewPayment, OrderId, PaymentMethod, ProductId, UserId};

use super::super::visitor::Visitor;
use super::{order, place};
use crate::support::TestApp;

const PARIS: &[(&str, &str)] = &[
    ("recipient", "Analytical Engines"),
    ("street", "3 rue de la Paix\r\n2e \u{e9}tage"),
    ("city", "Paris"),
    ("postcode", "75002"),
    ("country", "FR"),
    ("phone", ""),
    ("region", ""),
];

#[test]
fn an_address_is_added_changed_and_removed_on_the_page_of_a_pending_order() {
    let app = TestApp::shop();
    let id = place(&app, 1);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/billing-address");
    assert!(visitor.get(&format!("/orders/{id}")).words().contains("Billing address Add None."));
    let form = visitor.get(&path);
    assert!(form.text.contains(r#"value="Ada Lovelace""#) && !form.text.contains("Remove the address"));
    let done = visitor.submit(&path, PARIS);
    assert!(done.words().contains(&format!("The addresses of order {id} are changed.")), "{}", done.words());
    let words = visitor.get(&format!("/orders/{id}")).words();
    assert!(words.contains("Analytical Engines 3 rue de la Paix 2e \u{e9}tage 75002 Paris France"), "{words}");
    let form = visitor.get(&path);
    assert!(form.text.contains(r#"<option value="FR" selected>France</option>"#), "{}", form.text);
    visitor.submit(&path, &[("remove", "yes")]);
    assert_eq!(order(&app, id).billing_address, None);
    app.assert_that_it_adds_up();
}

#[test]
fn wrong_fields_are_named_and_fixed_addresses_cannot_be_changed() {
    let app = TestApp::shop();
    let id = place(&app, 1);
    let visitor = Visitor::new(&app);
    let path = format!("/orders/{id}/shipping-address");
    let refused = visitor.post(&path, &[("recipient", ""), ("street", ""), ("city", "London"), ("country", "")]);
    for field in ["recipient", "street", "country"] {
        assert!(refused.text.contains(&format!("{field}-error")), "{}", refused.text);
    }
    app.db.payments().create(OrderId::new(id), NewPayment::captured(PaymentMethod::Card)).unwrap();
    assert!(visitor.get(&path).words().contains(&format!("The addresses of order {id} are fixed")));
    assert!(!visitor.get(&format!("/orders/{id}")).words().contains("Shipping address"));
}

#[test]
fn the_invoice_and_the_packing_slip_have_the_addresses_that_they_need() {
    let app = TestApp::shop();
    let london = Address::builder("Ada Lovelace", "12 St James's Square", "London", "GB").postcode("SW1Y 4JH");
    let paris = Address::builder("Analytical Engines", "3 rue de la Paix", "Paris", "FR");
    let order = || NewOrder::builder(UserId::new(1)).item(ProductId::new(1), 1).shipping_address(london.clone());
    let one = app.db.orders().place(order().build().unwrap()).unwrap().id;
    let both = app.db.orders().place(order().billing_address(paris).build().unwrap()).unwrap().id;
    let visitor = Visitor::new(&app);
    let paper = |id: OrderId, kind: &str| visitor.get(&format!("/orders/{id}/{kind}")).words();
    let (lovelace, engines) =
        ("Ada Lovelace 12 St James's Square SW1Y 4JH London United Kingdom", "Analytical Engines");
    assert!(paper(one, "invoice").contains(&format!("Bill to {lovelace}")));
    let invoice = paper(both, "invoice");
    assert!(
        invoice.contains(&format!("Bill to {engines}")) && invoice.contains(&format!("Ship to {lovelace}")),
        "{invoice}"
    );
    let slip = paper(both, "packing-slip");
    assert!(slip.contains(&format!("Ship to {lovelace}")) && !slip.contains(engines), "{slip}");
}

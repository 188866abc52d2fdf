//! Saved views.

use super::super::visitor::Visitor;
use crate::support::TestApp;

#[test]
fn a_view_is_saved_under_a_name_and_removed() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let list = visitor.get("/orders?tab=unpaid&customer=2");
    assert_eq!(list.input("address"), "/orders?tab=unpaid&customer=2");
    let page = visitor.submit("/orders/views", &[("name", "To & pay"), ("address", &list.input("address"))]);
    let chip = "<a class=\"chip\" href=\"/orders?tab=unpaid&#38;customer=2\" aria-current=\"true\">";
    assert!(page.page(200).contains(chip), "{}", page.text);
    assert!(page.words().contains("To & pay"));
    assert!(visitor.get("/orders").words().contains("To & pay"), "every page of the list has it");
    visitor.submit("/orders/views", &[("name", "To & pay"), ("address", "/orders?tab=refunded")]);
    let page = visitor.get("/orders");
    assert_eq!(page.words().matches("To & pay").count(), 1, "a name stands for one view");
    let page = visitor.submit("/orders/views/remove", &[("name", "To & pay"), ("return", "/orders?tab=all")]);
    assert!(!page.words().contains("To & pay"));
    assert_eq!(visitor.cookie("order_views"), None);
}

#[test]
fn a_view_leads_to_a_list_of_orders_and_nowhere_else() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    for address in ["//evil.example", "/orders/1/cancel", "/products", "https://evil.example/orders", ""] {
        let refused = visitor.post("/orders/views", &[("name", "Evil"), ("address", address)]);
        assert!(refused.page(422).contains("must be the address of a list of orders"), "{address}");
    }
    assert!(
        visitor
            .post("/orders/views", &[("name", " "), ("address", "/orders")])
            .page(422)
            .contains("1 to 40 characters")
    );
    // Any content of the cookie.
    visitor.keep("order_views", "Evil=%2F%2Fevil.example&Bad=javascript%3Aalert(1)&%3Cb%3E=%2Forders%3Ftab%3Dall");
    let page = visitor.get("/orders");
    assert!(
        !page.page(200).contains("evil.example") && !page.text.contains("javascript:") && !page.text.contains("<b>")
    );
    for number in 0..11 {
        visitor.post("/orders/views", &[("name", &number.to_string()), ("address", "/orders")]);
    }
    let refused = visitor.post("/orders/views", &[("name", "one more"), ("address", "/orders")]);
    assert!(refused.page(422).contains("too many views"));
}

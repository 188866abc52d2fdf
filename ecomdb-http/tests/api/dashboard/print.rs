//! Invoices and packing slips.

use super::visitor::Visitor;
use crate::support::TestApp;

/// The documents of a page, each as its words.
fn papers(page: &str) -> Vec<String> {
    let words = |paper: &str| {
        let texts = paper.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    page.split("<article class=\"paper\"").skip(1).map(|part| words(part.split("</article>").next().unwrap())).collect()
}

#[test]
fn an_invoice_has_what_was_bought_and_what_was_paid() {
    let app = TestApp::shop_with_sales();
    app.db.shop().update(ecomdb::ShopPatch::default().name("Lamps")).unwrap();
    let order = app.db.orders().get(ecomdb::OrderId::new(1)).unwrap();
    let page = Visitor::new(&app).get("/orders/1/invoice");
    let papers = papers(page.page(200));
    let [paper] = &papers[..] else { panic!("{papers:?}") };
    for words in ["Lamps Invoice 1", "Ada Lovelace", "ada@example.com", "Price, EUR", "Total, EUR"] {
        assert!(paper.contains(words), "{words}: {paper}");
    }
    for item in &order.items {
        assert!(paper.contains(&item.product_name) && paper.contains(&item.line_total.to_string()), "{paper}");
    }
    assert!(page.text.contains("<title>Invoice 1 - Lamps</title>"), "the name of the PDF");
    assert!(page.text.contains("href=\"/orders/1/packing-slip\""));
}

#[test]
fn pages_and_papers_of_an_order_have_the_names_of_then() {
    let app = TestApp::shop_with_sales();
    let renamed = ecomdb::UserPatch::default().last_name("King").email("king@example.com");
    app.db.users().update(ecomdb::UserId::new(1), renamed).unwrap();
    let renamed = ecomdb::ProductPatch::default().name("Wall lamp").sku("WALL");
    app.db.products().update(ecomdb::ProductId::new(1), renamed).unwrap();
    let visitor = Visitor::new(&app);
    for path in ["/orders/1", "/orders/1/invoice", "/orders/1/packing-slip"] {
        let page = visitor.get(path);
        let text = page.page(200);
        for then in ["Ada Lovelace", "ada@example.com", "Desk lamp", "DESK"] {
            assert!(text.contains(then), "{path}: {then}");
        }
        for now in ["King", "king@example.com", "Wall lamp", "WALL"] {
            assert!(!text.contains(now), "{path}: {now}");
        }
    }
    assert!(visitor.get("/orders").page(200).contains("Ada King"), "lists have the present customer");
}

#[test]
fn a_packing_slip_has_no_prices() {
    let app = TestApp::shop_with_sales();
    let order = app.db.orders().get(ecomdb::OrderId::new(1)).unwrap();
    let page = Visitor::new(&app).get("/orders/1/packing-slip");
    let papers = papers(page.page(200));
    assert!(papers[0].contains("Packing slip 1") && papers[0].contains(&order.items[0].sku), "{papers:?}");
    assert!(!papers[0].contains(&order.total.to_string()) && !papers[0].contains("EUR"), "{papers:?}");
}

#[test]
fn several_orders_are_printed_each_on_its_own_page() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    let invoices = visitor.get("/orders/print?ids=2,1,2&slip=invoice");
    let titles: Vec<_> = papers(invoices.page(200)).iter().map(|paper| paper.contains("Invoice 2")).collect();
    assert_eq!(titles, [true, false], "in their order, each once");
    let slips = visitor.get("/orders/print?ids=1,2&slip=packing-slip");
    assert!(papers(slips.page(200)).iter().all(|paper| paper.contains("Packing slip")));
    assert_eq!(papers(visitor.get("/orders/print?ids=2").page(200)).len(), 1);
}

#[test]
fn orders_that_are_not_there_are_not_printed() {
    let app = TestApp::shop_with_sales();
    let visitor = Visitor::new(&app);
    visitor.get("/orders/99/invoice").page(404);
    visitor.get("/orders/print?ids=1,99").page(404);
    let many: Vec<_> = (1..=101).map(|id: i64| id.to_string()).collect();
    let many = format!("?ids={}", many.join(","));
    for wrong in ["", "?ids=", "?ids=a", "?ids=1&slip=receipt", many.as_str()] {
        visitor.get(&format!("/orders/print{wrong}")).page(400);
    }
}

//! `/`

use ecomdb::{Database, NewPayment, OrderId, PaymentMethod, Role, ShopPatch};

use super::visitor::Visitor;
use crate::support::people::employ;
use crate::support::{Answer, TestApp, sales};

/// February 2026 of the shop of [`sales::sell`], compared with the 28 days before.
const FEBRUARY: &str = "/?from=2026-02-01&to=2026-02-28";

fn get(app: &TestApp, uri: &str) -> Answer {
    let page = Visitor::new(app).get(uri);
    page.page(200);
    page
}

#[test]
fn figures_have_the_period_before_and_the_change() {
    let app = TestApp::shop_with_sales();
    let words = get(&app, FEBRUARY).words();
    for expected in [
        "1 to 28 Feb 2026",
        "Net revenue 20.00 EUR ↓ −90 % 191.97 in the period before",
        "Orders 1 ↓ −50 % 2 in the period before",
        "Average order value 25.00 EUR ↓ −74 % 95.99 in the period before",
        "New customers, February 2026 0 ↓ −100 % 2 in January 2026",
        "Returning customers, February 2026 1 ↑ new 0 in January 2026",
        "Net revenue fell 90 % to 20.00, compared with 4 to 31 Jan 2026.",
        "Net revenue: revenue less refunds. Days in UTC.",
        "Atlas 25.00",
        "Books 25.00",
        "1 order is unpaid",
        "2 products are at or below their reorder level",
    ] {
        assert!(words.contains(expected), "{expected:?} is not in {words}");
    }
}

#[test]
fn what_is_to_do_leads_to_the_list_of_it() {
    let app = TestApp::shop_with_sales();
    let part = NewPayment::builder(PaymentMethod::Card).amount("10.00".parse().unwrap()).captured().build().unwrap();
    let page = get(&app, "/");
    assert!(page.text.contains("<a href=\"/orders?tab=unpaid\">1 order is unpaid</a>"), "{}", page.text);
    assert!(page.text.contains("<a href=\"/inventory?show=low\">2 products are at or below"), "{}", page.text);
    app.db.payments().create(OrderId::new(4), part).unwrap();
    let page = get(&app, "/");
    assert!(page.text.contains("<a href=\"/orders?tab=part-paid\">1 order is paid in part</a>"), "{}", page.text);
    assert!(!page.words().contains("unpaid"), "{}", page.words());
}

#[test]
fn a_figure_is_a_link_that_charts_it_with_the_same_days() {
    let app = TestApp::shop_with_sales();
    let page = get(&app, FEBRUARY);
    let link = "/?from=2026-02-01&#38;to=2026-02-28&#38;chart=orders#chart";
    assert!(page.text.contains(&format!("<a class=\"kpi\" href=\"{link}\">")), "{}", page.text);
    let charted = get(&app, "/?from=2026-02-01&to=2026-02-28&chart=orders");
    assert!(charted.words().contains("Orders fell 50 % to 1, compared with"));
    assert_eq!(charted.text.matches("<a class=\"kpi\"").count(), 7);
    assert_eq!(charted.text.matches("chart=orders#chart\" aria-current=\"true\"").count(), 1);
    // Links to the rows and to other periods keep the period, and links to other periods keep the figure.
    assert!(charted.text.contains("href=\"/reports/revenue-trend?from=2026-02-01&#38;to=2026-02-28\""));
    assert_eq!((charted.input("from"), charted.input("to")), ("2026-02-01".to_owned(), "2026-02-28".to_owned()));
    assert_eq!(charted.input("chart"), "orders");
}

#[test]
fn a_period_can_be_compared_with_the_year_before() {
    let app = TestApp::shop_with_sales();
    let words = get(&app, "/?from=2027-02-01&to=2027-02-28&compare=year").words();
    assert!(words.contains("compared with 1 to 28 Feb 2026"), "{words}");
    assert!(words.contains("Net revenue 0.00 EUR ↓ −100 % 20.00 a year before"), "{words}");
}

/// The second order was placed at 00:30 on 1 February in Berlin.
#[test]
fn days_are_those_of_the_shop() {
    let app = TestApp::shop_with_sales();
    app.db.shop().update(ShopPatch::default().time_zone("Europe/Berlin").currency("CHF")).unwrap();
    let words = get(&app, FEBRUARY).words();
    assert!(words.contains("Net revenue 62.49 CHF"), "{words}");
    assert!(words.contains("Days in Europe/Berlin."), "{words}");
}

#[test]
fn every_period_and_every_chart_has_a_page() {
    let app = TestApp::shop_with_sales();
    for period in ["today", "7d", "30d", "month", "quarter", "year", "all"] {
        let page = get(&app, &format!("/?period={period}"));
        assert!(page.text.contains("aria-current=\"true\""), "{period}");
    }
    for chart in [
        "net-revenue",
        "orders",
        "average-order-value",
        "new-customers",
        "returning-customers",
        "today",
        "orders-today",
    ] {
        get(&app, &format!("/?chart={chart}"));
    }
}

#[test]
fn a_new_shop_says_what_to_do_first() {
    let app = TestApp::empty();
    let page = get(&app, "/");
    assert!(page.words().contains("Nothing was sold yet"));
    assert!(page.text.contains("href=\"/products\">Add products</a>"));
    assert!(!get(&TestApp::shop_with_sales(), "/").words().contains("Nothing was sold yet"));
}

#[test]
fn a_period_that_is_none_is_refused_by_its_name() {
    let app = TestApp::empty();
    let visitor = Visitor::new(&app);
    for (query, message) in [
        ("from=2026-02-02&to=2026-02-01", "must not be after the last day (2026-02-01), but is 2026-02-02"),
        ("from=yesterday", "must be a day of the years 1970 to 9998"),
        ("period=fortnight", "must be one of today, 7d, 30d, month, quarter, year, all, not \"fortnight\""),
        ("compare=next", "must be one of previous, year, none"),
        ("chart=profit", "must be one of net-revenue, orders"),
        ("colour=red", "is unknown"),
    ] {
        let page = visitor.get(&format!("/?{query}"));
        page.page(400);
        assert!(page.words().contains(message), "{query}: {}", page.words());
    }
    // Empty inputs.
    visitor.get("/?from=&to=").page(200);
}

#[test]
fn only_links_that_the_caller_can_follow_are_shown() {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    let app = TestApp::guarded(db);
    let staff = Visitor::of(&app, employ(&app.db, "staff@example.com", Role::Staff)).get("/");
    assert!(staff.page(200).contains("href=\"/orders/new\""));
}

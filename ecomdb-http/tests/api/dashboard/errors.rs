//! Errors as pages.

use axum::http::Method;
use ecomdb::Database;
use ecomdb_http::App;

use super::visitor::Visitor;
use crate::support::TestApp;

#[test]
fn what_is_not_there_is_a_page_for_browsers_and_json_for_programs() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let page = visitor.get("/nowhere");
    assert!(page.page(404).contains("<title>Page not found - "), "{}", page.text);
    assert!(page.words().contains("There is no page at this address."), "{}", page.words());
    app.get("/nowhere").problem(404, "unknown-route");
    visitor.get("/api/nowhere").problem(404, "unknown-route");
    visitor.get("/api/orders/99").problem(404, "not-found");
}

#[test]
fn an_unknown_address_keeps_the_navigation_of_whoever_is_logged_in() {
    let app = TestApp::guarded(TestApp::shop().db);
    let staff = Visitor::staff(&app);
    for path in ["/nowhere", "/orders/1/nothing", "/logout"] {
        let page = staff.get(path);
        assert!(page.text.contains("<nav class=\"nav\"") && page.text.contains("Some Body"), "{path}: {}", page.text);
        assert!(page.text.contains("<a class=\"btn\" href=\"/\">Go to Overview</a>"), "{path}: {}", page.text);
        let stranger = Visitor::new(&app);
        stranger.keep("ecomdb_session", "no session");
        for page in [Visitor::new(&app).get(path), stranger.get(path)] {
            assert!(
                page.text.contains("<h1>Page not found</h1>") && !page.text.contains("<nav"),
                "{path}: {}",
                page.text
            );
        }
    }
}

#[test]
fn a_method_that_a_page_does_not_have_is_named() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let refused = visitor.send(Method::GET, "/logout", &[], String::new());
    refused.page(405);
    assert_eq!(refused.header("Allow"), "POST");
}

#[test]
fn a_form_has_no_query_and_is_urlencoded() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    assert!(visitor.post("/theme?return=/", &[("theme", "dark")]).page(400).contains("only GET requests have query"));
    let json = [("Content-Type", "application/json"), ("Origin", "http://localhost")];
    visitor.send(Method::POST, "/theme", &json, "{}".to_owned()).page(415);
}

#[test]
fn a_refusal_for_load_says_when_to_try_again() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).authenticate(true).limit_rate(1), db);
    let visitor = Visitor::staff(&app);
    let refused = std::iter::repeat_with(|| visitor.get("/")).find(|answer| answer.status != 200);
    let answer = refused.unwrap();
    answer.page(429);
    assert!(answer.header("Retry-After").parse::<u32>().unwrap() > 0);
}

#[test]
fn the_name_of_the_server_is_checked_for_pages_too() {
    let app = TestApp::shop();
    let headers = [("Host", "evil.example"), ("Accept", "text/html")];
    app.ask_exactly(Method::GET, "/", &headers, "").page(421);
}

#[test]
fn what_was_entered_is_kept_while_the_shop_cannot_take_it() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).in_flight(0), db);
    let entries = [("key", "k1"), ("return", "/orders"), ("amount", "12.50"), ("method", "card")];
    let refused = Visitor::new(&app).post("/orders/1/pay", &entries);
    assert!(refused.page(503).contains("action=\"/orders/1/pay\""));
    assert_eq!(refused.header("Retry-After"), "1");
    for (name, value) in entries {
        assert_eq!(refused.input(name), value);
    }
}

//! `/api`

use axum::http::Method;
use ecomdb::{Database, Report};
use ecomdb_http::App;

use crate::support::TestApp;

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let app = TestApp::shop();
    let page = app.get("/api");
    assert_eq!(page.header("Content-Type"), "text/html; charset=utf-8");
    let links: Vec<_> = page.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.iter().filter(|link| link.starts_with("/api/analytics/")).count(), Report::ALL.len());
    for link in links {
        assert_eq!(app.get(link).status, 200, "{link}");
    }
}

#[test]
fn it_is_the_first_page_of_a_server_without_the_dashboard() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).dashboard(false), db);
    assert_eq!(app.get("/").text, app.get("/api").text);
    for gone in ["/login", "/orders"] {
        app.get(gone).problem(404, "unknown-route");
    }
    let browser = app.ask(Method::GET, "/orders", &[("Accept", "text/html")], "");
    browser.problem(404, "unknown-route");
}

#[test]
fn the_example_names_the_server_as_the_client_reached_it() {
    let app = TestApp::shop();
    for host in ["localhost", "localhost:9321", "127.0.0.1:80", "[::1]:8443"] {
        let page = app.ask_exactly(Method::GET, "/api", &[("Host", host)], "");
        assert_eq!(page.status, 200, "{host}");
        assert!(page.text.contains(&format!(" http://{host}/api/orders</pre>")), "{host}: {}", page.text);
    }
    let secure = app.ask_exactly(Method::GET, "https://localhost:8443/api", &[], "");
    assert!(secure.text.contains(" https://localhost:8443/api/orders</pre>"), "{}", secure.text);
    let db = Database::open("sqlite::memory:").unwrap();
    let behind_proxy = TestApp::over(App::new(db.clone()).behind_tls_proxy(true), db);
    let secure = behind_proxy.ask_exactly(Method::GET, "/api", &[("Host", "localhost")], "");
    assert!(secure.text.contains(" https://localhost/api/orders</pre>"), "{}", secure.text);
    for host in ["localhost:<b>", "<b>", "localhost:8080\"", "localhost:99999"] {
        let page = app.ask_exactly(Method::GET, "/api", &[("Host", host)], "");
        assert!(page.status != 200 || !page.text.contains(host), "{host}: {}", page.text);
    }
}

//! CORS.

use axum::http::Method;
use ecomdb::Database;
use ecomdb_http::{App, Origin};
use serde_json::json;

use crate::support::{TestApp, sales};

const FRIEND: &str = "https://shop.example.com";

fn open_to(origins: &[&str]) -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    TestApp::over(App::new(db.clone()).open_to(origins), db)
}

fn preflight(app: &TestApp, origin: &str) -> (u16, String, String) {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization, content-type, idempotency-key"),
    ];
    let answer = app.ask(Method::OPTIONS, "/api/orders", &headers, "");
    let allowed = answer.header("Access-Control-Allow-Origin").to_owned();
    (answer.status.as_u16(), allowed, answer.header("Access-Control-Allow-Headers").to_owned())
}

#[test]
fn a_page_of_an_origin_that_is_named_can_use_the_api() {
    let app = open_to(&[FRIEND, "http://localhost:3000"]);
    let (status, origin, headers) = preflight(&app, FRIEND);
    assert_eq!((status, origin.as_str()), (200, FRIEND));
    for header in ["authorization", "content-type", "idempotency-key", "if-match"] {
        assert!(headers.contains(header), "{headers}");
    }
    let body = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}).to_string();
    let headers = [("Origin", FRIEND), ("Sec-Fetch-Site", "cross-site"), ("Content-Type", "application/json")];
    let answer = app.ask(Method::POST, "/api/orders", &headers, body);
    answer.good(201);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), FRIEND);
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), "");
    assert!(answer.header("Access-Control-Expose-Headers").contains("etag"), "{:?}", answer.headers);
}

#[test]
fn a_page_of_another_origin_cannot() {
    let app = open_to(&[FRIEND]);
    for other in ["https://evil.example", "http://shop.example.com", "https://shop.example.com:8443", "null"] {
        assert_eq!(preflight(&app, other).1, "", "{other}");
        let answer = app.ask(Method::POST, "/api/orders/1/cancel", &[("Origin", other)], "");
        answer.problem(403, "cross-site-request");
        assert_eq!(
            app.ask(Method::GET, "/api/users", &[("Origin", other)], "").header("Access-Control-Allow-Origin"),
            ""
        );
    }
}

#[test]
fn where_no_origin_is_named_nothing_is_allowed_to_anybody() {
    let app = TestApp::shop();
    let (status, origin, headers) = preflight(&app, FRIEND);
    assert_eq!((status, origin.as_str(), headers.as_str()), (204, "", ""));
}

#[test]
fn what_is_no_origin_is_refused() {
    for text in
        ["*", "null", "shop.example.com", "https://shop.example.com/", "https://SHOP.example.com", "ftp://a.b", ""]
    {
        let error = text.parse::<Origin>().unwrap_err();
        assert!(error.contains("https://shop.example.com"), "{text}: {error}");
    }
    for port in ["", "0", "65536", "99999", "443x", "-1"] {
        assert!(format!("https://shop.example.com:{port}").parse::<Origin>().is_err(), "{port}");
    }
    assert_eq!("http://localhost:3000".parse::<Origin>().unwrap().to_string(), "http://localhost:3000");
}

#[test]
fn the_usual_port_is_no_part_of_an_origin_as_browsers_leave_it_out() {
    for (given, meant) in [
        ("https://shop.example.com:443", FRIEND),
        ("http://shop.example.com:80", "http://shop.example.com"),
        ("https://[::1]:443", "https://[::1]"),
    ] {
        assert_eq!(given.parse::<Origin>().unwrap().to_string(), meant);
        let app = open_to(&[given]);
        assert_eq!(preflight(&app, meant).1, meant);
        let answer = app.ask(Method::DELETE, "/api/users/2", &[("Origin", meant)], "");
        assert_eq!(answer.status.as_u16(), 204, "{}", answer.text);
    }
    assert_eq!("https://shop.example.com:80".parse::<Origin>().unwrap().to_string(), "https://shop.example.com:80");
}

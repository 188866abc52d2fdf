//! Compressed responses.

use axum::http::Method;
use serde_json::json;

use crate::support::TestApp;

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");

/// The Content-Encoding of the response to a client that accepts gzip.
fn encoding(app: &TestApp, uri: &str) -> String {
    let request = axum::http::Request::get(uri).header("Host", "localhost").header(GZIP.0, GZIP.1);
    app.header_of(request.body(axum::body::Body::empty()).unwrap(), "Content-Encoding")
}

/// Enough products for a page that is worth compressing.
fn shop() -> TestApp {
    let app = TestApp::shop();
    for n in 0..20 {
        let product = json!({"name": format!("Lamp {n}"), "category_id": 1, "price": "1.00", "initial_stock": 1});
        app.post("/api/products", &product).good(201);
    }
    app
}

#[test]
fn lists_and_documents_are_compressed_for_those_who_take_that() {
    let app = shop();
    assert_eq!(encoding(&app, "/api/products"), "gzip");
    assert_eq!(encoding(&app, "/api/openapi.json"), "gzip");
    let plain = app.get("/api/products");
    assert_eq!(plain.header("Content-Encoding"), "");
    assert!(plain.header("Vary").contains("accept-encoding"), "{:?}", plain.headers);
}

#[test]
fn documents_have_a_validator_for_each_of_their_forms_and_are_not_sent_again() {
    let app = TestApp::empty();
    for uri in ["/api/openapi.json", "/docs/index.html", "/docs/swagger-ui-bundle.js", "/docs/swagger-initializer.js"] {
        let etag = |headers: &[(&str, &str)]| {
            let request =
                headers.iter().fold(axum::http::Request::get(uri).header("Host", "localhost"), |all, header| {
                    all.header(header.0, header.1)
                });
            app.header_of(request.body(axum::body::Body::empty()).unwrap(), "ETag")
        };
        let (plain, packed) = (etag(&[]), etag(&[GZIP]));
        assert!(!plain.is_empty() && !packed.is_empty() && plain != packed, "{uri}: {plain} {packed}");
        assert_eq!(encoding(&app, uri), "gzip", "{uri}");
        for refused in ["gzip;q=0", "identity", "br", "*;q=0"] {
            assert_eq!(etag(&[("Accept-Encoding", refused)]), plain, "{uri} {refused}");
        }
        for (headers, etag) in [(vec![], &plain), (vec![GZIP], &packed)] {
            let headers = [headers, vec![("If-None-Match", etag)]].concat();
            let again = app.ask(Method::GET, uri, &headers, "");
            assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{uri}");
            assert_eq!((again.header("ETag"), again.header("Vary")), (etag.as_str(), "accept-encoding"));
        }
    }
}

#[test]
fn what_is_small_or_has_a_strong_etag_is_sent_as_it_is() {
    let app = shop();
    assert_eq!(encoding(&app, "/api/categories"), "");
    let long = "x".repeat(4000);
    let product = json!({"name": "Long", "category_id": 1, "price": "1.00", "initial_stock": 1, "description": long});
    let id = app.post("/api/products", &product).good(201)["id"].clone();
    let uri = format!("/api/products/{id}");
    assert_eq!(encoding(&app, &uri), "");

    let etag = app.get(&uri).header("ETag").to_owned();
    let again = app.ask(Method::GET, &uri, &[GZIP, ("If-None-Match", &etag)], "");
    assert_eq!(again.status.as_u16(), 304);
    let headers = [GZIP, ("If-Match", &etag), ("Content-Type", "application/json")];
    app.ask(Method::PATCH, &uri, &headers, r#"{"price": "2.00"}"#).good(200);
}

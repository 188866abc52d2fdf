//! Rate limits.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use ecomdb::{Database, NewApiKey, Role, Scope, UserId};
use ecomdb_http::App;

use crate::support::people::{employ, session};
use crate::support::{Answer, TestApp};

/// A shop with Ada (user 1) and Bob (user 2), and a burst of six requests per caller.
fn shop(authenticates: bool) -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    employ(&db, "ada@example.com", Role::Staff);
    employ(&db, "bob@example.com", Role::Staff);
    TestApp::over(App::new(db.clone()).authenticate(authenticates).limit_rate(3), db)
}

fn get(app: &TestApp, uri: &str, address: &str, token: Option<&str>) -> Answer {
    let request = Request::get(uri).header("Host", "localhost");
    let request =
        token.into_iter().fold(request, |request, token| request.header("Authorization", format!("Bearer {token}")));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 4711)));
    app.send(request)
}

/// Sends requests until one is refused.
fn exhaust(app: &TestApp, uri: &str, address: &str, token: Option<&str>) {
    let refused = (0..10_000).map(|_| get(app, uri, address, token)).find(|answer| answer.status == 429).unwrap();
    refused.problem(429, "too-many-requests");
    assert_eq!(refused.header("Retry-After"), "1");
}

#[test]
fn a_user_who_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
    let app = shop(true);
    let (ada, bob) = (session(&app.db, UserId::new(1)), session(&app.db, UserId::new(2)));
    let key = NewApiKey::builder(UserId::new(1), "program", [Scope::CatalogRead]).build().unwrap();
    let (key, _) = app.db.accounts().create_key(key).unwrap();
    exhaust(&app, "/api/products", "192.0.2.1", Some(&ada));
    let with_key = (0..6).take_while(|_| get(&app, "/api/products", "192.0.2.2", Some(key.expose())).status == 200);
    assert!(with_key.count() < 6, "the key is no other caller than its user");
    get(&app, "/api/products", "192.0.2.1", Some(&bob)).good(200);
}

#[test]
fn who_is_not_known_is_counted_by_address() {
    for authenticates in [true, false] {
        let app = shop(authenticates);
        for uri in ["/api", "/nowhere", "/api/products"] {
            let address = format!("192.0.2.{}", uri.len());
            exhaust(&app, uri, &address, authenticates.then_some("ecomdb_key_wrong"));
            assert_eq!(get(&app, "/api", "198.51.100.1", None).status.as_u16(), 200);
        }
    }
}

#[test]
fn health_checks_come_as_often_as_they_like() {
    let app = shop(true);
    for _ in 0..20 {
        get(&app, "/healthz", "192.0.2.1", None).good(200);
        get(&app, "/readyz", "192.0.2.1", None).good(200);
    }
    get(&app, "/api", "192.0.2.1", None);
    exhaust(&app, "/api", "192.0.2.1", None);
}

//! `/api/auth/api-keys`

use std::time::Duration;

use axum::http::Method;
use ecomdb::{Database, NewApiKey, Role, Scope, UserId};
use ecomdb_http::App;
use serde_json::{Value, json};

use crate::support::people::{employ, give_password, session};
use crate::support::{Answer, Server, TestApp, exchange, sales};

const KEYS: &str = "/api/auth/api-keys";

/// The shop of [`sales::furnish`], and session tokens of Ada (a customer) and an admin.
fn shop() -> (TestApp, String, String) {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    give_password(&db, UserId::new(1));
    let admin = employ(&db, "admin@example.com", Role::Admin);
    let (ada, admin) = (session(&db, UserId::new(1)), session(&db, admin));
    (TestApp::guarded(db), ada, admin)
}

fn make(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.ask_as(token, Method::POST, KEYS, Some(body))
}

#[test]
fn a_key_is_shown_once_works_as_far_as_its_scopes_go_and_can_be_revoked() {
    let (app, ada, _) = shop();
    let made = make(&app, &ada, &json!({"name": "phone", "scopes": ["users:read"]}));
    let (token, key) = (made.good(201)["token"].as_str().unwrap().to_owned(), made.good(201)["key"].clone());
    assert_eq!(made.header("Location"), "/api/auth/api-keys/1");
    assert!(token.starts_with("ecomdb_key_"), "{token}");

    app.ask_as(&token, Method::GET, "/api/users/1", None).good(200);
    let refused = app.ask_as(&token, Method::GET, "/api/orders", None).problem(403, "forbidden");
    assert_eq!(refused["needed"], "orders:read");
    assert_eq!(app.ask_as(&token, Method::GET, "/api/auth/me", None).good(200)["credential"], "api_key");

    let listed = app.ask_as(&ada, Method::GET, KEYS, None);
    assert_eq!(listed.good(200)[0]["name"], key["name"]);
    assert!(!listed.text.contains(&token));
    assert_eq!(app.ask_as(&ada, Method::DELETE, "/api/auth/api-keys/1", None).status.as_u16(), 204);
    app.ask_as(&token, Method::GET, "/api/users/1", None).problem(401, "unauthenticated");
    assert!(app.ask_as(&ada, Method::GET, KEYS, None).good(200)[0]["revoked_at"].is_string());
}

#[test]
fn a_key_cannot_make_list_or_revoke_keys_nor_give_roles() {
    let (app, _, admin) = shop();
    let all: Vec<_> = ecomdb::Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let key = make(&app, &admin, &json!({"name": "all", "scopes": all})).good(201);
    let key = key["token"].as_str().unwrap();
    let refusals = [
        make(&app, key, &json!({"name": "more", "scopes": all})),
        app.ask_as(key, Method::GET, KEYS, None),
        app.ask_as(key, Method::DELETE, "/api/auth/api-keys/1", None),
        app.ask_as(key, Method::POST, "/api/auth/logout", None),
        app.ask_as(key, Method::PUT, "/api/users/1/role", Some(&json!({"role": "admin"}))),
        app.ask_as(key, Method::PUT, "/api/users/1/password", Some(&json!({"password": "correct horse"}))),
    ];
    for refused in refusals {
        assert_eq!(refused.problem(403, "forbidden")["needed"], "session");
    }
}

#[test]
fn a_key_that_cannot_be_is_refused_with_every_field() {
    let (app, ada, _) = shop();
    let fields = |body: Value| make(&app, &ada, &body).complains_of(422, "invalid");
    assert_eq!(fields(json!({"name": " ", "scopes": []})), ["name", "scopes"]);
    let expired = json!({"name": "x", "scopes": ["orders:read"], "expires_at": "2020-01-01T00:00:00Z"});
    assert_eq!(fields(expired), ["expires_at"]);
    assert_eq!(fields(json!({"name": "x", "scopes": ["orders:fly"]})), ["scopes[0]"]);
    assert_eq!(fields(json!({"name": "x", "scopes": ["reports:read"]})), ["scopes"]);
    assert_eq!(fields(json!({"name": "x", "scopes": ["orders:read"], "user_id": 2})), ["user_id"]);
}

#[test]
fn an_admin_manages_the_keys_of_others_who_see_only_their_own() {
    let (app, ada, admin) = shop();
    make(&app, &admin, &json!({"name": "own", "scopes": ["reports:read"]})).good(201);
    make(&app, &admin, &json!({"name": "of ada", "scopes": ["orders:read"], "user_id": 1})).good(201);
    let names = |token: &str, uri: &str| {
        let keys = app.ask_as(token, Method::GET, uri, None).good(200);
        keys.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&admin, KEYS), ["of ada", "own"]);
    assert_eq!(names(&admin, "/api/auth/api-keys?user_id=1"), ["of ada"]);
    assert_eq!(names(&ada, KEYS), ["of ada"]);
    app.ask_as(&ada, Method::GET, "/api/auth/api-keys?user_id=3", None).problem(404, "not-found");
    app.ask_as(&ada, Method::DELETE, "/api/auth/api-keys/1", None).problem(404, "not-found");
    assert_eq!(app.ask_as(&admin, Method::DELETE, "/api/auth/api-keys/2", None).status.as_u16(), 204);
}

#[test]
fn a_key_whose_use_cannot_be_noted_yet_does_not_delay_others() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    let admin = employ(&db, "admin@example.com", Role::Admin);
    let key = NewApiKey::builder(admin, "never used", vec![Scope::UsersRead]).build().unwrap();
    let (key, _) = db.accounts().create_key(key).unwrap();
    let session = session(&db, admin);
    let server = Server::over(App::new(db.clone()).authenticate(true), ecomdb_http::Server::new());
    let get = |token: String| {
        let head = format!("GET /api/users/{admin} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n");
        exchange(server.address, &head, b"").0
    };

    // Block the writer with another transaction.
    let (begun, wait) = std::sync::mpsc::channel();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let finished = std::sync::Mutex::new(finished);
    let shop = db.clone();
    let writer = std::thread::spawn(move || {
        shop.write(move |_| {
            begun.send(()).unwrap();
            // Bounded, so that a regression fails the test instead of hanging it.
            let _ = finished.lock().unwrap().recv_timeout(Duration::from_secs(10));
            Ok::<_, ecomdb::Error>(())
        })
    });
    wait.recv().unwrap();
    std::thread::scope(|scope| {
        let of_key = scope.spawn(|| get(key.expose().to_owned()));
        while db.statistics().unwrap().waiting_writes == 0 {
            std::thread::yield_now();
        }
        assert_eq!(get(session), 200);
        finish.send(()).expect("a caller with a session was kept waiting");
        assert_eq!(of_key.join().unwrap(), 200);
    });
    writer.join().unwrap().unwrap();
}

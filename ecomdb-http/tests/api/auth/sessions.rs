//! The caller's sessions: list and end them.

use axum::http::Method;
use ecomdb::{Database, Role};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::{employ, session};

/// A server, and three session tokens of one user, oldest first.
fn shop() -> (TestApp, [String; 3]) {
    let db = Database::open("sqlite::memory:").unwrap();
    let ada = employ(&db, "ada@example.com", Role::Customer);
    let tokens = [session(&db, ada), session(&db, ada), session(&db, ada)];
    (TestApp::guarded(db), tokens)
}

fn listed(app: &TestApp, token: &str) -> Value {
    app.ask_as(token, Method::GET, "/api/auth/sessions", None).good(200)
}

fn is_valid(app: &TestApp, token: &str) -> bool {
    app.ask_as(token, Method::GET, "/api/auth/me", None).status == 200
}

#[test]
fn sessions_are_listed_with_the_documented_fields_and_without_secrets() {
    let (app, [oldest, ..]) = shop();
    let sessions = listed(&app, &oldest);
    let fields = |session: &Value| session.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for session in sessions.as_array().unwrap() {
        assert_eq!(fields(session), ["id", "created_at", "last_used_at", "expires_at", "current"]);
    }
    let current: Vec<_> = sessions.as_array().unwrap().iter().filter(|session| session["current"] == true).collect();
    assert_eq!((sessions.as_array().unwrap().len(), current.len()), (3, 1));
}

#[test]
fn a_session_elsewhere_is_ended_by_its_id_and_all_others_at_once() {
    let (app, [one, other, here]) = shop();
    let id = |token: &str| {
        let sessions = listed(&app, token);
        sessions.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap()["id"].clone()
    };
    let end = |uri: &str| app.ask_as(&here, Method::DELETE, uri, None);
    let ended = end(&format!("/api/auth/sessions/{}", id(&one)));
    assert_eq!((ended.status.as_u16(), ended.header("Set-Cookie")), (204, ""));
    assert_eq!([&one, &other, &here].map(|token| is_valid(&app, token)), [false, true, true]);
    assert_eq!(end("/api/auth/sessions").status, 204);
    assert_eq!([&one, &other, &here].map(|token| is_valid(&app, token)), [false, false, true]);
    assert_eq!(end("/api/auth/sessions/99").problem(404, "not-found")["entity"], json!("session"));
    let (own, cookie) = (format!("/api/auth/sessions/{}", id(&here)), format!("ecomdb_session={here}"));
    let browser = [("Cookie", cookie.as_str()), ("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin")];
    let ended = app.ask(Method::DELETE, &own, &browser, "");
    assert!(ended.status == 204 && ended.header("Set-Cookie").contains("Max-Age=0"), "{ended:?}");
    assert!(!is_valid(&app, &here));
}

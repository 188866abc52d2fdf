//! What every problem has in common.

use axum::http::Method;
use diesel::RunQueryDsl;
use ecomdb::Database;
use ecomdb_http::App;
use serde_json::json;

use crate::support::TestApp;

#[test]
fn an_unknown_route_is_a_problem() {
    let app = TestApp::empty();
    for uri in ["/api", "/api/", "/api/user", "/api/users/", "/api/users/1/orders/2", "/favicon.ico", "/problems/none"]
    {
        app.get(uri).problem(404, "unknown-route");
    }
    app.ask(Method::POST, "/api/nothing", &[], "").problem(404, "unknown-route");
}

#[test]
fn a_wrong_method_is_a_problem_that_lists_the_right_ones() {
    let app = TestApp::empty();
    for (method, uri, allowed) in [
        (Method::PUT, "/api/users", "GET,HEAD,POST"),
        (Method::PUT, "/api/users?limit=1", "GET,HEAD,POST"),
        (Method::TRACE, "/api/analytics/funnel?from=2026-01-01", "GET,HEAD"),
        (Method::POST, "/api/users/1", "GET,HEAD,PATCH,DELETE"),
        (Method::GET, "/api/orders/1/cancel", "POST"),
        (Method::DELETE, "/api/analytics/total-revenue", "GET,HEAD"),
    ] {
        let answer = app.ask(method, uri, &[], "");
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("Allow"), allowed, "{uri}");
    }
}

#[test]
fn the_type_of_a_problem_leads_to_its_explanation() {
    let app = TestApp::shop();
    let problem = app.get("/api/users/9").problem(404, "not-found");
    let explanation = app.get(problem["type"].as_str().unwrap());
    assert_eq!(explanation.status.as_u16(), 200);
    assert!(explanation.text.starts_with("404: There is no such thing."), "{}", explanation.text);
}

#[test]
fn a_server_with_too_much_to_do_says_when_to_come_back_and_does_nothing() {
    let full = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(full.clone()).in_flight(0), full);
    let before = app.contents();
    let answer = app.post("/api/users", &json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"}));
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("Retry-After"), "1");
    assert_eq!(app.contents(), before);
}

#[test]
fn a_failure_of_the_server_tells_a_number_and_nothing_else() {
    let app = TestApp::shop();
    app.db.write(|conn| Ok(diesel::sql_query("ALTER TABLE users RENAME TO people").execute(conn)?)).unwrap();
    let answer = app.get("/api/users");
    let problem = answer.problem(500, "internal-error");
    assert_eq!(problem["request_id"].as_str().unwrap().len(), 16);
    for secret in ["SQL", "users", "table", "engine"] {
        assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
    }
}

#[test]
fn a_change_that_takes_too_long_is_not_said_to_have_failed() {
    let db = Database::open("sqlite::memory:").unwrap();
    let moment = std::time::Duration::from_millis(50);
    let app = TestApp::over(App::new(db.clone()).within(moment), db.clone());
    let (begun, wait) = std::sync::mpsc::channel();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let finished = std::sync::Mutex::new(finished);
    let other = std::thread::spawn(move || {
        db.write(move |_| {
            begun.send(()).unwrap();
            finished.lock().unwrap().recv().unwrap();
            Ok(())
        })
    });
    wait.recv().unwrap();
    let answer = app.post("/api/users", &json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"}));
    let problem = answer.problem(503, "unknown-outcome");
    assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    finish.send(()).unwrap();
    other.join().unwrap().unwrap();
    // It was done all the same, behind the transaction that kept it waiting.
    app.db.write(|_| Ok(())).unwrap();
    app.get("/api/users/1").good(200);
}

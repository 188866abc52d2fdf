//! Properties that all problems share.

use std::sync::mpsc;

use axum::http::Method;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use ecomdb::Database;
use ecomdb_http::App;
use serde_json::json;

use crate::support::{Busy, Server, TestApp, exchange, sales};

#[test]
fn an_unknown_route_is_a_problem() {
    let app = TestApp::empty();
    for uri in ["/api/", "/api/user", "/api/users/", "/api/users/1/orders/2", "/favicon.ico", "/problems/none"] {
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
    assert!(explanation.text.starts_with("404: Not found."), "{}", explanation.text);
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

/// Of two concurrent requests one holds the only permit; the other is refused before the first is answered.
#[test]
fn over_a_socket_too_a_server_with_too_much_to_do_says_when_to_come_back() {
    let db = Database::open("sqlite::memory:").unwrap();
    let server = Server::over(App::new(db.clone()).in_flight(1), ecomdb_http::Server::new());
    let server = &server;
    let user = |email: &str| json!({"email": email, "first_name": "A", "last_name": "B"}).to_string();
    std::thread::scope(|scope| {
        let busy = Busy::make(&db);
        let (answered, answers) = mpsc::channel();
        for email in ["ada@example.com", "grace@example.com"] {
            let (answered, user) = (answered.clone(), user(email));
            scope.spawn(move || answered.send(server.post("/api/users", &user)));
        }
        let (status, refusal) = answers.recv().unwrap();
        assert_eq!(status, 503, "{refusal}");
        assert!(refusal.contains("retry-after: 1\r\n") && refusal.contains("/problems/overloaded"), "{refusal}");
        assert_eq!(exchange(server.address, "GET /healthz HTTP/1.1\r\n", b"").0, 200);
        assert_eq!(exchange(server.address, "GET /readyz HTTP/1.1\r\n", b"").0, 503);
        busy.finish();
        assert_eq!(answers.recv().unwrap().0, 201);
    });
    assert_eq!(server.post("/api/users", &user("mary@example.com")).0, 201);
}

#[test]
fn a_failure_of_the_server_tells_a_number_and_nothing_else() {
    let app = TestApp::shop();
    app.db
        .write(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query("ALTER TABLE users RENAME TO people").execute(conn)?))
        .unwrap();
    let answer = app.get("/api/users");
    let problem = answer.problem(500, "internal-error");
    assert_eq!(problem["request_id"].as_str().unwrap().len(), 16);
    for secret in ["SQL", "users", "table", "engine"] {
        assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
    }
}

/// Limits the file's pages, which simulates a full disk. The limit is at least the current number of pages.
fn limit_pages(db: &Database, pages: u32) {
    let limit = format!("PRAGMA max_page_count = {pages}");
    db.write_once(move |conn| Ok::<_, ecomdb::Error>(conn.batch_execute(&limit)?)).unwrap();
}

#[test]
fn a_full_disk_is_503_with_its_reason_until_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    sales::furnish(&db);
    let app = TestApp::over(App::new(db.clone()), db);
    let order = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "payment": {"method": "card", "capture": true}});
    app.post("/api/products/1/inventory/movements", &json!({"delta": 100_000, "reason": "restock"})).good(201);
    limit_pages(&app.db, 1);
    let refused = loop {
        let answer = app.post("/api/orders", &order);
        if answer.status.as_u16() != 201 {
            break answer;
        }
    };
    let problem = refused.problem(503, "database-unavailable");
    assert_eq!(problem["reason"], "disk_full");
    assert_eq!(refused.header("Retry-After"), "1");
    // The sales cannot be folded; reports include them all the same.
    let placed = app.get("/api/orders?limit=1000").good(200).as_array().unwrap().len();
    for report in ecomdb::Report::ALL {
        app.get(&format!("/api/analytics/{report}{}", sales::required(*report))).good(200);
    }
    assert_eq!(app.get("/api/analytics/total-revenue").good(200)["orders"], placed);

    limit_pages(&app.db, u32::MAX);
    app.get("/readyz").good(200);
    app.post("/api/orders", &order).good(201);
    app.assert_that_it_adds_up();
}

#[test]
fn after_a_write_that_the_database_could_not_do_readyz_is_503_until_it_can() {
    let app = TestApp::shop();
    let user = json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"});
    let run = |statements: &'static str| {
        app.db.write(|conn| Ok::<_, ecomdb::Error>(conn.batch_execute(statements)?)).unwrap()
    };
    // SQLite's own error in this situation.
    run(
        "CREATE TRIGGER full_1 BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END;
         CREATE TRIGGER full_2 BEFORE UPDATE ON sales_folds BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    app.get("/readyz").good(200);
    for answer in [app.post("/api/users", &user), app.get("/readyz"), app.get("/readyz")] {
        assert_eq!(answer.problem(503, "database-unavailable")["reason"], "disk_full");
        assert_eq!(answer.header("Retry-After"), "1");
    }
    run("DROP TRIGGER full_1; DROP TRIGGER full_2");
    app.get("/readyz").good(200);
    app.post("/api/users", &user).good(201);
}

#[cfg(unix)]
#[test]
fn a_database_that_was_moved_is_503_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let (file, away) = (folder.path().join("shop.db"), folder.path().join("away.db"));
    let db = Database::open(&format!("sqlite://{}", file.display())).unwrap();
    let app = TestApp::over(App::new(db.clone()), db);
    app.get("/readyz").good(200);
    std::fs::rename(&file, &away).unwrap();
    let user = json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"});
    for answer in [app.get("/readyz"), app.post("/api/users", &user)] {
        let problem = answer.problem(503, "database-unavailable");
        assert_eq!(problem["reason"], "moved");
        assert_eq!(answer.header("Retry-After"), "1");
        assert!(!answer.text.contains("shop.db"), "{}", answer.text);
    }
    std::fs::rename(&away, &file).unwrap();
    app.get("/readyz").good(200);
    app.post("/api/users", &user).good(201);
    app.get("/api/users/1").good(200);
}

#[test]
fn a_change_that_takes_too_long_is_not_said_to_have_failed() {
    let db = Database::open("sqlite::memory:").unwrap();
    let moment = std::time::Duration::from_millis(50);
    let app = TestApp::over(App::new(db.clone()).within(moment), db.clone());
    let busy = Busy::make(&db);
    let answer = app.post("/api/users", &json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"}));
    let problem = answer.problem(503, "unknown-outcome");
    assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    busy.finish();
    // The timed-out change was made after the transaction that had delayed it.
    app.db.write(|_| Ok::<_, ecomdb::Error>(())).unwrap();
    app.get("/api/users/1").good(200);
}

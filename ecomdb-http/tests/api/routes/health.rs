//! `/`, `/healthz` and `/readyz`

use ecomdb::Database;
use ecomdb_http::App;
use serde_json::json;

use crate::support::TestApp;

#[test]
fn the_process_is_up_and_the_database_answers() {
    let app = TestApp::empty();
    assert_eq!(app.get("/healthz").good(200), json!({"status": "ok"}));
    assert_eq!(app.get("/readyz").good(200), json!({"status": "ok", "database": "SQLite"}));
}

#[test]
fn a_server_with_too_much_to_do_is_up_but_not_ready() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).in_flight(0), db);
    app.get("/healthz").good(200);
    let answer = app.get("/readyz");
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("Retry-After"), "1");
}

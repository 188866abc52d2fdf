//! `/api/shop`

use serde_json::json;

use crate::support::TestApp;

#[test]
fn the_settings_are_changed_field_by_field() {
    let app = TestApp::shop();
    assert_eq!(app.get("/api/shop").good(200), json!({"name": "Shop", "currency": "EUR", "time_zone": "UTC"}));
    let changed = app.patch("/api/shop", &json!({"name": " Lamps ", "time_zone": "Europe/Berlin"})).good(200);
    assert_eq!(changed, json!({"name": "Lamps", "currency": "EUR", "time_zone": "Europe/Berlin"}));
    assert_eq!(app.get("/api/shop").good(200), changed);
    assert_eq!(app.patch("/api/shop", &json!({})).good(200), changed);
}

#[test]
fn wrong_settings_are_named_all_at_once_and_change_nothing() {
    let app = TestApp::shop();
    let wrong = json!({"name": "\u{200b}", "currency": "JPY", "time_zone": "Europe/Atlantis"});
    let answer = app.patch("/api/shop", &wrong);
    assert_eq!(answer.complains_of(422, "invalid"), ["name", "currency", "time_zone"]);
    assert!(answer.text.contains("a currency with 2 decimals, such as EUR or USD"), "{}", answer.text);
    assert_eq!(app.patch("/api/shop", &json!({"name": null})).complains_of(422, "invalid"), ["name"]);
    assert_eq!(app.get("/api/shop").good(200)["name"], "Shop");
}

#[test]
fn settings_are_changed_only_if_they_are_still_those_that_were_read() {
    let app = TestApp::shop();
    let read = app.get("/api/shop");
    let tag = read.header("ETag").to_owned();
    let rename = |name: &str| {
        let headers = [("Content-Type", "application/json"), ("If-Match", tag.as_str())];
        app.ask(axum::http::Method::PATCH, "/api/shop", &headers, json!({ "name": name }).to_string())
    };
    rename("Lamps").good(200);
    rename("Chairs").problem(412, "precondition-failed");
    assert_eq!(app.get("/api/shop").good(200)["name"], "Lamps");
}

//! `/api/categories`

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_new_category_is_answered_with_its_address_and_found_there() {
    let app = TestApp::shop();
    let body = json!({"name": "Reading lamps", "parent_id": 1, "description": "To read by"});
    let answer = app.post("/api/categories", &body);
    let category = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/categories/2");
    assert_eq!(category["parent_id"], 1);
    assert_eq!(app.get("/api/categories/2").good(200), category);
    assert_eq!(app.get("/api/categories").good(200)[1], category);
}

#[test]
fn a_taken_name_is_a_conflict_and_an_unknown_parent_is_invalid() {
    let app = TestApp::shop();
    assert_eq!(app.post("/api/categories", &json!({"name": "Lamps"})).complains_of(409, "duplicate"), ["name"]);
    let answer = app.post("/api/categories", &json!({"name": "Chairs", "parent_id": 9}));
    assert_eq!(answer.complains_of(422, "invalid"), ["parent_id"]);
}

#[test]
fn null_makes_a_category_a_root_and_is_refused_for_its_name() {
    let app = TestApp::shop();
    app.post("/api/categories", &json!({"name": "Reading lamps", "parent_id": 1})).good(201);
    let root = app.patch("/api/categories/2", &json!({"parent_id": null})).good(200);
    assert_eq!(root["parent_id"], json!(null));
    assert_eq!(app.patch("/api/categories/2", &json!({"name": null})).complains_of(422, "invalid"), ["name"]);
}

#[test]
fn only_an_empty_category_can_be_deleted() {
    let app = TestApp::shop();
    app.post("/api/categories", &json!({"name": "Chairs"})).good(201);
    app.delete("/api/categories/1").problem(409, "in-use");
    assert_eq!(app.delete("/api/categories/2").status.as_u16(), 204);
    app.get("/api/categories/2").problem(404, "not-found");
}

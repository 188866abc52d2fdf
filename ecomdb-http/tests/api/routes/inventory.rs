//! `/api/inventory` and `/api/products/{id}/inventory`

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_restock_and_an_adjustment_move_the_stock_and_are_in_the_ledger() {
    let app = TestApp::shop();
    let uri = "/api/products/1/inventory/movements";
    let answer = app.post(uri, &json!({"reason": "restock", "delta": 40, "note": "delivery 17"}));
    assert_eq!(answer.good(201)["quantity"], 50);
    assert_eq!(answer.header("Location"), "/api/products/1/inventory");
    assert_eq!(app.post(uri, &json!({"reason": "adjustment", "delta": -1})).good(201)["quantity"], 49);

    let ledger = app.get(uri).good(200);
    let moves: Vec<_> = ledger.as_array().unwrap().iter().map(|entry| (&entry["reason"], &entry["delta"])).collect();
    assert_eq!(json!(moves), json!([["adjustment", -1], ["restock", 40], ["initial", 10]]));
    app.assert_that_it_adds_up();
}

#[test]
fn movements_that_cannot_be_are_refused() {
    let app = TestApp::shop();
    let uri = "/api/products/1/inventory/movements";
    let before = app.contents();
    for body in [
        json!({"reason": "restock", "delta": 0}),
        json!({"reason": "restock", "delta": -5}),
        json!({"reason": "restock", "delta": 1_000_001}),
        json!({"reason": "adjustment", "delta": 0}),
        json!({"reason": "adjustment", "delta": 1.5}),
    ] {
        assert_eq!(app.post(uri, &body).complains_of(422, "invalid"), ["delta"], "{body}");
    }
    let sale = app.post(uri, &json!({"reason": "sale", "delta": 1}));
    assert_eq!(sale.complains_of(422, "invalid"), ["reason"]);
    let problem = app.post(uri, &json!({"reason": "adjustment", "delta": -11})).problem(409, "insufficient-stock");
    assert_eq!(problem["available"], 10);
    assert_eq!(app.contents(), before);
}

#[test]
fn the_inventory_lists_every_product() {
    let levels = TestApp::shop().get("/api/inventory").good(200);
    assert_eq!(levels[0]["product_name"], "Desk lamp");
    assert_eq!(levels[1]["quantity"], 3);
}

#[test]
fn what_does_not_exist_has_no_inventory() {
    let app = TestApp::shop();
    app.get("/api/products/9/inventory").problem(404, "not-found");
    app.get("/api/products/9/inventory/movements").problem(404, "not-found");
    let body = json!({"reason": "restock", "delta": 1});
    app.post("/api/products/9/inventory/movements", &body).problem(404, "not-found");
}

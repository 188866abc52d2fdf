//! `/api/payments`

use axum::http::Method;
use serde_json::json;

use crate::support::{Answer, TestApp};

fn shop_with_pending_payment() -> TestApp {
    let app = TestApp::shop();
    let items = json!([{"product_id": 1, "quantity": 1}]);
    app.post("/api/orders", &json!({"user_id": 1, "items": items, "payment": {"method": "bank_transfer"}})).good(201);
    app
}

fn press(app: &TestApp, uri: &str) -> Answer {
    app.ask(Method::POST, uri, &[], "")
}

#[test]
fn payments_are_listed_latest_first_and_can_be_filtered() {
    let app = shop_with_pending_payment();
    app.post("/api/orders/1/payments", &json!({"method": "card", "reference": "ch_1"})).good(201);
    press(&app, "/api/payments/1/fail").good(200);
    let payments = app.get("/api/payments").good(200);
    assert_eq!((&payments[0]["id"], &payments[1]["id"]), (&json!(2), &json!(1)));
    assert_eq!(app.get("/api/payments?status=failed").good(200), json!([payments[1]]));
    assert_eq!(app.get("/api/payments?order_id=1&limit=1").good(200), json!([payments[0]]));
    assert_eq!(app.get("/api/payments/2").good(200), payments[0]);
    app.get("/api/payments/3").problem(404, "not-found");
}

#[test]
fn a_pending_payment_is_captured_once_and_completes_its_order() {
    let app = shop_with_pending_payment();
    assert_eq!(press(&app, "/api/payments/1/capture").good(200)["status"], "paid");
    assert_eq!(app.get("/api/orders/1").good(200)["status"], "completed");
    let problem = press(&app, "/api/payments/1/capture").problem(409, "illegal-transition");
    assert_eq!((&problem["entity"], &problem["from"]), (&json!("payment"), &json!("paid")));
}

#[test]
fn an_order_whose_payment_failed_takes_another() {
    let app = shop_with_pending_payment();
    assert_eq!(press(&app, "/api/payments/1/fail").good(200)["status"], "failed");
    app.post("/api/orders/1/payments", &json!({"method": "card", "capture": true})).good(201);
    let order = app.get("/api/orders/1").good(200);
    assert_eq!(order["status"], "completed");
    assert_eq!(order["payment"]["id"], 2);
    assert_eq!(order["payments"].as_array().unwrap().len(), 2);
    app.assert_that_it_adds_up();
}

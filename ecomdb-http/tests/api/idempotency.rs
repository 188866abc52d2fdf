//! A request repeated with its Idempotency-Key has one effect.

use axum::http::Method;
use serde_json::json;

use crate::support::TestApp;

#[test]
fn an_order_that_is_repeated_is_placed_once() {
    let app = TestApp::shop();
    let body = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 2}]});
    let first = app.post_with_key("/api/orders", "k", &body);
    let again = app.post_with_key("/api/orders", "k", &body);
    assert_eq!(again.good(201), first.good(201));
    assert_eq!(again.header("Location"), first.header("Location"));
    assert_eq!(app.stock(1), 8);
}

#[test]
fn a_payment_and_a_refund_that_are_repeated_are_made_once() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    let pay = json!({"method": "card", "capture": true});
    let first = app.post_with_key("/api/orders/1/payments", "k", &pay).good(201);
    assert_eq!(app.post_with_key("/api/orders/1/payments", "k", &pay).good(201), first);

    let refund = json!({"reason": "late", "amount": "5.00"});
    let first = app.post_with_key("/api/orders/1/refunds", "k", &refund).good(201);
    assert_eq!(app.post_with_key("/api/orders/1/refunds", "k", &refund).good(201), first);
    assert_eq!(app.get("/api/orders/1").good(200)["refunded"], "5.00");
}

#[test]
fn a_cancellation_that_is_repeated_with_its_key_is_no_conflict() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    let cancel = |key| app.ask(Method::POST, "/api/orders/1/cancel", &[("Idempotency-Key", key)], "");
    assert_eq!(cancel("k").good(200), cancel("k").good(200));
    cancel("another").problem(409, "illegal-transition");
    assert_eq!(app.stock(1), 10);
}

#[test]
fn a_product_and_a_movement_of_stock_that_are_repeated_are_made_once() {
    let app = TestApp::shop();
    let lantern = json!({"name": "Lantern", "category_id": 1, "price": "5.00", "initial_stock": 4});
    let first = app.post_with_key("/api/products", "k", &lantern);
    let again = app.post_with_key("/api/products", "k", &lantern);
    assert_eq!(again.good(201), first.good(201));
    assert_eq!(again.header("Location"), "/api/products/3");

    for (reason, delta, left) in [("restock", 5, 15), ("adjustment", -2, 13)] {
        let movement = json!({"reason": reason, "delta": delta});
        for _ in 0..2 {
            let level = app.post_with_key("/api/products/1/inventory/movements", reason, &movement).good(201);
            assert_eq!(level["quantity"], left);
        }
    }
    let another = json!({"reason": "restock", "delta": -2});
    let answer = app.post_with_key("/api/products/1/inventory/movements", "adjustment", &another);
    assert_eq!(answer.complains_of(422, "invalid"), ["delta"]);
    let another = json!({"reason": "restock", "delta": 2});
    let answer = app.post_with_key("/api/products/1/inventory/movements", "adjustment", &another);
    answer.problem(409, "idempotency-key-reused");
    assert_eq!(app.stock(1), 13);
    app.assert_that_it_adds_up();
}

#[test]
fn a_capture_and_a_failure_that_are_repeated_with_their_keys_are_no_conflicts() {
    let app = TestApp::shop();
    for order in [1, 2] {
        app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
        app.post(&format!("/api/orders/{order}/payments"), &json!({"method": "card"})).good(201);
    }
    for (action, status) in [("/api/payments/1/capture", "paid"), ("/api/payments/2/fail", "failed")] {
        let send = |key| app.ask(Method::POST, action, &[("Idempotency-Key", key)], "");
        assert_eq!(send("k").good(200)["status"], status);
        assert_eq!(send("k").good(200)["status"], status);
        send("another").problem(409, "illegal-transition");
    }
    app.assert_that_it_adds_up();
}

#[test]
fn a_key_with_another_request_is_a_conflict() {
    let app = TestApp::shop();
    let order = |quantity| json!({"user_id": 1, "items": [{"product_id": 1, "quantity": quantity}]});
    app.post_with_key("/api/orders", "k", &order(1)).good(201);
    app.post_with_key("/api/orders", "k", &order(2)).problem(409, "idempotency-key-reused");
    assert_eq!(app.stock(1), 9);
}

#[test]
fn a_key_that_is_none_is_malformed() {
    let app = TestApp::shop();
    let body = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]});
    for key in ["", "two words", "ключ", &"x".repeat(256)] {
        let answer = app.post_with_key("/api/orders", key, &body);
        assert_eq!(answer.complains_of(400, "malformed-request"), ["Idempotency-Key"], "{key:?}");
    }
    assert_eq!(app.stock(1), 10);
}

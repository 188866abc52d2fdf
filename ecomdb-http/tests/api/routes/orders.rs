//! `/api/orders`

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn order(app: &TestApp, quantity: i64) -> Value {
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": quantity}]})).good(201)
}

fn paid_order(app: &TestApp, quantity: i64) -> Value {
    let items = json!([{"product_id": 1, "quantity": quantity}]);
    let payment = json!({"method": "card", "capture": true});
    app.post("/api/orders", &json!({"user_id": 1, "items": items, "payment": payment})).good(201)
}

fn cancel(app: &TestApp, id: i64) -> Answer {
    app.ask(Method::POST, &format!("/api/orders/{id}/cancel"), &[], "")
}

#[test]
fn a_new_order_carries_user_items_and_payment_and_takes_the_stock() {
    let app = TestApp::shop();
    let body = json!({
        "user_id": 1,
        "items": [{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 1}],
        "payment": {"method": "paypal"},
    });
    let answer = app.post("/api/orders", &body);
    let order = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/orders/1");
    assert_eq!(
        (&order["status"], &order["total"], &order["item_count"]),
        (&json!("pending"), &json!("149.48"), &json!(3))
    );
    let buyer = json!({"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"});
    assert_eq!(order["buyer"], buyer);
    let desk_lamp = json!({
        "product_id": 1, "product_name": "Desk lamp", "sku": "DESK",
        "quantity": 2, "unit_price": "29.99", "line_total": "59.98", "discount": "0.00", "net_total": "59.98",
    });
    assert_eq!(order["items"][0], desk_lamp);
    assert_eq!((&order["payment"]["status"], &order["payment"]["amount"]), (&json!("pending"), &json!("149.48")));
    assert_eq!(order["payments"], json!([order["payment"]]));
    assert_eq!(app.get("/api/orders/1").good(200), order);
    assert_eq!((app.stock(1), app.stock(2)), (8, 2));
    app.assert_that_it_adds_up();
}

#[test]
fn an_order_without_payment_has_none() {
    let app = TestApp::shop();
    let order = order(&app, 1);
    assert_eq!((&order["payment"], &order["payments"]), (&json!(null), &json!([])));
}

#[test]
fn a_captured_payment_completes_its_order() {
    let app = TestApp::shop();
    let order = paid_order(&app, 2);
    assert_eq!(order["status"], "completed");
    assert_eq!(order["payment"]["status"], "paid");
    assert!(order["completed_at"].is_string());
}

#[test]
fn two_lines_of_one_product_are_merged() {
    let app = TestApp::shop();
    let line = json!({"product_id": 1, "quantity": 2});
    let order = app.post("/api/orders", &json!({"user_id": 1, "items": [line, line]})).good(201);
    assert_eq!(order["items"].as_array().unwrap().len(), 1);
    assert_eq!(order["items"][0]["quantity"], 4);
}

#[test]
fn more_than_there_is_is_a_conflict_with_numbers_and_nothing_is_written() {
    let app = TestApp::shop();
    let before = app.contents();
    let items = json!([{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 4}]);
    let problem = app.post("/api/orders", &json!({"user_id": 1, "items": items})).problem(409, "insufficient-stock");
    let (product, requested, available) = (&problem["product_id"], &problem["requested"], &problem["available"]);
    assert_eq!((product, requested, available), (&json!(2), &json!(4), &json!(3)));
    assert_eq!(app.contents(), before);
}

#[test]
fn orders_are_listed_latest_first_and_can_be_filtered() {
    let app = TestApp::shop();
    order(&app, 1);
    paid_order(&app, 1);
    let ids = |uri: &str| -> Vec<i64> {
        let orders = app.get(uri).good(200);
        orders.as_array().unwrap().iter().map(|order| order["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids("/api/orders"), [2, 1]);
    assert_eq!(ids("/api/orders?status=completed"), [2]);
    assert!(ids("/api/orders?user_id=2").is_empty());
}

#[test]
fn the_payment_that_pays_the_rest_completes_the_order() {
    let app = TestApp::shop();
    order(&app, 1);
    let uri = "/api/orders/1/payments";
    let answer = app.post(uri, &json!({"method": "card", "capture": true, "amount": 10}));
    assert_eq!(answer.good(201)["amount"], "10.00");
    assert_eq!(answer.header("Location"), "/api/payments/1");
    assert_eq!(app.get("/api/orders/1").good(200)["status"], "pending");
    assert_eq!(app.post(uri, &json!({"method": "cash", "capture": true})).good(201)["amount"], "19.99");
    assert_eq!(app.get("/api/orders/1").good(200)["status"], "completed");
    app.assert_that_it_adds_up();
}

#[test]
fn paying_too_much_is_a_conflict_that_names_both_states() {
    let app = TestApp::shop();
    order(&app, 1);
    let body = json!({"method": "card", "capture": true, "amount": "30.00"});
    let problem = app.post("/api/orders/1/payments", &body).problem(409, "overpayment");
    assert_eq!(problem["due"], "29.99");
    assert_eq!((&problem["from"], &problem["to"]), (&json!("pending"), &json!("paid")));
}

#[test]
fn a_cancelled_order_gives_its_stock_back_once_and_can_neither_be_paid_nor_cancelled_again() {
    let app = TestApp::shop();
    order(&app, 4);
    assert_eq!(app.stock(1), 6);
    assert_eq!(cancel(&app, 1).good(200)["status"], "cancelled");
    assert_eq!(app.stock(1), 10);

    let again = cancel(&app, 1).problem(409, "illegal-transition");
    assert_eq!((&again["from"], &again["to"]), (&json!("cancelled"), &json!("cancelled")));
    let body = json!({"method": "card", "capture": true});
    let paid = app.post("/api/orders/1/payments", &body).problem(409, "illegal-transition");
    assert_eq!((&paid["from"], &paid["to"]), (&json!("cancelled"), &json!("paid")));
    assert_eq!(app.stock(1), 10);
    app.assert_that_it_adds_up();
}

#[test]
fn an_order_that_costs_nothing_is_completed_at_once_and_can_be_cancelled() {
    let app = TestApp::shop();
    let free = json!({"name": "Sample", "category_id": 1, "price": "0.00", "initial_stock": 4});
    let sample = app.post("/api/products", &free).good(201)["id"].as_i64().unwrap();
    let body = json!({"user_id": 1, "items": [{"product_id": sample, "quantity": 3}]});
    assert_eq!(app.post("/api/orders", &body).good(201)["status"], "completed");
    let cancelled = cancel(&app, 1).good(200);
    assert_eq!((&cancelled["status"], &cancelled["completed_at"]), (&json!("cancelled"), &json!(null)));
    assert_eq!(app.stock(sample), 4);
    cancel(&app, 1).problem(409, "illegal-transition");
    app.assert_that_it_adds_up();
}

#[test]
fn a_completed_order_cannot_be_cancelled() {
    let app = TestApp::shop();
    paid_order(&app, 1);
    let problem = cancel(&app, 1).problem(409, "illegal-transition");
    assert_eq!((&problem["from"], &problem["to"]), (&json!("completed"), &json!("cancelled")));
}

#[test]
fn a_refund_with_restock_puts_the_stock_back_once() {
    let app = TestApp::shop();
    paid_order(&app, 2);
    let uri = "/api/orders/1/refunds";
    let answer = app.post(uri, &json!({"reason": "wrong size", "amount": "9.98", "restock": true}));
    let order = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/orders/1");
    assert_eq!((&order["status"], &order["refunded"]), (&json!("completed"), &json!("9.98")));
    assert_eq!(app.stock(1), 10);

    app.post(uri, &json!({"reason": "again", "restock": true})).problem(409, "conflict");
    let order = app.post(uri, &json!({"reason": "the rest"})).good(201);
    assert_eq!((&order["status"], &order["refunded"]), (&json!("refunded"), &json!("59.98")));
    assert_eq!(order["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(app.stock(1), 10);
    app.assert_that_it_adds_up();
}

#[test]
fn refunding_too_much_or_an_unpaid_order_is_a_conflict() {
    let app = TestApp::shop();
    paid_order(&app, 1);
    let body = json!({"reason": "broken", "amount": "30.00"});
    let problem = app.post("/api/orders/1/refunds", &body).problem(409, "over-refund");
    assert_eq!((&problem["refundable"], &problem["from"]), (&json!("29.99"), &json!("completed")));

    order(&app, 1);
    let problem = app.post("/api/orders/2/refunds", &json!({"reason": "broken"})).problem(409, "illegal-transition");
    assert_eq!((&problem["from"], &problem["to"]), (&json!("pending"), &json!("refunded")));
}

#[test]
fn what_is_done_to_a_missing_order_is_not_found() {
    let app = TestApp::shop();
    app.get("/api/orders/9").problem(404, "not-found");
    cancel(&app, 9).problem(404, "not-found");
    app.post("/api/orders/9/payments", &json!({"method": "card"})).problem(404, "not-found");
    app.post("/api/orders/9/refunds", &json!({"reason": "broken"})).problem(404, "not-found");
}

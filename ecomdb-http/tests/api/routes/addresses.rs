//! Addresses of orders.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn london() -> Value {
    json!({
        "recipient": "Ada Lovelace", "street": "12 St James's Square\nFlat 2", "city": "London", "region": null,
        "postcode": "SW1Y 4JH", "country": "GB", "phone": null,
    })
}

fn order(more: &Value) -> Value {
    let mut order = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]});
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

fn put(app: &TestApp, path: &str, address: &Value) -> Answer {
    app.ask(Method::PUT, path, &[("Content-Type", "application/json")], address.to_string())
}

#[test]
fn an_order_is_placed_with_addresses_and_they_change_while_it_is_pending() {
    let app = TestApp::shop();
    let placed = app.post("/api/orders", &order(&json!({"shipping_address": london()}))).good(201);
    assert_eq!((&placed["shipping_address"], &placed["billing_address"]), (&london(), &json!(null)));
    let paris = json!({"recipient": "Ada", "street": "3 rue de la Paix", "city": "Paris", "country": "FR"});
    let both = put(&app, "/api/orders/1/billing-address", &paris).good(200);
    assert_eq!((&both["shipping_address"], &both["billing_address"]["country"]), (&london(), &json!("FR")));
    assert_eq!(
        put(&app, "/api/orders/1/shipping-address", &paris).good(200)["shipping_address"],
        both["billing_address"]
    );
    assert_eq!(app.delete("/api/orders/1/shipping-address").good(200)["shipping_address"], json!(null));
    assert_eq!(app.get("/api/orders/1").good(200)["billing_address"], both["billing_address"]);

    app.post("/api/orders/1/payments", &json!({"method": "card", "capture": true})).good(201);
    for refused in [put(&app, "/api/orders/1/billing-address", &london()), app.delete("/api/orders/1/billing-address")]
    {
        let problem = refused.problem(409, "conflict");
        assert_eq!((&problem["id"], &problem["from"]), (&json!(1), &json!("completed")));
    }
    app.assert_that_it_adds_up();
}

#[test]
fn each_wrong_field_of_an_address_is_named() {
    let app = TestApp::shop();
    let addresses = json!({
        "shipping_address": {"recipient": "", "street": "1\n2\n3\n4\n5\n6", "city": "London", "country": "UK"},
        "billing_address": {"recipient": "Ada", "street": "1", "city": "London", "country": "GB", "phone": ""},
    });
    assert_eq!(
        app.post("/api/orders", &order(&addresses)).complains_of(422, "invalid"),
        ["shipping_address.recipient", "shipping_address.street", "shipping_address.country", "billing_address.phone"]
    );
    app.post("/api/orders", &order(&json!({}))).good(201);
    let wrong = json!({"recipient": "Ada", "street": "1", "city": "London", "country": "gb"});
    assert_eq!(put(&app, "/api/orders/1/shipping-address", &wrong).complains_of(422, "invalid"), ["country"]);
    put(&app, "/api/orders/9/shipping-address", &london()).problem(404, "not-found");
}

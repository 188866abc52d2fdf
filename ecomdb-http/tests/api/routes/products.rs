//! `/api/products`

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_new_product_has_its_category_and_its_stock() {
    let app = TestApp::shop();
    let body = json!({"name": "Lantern", "category_id": 1, "price": "12.50", "initial_stock": 7, "reorder_level": 2});
    let answer = app.post("/api/products", &body);
    let product = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/products/3");
    assert_eq!(product["category"], json!({"id": 1, "name": "Lamps"}));
    assert_eq!((&product["price"], &product["stock"]), (&json!("12.50"), &json!(7)));
    assert!(product["sku"].as_str().unwrap().starts_with("SKU-"));
    assert_eq!(app.get("/api/products/3").good(200), product);
    assert_eq!(app.get("/api/products/3/inventory").good(200)["quantity"], 7);
    app.assert_that_it_adds_up();
}

#[test]
fn a_price_can_be_a_number_and_is_read_by_its_digits() {
    let app = TestApp::shop();
    for (sent, read) in [("29.99", "29.99"), ("30", "30.00"), ("0.1", "0.10"), ("999999999.99", "999999999.99")] {
        let body = format!(r#"{{"name": "Lantern", "category_id": 1, "price": {sent}, "initial_stock": 0}}"#);
        assert_eq!(app.post_text("/api/products", body).good(201)["price"], read);
    }
}

#[test]
fn products_are_listed_with_category_and_stock_and_can_be_filtered() {
    let app = TestApp::shop();
    let products = app.get("/api/products").good(200);
    assert_eq!(products.as_array().unwrap().len(), 2);
    assert_eq!(products[0]["category"]["name"], "Lamps");
    assert_eq!(products[1]["stock"], 3);
    assert_eq!(app.get("/api/products?search=floor").good(200), json!([products[1]]));
    assert_eq!(app.get("/api/products?category_id=1&status=active&limit=1").good(200), json!([products[0]]));
    assert_eq!(app.get("/api/products?status=archived").good(200), json!([]));
}

#[test]
fn a_taken_sku_is_a_conflict_and_an_unknown_category_is_invalid() {
    let app = TestApp::shop();
    let body = json!({"name": "Lantern", "category_id": 1, "price": "1", "initial_stock": 0, "sku": "DESK"});
    assert_eq!(app.post("/api/products", &body).complains_of(409, "duplicate"), ["sku"]);
    let body = json!({"name": "Lantern", "category_id": 9, "price": "1", "initial_stock": 0});
    assert_eq!(app.post("/api/products", &body).complains_of(422, "invalid"), ["category_id"]);
}

#[test]
fn a_new_price_is_written_into_the_history() {
    let app = TestApp::shop();
    let before = app.get("/api/products/1").good(200);
    let after = app.patch("/api/products/1", &json!({"price": "24.99"})).good(200);
    assert_eq!(
        (&after["price"], &after["name"], &after["stock"]),
        (&json!("24.99"), &before["name"], &before["stock"])
    );
    let history = app.get("/api/products/1/price-history").good(200);
    assert_eq!((&history[0]["old_price"], &history[0]["new_price"]), (&json!("29.99"), &json!("24.99")));
}

#[test]
fn null_is_refused_for_every_field_of_a_product() {
    let app = TestApp::shop();
    let before = app.contents();
    for field in ["name", "category_id", "price", "sku", "description", "status", "reorder_level"] {
        assert_eq!(app.patch("/api/products/1", &json!({field: null})).complains_of(422, "invalid"), [field]);
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn the_stock_cannot_be_patched_because_movements_explain_it() {
    let answer = TestApp::shop().patch("/api/products/1", &json!({"stock": 99}));
    assert_eq!(answer.complains_of(422, "invalid"), ["stock"]);
}

#[test]
fn an_archived_product_cannot_be_ordered() {
    let app = TestApp::shop();
    app.patch("/api/products/1", &json!({"status": "archived"})).good(200);
    let order = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]});
    let problem = app.post("/api/orders", &order).problem(409, "inactive");
    assert_eq!((&problem["entity"], &problem["from"]), (&json!("product"), &json!("archived")));
}

#[test]
fn a_product_that_was_ordered_cannot_be_deleted() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    app.delete("/api/products/1").problem(409, "in-use");
    assert_eq!(app.delete("/api/products/2").status.as_u16(), 204);
    app.get("/api/products/2").problem(404, "not-found");
    app.assert_that_it_adds_up();
}

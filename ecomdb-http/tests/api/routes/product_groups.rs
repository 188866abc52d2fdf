//! `/api/product-groups`, and the images and external ids of products.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn put(app: &TestApp, uri: &str, body: &Value) -> Answer {
    app.ask(Method::PUT, uri, &[("Content-Type", "application/json")], body.to_string())
}

fn shirt(size: &str, options: &Value) -> Value {
    json!({
        "name": format!("T-shirt, {size}"), "category_id": 1, "price": "19.99", "initial_stock": 3, "group_id": 1,
        "options": options,
    })
}

#[test]
fn variants_join_a_group_are_listed_with_it_and_leave_it() {
    let app = TestApp::shop();
    let body = json!({"name": "T-shirt", "options": ["colour", "size"], "description": "Cotton"});
    let answer = app.post("/api/product-groups", &body);
    assert_eq!(answer.good(201)["variants"], json!([]));
    assert_eq!(answer.header("Location"), "/api/product-groups/1");

    let large = app.post("/api/products", &shirt("L", &json!({"size": "L", "colour": "red"}))).good(201);
    assert_eq!(
        (&large["group_id"], large["options"].to_string()),
        (&json!(1), r#"{"colour":"red","size":"L"}"#.into())
    );
    let shown = app.get("/api/product-groups/1").good(200);
    assert_eq!(shown["variants"], json!([large]));
    assert_eq!(app.get("/api/product-groups").good(200)[0]["variant_count"], 1);
    assert_eq!(app.get("/api/products?group_id=1").good(200), json!([large]));
    assert_eq!(app.get("/api/products?group_id=2").good(200), json!([]));
    let other = app.get("/api/products/1").good(200);
    assert_eq!((&other["group_id"], &other["options"], &other["images"]), (&Value::Null, &json!({}), &json!([])));

    let again = app.post("/api/products", &shirt("L", &json!({"size": "L", "colour": "red"})));
    assert_eq!(again.complains_of(409, "duplicate"), ["options"]);
    let wrong = app.post("/api/products", &shirt("L", &json!({"size": "M", "fit": "slim"})));
    assert_eq!(wrong.complains_of(422, "invalid"), ["options.colour", "options.fit"]);

    let uri = format!("/api/products/{}", large["id"]);
    assert_eq!(app.patch(&uri, &json!({"options": {"size": "M"}})).complains_of(422, "invalid"), ["options.colour"]);
    let options = json!({"size": "M", "colour": "red"});
    assert_eq!(app.patch(&uri, &json!({"options": options})).good(200)["options"]["size"], "M");
    app.delete("/api/product-groups/1").problem(409, "in-use");
    let alone = app.patch(&uri, &json!({"group_id": null})).good(200);
    assert_eq!((&alone["group_id"], &alone["options"]), (&Value::Null, &json!({})));
    assert_eq!(app.delete("/api/product-groups/1").status.as_u16(), 204);
    app.get("/api/product-groups/1").problem(404, "not-found");
}

#[test]
fn a_group_is_changed_under_its_etag() {
    let app = TestApp::shop();
    let body = json!({"name": "T-shirt", "options": ["colour", "size"]});
    let etag = app.post("/api/product-groups", &body).header("ETag").to_owned();
    let patch = |etag: &str, body: &Value| {
        let headers = [("Content-Type", "application/merge-patch+json"), ("If-Match", etag)];
        app.ask(Method::PATCH, "/api/product-groups/1", &headers, body.to_string())
    };
    let renamed = patch(&etag, &json!({"options": ["Farbe", "size"]})).good(200);
    assert_eq!(renamed["options"], json!(["Farbe", "size"]));
    patch(&etag, &json!({"name": "Shirt"})).problem(412, "precondition-failed");
    let wrong = app.patch("/api/product-groups/1", &json!({"name": "", "options": ["a", "A"]}));
    assert_eq!(wrong.complains_of(422, "invalid"), ["name", "options[1]"]);
    assert_eq!(app.patch("/api/product-groups/1", &json!({"options": null})).complains_of(422, "invalid"), ["options"]);
}

#[test]
fn images_are_replaced_as_a_whole() {
    let app = TestApp::shop();
    let images = json!([{"url": "https://cdn.example/lamp.webp", "alt": "Lit"}, {"url": "/box.webp", "alt": ""}]);
    let body = json!({"images": images});
    let answer = put(&app, "/api/products/1/images", &body);
    assert_eq!(answer.good(200)["images"], images);
    let etag = answer.header("ETag").to_owned();
    assert_eq!(put(&app, "/api/products/1/images", &body).header("ETag"), etag);
    assert_eq!(app.get("/api/products/1").good(200)["images"], images);
    assert_eq!(app.get("/api/products").good(200)[0]["images"], images);
    let stale = app.ask(
        Method::PUT,
        "/api/products/1/images",
        &[("Content-Type", "application/json"), ("If-Match", "\"x\"")],
        body.to_string(),
    );
    stale.problem(412, "precondition-failed");
    let wrong = json!({"images": [{"url": "/a.png"}, {"url": "//cdn.example/a.png", "alt": null}]});
    assert_eq!(put(&app, "/api/products/1/images", &wrong).complains_of(422, "invalid"), ["images[1].url"]);
    assert_eq!(put(&app, "/api/products/1/images", &json!({"images": []})).good(200)["images"], json!([]));
    put(&app, "/api/products/99/images", &json!({"images": []})).problem(404, "not-found");
}

#[test]
fn a_product_is_found_by_its_id_in_another_system() {
    let app = TestApp::shop();
    let body = json!({"external_id": "47:11"});
    for _ in 0..2 {
        let set = put(&app, "/api/products/1/external-ids/erp", &body).good(200);
        assert_eq!(set, json!({"source": "erp", "external_id": "47:11"}));
    }
    assert_eq!(app.get("/api/products/1/external-ids").good(200), json!([{"source": "erp", "external_id": "47:11"}]));
    assert_eq!(app.get("/api/products?external_id=erp:47:11").good(200)[0]["id"], 1);
    assert_eq!(app.get("/api/products?external_id=erp:1").good(200), json!([]));
    assert_eq!(app.get("/api/products?external_id=4711").complains_of(400, "malformed-request"), ["external_id"]);
    let taken = put(&app, "/api/products/2/external-ids/erp", &body);
    assert_eq!(taken.complains_of(409, "duplicate"), ["external_id"]);
    let wrong = put(&app, "/api/products/1/external-ids/Our%20ERP", &json!({"external_id": ""}));
    assert_eq!(wrong.complains_of(422, "invalid"), ["source", "external_id"]);
    for _ in 0..2 {
        assert_eq!(app.delete("/api/products/1/external-ids/erp").status.as_u16(), 204);
    }
    assert_eq!(app.get("/api/products/1/external-ids").good(200), json!([]));
    app.get("/api/products/99/external-ids").problem(404, "not-found");
}

//! ETags: unchanged resources are not sent again, and no update is lost.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const SINGLES: [&str; 6] = ["users/1", "categories/1", "products/1", "products/1/inventory", "orders/1", "payments/1"];

fn patch_if(app: &TestApp, uri: &str, tags: &str, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/merge-patch+json"), ("If-Match", tags)];
    app.ask(Method::PATCH, uri, &headers, body.to_string())
}

fn delete_if(app: &TestApp, uri: &str, tags: &str) -> Answer {
    app.ask(Method::DELETE, uri, &[("If-Match", tags)], "")
}

fn get_unless(app: &TestApp, uri: &str, tags: &str) -> Answer {
    app.ask(Method::GET, uri, &[("If-None-Match", tags)], "")
}

#[test]
fn what_the_client_has_already_is_not_sent_again() {
    let app = TestApp::shop_with_sales();
    for single in SINGLES {
        let uri = format!("/api/{single}");
        let first = app.get(&uri);
        let etag = first.header("ETag");
        assert!(etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'), "{single}: {etag}");
        assert_eq!(first.header("Cache-Control"), "private, no-cache", "{single}");
        for tags in [etag.to_owned(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = get_unless(&app, &uri, &tags);
            assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{single}: {tags}");
            assert_eq!(again.header("ETag"), etag);
        }
        let other = get_unless(&app, &uri, "\"other\"");
        assert_eq!(other.good(200), first.good(200), "{single}");
    }
}

#[test]
fn whatever_can_be_seen_to_have_changed_changes_the_etag() {
    let app = TestApp::shop_with_sales();
    let etags = || SINGLES.map(|single| app.get(&format!("/api/{single}")).header("ETag").to_owned());
    let before = etags();
    assert_eq!(etags(), before);
    app.patch("/api/users/1", &json!({"first_name": "Augusta"})).good(200);
    app.patch("/api/categories/1", &json!({"description": "They shine."})).good(200);
    app.post("/api/orders/1/refunds", &json!({"reason": "late"})).good(201);
    app.post("/api/products/1/inventory/movements", &json!({"reason": "restock", "delta": 1})).good(201);
    for ((single, before), after) in SINGLES.iter().zip(before).zip(etags()) {
        assert_ne!(before, after, "{single}");
    }
}

#[test]
fn a_change_to_a_resource_that_was_changed_meanwhile_is_refused_and_changes_nothing() {
    let app = TestApp::shop_with_sales();
    for (uri, mine, other) in [
        ("/api/users/1", json!({"first_name": "Augusta"}), json!({"last_name": "King"})),
        ("/api/categories/1", json!({"name": "Lights"}), json!({"description": "They shine."})),
        ("/api/products/1", json!({"price": "24.99"}), json!({"reorder_level": 7})),
    ] {
        let seen = app.get(uri).header("ETag").to_owned();
        app.patch(uri, &other).good(200);
        let before = app.contents();
        let refused = patch_if(&app, uri, &seen, &mine);
        assert_eq!(refused.problem(412, "precondition-failed")["id"], 1, "{uri}");
        delete_if(&app, uri, &seen).problem(412, "precondition-failed");
        patch_if(&app, uri, &seen, &json!({})).problem(412, "precondition-failed");
        let weak = format!("W/{}", app.get(uri).header("ETag"));
        patch_if(&app, uri, &weak, &mine).problem(412, "precondition-failed");
        assert_eq!(app.contents(), before, "{uri}");

        let changed = patch_if(&app, uri, app.get(uri).header("ETag"), &mine);
        changed.good(200);
        assert_eq!(changed.header("ETag"), app.get(uri).header("ETag"), "{uri}");
        patch_if(&app, uri, "*", &other).good(200);
    }
}

#[test]
fn a_sale_in_between_counts_as_a_change_of_the_product() {
    let app = TestApp::shop();
    let seen = app.get("/api/products/1").header("ETag").to_owned();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    patch_if(&app, "/api/products/1", &seen, &json!({"name": "Lamp"})).problem(412, "precondition-failed");
}

#[test]
fn what_was_made_can_be_changed_by_the_etag_that_came_with_it() {
    let app = TestApp::shop();
    for (list, body) in [
        ("users", json!({"email": "k@example.com", "first_name": "K", "last_name": "J"})),
        ("categories", json!({"name": "Chairs"})),
        ("products", json!({"name": "Chair", "category_id": 1, "price": "9.99", "initial_stock": 1})),
    ] {
        let made = app.post(&format!("/api/{list}"), &body);
        made.good(201);
        assert_eq!(app.get(made.header("Location")).header("ETag"), made.header("ETag"), "{list}");
        assert_eq!(delete_if(&app, made.header("Location"), made.header("ETag")).status, 204, "{list}");
    }
    let items = json!([{"product_id": 1, "quantity": 1}]);
    let order = app.post("/api/orders", &json!({"user_id": 1, "items": items}));
    assert_eq!(get_unless(&app, order.header("Location"), order.header("ETag")).status, 304);
}

#[test]
fn conditions_that_are_none_are_refused_by_the_name_of_their_header() {
    let app = TestApp::shop();
    for tags in ["abc", "\"abc", "\"a\" \"b\"", "", "*, \"a\""] {
        let answer = get_unless(&app, "/api/users/1", tags);
        assert_eq!(answer.complains_of(400, "malformed-request"), ["If-None-Match"], "{tags:?}");
        let answer = patch_if(&app, "/api/users/1", tags, &json!({}));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["If-Match"], "{tags:?}");
        let answer = delete_if(&app, "/api/users/1", tags);
        assert_eq!(answer.complains_of(400, "malformed-request"), ["If-Match"], "{tags:?}");
    }
    patch_if(&app, "/api/users/9", "*", &json!({})).problem(404, "not-found");
}

#[test]
fn a_merge_patch_is_taken_under_its_own_name_and_as_json_and_nothing_else_is() {
    let app = TestApp::shop();
    let patch = |media_type| {
        app.ask(Method::PATCH, "/api/users/1", &[("Content-Type", media_type)], r#"{"last_name": "King"}"#)
    };
    for media_type in ["application/merge-patch+json", "application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(patch(media_type).good(200)["last_name"], "King", "{media_type}");
    }
    for media_type in ["application/json-patch+json", "text/plain", "application/problem+json"] {
        patch(media_type).problem(415, "unsupported-media-type");
    }
    let user = json!({"email": "k@example.com", "first_name": "K", "last_name": "J"}).to_string();
    let as_patch = [("Content-Type", "application/merge-patch+json")];
    app.ask(Method::POST, "/api/users", &as_patch, user).problem(415, "unsupported-media-type");
}

#[test]
fn null_removes_what_can_be_without_and_is_refused_by_name_elsewhere() {
    let app = TestApp::shop();
    app.post("/api/categories", &json!({"name": "Desk lamps", "parent_id": 1})).good(201);
    assert_eq!(app.patch("/api/categories/2", &json!({"name": "Desks"})).good(200)["parent_id"], 1);
    assert_eq!(app.patch("/api/categories/2", &json!({"parent_id": null})).good(200)["parent_id"], Value::Null);
    for (uri, field) in [
        ("/api/categories/1", "name"),
        ("/api/categories/1", "description"),
        ("/api/users/1", "email"),
        ("/api/users/1", "status"),
        ("/api/products/1", "price"),
        ("/api/products/1", "reorder_level"),
    ] {
        assert_eq!(app.patch(uri, &json!({field: null})).complains_of(422, "invalid"), [field], "{uri}");
    }
    assert_eq!(app.patch("/api/users/1", &json!({"role": "admin"})).complains_of(422, "invalid"), ["role"]);
}

#[test]
fn head_is_get_without_the_body_and_options_tells_what_is_allowed() {
    let app = TestApp::shop();
    for uri in ["/api/users", "/api/users/1", "/api/analytics/total-revenue", "/healthz", "/docs/index.html"] {
        let (head, get) = (app.ask(Method::HEAD, uri, &[], ""), app.get(uri));
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{uri}");
        for name in ["Content-Type", "ETag", "Link", "Cache-Control"] {
            assert_eq!(head.header(name), get.header(name), "{uri}");
        }
        let options = app.ask(Method::OPTIONS, uri, &[], "");
        assert_eq!((options.status.as_u16(), options.text.as_str()), (204, ""), "{uri}");
        assert!(options.header("Allow").starts_with("GET,HEAD"), "{uri}");
    }
    app.ask(Method::OPTIONS, "/api/nothing", &[], "").problem(404, "unknown-route");
}

//! Lists: pages, cursors and Link headers.

use std::collections::BTreeSet;

use ecomdb::{NewCategory, NewUser};
use serde_json::{Value, json};

use crate::support::TestApp;

/// 25 of everything that has a list.
fn shop() -> TestApp {
    let app = TestApp::shop();
    for i in 0..25 {
        let user = NewUser::new(&format!("user{i}@example.com"), "Some", "Body").unwrap();
        app.db.users().create(user).unwrap();
        app.db.categories().create(NewCategory { name: format!("Category {i}"), ..Default::default() }).unwrap();
        let product = json!({"name": "Lantern", "category_id": 1, "price": i, "initial_stock": 1});
        let product = app.post("/api/products", &product).good(201)["id"].clone();
        let items = json!([{"product_id": product, "quantity": 1}]);
        app.post("/api/orders", &json!({"user_id": 2, "items": items, "payment": {"method": "cash"}})).good(201);
        app.patch("/api/products/1", &json!({"price": i + 1})).good(200);
        app.post("/api/products/1/inventory/movements", &json!({"reason": "restock", "delta": 1})).good(201);
    }
    app
}

/// Follows the Link headers to the end; gives the rows, and how many pages they were on.
fn walk(app: &TestApp, first: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages) = (Vec::new(), 0);
    let mut next = Some(first.to_owned());
    while let Some(uri) = next {
        let answer = app.get(&uri);
        rows.extend(answer.good(200).as_array().unwrap().iter().cloned());
        pages += 1;
        next = answer.next_page();
    }
    (rows, pages)
}

#[test]
fn walking_any_list_in_small_pages_gives_what_one_large_page_gives() {
    let app = shop();
    for list in [
        "/api/users",
        "/api/categories",
        "/api/products",
        "/api/inventory",
        "/api/orders",
        "/api/payments",
        "/api/users/2/orders",
        "/api/products/1/price-history",
        "/api/products/1/inventory/movements",
    ] {
        let (whole, pages) = walk(&app, &format!("{list}?limit=1000"));
        assert_eq!(pages, 1, "{list}");
        assert!(whole.len() >= 24, "{list} has {}", whole.len());
        let (walked, pages) = walk(&app, &format!("{list}?limit=4"));
        assert_eq!(walked, whole, "{list}");
        assert_eq!(pages, whole.len().div_ceil(4), "{list}");
    }
}

#[test]
fn the_next_page_keeps_the_filters() {
    let app = shop();
    let first = app.get("/api/users?text=some%20body&limit=10");
    assert_eq!(first.next_page(), None, "names are searched one by one");
    let first = app.get("/api/users?text=user1&limit=10");
    let next = first.next_page().unwrap();
    assert!(next.starts_with("/api/users?text=user1&limit=10&cursor="), "{next}");
    let (rows, _) = walk(&app, "/api/users?text=user1&limit=3");
    assert_eq!(rows.len(), 11, "user1 and user10 to user19");
    assert!(rows.iter().all(|row| row["email"].as_str().unwrap().contains("user1")));
}

#[test]
fn a_filter_with_special_characters_survives_in_the_link() {
    let app = TestApp::empty();
    for i in 0..3 {
        app.db.users().create(NewUser::new(&format!("a&b+{i}%@example.com"), "é", "x").unwrap()).unwrap();
    }
    let (rows, pages) = walk(&app, "/api/users?text=a%26b%2B&limit=1");
    assert_eq!((rows.len(), pages), (3, 3));
}

#[test]
fn a_list_has_50_rows_unless_told_otherwise_and_a_thousand_at_the_most() {
    let app = TestApp::empty();
    for i in 0..51 {
        app.db.users().create(NewUser::new(&format!("user{i}@example.com"), "Some", "Body").unwrap()).unwrap();
    }
    let answer = app.get("/api/users");
    assert_eq!(answer.good(200).as_array().unwrap().len(), 50);
    assert!(answer.next_page().is_some());
    for limit in ["0", "-1", "1001", "abc", "1.5", "", "99999999999999999999"] {
        let answer = app.get(&format!("/api/users?limit={limit}"));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["limit"], "{limit}");
    }
}

#[test]
fn the_last_page_has_no_link_even_when_it_is_full() {
    let app = TestApp::shop();
    assert_eq!(app.get("/api/users?limit=2").next_page(), None);
}

#[test]
fn rows_that_come_in_between_neither_shift_nor_repeat_others() {
    let app = shop();
    let first = app.get("/api/orders?limit=10");
    let items = json!([{"product_id": 1, "quantity": 1}]);
    app.post("/api/orders", &json!({"user_id": 1, "items": items})).good(201);
    let (rest, _) = walk(&app, &first.next_page().unwrap());
    let first = first.good(200);
    let ids: BTreeSet<_> =
        first.as_array().unwrap().iter().chain(&rest).map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=25).collect());
}

#[test]
fn a_cursor_that_is_none_or_of_another_list_is_refused() {
    let app = shop();
    let of_orders = app.get("/api/orders?limit=1").next_page().unwrap();
    let of_orders = of_orders.rsplit_once('=').unwrap().1.to_owned();
    for cursor in ["abc", "", "users-", "users--1", "users-zz", &of_orders] {
        let answer = app.get(&format!("/api/users?cursor={cursor}"));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["cursor"], "{cursor:?}");
    }
}

#[test]
fn a_parameter_that_is_not_known_is_refused_by_name_everywhere() {
    let app = shop();
    for list in ["users", "categories", "products", "inventory", "orders", "payments", "users/1/orders"] {
        let answer = app.get(&format!("/api/{list}?limit=1&sttus=active"));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["sttus"], "{list}");
    }
    for single in ["users/1", "categories/1", "products/1", "products/1/inventory", "orders/1", "payments/1"] {
        let answer = app.get(&format!("/api/{single}?expand=all"));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["expand"], "{single}");
    }
    let answer = app.post("/api/users?dry_run=true", &json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"}));
    assert_eq!(answer.complains_of(400, "malformed-request"), ["dry_run"]);
}

#[test]
fn a_parameter_with_a_wrong_value_or_given_twice_is_refused_by_name() {
    let app = TestApp::empty();
    for (uri, field) in [
        ("/api/products?category_id=lamps", "category_id"),
        ("/api/products?status=gone", "status"),
        ("/api/orders?user_id=1.5", "user_id"),
        ("/api/orders?status=", "status"),
        ("/api/payments?order_id=9223372036854775808", "order_id"),
        ("/api/payments?status=PAID", "status"),
        ("/api/users?text=%00", "text"),
        ("/api/users?limit=1&limit=2", "limit"),
    ] {
        assert_eq!(app.get(uri).complains_of(400, "malformed-request"), [field], "{uri}");
    }
}

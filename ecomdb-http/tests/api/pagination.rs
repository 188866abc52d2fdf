//! Lists: pages, cursors and Link headers.

use std::collections::BTreeSet;

use ecomdb::NewUser;
use serde_json::{Value, json};

use crate::support::TestApp;

/// 25 rows in every list.
fn shop() -> TestApp {
    let app = TestApp::shop();
    for i in 0..25 {
        let user = NewUser::new(&format!("user{i}@example.com"), "Some", "Body").unwrap();
        app.db.users().create(user).unwrap();
        app.db.categories().create(format!("Category {i}").as_str()).unwrap();
        let product = json!({"name": "Lantern", "category_id": 1, "price": i, "initial_stock": 1});
        let product = app.post("/api/products", &product).good(201)["id"].clone();
        let items = json!([{"product_id": product, "quantity": 1}]);
        app.post("/api/orders", &json!({"user_id": 2, "items": items, "payment": {"method": "cash"}})).good(201);
        app.patch("/api/products/1", &json!({"price": i + 1})).good(200);
        app.post("/api/products/1/inventory/movements", &json!({"reason": "restock", "delta": 1})).good(201);
    }
    app
}

/// Follows the Link headers to the last page; returns the rows and the number of pages. The way back leads over the
/// same pages.
fn walk(app: &TestApp, first: &str) -> (Vec<Value>, usize) {
    let mut answers = vec![app.get(first)];
    while let Some(next) = answers[answers.len() - 1].next_page() {
        answers.push(app.get(&next));
    }
    for (answer, next) in answers.iter().zip(&answers[1..]) {
        let back = app.get(&next.previous_page().unwrap());
        assert_eq!(back.good(200), answer.good(200));
        assert_eq!((back.next_page(), back.previous_page()), (answer.next_page(), answer.previous_page()));
    }
    let rows = answers.iter().flat_map(|answer| answer.good(200).as_array().unwrap().clone()).collect();
    (rows, answers.len())
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
        assert_eq!(app.get(&format!("{list}?limit=4")).previous_page(), None, "{list}");
        assert_eq!(pages, whole.len().div_ceil(4), "{list}");
        for uri in [format!("{list}?count=true"), format!("{list}?limit=4&count=true")] {
            assert_eq!(app.get(&uri).header("X-Total-Count"), whole.len().to_string(), "{uri}");
        }
        assert_eq!(app.get(&format!("{list}?count=false")).header("X-Total-Count"), "", "{list}");
    }
}

#[test]
fn the_rows_of_a_filter_are_counted_over_all_pages_and_on_each() {
    let app = shop();
    let first = app.get("/api/users?search=user1&limit=3&count=true");
    assert_eq!(first.header("X-Total-Count"), "11", "user1 and user10 to user19");
    assert_eq!(app.get(&first.next_page().unwrap()).header("X-Total-Count"), "11");
    for (uri, rows) in [
        ("/api/orders?status=pending", "24"),
        ("/api/orders?status=cancelled", "0"),
        ("/api/products?search=lantern&max_price=9", "10"),
        ("/api/payments?order_id=2", "1"),
    ] {
        assert_eq!(app.get(&format!("{uri}&count=true")).header("X-Total-Count"), rows, "{uri}");
    }
}

#[test]
fn a_page_before_a_cursor_and_one_after_it_do_not_go_together() {
    let app = shop();
    let next = app.get("/api/orders?limit=2").next_page().unwrap();
    let cursor = next.rsplit_once("cursor=").unwrap().1;
    let answer = app.get(&format!("/api/orders?cursor={cursor}&before={cursor}"));
    assert_eq!(answer.complains_of(400, "malformed-request"), ["before"]);
    for uri in [format!("/api/users?before={cursor}"), "/api/users?before=abc".to_owned()] {
        assert_eq!(app.get(&uri).complains_of(400, "malformed-request"), ["before"], "{uri}");
    }
}

#[test]
fn the_next_page_keeps_the_filters() {
    let app = shop();
    let first = app.get("/api/users?search=some%20body&limit=10");
    assert!(first.next_page().is_some(), "each name has one of the words");
    assert_eq!(app.get("/api/users?search=some%20other&limit=10").next_page(), None, "all words must be found");
    let first = app.get("/api/users?search=user1&limit=10");
    let next = first.next_page().unwrap();
    assert!(next.starts_with("/api/users?search=user1&limit=10&cursor="), "{next}");
    let (rows, _) = walk(&app, "/api/users?search=user1&limit=3");
    assert_eq!(rows.len(), 11, "user1 and user10 to user19");
    assert!(rows.iter().all(|row| row["email"].as_str().unwrap().contains("user1")));
}

#[test]
fn every_sort_can_be_walked_with_filters_and_gives_what_one_page_gives() {
    let app = shop();
    for list in ["products?in_stock=false&max_price=20.5", "orders?status=pending&from=2026-01-01", "users?search=some"]
    {
        let stem = list.split('?').next().unwrap();
        let sorts: &[&str] = match stem {
            "products" => &["id", "-id", "name", "-name", "price", "-price", "created_at", "-created_at"],
            "orders" => &["id", "-id", "placed_at", "-placed_at", "total", "-total"],
            _ => &["id", "-id", "email", "-email"],
        };
        for sort in sorts {
            let (whole, _) = walk(&app, &format!("/api/{list}&sort={sort}&limit=1000"));
            let (walked, pages) = walk(&app, &format!("/api/{list}&sort={sort}&limit=4"));
            assert_eq!(walked, whole, "{list} by {sort}");
            assert!(pages >= 5, "{list} by {sort} has {pages} pages");
        }
    }
}

#[test]
fn products_are_found_as_a_front_end_asks_for_them() {
    let app = TestApp::shop_with_sales();
    app.patch("/api/products/2", &json!({"status": "archived"})).good(200);
    app.post("/api/products/3/inventory/movements", &json!({"reason": "adjustment", "delta": -97})).good(201);
    for (query, ids) in [
        ("search=LAMP", vec![1, 2]),
        ("search=%20desk%20", vec![1]),
        ("search=%25", vec![]),
        ("category_id=1&status=active", vec![1]),
        ("in_stock=false", vec![3]),
        ("in_stock=true&sort=-price", vec![2, 1]),
        ("min_price=12.5&max_price=29.99", vec![1, 3]),
        ("min_price=30&max_price=12", vec![]),
        ("sort=name", vec![3, 1, 2]),
        ("sort=-id", vec![3, 2, 1]),
    ] {
        let rows = app.get(&format!("/api/products?{query}")).good(200);
        let found: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
}

#[test]
fn orders_are_found_by_time_payment_state_and_total() {
    let app = TestApp::shop_with_sales();
    for (query, ids) in [
        ("from=2026-02-15T08:00:00Z&to=2026-02-21T10:00:00Z", vec![4, 3]),
        ("from=2026-02-15T09:00:00%2B01:00&to=2026-02-16", vec![3]),
        ("to=2026-02-01&sort=placed_at", vec![1, 2]),
        ("user_id=1&status=completed", vec![3, 1]),
        ("payment_state=unpaid", vec![5, 4]),
        ("payment_state=unpaid&status=pending", vec![4]),
        ("payment_state=part_paid", vec![]),
        ("payment_state=paid&sort=total&max_total=100", vec![6, 3, 2]),
        ("min_total=42.49&sort=-total", vec![1, 2]),
    ] {
        let rows = app.get(&format!("/api/orders?{query}")).good(200);
        let found: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
    let of_ada = app.get("/api/users/1/orders?from=2026-02-01&sort=id").good(200);
    assert_eq!(
        of_ada.as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>(),
        [json!(3), json!(5)]
    );
}

#[test]
fn a_cursor_is_refused_with_another_sort_or_filter() {
    let app = shop();
    let next = app.get("/api/products?sort=price&limit=3").next_page().unwrap();
    let cursor = next.rsplit_once("cursor=").unwrap().1;
    app.get(&format!("/api/products?sort=price&limit=7&cursor={cursor}")).good(200);
    for query in ["", "sort=-price&", "sort=price&search=lantern&", "sort=price&in_stock=true&"] {
        let answer = app.get(&format!("/api/products?{query}cursor={cursor}"));
        assert_eq!(answer.complains_of(400, "malformed-request"), ["cursor"], "{query}");
    }
}

#[test]
fn a_filter_with_special_characters_survives_in_the_link() {
    let app = TestApp::empty();
    for i in 0..3 {
        app.db.users().create(NewUser::new(&format!("a&b+{i}%@example.com"), "é", "x").unwrap()).unwrap();
    }
    let (rows, pages) = walk(&app, "/api/users?search=a%26b%2B&limit=1");
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
        ("/api/users?search=%00", "search"),
        ("/api/users?limit=1&limit=2", "limit"),
        ("/api/users?sort=name", "sort"),
        ("/api/users?status=gone", "status"),
        ("/api/products?sort=newest", "sort"),
        ("/api/products?sort=", "sort"),
        ("/api/products?in_stock=yes", "in_stock"),
        ("/api/products?count=yes", "count"),
        ("/api/products?min_price=cheap", "min_price"),
        ("/api/products?max_price=1.999", "max_price"),
        ("/api/products?max_price=1e3", "max_price"),
        ("/api/orders?sort=items", "sort"),
        ("/api/orders?payment_state=open", "payment_state"),
        ("/api/orders?min_total=much", "min_total"),
        ("/api/users/1/orders?max_total=1.999", "max_total"),
        ("/api/orders?from=yesterday", "from"),
        ("/api/orders?from=2026-02-01&to=2026-01-01", "from"),
        ("/api/orders?to=1969-12-31", "to"),
    ] {
        assert_eq!(app.get(uri).complains_of(400, "malformed-request"), [field], "{uri}");
    }
}

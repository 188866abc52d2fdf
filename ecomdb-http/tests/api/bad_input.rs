//! Invalid input changes nothing and gets the right status and field.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Server, TestApp, exchange};

/// An order of one desk lamp, with the value at this JSON pointer replaced.
fn order_with(pointer: &str, value: Value) -> Value {
    let mut order = json!({
        "user_id": 1,
        "items": [{"product_id": 1, "quantity": 1}],
        "payment": {"method": "card", "capture": true, "amount": "29.99"},
    });
    *order.pointer_mut(pointer).unwrap() = value;
    order
}

#[test]
fn a_wrong_order_is_refused_by_the_name_of_its_field() {
    let app = TestApp::shop();
    let before = app.contents();
    for (pointer, value, field) in [
        ("/user_id", json!(99), "user_id"),
        ("/user_id", json!(0), "user_id"),
        ("/user_id", json!("1"), "user_id"),
        ("/user_id", json!(null), "user_id"),
        ("/items/0/product_id", json!(99), "items[0].product_id"),
        ("/items/0/product_id", json!(-1), "items[0].product_id"),
        ("/items/0/product_id", json!(1.5), "items[0].product_id"),
        ("/items/0/quantity", json!(0), "items[0].quantity"),
        ("/items/0/quantity", json!(-1), "items[0].quantity"),
        ("/items/0/quantity", json!(1.5), "items[0].quantity"),
        ("/items/0/quantity", json!(1_000_000_000_000_i64), "items[0].quantity"),
        ("/items/0/quantity", json!(u64::MAX), "items[0].quantity"),
        ("/items/0/quantity", json!("2"), "items[0].quantity"),
        ("/items/0/quantity", json!(true), "items[0].quantity"),
        ("/items/0", json!({"product_id": 1}), "items[0].quantity"),
        ("/items/0", json!({"product_id": 1, "quantity": 1, "price": 1}), "items[0].price"),
        ("/items/0", json!([1, 1]), "items[0]"),
        ("/items", json!([]), "items"),
        ("/items", json!({}), "items"),
        ("/items", json!(vec![json!({"product_id": 1, "quantity": 1}); 501]), "items"),
        ("/payment", json!("card"), "payment"),
        ("/payment/method", json!("gold"), "payment.method"),
        ("/payment/method", json!(null), "payment.method"),
        ("/payment/method", json!(1), "payment.method"),
        ("/payment/capture", json!("yes"), "payment.capture"),
        ("/payment/amount", json!("0"), "payment.amount"),
        ("/payment/amount", json!("-1"), "payment.amount"),
        ("/payment/amount", json!("1.999"), "payment.amount"),
        ("/payment/amount", json!("30.00"), "payment.amount"),
    ] {
        let answer = app.post("/api/orders", &order_with(pointer, value.clone()));
        assert_eq!(answer.complains_of(422, "invalid"), [field], "{pointer} = {value}");
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_price_that_is_none_is_refused_as_text_and_as_number() {
    let app = TestApp::shop();
    let before = app.contents();
    for price in [
        "\"1.999\"",
        "1.999",
        "\"1e400\"",
        "1e400",
        "\"1e2\"",
        "1e-3",
        "1e99999999999999999999",
        "\"-1\"",
        "-1",
        "\"NaN\"",
        "\"Infinity\"",
        "\"\"",
        "\"1,5\"",
        "1000000000",
        "99999999999999999999999999",
        "null",
        "true",
        "{}",
        "[]",
        "\"29.99 \"",
    ] {
        let body = format!(r#"{{"name": "Lantern", "category_id": 1, "price": {price}, "initial_stock": 1}}"#);
        assert_eq!(app.post_text("/api/products", body).complains_of(422, "invalid"), ["price"], "{price}");
        let patch = app.ask(
            Method::PATCH,
            "/api/products/1",
            &[("Content-Type", "application/json")],
            format!(r#"{{"price": {price}}}"#),
        );
        assert_eq!(patch.complains_of(422, "invalid"), ["price"], "{price}");
    }
    assert_eq!(app.contents(), before);
}

/// Names that serde_json uses internally for numbers and raw values.
const LOOKALIKES: [&str; 3] = [
    r#"{"$serde_json::private::Number": "5"}"#,
    r#"{"\u0024serde_json::private::Number": "5"}"#,
    r#"{"$serde_json::private::Number": "5", "$serde_json::private::Number": "6"}"#,
];

#[test]
fn an_object_is_no_number_whatever_its_fields_are_called() {
    let app = TestApp::shop();
    let before = app.contents();
    for object in LOOKALIKES {
        let product = format!(r#"{{"name": "Lantern", "category_id": 1, "price": {object}, "initial_stock": 1}}"#);
        assert_eq!(app.post_text("/api/products", product).complains_of(422, "invalid"), ["price"], "{object}");
        let order = |user: &str, units: &str, amount: &str| {
            format!(
                r#"{{"user_id": {user}, "items": [{{"product_id": 1, "quantity": {units}}}],
                "payment": {{"method": "card", "amount": {amount}}}}}"#
            )
        };
        for (body, field) in [
            (order(object, "1", "29.99"), "user_id"),
            (order("1", object, "29.99"), "items[0].quantity"),
            (order("1", "1", object), "payment.amount"),
        ] {
            assert_eq!(app.post_text("/api/orders", body).complains_of(422, "invalid"), [field], "{object}");
        }
        app.post_text("/api/orders", object).problem(422, "invalid");
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_number_is_the_same_however_json_writes_it() {
    let app = TestApp::shop();
    for (price, stock, category) in [("100", "10", "1"), ("1e2", "1e1", "1.0"), ("100.000", "10.0", "10e-1")] {
        let body =
            format!(r#"{{"name": "Lantern", "category_id": {category}, "price": {price}, "initial_stock": {stock}}}"#);
        let product = app.post_text("/api/products", body).good(201);
        assert_eq!((&product["price"], &product["stock"]), (&json!("100.00"), &json!(10)), "{price}");
        let order = format!(
            r#"{{"user_id": 1e0, "items": [{{"product_id": {}.0, "quantity": 2.0}}], "payment": {{"method": "card",
            "amount": 2E+2, "capture": true}}}}"#,
            product["id"]
        );
        assert_eq!(app.post_text("/api/orders", order).good(201)["total"], "200.00");
    }
    for (id, message) in [
        ("1.5", "must be a whole number, not 1.5"),
        ("1e-1", "must be a whole number, not 1e-1"),
        ("1e400", "must be a whole number of at most 63 bits, not 1e+400"),
        ("99999999999999999999", "must be a whole number of at most 63 bits, not 99999999999999999999"),
    ] {
        let order = format!(r#"{{"user_id": {id}, "items": [{{"product_id": 1, "quantity": 1}}]}}"#);
        let problem = app.post_text("/api/orders", order).problem(422, "invalid");
        assert_eq!(problem["errors"], json!([{"field": "user_id", "message": message}]));
    }
}

#[test]
fn messages_show_text_as_people_write_it() {
    let app = TestApp::shop();
    for (status, shown) in
        [("café", "\"café\""), ("it's \"new\"", "\"it's \"new\"\""), ("a\nb\u{200b}", "\"a\\nb<U+200B>\"")]
    {
        let patch = app.patch("/api/users/1", &json!({"status": status})).problem(422, "invalid");
        let message = format!("must be one of active, disabled, not {shown}");
        assert_eq!(patch["errors"], json!([{"field": "status", "message": message}]));
        let order = json!({"user_id": status, "items": [{"product_id": 1, "quantity": 1}]});
        let order = app.post("/api/orders", &order).problem(422, "invalid");
        let message = format!("must be a whole number, not {shown}");
        assert_eq!(order["errors"], json!([{"field": "user_id", "message": message}]));
    }
}

#[test]
fn a_field_that_is_missing_or_unknown_or_given_twice_is_named() {
    let app = TestApp::shop();
    let before = app.contents();
    for (body, field) in [
        (r#"{"first_name": "A", "last_name": "B"}"#, "email"),
        (r#"{"email": "a@b.de", "first_name": "A", "last_name": "B", "role": "admin"}"#, "role"),
        (r#"{"email": "a@b.de", "first_name": "A", "last_name": "B", "last_name": "C"}"#, "last_name"),
        (r#"{"email": ["a@b.de"], "first_name": "A", "last_name": "B"}"#, "email"),
    ] {
        assert_eq!(app.post_text("/api/users", body).complains_of(422, "invalid"), [field], "{body}");
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn names_keep_their_quotes_and_emoji() {
    let app = TestApp::empty();
    for (i, name) in ["O'Brien\"; DROP TABLE users; --", "👩‍🚀 Ada", "名前", "%_!\\"].into_iter().enumerate() {
        let body = json!({"email": format!("user{i}@example.com"), "first_name": name, "last_name": "X"});
        let user = app.post("/api/users", &body).good(201);
        assert_eq!(app.get(&format!("/api/users/{}", user["id"])).good(200)["first_name"], name);
    }
}

#[test]
fn names_with_nul_or_300_characters_are_refused() {
    let app = TestApp::shop();
    let before = app.contents();
    for name in ["A\0B".to_owned(), "x".repeat(300), "👩".repeat(101), "A\nB".to_owned(), "   ".to_owned()] {
        let body = json!({"email": "new@example.com", "first_name": name, "last_name": "X"});
        assert_eq!(app.post("/api/users", &body).complains_of(422, "invalid"), ["first_name"], "{name:?}");
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_body_that_is_no_json_is_malformed() {
    let app = TestApp::shop();
    let before = app.contents();
    let user = br#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
    let deep = format!("{{\"name\": {}", "[".repeat(100_000));
    let twice = [user.as_slice(), user].concat();
    let bodies: [&[u8]; 8] = [b"", b"  ", b"hello", b"{", b"{\"email\": }", b"{\"email\": NaN}", b"\xff\xfe", &twice];
    for body in bodies {
        app.post_text("/api/users", body.to_vec()).problem(400, "malformed-request");
    }
    app.post_text("/api/users", deep).problem(422, "invalid");
    assert_eq!(app.contents(), before);
}

#[test]
fn json_that_is_no_object_is_invalid() {
    let app = TestApp::empty();
    for body in ["null", "1", "\"x\"", "true", "[]", r#"["a@b.de", "A", "B"]"#] {
        app.post_text("/api/users", body).problem(422, "invalid");
    }
}

#[test]
fn a_body_that_is_not_said_to_be_json_is_an_unsupported_media_type() {
    let app = TestApp::shop();
    let before = app.contents();
    let body = r#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""] {
        let answer = app.ask(Method::POST, "/api/users", &[("Content-Type", kind)], body);
        answer.problem(415, "unsupported-media-type");
    }
    app.ask(Method::POST, "/api/users", &[], body).problem(415, "unsupported-media-type");
    assert_eq!(app.contents(), before);
    let with_charset = [("Content-Type", "Application/JSON; charset=utf-8")];
    app.ask(Method::POST, "/api/users", &with_charset, body).good(201);
}

#[test]
fn a_body_of_a_mebibyte_is_read_and_a_larger_one_is_too_large() {
    let app = TestApp::empty();
    let body = |length: usize| {
        let user = r#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
        format!("{user}{}", " ".repeat(length - user.len()))
    };
    app.post_text("/api/users", body(1024 * 1024 + 1)).problem(413, "body-too-large");
    assert_eq!(app.get("/api/users").good(200), json!([]));
    app.post_text("/api/users", body(1024 * 1024)).good(201);
}

#[test]
fn a_client_that_sends_two_megabytes_over_a_socket_gets_to_see_the_answer() {
    let server = Server::start(ecomdb::Database::open("sqlite::memory:").unwrap());
    let body = vec![b' '; 2_000_000];
    let (status, answer) = server.post("/api/users", std::str::from_utf8(&body).unwrap());
    assert_eq!(status, 413);
    assert!(answer.contains("/problems/body-too-large"), "{answer}");

    let mut chunked = format!("{:x}\r\n", body.len()).into_bytes();
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let head = "POST /api/users HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    assert_eq!(exchange(server.address, head, &chunked).0, 413);
    server.join();
}

#[test]
fn an_id_that_is_no_whole_number_is_malformed() {
    let app = TestApp::shop();
    for id in
        ["abc", "1.5", "9223372036854775808", "-9223372036854775809", "+1", "01", "-0", "1e3", "%201", "%FF", "1%00"]
    {
        for resource in ["users", "categories", "products", "orders", "payments"] {
            let answer = app.get(&format!("/api/{resource}/{id}"));
            assert_eq!(answer.complains_of(400, "malformed-request"), ["id"], "{resource}/{id}");
        }
    }
}

#[test]
fn an_id_that_nothing_has_is_not_found() {
    let app = TestApp::shop();
    for id in ["0", "-1", "99", "9223372036854775807", "-9223372036854775808"] {
        for resource in ["users", "categories", "products", "orders", "payments"] {
            let problem = app.get(&format!("/api/{resource}/{id}")).problem(404, "not-found");
            assert_eq!(problem["id"].to_string(), id, "{resource}");
        }
    }
}

#[test]
fn an_id_is_looked_at_before_the_body() {
    let answer = TestApp::shop().post_text("/api/orders/abc/payments", "not JSON");
    assert_eq!(answer.complains_of(400, "malformed-request"), ["id"]);
}

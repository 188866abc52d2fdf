//! `/api/analytics`

use serde_json::{Value, json};

use crate::support::TestApp;

/// Ada bought two desk lamps and a floor lamp, Grace a desk lamp; a pending order counts nowhere.
fn shop_with_sales() -> TestApp {
    let app = TestApp::shop();
    let payment = json!({"method": "card", "capture": true});
    let items = json!([{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 1}]);
    app.post("/api/orders", &json!({"user_id": 1, "items": items, "payment": payment})).good(201);
    let items = json!([{"product_id": 1, "quantity": 1}]);
    app.post("/api/orders", &json!({"user_id": 2, "items": items, "payment": payment})).good(201);
    app.post("/api/orders", &json!({"user_id": 2, "items": items})).good(201);
    app
}

/// Some fields of each row.
fn columns(rows: &Value, fields: &[&str]) -> Value {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| fields.iter().map(|field| row[*field].clone()).collect::<Value>())
        .collect()
}

#[test]
fn total_revenue_counts_completed_orders() {
    let app = shop_with_sales();
    let total = app.get("/api/analytics/total-revenue").good(200);
    assert_eq!(total["total_revenue"], "179.47");
}

#[test]
fn monthly_revenue_has_a_row_for_each_month_with_orders() {
    let app = shop_with_sales();
    let month = app.get("/api/orders/1").good(200)["placed_at"].as_str().unwrap()[..7].to_owned();
    let months = app.get("/api/analytics/monthly-revenue").good(200);
    let last = months.as_array().unwrap().last().unwrap();
    assert!(last["month"].as_str().unwrap() >= month.as_str(), "{months}");
    let orders: i64 = months.as_array().unwrap().iter().map(|row| row["orders"].as_i64().unwrap()).sum();
    assert_eq!(orders, 2);
}

#[test]
fn customers_are_ranked_by_what_they_spent() {
    let rows = shop_with_sales().get("/api/analytics/top-customers").good(200);
    let expected = json!([[1, "ada@example.com", "149.48", 1], [2, "grace@example.com", "29.99", 1]]);
    assert_eq!(columns(&rows, &["user_id", "email", "total_spent", "orders"]), expected);
}

#[test]
fn products_are_ranked_by_units_and_by_revenue() {
    let app = shop_with_sales();
    let rows = app.get("/api/analytics/top-products").good(200);
    let expected = json!([[1, "Desk lamp", 3], [2, "Floor lamp", 1]]);
    assert_eq!(columns(&rows, &["product_id", "product_name", "total_units_sold"]), expected);
    let rows = app.get("/api/analytics/revenue-by-product?limit=1").good(200);
    assert_eq!(columns(&rows, &["product_id", "product_name", "product_revenue"]), json!([[1, "Desk lamp", "89.97"]]));
}

#[test]
fn an_empty_shop_has_reports_too() {
    let app = TestApp::empty();
    assert_eq!(app.get("/api/analytics/total-revenue").good(200)["total_revenue"], "0.00");
    for report in ["monthly-revenue", "top-customers", "top-products", "revenue-by-product"] {
        assert_eq!(app.get(&format!("/api/analytics/{report}")).good(200), json!([]));
    }
}

#[test]
fn a_period_ends_before_its_last_moment_and_takes_time_zones() {
    let app = shop_with_sales();
    let revenue =
        |query: &str| app.get(&format!("/api/analytics/total-revenue?{query}")).good(200)["total_revenue"].clone();
    let placed_at = app.get("/api/orders/1").good(200)["placed_at"].as_str().unwrap().to_owned();
    assert_eq!(revenue(&format!("from={placed_at}")), "179.47");
    assert_eq!(revenue(&format!("to={placed_at}")), "0.00");
    assert_eq!(revenue("from=2000-01-01&to=2000-02-01"), "0.00");
    assert_eq!(revenue("from=2000-01-01T00:00:00%2B01:00"), "179.47");
    assert_eq!(revenue("from=2000-01-01T00:00:00+01:00"), "179.47");
}

#[test]
fn a_wrong_period_or_limit_is_refused_by_name() {
    let app = TestApp::empty();
    for (query, field) in [
        ("total-revenue?from=yesterday", "from"),
        ("monthly-revenue?to=2026-13-01", "to"),
        ("top-customers?from=2026-02-01&to=2026-01-01", "from"),
        ("top-products?limit=0", "limit"),
        ("revenue-by-product?limit=1001", "limit"),
        ("total-revenue?limit=1", "limit"),
        ("monthly-revenue?form=2026-01-01", "form"),
    ] {
        let answer = app.get(&format!("/api/analytics/{query}"));
        assert_eq!(answer.complains_of(400, "malformed-request"), [field], "{query}");
    }
}

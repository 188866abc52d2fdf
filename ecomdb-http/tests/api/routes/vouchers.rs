//! `/api/vouchers`, and orders with adjustments.

use serde_json::json;

use crate::support::TestApp;

#[test]
fn a_voucher_is_created_changed_used_and_cannot_be_deleted_then() {
    let app = TestApp::shop_with_sales();
    let body = json!({"code": "summer10", "kind": "percent", "value": "10", "usage_limit": 2});
    let answer = app.post("/api/vouchers", &body);
    let voucher = answer.good(201);
    assert_eq!(answer.header("Location"), "/api/vouchers/1");
    assert_eq!(
        (&voucher["code"], &voucher["value"], &voucher["used"]),
        (&json!("SUMMER10"), &json!("10.00"), &json!(0))
    );
    assert_eq!(app.get("/api/vouchers/1").good(200), voucher);
    assert_eq!(app.get("/api/vouchers?code=Summer10").good(200), json!([voucher]));
    assert_eq!(app.post("/api/vouchers", &body).complains_of(409, "duplicate"), ["code"]);

    let order = json!({
        "user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "voucher": "SUMMER10",
        "adjustments": [{"kind": "shipping", "label": "Standard", "amount": "4.90"}],
    });
    let placed = app.post("/api/orders", &order).good(201);
    assert_eq!(placed["adjustments"][1]["voucher_id"], 1);
    assert_eq!(placed["adjustments"][1]["label"], "SUMMER10");
    assert_eq!(app.get("/api/vouchers/1").good(200)["used"], 1);
    app.delete("/api/vouchers/1").problem(409, "in-use");

    let changed =
        app.patch("/api/vouchers/1", &json!({"usage_limit": null, "ends_at": "2020-01-01T00:00:00Z"})).good(200);
    assert_eq!((&changed["usage_limit"], &changed["used"]), (&json!(null), &json!(1)));
    assert_eq!(app.post("/api/orders", &order).complains_of(422, "invalid"), ["voucher"]);
}

#[test]
fn each_wrong_field_of_a_voucher_is_named() {
    let app = TestApp::shop();
    let body = json!({
        "code": "10 %", "kind": "percent", "value": "100.01", "minimum": "-1",
        "starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z", "usage_limit": 0,
    });
    let answer = app.post("/api/vouchers", &body);
    assert_eq!(answer.complains_of(422, "invalid"), ["code", "value", "minimum", "ends_at", "usage_limit"]);
    let body = json!({"code": "A", "kind": "gift", "value": "1"});
    assert_eq!(app.post("/api/vouchers", &body).complains_of(422, "invalid"), ["kind"]);
}

#[test]
fn each_wrong_adjustment_of_an_order_is_named() {
    let app = TestApp::shop_with_sales();
    let order = json!({
        "user_id": 1, "items": [{"product_id": 1, "quantity": 1}],
        "adjustments": [
            {"kind": "discount", "label": "Extra", "amount": "1.00"},
            {"kind": "shipping", "label": "", "amount": "4.90", "included": true},
        ],
    });
    let wrong = app.post("/api/orders", &order).complains_of(422, "invalid");
    assert_eq!(wrong, ["adjustments[0].amount", "adjustments[1].label", "adjustments[1].included"]);
}

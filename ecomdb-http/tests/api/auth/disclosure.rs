//! What each kind of caller sees of products, orders and stock.

use axum::http::Method;
use ecomdb::{Database, NewApiKey, NewOrder, ProductId, ProductPatch, ProductStatus, Role, Scope, UserId};
use serde_json::json;

use crate::support::people::{employ, give_password, session};
use crate::support::{TestApp, sales};

const ADA: UserId = UserId::new(1);

/// The shop of [`sales::sell`], and the tokens of Ada, a member of the staff, and a program with only this scope.
fn shop(scope: Scope) -> (TestApp, [String; 3]) {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::sell(&db);
    give_password(&db, ADA);
    let staff = employ(&db, "staff@example.com", Role::Staff);
    let admin = employ(&db, "admin@example.com", Role::Admin);
    let key = NewApiKey::builder(admin, "program", [scope]).build().unwrap();
    let program = db.accounts().create_key(key).unwrap().0.expose().to_owned();
    let tokens = [session(&db, ADA), session(&db, staff), program];
    (TestApp::guarded(db), tokens)
}

#[test]
fn a_customer_gets_in_stock_and_an_etag_that_tells_nothing_of_sales() {
    let (app, [ada, staff, program]) = shop(Scope::CatalogRead);
    let show = |token: &str| app.ask_as(token, Method::GET, "/api/products/1", None);
    let before = show(&ada);
    let seen = [&ada, &staff, &program].map(|token| {
        let product = show(token).good(200);
        [product["in_stock"].clone(), product["stock"].clone(), product["reorder_level"].clone()]
    });
    assert_eq!(json!(seen), json!([[true, null, null], [true, 6, 6], [true, null, null]]));
    assert!(!before.text.contains("stock\":6") && !before.text.contains("reorder_level"), "{}", before.text);
    let order = NewOrder::builder(ADA).item(ProductId::new(1), 1).build().unwrap();
    app.db.orders().place(order).unwrap();
    assert_eq!(show(&ada).header("ETag"), before.header("ETag"));
    let listed = app.ask_as(&ada, Method::GET, "/api/products", None).good(200);
    assert!(listed.as_array().unwrap().iter().all(|product| product.get("stock").is_none()), "{listed}");
}

#[test]
fn the_21st_attempt_to_pay_an_order_is_refused() {
    let (app, [ada, ..]) = shop(Scope::CatalogRead);
    let order = NewOrder::builder(ADA).item(ProductId::new(1), 1).build().unwrap();
    let uri = format!("/api/orders/{}/payments", app.db.orders().place(order).unwrap().id);
    let pay = || app.ask_as(&ada, Method::POST, &uri, Some(&json!({"method": "card"})));
    for _ in 0..20 {
        pay().good(201);
    }
    let problem = pay().problem(409, "limit-reached");
    assert_eq!((&problem["entity"], &problem["limit"]), (&json!("order"), &json!(20)));
}

#[test]
fn a_customer_gets_no_archived_product() {
    let (app, [ada, staff, _]) = shop(Scope::CatalogRead);
    let patch = ProductPatch::default().status(ProductStatus::Archived);
    app.db.products().update(ProductId::new(3), patch).unwrap();
    let ask = |token: &str, uri: &str| app.ask_as(token, Method::GET, uri, None);
    for uri in ["/api/products/3", "/api/products/3/price-history"] {
        ask(&ada, uri).problem(404, "not-found");
        ask(&staff, uri).good(200);
    }
    for (uri, of_ada, of_staff) in [("/api/products", 2, 3), ("/api/products?status=archived", 0, 1)] {
        let count = |token: &str| ask(token, uri).good(200).as_array().unwrap().len();
        assert_eq!((count(&ada), count(&staff)), (of_ada, of_staff), "{uri}");
    }
}

#[test]
fn a_program_that_only_settles_hears_nothing_of_the_buyer() {
    let (app, [.., program]) = shop(Scope::PaymentsSettle);
    let ask = |uri: &str, body: serde_json::Value| app.ask_as(&program, Method::POST, uri, Some(&body));
    let refunded = ask("/api/orders/1/refunds", json!({"reason": "late", "amount": "1.00"}));
    let order = refunded.good(201);
    assert_eq!((&order["refunded"], &order["user_id"]), (&json!("1.00"), &json!(1)));
    assert!(order.get("user").is_none() && !refunded.text.contains("ada@example.com"), "{}", refunded.text);
    let shown = app.ask_as(&program, Method::GET, refunded.header("Location"), None);
    shown.problem(403, "forbidden");
}

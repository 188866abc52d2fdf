//! Every route, with its status for every kind of caller.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;
use ecomdb::{
    Database, NewApiKey, NewOrder, NewPayment, NewProductGroup, NewVoucher, PaymentMethod, ProductId, Report, Role,
    Scope, UserId,
};

use crate::support::people::{employ, give_password, session};
use crate::support::{TestApp, sales};

/// The callers: anonymous, Ada, Grace, staff, admin, and two API keys of the admin: one with every scope except that of
/// the line, one with only that scope.
const CALLERS: usize = 7;

/// Route, path and body: JSON, or the entries of a form. Lines about a user are about Ada (user 1): payment 1 paid her order 1, her order 7 is unpaid,
/// and payment 6 is pending for it. Grace is user 2, the member of the staff user 3, and the admin user 4.
///
/// Then the scope, and the statuses for: anonymous, Ada, Grace, staff, admin, the key without the scope, the key with
/// it.
pub(crate) type Line = (&'static str, &'static str, &'static str, Option<Scope>, [u16; CALLERS]);

use Scope::*;

const ADDRESS: &str =
    r#"{"recipient": "Ada Lovelace", "street": "12 St James's Square", "city": "London", "country": "GB"}"#;

#[rustfmt::skip]
const LINES: &[Line] = &[
    // Open to everyone
    ("GET /api", "/api", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /healthz", "/healthz", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /readyz", "/readyz", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /problems/{kind}", "/problems/forbidden", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/auth/login", "/api/auth/login", r#"{"email": "ada@example.com", "password": "correct horse battery"}"#, None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /docs", "/docs", "", None, [308, 308, 308, 308, 308, 308, 308]),
    ("GET /docs/{file}", "/docs/index.html", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/openapi.json", "/api/openapi.json", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("GET /metrics", "/metrics", "", Some(MetricsRead), [401, 403, 403, 403, 200, 403, 200]),
    // Settings
    ("GET /api/shop", "/api/shop", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PATCH /api/shop", "/api/shop", r#"{"currency": "CHF"}"#, Some(ShopManage), [401, 403, 403, 403, 200, 403, 200]),
    // Users
    ("GET /api/users", "/api/users", "", Some(UsersRead), [401, 200, 200, 200, 200, 403, 200]),
    ("POST /api/users", "/api/users", r#"{"email": "x@y.org", "first_name": "X", "last_name": "Y"}"#, Some(UsersManage), [401, 403, 403, 403, 201, 403, 201]),
    ("GET /api/users/{id}", "/api/users/1", "", Some(UsersRead), [401, 200, 404, 200, 200, 403, 200]),
    ("PATCH /api/users/{id}", "/api/users/1", r#"{"first_name": "A"}"#, Some(UsersWrite), [401, 200, 404, 403, 200, 403, 200]),
    ("PATCH /api/users/{id}", "/api/users/1", r#"{"status": "disabled"}"#, Some(UsersManage), [401, 403, 403, 403, 200, 403, 200]),
    ("PATCH /api/users/{id}", "/api/users/1", r#"{"email": "new@example.com"}"#, Some(UsersManage), [401, 403, 403, 403, 200, 403, 200]),
    ("DELETE /api/users/{id}", "/api/users/1", "", Some(UsersManage), [401, 403, 403, 403, 409, 403, 409]),
    // Changes to staff and admins require a session, and the last admin stays
    ("PATCH /api/users/{id}", "/api/users/3", r#"{"status": "disabled"}"#, Some(UsersManage), [401, 403, 403, 403, 200, 403, 403]),
    ("PATCH /api/users/{id}", "/api/users/3", r#"{"email": "new@example.com"}"#, Some(UsersManage), [401, 403, 403, 403, 200, 403, 403]),
    ("DELETE /api/users/{id}", "/api/users/3", "", Some(UsersManage), [401, 403, 403, 403, 204, 403, 403]),
    ("PATCH /api/users/{id}", "/api/users/4", r#"{"status": "disabled"}"#, Some(UsersManage), [401, 403, 403, 403, 409, 403, 403]),
    ("DELETE /api/users/{id}", "/api/users/4", "", Some(UsersManage), [401, 403, 403, 403, 409, 403, 403]),
    ("PUT /api/users/{id}/role", "/api/users/4/role", r#"{"role": "staff"}"#, Some(UsersManage), [401, 403, 403, 403, 409, 403, 403]),
    ("POST /api/users/{id}/anonymise", "/api/users/1/anonymise", "", Some(UsersManage), [401, 403, 403, 403, 200, 403, 200]),
    ("GET /api/users/{id}/dossier", "/api/users/1/dossier", "", Some(UsersRead), [401, 200, 404, 200, 200, 403, 403]),
    ("GET /api/users/{id}/orders", "/api/users/1/orders", "", Some(OrdersRead), [401, 200, 404, 200, 200, 403, 200]),
    ("PUT /api/users/{id}/role", "/api/users/1/role", r#"{"role": "admin"}"#, Some(UsersManage), [401, 403, 403, 403, 200, 403, 403]),
    ("PUT /api/users/{id}/password", "/api/users/1/password", r#"{"password": "another horse"}"#, Some(UsersManage), [401, 403, 403, 403, 204, 403, 403]),
    // Catalog
    ("GET /api/categories", "/api/categories", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("POST /api/categories", "/api/categories", r#"{"name": "Chairs"}"#, Some(CatalogWrite), [401, 403, 403, 201, 201, 403, 201]),
    ("GET /api/categories/{id}", "/api/categories/1", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PATCH /api/categories/{id}", "/api/categories/1", r#"{"name": "Light"}"#, Some(CatalogWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("DELETE /api/categories/{id}", "/api/categories/1", "", Some(CatalogWrite), [401, 403, 403, 409, 409, 403, 409]),
    ("GET /api/products", "/api/products", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("POST /api/products", "/api/products", r#"{"name": "Chair", "category_id": 1, "price": "1.00", "initial_stock": 1}"#, Some(CatalogWrite), [401, 403, 403, 201, 201, 403, 201]),
    ("GET /api/products/{id}", "/api/products/1", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PATCH /api/products/{id}", "/api/products/1", r#"{"price": "0.01"}"#, Some(CatalogWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("DELETE /api/products/{id}", "/api/products/1", "", Some(CatalogWrite), [401, 403, 403, 409, 409, 403, 409]),
    ("GET /api/products/{id}/price-history", "/api/products/1/price-history", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PUT /api/products/{id}/images", "/api/products/1/images", r#"{"images": [{"url": "/lamp.webp"}]}"#, Some(CatalogWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("GET /api/products/{id}/external-ids", "/api/products/1/external-ids", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PUT /api/products/{id}/external-ids/{source}", "/api/products/1/external-ids/erp", r#"{"external_id": "4711"}"#, Some(CatalogWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("DELETE /api/products/{id}/external-ids/{source}", "/api/products/1/external-ids/erp", "", Some(CatalogWrite), [401, 403, 403, 204, 204, 403, 204]),
    ("GET /api/product-groups", "/api/product-groups", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("POST /api/product-groups", "/api/product-groups", r#"{"name": "T-shirt", "options": ["size"]}"#, Some(CatalogWrite), [401, 403, 403, 201, 201, 403, 201]),
    ("GET /api/product-groups/{id}", "/api/product-groups/1", "", Some(CatalogRead), [401, 200, 200, 200, 200, 403, 200]),
    ("PATCH /api/product-groups/{id}", "/api/product-groups/1", r#"{"name": "Shirt"}"#, Some(CatalogWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("DELETE /api/product-groups/{id}", "/api/product-groups/1", "", Some(CatalogWrite), [401, 403, 403, 204, 204, 403, 204]),
    // Inventory
    ("GET /api/inventory", "/api/inventory", "", Some(InventoryRead), [401, 403, 403, 200, 200, 403, 200]),
    ("GET /api/products/{id}/inventory", "/api/products/1/inventory", "", Some(InventoryRead), [401, 403, 403, 200, 200, 403, 200]),
    ("GET /api/products/{id}/inventory/movements", "/api/products/1/inventory/movements", "", Some(InventoryRead), [401, 403, 403, 200, 200, 403, 200]),
    ("POST /api/products/{id}/inventory/movements", "/api/products/1/inventory/movements", r#"{"reason": "restock", "delta": 5}"#, Some(InventoryWrite), [401, 403, 403, 201, 201, 403, 201]),
    // Orders
    ("GET /api/orders", "/api/orders", "", Some(OrdersRead), [401, 200, 200, 200, 200, 403, 200]),
    ("GET /api/orders", "/api/orders?user_id=1", "", Some(OrdersRead), [401, 200, 404, 200, 200, 403, 200]),
    ("POST /api/orders", "/api/orders", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}"#, Some(OrdersWrite), [401, 201, 422, 201, 201, 403, 201]),
    ("POST /api/orders", "/api/orders", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "payment": {"method": "card", "capture": true}}"#, Some(OrdersWrite), [401, 403, 403, 201, 201, 403, 403]),
    ("POST /api/orders", "/api/orders", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "voucher": "summer10"}"#, Some(OrdersWrite), [401, 201, 422, 201, 201, 403, 201]),
    ("POST /api/orders", "/api/orders", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "adjustments": [{"kind": "discount", "label": "Mine", "amount": "-1.00"}]}"#, Some(OrdersAdjust), [401, 403, 403, 201, 201, 403, 403]),
    ("POST /api/orders/quote", "/api/orders/quote", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "voucher": "summer10"}"#, Some(OrdersWrite), [401, 200, 422, 200, 200, 403, 200]),
    ("POST /api/orders/quote", "/api/orders/quote", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "adjustments": [{"kind": "discount", "label": "Mine", "amount": "-1.00"}]}"#, Some(OrdersAdjust), [401, 403, 403, 200, 200, 403, 403]),
    ("GET /api/orders/{id}", "/api/orders/1", "", Some(OrdersRead), [401, 200, 404, 200, 200, 403, 200]),
    ("PUT /api/orders/{id}/shipping-address", "/api/orders/7/shipping-address", ADDRESS, Some(OrdersWrite), [401, 200, 404, 200, 200, 403, 200]),
    ("DELETE /api/orders/{id}/shipping-address", "/api/orders/7/shipping-address", "", Some(OrdersWrite), [401, 200, 404, 200, 200, 403, 200]),
    ("PUT /api/orders/{id}/billing-address", "/api/orders/7/billing-address", ADDRESS, Some(OrdersWrite), [401, 200, 404, 200, 200, 403, 200]),
    ("DELETE /api/orders/{id}/billing-address", "/api/orders/7/billing-address", "", Some(OrdersWrite), [401, 200, 404, 200, 200, 403, 200]),
    ("POST /api/orders/{id}/extend", "/api/orders/7/extend", r#"{"minutes": 15}"#, Some(OrdersWrite), [401, 409, 404, 409, 409, 403, 409]),
    ("POST /api/orders/{id}/cancel", "/api/orders/7/cancel", "", Some(OrdersWrite), [401, 200, 404, 200, 200, 403, 200]),
    ("POST /api/orders/{id}/payments", "/api/orders/7/payments", r#"{"method": "card"}"#, Some(PaymentsWrite), [401, 201, 404, 201, 201, 403, 201]),
    ("POST /api/orders/{id}/payments", "/api/orders/7/payments", r#"{"method": "card", "capture": true}"#, Some(PaymentsSettle), [401, 403, 403, 201, 201, 403, 201]),
    ("POST /api/orders/{id}/refunds", "/api/orders/1/refunds", r#"{"reason": "late"}"#, Some(PaymentsSettle), [401, 403, 403, 201, 201, 403, 201]),
    // Payments
    ("GET /api/payments", "/api/payments", "", Some(PaymentsRead), [401, 200, 200, 200, 200, 403, 200]),
    ("GET /api/payments/{id}", "/api/payments/1", "", Some(PaymentsRead), [401, 200, 404, 200, 200, 403, 200]),
    ("POST /api/payments/{id}/capture", "/api/payments/6/capture", "", Some(PaymentsSettle), [401, 403, 403, 200, 200, 403, 200]),
    ("POST /api/payments/{id}/fail", "/api/payments/6/fail", "", Some(PaymentsSettle), [401, 403, 403, 200, 200, 403, 200]),
    ("POST /api/payments/{id}/return", "/api/payments/6/return", "", Some(PaymentsSettle), [401, 403, 403, 409, 409, 403, 409]),
    ("POST /api/payments/settle", "/api/payments/settle", r#"{"method": "card", "reference": "ch_9", "outcome": "paid", "amount": "10.00"}"#, Some(PaymentsSettle), [401, 403, 403, 404, 404, 403, 404]),
    // Vouchers
    ("GET /api/vouchers", "/api/vouchers", "", Some(VouchersRead), [401, 403, 403, 200, 200, 403, 200]),
    ("POST /api/vouchers", "/api/vouchers", r#"{"code": "new", "kind": "percent", "value": "10"}"#, Some(VouchersWrite), [401, 403, 403, 201, 201, 403, 201]),
    ("GET /api/vouchers/{id}", "/api/vouchers/1", "", Some(VouchersRead), [401, 403, 403, 200, 200, 403, 200]),
    ("PATCH /api/vouchers/{id}", "/api/vouchers/1", r#"{"usage_limit": 5}"#, Some(VouchersWrite), [401, 403, 403, 200, 200, 403, 200]),
    ("DELETE /api/vouchers/{id}", "/api/vouchers/1", "", Some(VouchersWrite), [401, 403, 403, 204, 204, 403, 204]),
    // Reports have lines of their own
    ("GET /api/analytics/customers", "/api/analytics/customers", "", Some(ReportsRead), [401, 403, 403, 200, 200, 403, 200]),
    // Accounts: key 1 and session 1 are Ada's
    ("POST /api/auth/logout", "/api/auth/logout", "", None, [401, 204, 204, 204, 204, 403, 403]),
    ("GET /api/auth/me", "/api/auth/me", "", None, [401, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/auth/password", "/api/auth/password", r#"{"current_password": "correct horse battery", "password": "another horse"}"#, None, [401, 204, 204, 204, 204, 403, 403]),
    ("GET /api/auth/sessions", "/api/auth/sessions", "", None, [401, 200, 200, 200, 200, 403, 403]),
    ("DELETE /api/auth/sessions", "/api/auth/sessions", "", None, [401, 204, 204, 204, 204, 403, 403]),
    ("DELETE /api/auth/sessions/{id}", "/api/auth/sessions/1", "", None, [401, 204, 404, 404, 404, 403, 403]),
    ("GET /api/auth/api-keys", "/api/auth/api-keys?user_id=1", "", None, [401, 200, 404, 404, 200, 403, 403]),
    ("POST /api/auth/api-keys", "/api/auth/api-keys", r#"{"name": "mine", "scopes": ["orders:read"]}"#, None, [401, 201, 201, 201, 201, 403, 403]),
    ("POST /api/auth/api-keys", "/api/auth/api-keys", r#"{"name": "of ada", "scopes": ["orders:read"], "user_id": 1}"#, None, [401, 201, 422, 422, 201, 403, 403]),
    ("DELETE /api/auth/api-keys/{id}", "/api/auth/api-keys/1", "", None, [401, 204, 404, 404, 204, 403, 403]),
];

/// The lines above, those of the dashboard, and one for each report.
fn lines() -> Vec<Line> {
    let report = |report: &Report| -> Line {
        let path: &'static str = format!("/api/analytics/{report}").leak();
        let uri: &'static str = format!("{path}{}", sales::required(*report)).leak();
        (format!("GET {path}").leak(), uri, "", Some(ReportsRead), [401, 403, 403, 200, 200, 403, 200])
    };
    let pages = crate::dashboard::roles::lines();
    LINES.iter().copied().chain(pages).chain(Report::ALL.iter().map(report)).collect()
}

/// The shop of [`sales::sell`] in a file, with one more unpaid order of Ada's, and the callers.
struct Original {
    tokens: [Option<String>; 5],
    admin: UserId,
}

impl Original {
    fn make(file: &Path) -> Self {
        let db = Database::open(&url(file)).unwrap();
        sales::sell(&db);
        let (ada, grace) = (UserId::new(1), UserId::new(2));
        let order = NewOrder::builder(ada).item(ProductId::new(1), 1).payment(NewPayment::pending(PaymentMethod::Card));
        let order = db.orders().place(order.build().unwrap()).unwrap();
        assert_eq!((order.id.get(), order.payments[0].id.get()), (7, 6), "as the table says");
        let shirt = NewProductGroup::builder("T-shirt", ["size"]).build().unwrap();
        assert_eq!(db.groups().create(shirt).unwrap().id.get(), 1, "as the table says");
        let summer = NewVoucher::percent("SUMMER10", "10".parse().unwrap()).build().unwrap();
        assert_eq!(db.vouchers().create(summer).unwrap().id.get(), 1, "as the table says");
        give_password(&db, ada);
        give_password(&db, grace);
        db.accounts().create_key(NewApiKey::builder(ada, "phone", [OrdersRead]).build().unwrap()).unwrap();
        let staff = employ(&db, "staff@example.com", Role::Staff);
        let admin = employ(&db, "admin@example.com", Role::Admin);
        assert_eq!((staff.get(), admin.get()), (3, 4), "as the table says");
        let token = |user| Some(session(&db, user));
        Self { tokens: [None, token(ada), token(grace), token(staff), token(admin)], admin }
    }
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// The response to a caller, in a fresh copy of the shop. Each copy has its own folder: connections to the previous one
/// may close a moment after its response.
fn answer(original: &Original, file: &Path, (route, uri, body, scope, _): &Line, caller: usize) -> u16 {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(file, &copy).unwrap();
    let db = Database::builder(url(&copy)).migrate(false).open().unwrap();
    let others = || Scope::ALL.iter().copied().filter(|other| Some(*other) != *scope).collect::<Vec<_>>();
    let program = |scopes: Vec<Scope>| {
        let key = NewApiKey::builder(original.admin, "program", scopes).build().unwrap();
        Some(db.accounts().create_key(key).unwrap().0.expose().to_owned())
    };
    let token = match caller {
        5 => program(others()),
        6 => program(scope.map_or_else(others, |scope| vec![scope])),
        caller => original.tokens[caller].clone(),
    };
    let app = TestApp::guarded(db);
    let method: Method = route.split_once(' ').unwrap().0.parse().unwrap();
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers: Vec<_> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    headers.extend(Some(("Content-Type", kind)).filter(|_| method == Method::POST || !body.is_empty()));
    let answer = app.ask(method, uri, &headers, *body);
    answer.status.as_u16()
}

#[test]
fn every_route_answers_each_caller_as_the_table_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let original = Original::make(&file);
    let mut wrong = Vec::new();
    for line in &lines() {
        let answers: [u16; CALLERS] = std::array::from_fn(|caller| answer(&original, &file, line, caller));
        if answers != line.4 {
            wrong.push(format!("{} {}: {answers:?}, not {:?}", line.0, line.2, line.4));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_route_is_in_the_table_and_nothing_else() {
    let routes: BTreeSet<_> = ecomdb_http::routes().iter().map(|(method, path)| format!("{method} {path}")).collect();
    let listed: BTreeSet<_> = lines().iter().map(|line| line.0.to_owned()).collect();
    let missing: Vec<_> = routes.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&routes).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not in the table: {missing:?}; no routes: {unknown:?}");
    for (route, uri, ..) in lines() {
        let path = uri.split('?').next().unwrap();
        let pattern = route.split_once(' ').unwrap().1;
        let fits = path.split('/').count() == pattern.split('/').count()
            && path.split('/').zip(pattern.split('/')).all(|(part, of)| part == of || of.starts_with('{'));
        assert!(fits, "{path} is not {pattern}");
    }
}

//! Every page, with its status for every kind of caller; see `auth::matrix`.

use axum::http::Method;
use ecomdb::Database;
use ecomdb::Scope::*;

use crate::auth::matrix::Line;
use crate::support::TestApp;

/// Customers see no page, whatever scopes their role has. Anonymous visitors are redirected to the login, or keep their
/// entries. The statuses are for: anonymous, Ada, Grace, staff, admin, the key without the scope, the key with it.
#[rustfmt::skip]
const LINES: &[Line] = &[
    // The shell
    ("POST /theme", "/theme", "theme=dark", None, [303, 303, 303, 303, 303, 303, 303]),
    ("GET /login", "/login", "", None, [200, 200, 200, 200, 200, 200, 200]),
    ("POST /login", "/login", "email=ada%40example.com&password=correct+horse+battery", None, [303, 303, 303, 303, 303, 303, 303]),
    ("GET /live", "/live", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /search", "/search?q=1", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /logout", "/logout", "", None, [303, 303, 303, 303, 303, 403, 403]),
    // Orders
    ("GET /orders", "/orders", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders.csv", "/orders.csv", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders/new", "/orders/new", "", Some(OrdersWrite), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /orders/new", "/orders/new", "customer=1&item=1:1", Some(OrdersWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("POST /orders/views", "/orders/views", "name=To+pay&address=/orders?tab=unpaid", Some(OrdersRead), [401, 403, 403, 303, 303, 403, 303]),
    ("POST /orders/views/remove", "/orders/views/remove", "name=To+pay", Some(OrdersRead), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}", "/orders/1", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders/{id}/invoice", "/orders/1/invoice", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders/{id}/packing-slip", "/orders/1/packing-slip", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders/print", "/orders/print?ids=1", "", Some(OrdersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /orders/{id}/pay", "/orders/7/pay", "", Some(PaymentsSettle), [303, 403, 403, 200, 200, 200, 403]),
    ("POST /orders/{id}/pay", "/orders/7/pay", "amount=29.99&method=card", Some(PaymentsWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("POST /orders/{id}/pay", "/orders/7/pay", "amount=29.99&method=card&captured=yes", Some(PaymentsSettle), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}/cancel", "/orders/7/cancel", "", Some(OrdersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /orders/{id}/cancel", "/orders/7/cancel", "", Some(OrdersWrite), [303, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}/refund", "/orders/1/refund", "", Some(PaymentsSettle), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /orders/{id}/refund", "/orders/1/refund", "amount=1.00&reason=late&step=confirm", Some(PaymentsSettle), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /payments/{id}/capture", "/payments/6/capture", "", Some(PaymentsSettle), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /payments/{id}/capture", "/payments/6/capture", "", Some(PaymentsSettle), [303, 403, 403, 303, 303, 403, 303]),
    ("GET /payments/{id}/fail", "/payments/6/fail", "", Some(PaymentsSettle), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /payments/{id}/fail", "/payments/6/fail", "", Some(PaymentsSettle), [303, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}/shipping-address", "/orders/7/shipping-address", "", Some(OrdersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /orders/{id}/shipping-address", "/orders/7/shipping-address", "recipient=Ada&street=1+High+Street&city=London&country=GB", Some(OrdersWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}/billing-address", "/orders/7/billing-address", "", Some(OrdersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /orders/{id}/billing-address", "/orders/7/billing-address", "recipient=Ada&street=1+High+Street&city=London&country=GB", Some(OrdersWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /orders/{id}/extend", "/orders/7/extend", "", Some(OrdersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /orders/{id}/extend", "/orders/7/extend", "", Some(OrdersWrite), [303, 403, 403, 422, 422, 403, 403]),
    ("GET /payments/{id}/return", "/payments/6/return", "", Some(PaymentsSettle), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /payments/{id}/return", "/payments/6/return", "", Some(PaymentsSettle), [303, 403, 403, 422, 422, 403, 403]),
    ("GET /payments/late", "/payments/late", "", Some(PaymentsRead), [303, 403, 403, 200, 200, 403, 200]),
    // Overview
    ("GET /", "/", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
    // Products. The forms also show the catalog, which requires the scope to read it
    ("GET /products", "/products", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /products.csv", "/products.csv", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /products/new", "/products/new", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /products/new", "/products/new", "name=Rug&category_id=1&price=9", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /products/{id}", "/products/1", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /products/{id}/edit", "/products/1/edit", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /products/{id}/edit", "/products/1/edit", "name=Rug&was-name=Desk+lamp", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("POST /products/{id}/archive", "/products/1/archive", "", Some(CatalogWrite), [303, 403, 403, 303, 303, 403, 303]),
    ("POST /products/{id}/unarchive", "/products/1/unarchive", "", Some(CatalogWrite), [303, 403, 403, 303, 303, 403, 303]),
    // Customers. The shown parts follow the scopes; changes show them, too, and require the scope to read users
    ("GET /customers", "/customers", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /customers.csv", "/customers.csv", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /customers/new", "/customers/new", "", Some(UsersManage), [303, 403, 403, 403, 200, 403, 200]),
    ("POST /customers/new", "/customers/new", "first_name=Carl&last_name=Gauss&email=carl%40example.com", Some(UsersManage), [401, 403, 403, 403, 303, 403, 303]),
    ("GET /customers/{id}", "/customers/1", "", Some(UsersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /customers/{id}/data.json", "/customers/1/data.json", "", Some(UsersRead), [303, 403, 403, 200, 200, 403, 403]),
    ("GET /customers/{id}/edit", "/customers/1/edit", "", Some(UsersWrite), [303, 403, 403, 403, 200, 403, 403]),
    ("POST /customers/{id}/edit", "/customers/1/edit", "first_name=A&was-first_name=Ada", Some(UsersWrite), [401, 403, 403, 403, 303, 403, 303]),
    ("POST /customers/{id}/disable", "/customers/1/disable", "", Some(UsersManage), [303, 403, 403, 403, 303, 403, 303]),
    ("POST /customers/{id}/enable", "/customers/1/enable", "", Some(UsersManage), [303, 403, 403, 403, 303, 403, 303]),
    ("GET /customers/{id}/anonymise", "/customers/1/anonymise", "", Some(UsersManage), [303, 403, 403, 403, 200, 403, 403]),
    ("POST /customers/{id}/anonymise", "/customers/1/anonymise", "", Some(UsersManage), [303, 403, 403, 403, 303, 403, 303]),
    // Categories
    ("GET /categories", "/categories", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /categories/new", "/categories/new", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /categories/new", "/categories/new", "name=Rugs", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /categories/{id}/edit", "/categories/1/edit", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /categories/{id}/edit", "/categories/1/edit", "name=Rugs&was-name=Lamps", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /categories/{id}/delete", "/categories/1/delete", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /categories/{id}/delete", "/categories/99/delete", "", Some(CatalogWrite), [303, 403, 403, 303, 303, 403, 303]),
    // Product groups
    ("GET /product-groups", "/product-groups", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /product-groups/new", "/product-groups/new", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /product-groups/new", "/product-groups/new", "name=Shirt&options=size", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /product-groups/{id}", "/product-groups/1", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /product-groups/{id}/edit", "/product-groups/1/edit", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /product-groups/{id}/edit", "/product-groups/1/edit", "name=Top&was-name=T-shirt", Some(CatalogWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /product-groups/{id}/delete", "/product-groups/1/delete", "", Some(CatalogWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /product-groups/{id}/delete", "/product-groups/1/delete", "", Some(CatalogWrite), [303, 403, 403, 303, 303, 403, 303]),
    // Vouchers. The forms to change one also show it, which takes the scope to read it
    ("GET /vouchers", "/vouchers", "", Some(VouchersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /vouchers.csv", "/vouchers.csv", "", Some(VouchersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /vouchers/new", "/vouchers/new", "", Some(VouchersWrite), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /vouchers/new", "/vouchers/new", "code=NEW&kind=percent&value=10", Some(VouchersWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /vouchers/{id}", "/vouchers/1", "", Some(VouchersRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /vouchers/{id}/edit", "/vouchers/1/edit", "", Some(VouchersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /vouchers/{id}/edit", "/vouchers/1/edit", "value=20&was-value=10.00", Some(VouchersWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /vouchers/{id}/delete", "/vouchers/1/delete", "", Some(VouchersWrite), [303, 403, 403, 200, 200, 403, 403]),
    ("POST /vouchers/{id}/delete", "/vouchers/1/delete", "", Some(VouchersWrite), [303, 403, 403, 303, 303, 403, 303]),
    // Reports
    ("GET /reports", "/reports", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /reports/{name}", "/reports/rfm", "", Some(ReportsRead), [303, 403, 403, 200, 200, 403, 200]),
    // Inventory
    ("GET /inventory", "/inventory", "", Some(InventoryRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /inventory.csv", "/inventory.csv", "", Some(InventoryRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /inventory/{id}", "/inventory/1", "", Some(InventoryRead), [303, 403, 403, 200, 200, 403, 200]),
    ("GET /inventory/{id}/ledger.csv", "/inventory/1/ledger.csv", "", Some(InventoryRead), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /inventory/{id}/book", "/inventory/1/book", "kind=restock&units=1", Some(InventoryWrite), [401, 403, 403, 303, 303, 403, 303]),
    ("GET /inventory/{id}/count", "/inventory/1/count?counted=1", "", Some(InventoryWrite), [303, 403, 403, 200, 200, 403, 403]),
    // Settings
    ("GET /settings", "/settings", "", Some(CatalogRead), [303, 403, 403, 303, 303, 403, 303]),
    ("GET /settings/shop", "/settings/shop", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /settings/shop", "/settings/shop", "name=Lamps&currency=CHF&time_zone=UTC", Some(ShopManage), [401, 403, 403, 403, 303, 403, 303]),
    ("GET /settings/account", "/settings/account", "", None, [303, 403, 403, 200, 200, 403, 403]),
    ("POST /settings/account/password", "/settings/account/password", "current_password=correct+horse+battery&password=another+horse&password_again=another+horse", None, [303, 403, 403, 303, 303, 403, 403]),
    ("POST /settings/account/sessions/{id}/end", "/settings/account/sessions/1/end", "", None, [303, 403, 403, 303, 303, 403, 403]),
    ("POST /settings/account/sessions/end-others", "/settings/account/sessions/end-others", "", None, [303, 403, 403, 303, 303, 403, 403]),
    ("GET /settings/users", "/settings/users", "", Some(UsersManage), [303, 403, 403, 403, 200, 403, 403]),
    ("GET /settings/users/new", "/settings/users/new", "", Some(UsersManage), [303, 403, 403, 403, 200, 403, 200]),
    ("POST /settings/users/new", "/settings/users/new", "email=x%40y.org&first_name=X&last_name=Y&role=staff&password=another+horse", Some(UsersManage), [401, 403, 403, 403, 303, 403, 403]),
    ("GET /settings/users/{id}", "/settings/users/3", "", Some(UsersManage), [303, 403, 403, 403, 200, 403, 403]),
    ("POST /settings/users/{id}/role", "/settings/users/3/role", "role=admin", Some(UsersManage), [401, 403, 403, 403, 303, 403, 403]),
    ("POST /settings/users/{id}/status", "/settings/users/3/status", "status=disabled", Some(UsersManage), [401, 403, 403, 403, 303, 403, 403]),
    ("POST /settings/users/{id}/password", "/settings/users/3/password", "password=another+horse", Some(UsersManage), [303, 403, 403, 403, 303, 403, 403]),
    ("GET /settings/keys", "/settings/keys", "", None, [303, 403, 403, 200, 200, 403, 403]),
    ("GET /settings/keys/new", "/settings/keys/new", "", None, [303, 403, 403, 200, 200, 403, 403]),
    ("POST /settings/keys/new", "/settings/keys/new", "name=mine&scopes=orders%3Aread", None, [401, 403, 403, 200, 200, 403, 403]),
    ("POST /settings/keys/{id}/revoke", "/settings/keys/1/revoke", "", None, [303, 403, 403, 303, 303, 403, 403]),
    ("GET /settings/about", "/settings/about", "", Some(CatalogRead), [303, 403, 403, 200, 200, 403, 200]),
    ("POST /settings/about/check", "/settings/about/check", "", Some(ShopManage), [303, 403, 403, 403, 303, 403, 303]),
];

/// The lines above, and one for the files, whose addresses have hashes.
pub(crate) fn lines() -> Vec<Line> {
    let db = Database::open("sqlite::memory:").unwrap();
    let page = TestApp::guarded(db).ask(Method::GET, "/login", &[], "");
    let asset =
        page.text.split('"').find(|text| text.starts_with("/assets/") && text.ends_with(".css")).unwrap().to_owned();
    let asset: Line = ("GET /assets/{file}", asset.leak(), "", None, [200; 7]);
    LINES.iter().copied().chain([asset]).collect()
}

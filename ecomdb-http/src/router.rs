//! All routes, and what each requires of its caller.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use ecomdb::Report;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Paths;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::auth::{Needs, admit};
use crate::client::Client;
use crate::dashboard::{self, PageRoute};
use crate::extract::{IfNoneMatch, NoQuery};
use crate::openapi;
use crate::problem::{Problem, kinds};
use crate::respond::Document;
use crate::routes::{
    addresses, analytics, api_keys, auth, categories, documentation, health, inventory, orders, payments, problems,
    product_groups, product_parts, products, shop, users, vouchers, welcome,
};
use crate::state::Shared;

/// One operation of the API. Handlers declare their method only, so that all paths are in this file.
struct Operation {
    path: &'static str,
    needs: Needs,
    routes: UtoipaMethodRouter<Shared>,
}

fn at(path: &'static str, needs: impl Into<Needs>, routes: UtoipaMethodRouter<Shared>) -> Operation {
    Operation { path, needs: needs.into(), routes }
}

/// All operations of the API.
fn operations() -> Vec<Operation> {
    use Needs::{Caller, Nothing, OneOf, Session, SessionWith};
    use ecomdb::Scope::*;

    let reports =
        Report::ALL.iter().map(|&report| at(analytics::path(report), ReportsRead, analytics::operation(report)));
    let mut operations = vec![
        at("/healthz", Nothing, routes!(health::show_life)),
        at("/readyz", Nothing, routes!(health::show_readiness)),
        at("/metrics", MetricsRead, routes!(health::show_metrics)),
        // Settings
        at("/api/shop", CatalogRead, routes!(shop::show_shop)),
        at("/api/shop", ShopManage, routes!(shop::update_shop)),
        // Users
        at("/api/users", UsersRead, routes!(users::list_users)),
        at("/api/users", UsersManage, routes!(users::create_user)),
        at("/api/users/{id}", UsersRead, routes!(users::show_user)),
        at("/api/users/{id}", OneOf(&[UsersWrite, UsersManage]), routes!(users::update_user)),
        at("/api/users/{id}", UsersManage, routes!(users::delete_user)),
        at("/api/users/{id}/anonymise", UsersManage, routes!(users::anonymise_user)),
        at("/api/users/{id}/dossier", UsersRead, routes!(users::show_dossier)),
        at("/api/users/{id}/orders", OrdersRead, routes!(users::list_orders_of_user)),
        at("/api/users/{id}/role", SessionWith(UsersManage), routes!(auth::set_role)),
        at("/api/users/{id}/password", SessionWith(UsersManage), routes!(auth::set_password)),
        // Catalog
        at("/api/categories", CatalogRead, routes!(categories::list_categories)),
        at("/api/categories", CatalogWrite, routes!(categories::create_category)),
        at("/api/categories/{id}", CatalogRead, routes!(categories::show_category)),
        at("/api/categories/{id}", CatalogWrite, routes!(categories::update_category)),
        at("/api/categories/{id}", CatalogWrite, routes!(categories::delete_category)),
        at("/api/products", CatalogRead, routes!(products::list_products)),
        at("/api/products", CatalogWrite, routes!(products::create_product)),
        at("/api/products/{id}", CatalogRead, routes!(products::show_product)),
        at("/api/products/{id}", CatalogWrite, routes!(products::update_product)),
        at("/api/products/{id}", CatalogWrite, routes!(products::delete_product)),
        at("/api/products/{id}/price-history", CatalogRead, routes!(products::list_price_changes)),
        at("/api/products/{id}/images", CatalogWrite, routes!(product_parts::set_product_images)),
        at("/api/products/{id}/external-ids", CatalogRead, routes!(product_parts::list_external_ids)),
        at("/api/products/{id}/external-ids/{source}", CatalogWrite, routes!(product_parts::set_external_id)),
        at("/api/products/{id}/external-ids/{source}", CatalogWrite, routes!(product_parts::remove_external_id)),
        at("/api/product-groups", CatalogRead, routes!(product_groups::list_product_groups)),
        at("/api/product-groups", CatalogWrite, routes!(product_groups::create_product_group)),
        at("/api/product-groups/{id}", CatalogRead, routes!(product_groups::show_product_group)),
        at("/api/product-groups/{id}", CatalogWrite, routes!(product_groups::update_product_group)),
        at("/api/product-groups/{id}", CatalogWrite, routes!(product_groups::delete_product_group)),
        // Inventory
        at("/api/inventory", InventoryRead, routes!(inventory::list_inventory)),
        at("/api/products/{id}/inventory", InventoryRead, routes!(inventory::show_inventory)),
        at("/api/products/{id}/inventory/movements", InventoryRead, routes!(inventory::list_movements)),
        at("/api/products/{id}/inventory/movements", InventoryWrite, routes!(inventory::create_movement)),
        // Orders
        at("/api/orders", OrdersRead, routes!(orders::list_orders)),
        at("/api/orders", OrdersWrite, routes!(orders::place_order)),
        at("/api/orders/quote", OrdersWrite, routes!(orders::quote_order)),
        at("/api/orders/{id}", OrdersRead, routes!(orders::show_order)),
        at("/api/orders/{id}/extend", OrdersWrite, routes!(orders::extend_order)),
        at("/api/orders/{id}/cancel", OrdersWrite, routes!(orders::cancel_order)),
        at("/api/orders/{id}/shipping-address", OrdersWrite, routes!(addresses::set_shipping_address)),
        at("/api/orders/{id}/shipping-address", OrdersWrite, routes!(addresses::remove_shipping_address)),
        at("/api/orders/{id}/billing-address", OrdersWrite, routes!(addresses::set_billing_address)),
        at("/api/orders/{id}/billing-address", OrdersWrite, routes!(addresses::remove_billing_address)),
        at("/api/orders/{id}/payments", OneOf(&[PaymentsWrite, PaymentsSettle]), routes!(orders::pay_order)),
        at("/api/orders/{id}/refunds", PaymentsSettle, routes!(orders::refund_order)),
        // Payments
        at("/api/payments", PaymentsRead, routes!(payments::list_payments)),
        at("/api/payments/{id}", PaymentsRead, routes!(payments::show_payment)),
        at("/api/payments/{id}/capture", PaymentsSettle, routes!(payments::capture_payment)),
        at("/api/payments/{id}/fail", PaymentsSettle, routes!(payments::fail_payment)),
        at("/api/payments/{id}/return", PaymentsSettle, routes!(payments::return_payment)),
        at("/api/payments/settle", PaymentsSettle, routes!(payments::settle_payment)),
        // Vouchers
        at("/api/vouchers", VouchersRead, routes!(vouchers::list_vouchers)),
        at("/api/vouchers", VouchersWrite, routes!(vouchers::create_voucher)),
        at("/api/vouchers/{id}", VouchersRead, routes!(vouchers::show_voucher)),
        at("/api/vouchers/{id}", VouchersWrite, routes!(vouchers::update_voucher)),
        at("/api/vouchers/{id}", VouchersWrite, routes!(vouchers::delete_voucher)),
        // Accounts
        at("/api/auth/login", Nothing, routes!(auth::log_in)),
        at("/api/auth/logout", Session, routes!(auth::log_out)),
        at("/api/auth/me", Caller, routes!(auth::show_caller)),
        at("/api/auth/password", Session, routes!(auth::change_password)),
        at("/api/auth/sessions", Session, routes!(auth::list_sessions)),
        at("/api/auth/sessions", Session, routes!(auth::end_other_sessions)),
        at("/api/auth/sessions/{id}", Session, routes!(auth::end_session)),
        at("/api/auth/api-keys", Session, routes!(api_keys::list_keys)),
        at("/api/auth/api-keys", Session, routes!(api_keys::create_key)),
        at("/api/auth/api-keys/{id}", Session, routes!(api_keys::revoke_key)),
    ];
    operations.push(at("/api/analytics/customers", ReportsRead, routes!(analytics::list_customers)));
    operations.extend(reports);
    operations
}

/// Pages about the API, open to everyone.
fn pages() -> [(&'static str, MethodRouter<Shared>); 5] {
    [
        ("/api", get(welcome::show_page)),
        ("/docs", get(documentation::show_page)),
        ("/docs/{file}", get(documentation::show_file)),
        ("/api/openapi.json", get(show_document)),
        ("/problems/{kind}", get(problems::explain_problem)),
    ]
}

impl Operation {
    fn method(&self) -> Method {
        let (_, described, _) = &self.routes;
        let methods = described.paths.values().flat_map(|item| {
            [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ]
        });
        methods.filter(|(_, operation)| operation.is_some()).map(|(method, _)| method).next().unwrap_or_default()
    }
}

/// All routes: method, path and requirement.
pub(crate) fn rules() -> impl Iterator<Item = (Method, &'static str, Needs)> {
    let pages = pages().into_iter().map(|(path, _)| (Method::GET, path, Needs::Nothing));
    let dashboard = dashboard::pages().into_iter().map(|PageRoute { method, path, needs, .. }| (method, path, needs));
    pages
        .chain(dashboard)
        .chain(operations().into_iter().map(|operation| (operation.method(), operation.path, operation.needs)))
}

/// The OpenAPI documents, without and with authentication.
static DOCUMENTS: LazyLock<[Document; 2]> = LazyLock::new(|| {
    [false, true].map(|authenticates| {
        let document = openapi::document(described(), rules(), authenticates).to_string();
        Document::new("application/json", document.into())
    })
});

/// `/api/openapi.json`. It is here because the document is made from the routes.
async fn show_document(State(app): State<Shared>, unless: IfNoneMatch, headers: HeaderMap, _: NoQuery) -> Response {
    let [open, guarded] = &*DOCUMENTS;
    let document = if app.authenticates() { guarded } else { open };
    document.show(&headers, &unless)
}

/// The OpenAPI document made from the annotations of the handlers.
fn described() -> OpenApi {
    let head = OpenApiRouter::<Shared>::with_openapi(openapi::head());
    let all = operations().into_iter().fold(head, |router, Operation { path, routes, .. }| {
        let (schemas, described, methods) = routes;
        let mut paths = Paths::new();
        paths.paths.extend(described.paths.into_values().map(|operations| (path.to_owned(), operations)));
        router.routes((schemas, paths, methods))
    });
    all.into_openapi()
}

/// The router, with each operation behind its requirement.
pub(crate) fn router(app: &Shared) -> Router<Shared> {
    let mut router = Router::new();
    for Operation { path, needs, routes: (_, _, methods) } in operations() {
        let rule = middleware::from_fn_with_state((app.clone(), needs), admit);
        router = router.route(path, methods.route_layer(rule));
    }
    for (path, methods) in pages() {
        router = router.route(path, methods);
    }
    if app.has_dashboard() {
        for PageRoute { path, needs, handler, .. } in dashboard::pages() {
            let rule = middleware::from_fn_with_state((app.clone(), needs), dashboard::admit);
            router = router.route(path, handler.route_layer(rule));
        }
    } else {
        router = router.route("/", get(welcome::show_page));
    }
    router.method_not_allowed_fallback(refuse_method).fallback(refuse_route)
}

async fn refuse_route(State(app): State<Shared>, client: Client, request: Request) -> Response {
    let words = format!("there is no {}; the page at /api lists the routes", request.uri().path());
    dashboard::refuse_page(&app, client, request, Problem::new(&kinds::NO_ROUTE, words)).await
}

/// OPTIONS gets 204; axum adds the Allow header to every response of this fallback.
async fn refuse_method(State(app): State<Shared>, client: Client, request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let words = format!("{} does not support {}", request.uri().path(), request.method());
    dashboard::refuse_page(&app, client, request, Problem::new(&kinds::METHOD_NOT_ALLOWED, words)).await
}

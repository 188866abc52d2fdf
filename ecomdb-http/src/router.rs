//! Every route, and what it needs of whoever asks.

use axum::Router;
use axum::handler::Handler;
use axum::http::{Method, Uri};
use axum::middleware;
use axum::routing::{self, MethodRouter};

use crate::auth::{Needs, admit};
use crate::problem::{Problem, kinds};
use crate::routes::{
    analytics, auth, categories, health, inventory, orders, payments, problems, products, users, welcome,
};
use crate::state::App;

/// Something that can be asked of the server.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    needs: Needs,
    handler: MethodRouter<App>,
}

pub(crate) fn routes() -> Vec<Route> {
    use Needs::{Caller, Nothing, Session};
    use ecomdb::Scope::*;

    vec![
        get("/", Nothing, welcome::show_page),
        get("/healthz", Nothing, health::show_life),
        get("/readyz", Nothing, health::show_readiness),
        get("/problems/{kind}", Nothing, problems::explain_problem),
        // Users
        get("/api/users", UsersRead, users::list_users),
        post("/api/users", UsersManage, users::create_user),
        get("/api/users/{id}", UsersRead, users::show_user),
        patch("/api/users/{id}", UsersWrite, users::update_user),
        delete("/api/users/{id}", UsersManage, users::delete_user),
        get("/api/users/{id}/orders", OrdersRead, users::list_orders_of_user),
        put("/api/users/{id}/role", UsersManage, auth::set_role),
        put("/api/users/{id}/password", UsersManage, auth::set_password),
        // Catalog
        get("/api/categories", CatalogRead, categories::list_categories),
        post("/api/categories", CatalogWrite, categories::create_category),
        get("/api/categories/{id}", CatalogRead, categories::show_category),
        patch("/api/categories/{id}", CatalogWrite, categories::update_category),
        delete("/api/categories/{id}", CatalogWrite, categories::delete_category),
        get("/api/products", CatalogRead, products::list_products),
        post("/api/products", CatalogWrite, products::create_product),
        get("/api/products/{id}", CatalogRead, products::show_product),
        patch("/api/products/{id}", CatalogWrite, products::update_product),
        delete("/api/products/{id}", CatalogWrite, products::delete_product),
        get("/api/products/{id}/price-history", CatalogRead, products::list_price_changes),
        // Inventory
        get("/api/inventory", InventoryRead, inventory::list_inventory),
        get("/api/products/{id}/inventory", InventoryRead, inventory::show_inventory),
        get("/api/products/{id}/inventory/movements", InventoryRead, inventory::list_movements),
        post("/api/products/{id}/inventory/movements", InventoryWrite, inventory::create_movement),
        // Orders
        get("/api/orders", OrdersRead, orders::list_orders),
        post("/api/orders", OrdersWrite, orders::place_order),
        get("/api/orders/{id}", OrdersRead, orders::show_order),
        post("/api/orders/{id}/cancel", OrdersWrite, orders::cancel_order),
        post("/api/orders/{id}/payments", PaymentsWrite, orders::pay_order),
        post("/api/orders/{id}/refunds", PaymentsSettle, orders::refund_order),
        // Payments
        get("/api/payments", PaymentsRead, payments::list_payments),
        get("/api/payments/{id}", PaymentsRead, payments::show_payment),
        post("/api/payments/{id}/capture", PaymentsSettle, payments::capture_payment),
        post("/api/payments/{id}/fail", PaymentsSettle, payments::fail_payment),
        // Analytics
        get("/api/analytics/total-revenue", ReportsRead, analytics::show_total_revenue),
        get("/api/analytics/monthly-revenue", ReportsRead, analytics::list_monthly_revenue),
        get("/api/analytics/revenue-trend", ReportsRead, analytics::list_revenue_trend),
        get("/api/analytics/average-order-value", ReportsRead, analytics::show_average_order_value),
        get("/api/analytics/top-customers", ReportsRead, analytics::rank_customers),
        get("/api/analytics/orders-per-user", ReportsRead, analytics::rank_customers_by_orders),
        get("/api/analytics/new-and-returning-customers", ReportsRead, analytics::list_new_and_returning_customers),
        get("/api/analytics/cohorts", ReportsRead, analytics::list_cohorts),
        get("/api/analytics/rfm", ReportsRead, analytics::list_rfm_segments),
        get("/api/analytics/rfm-customers", ReportsRead, analytics::rank_rfm_customers),
        get("/api/analytics/top-products", ReportsRead, analytics::rank_products),
        get("/api/analytics/revenue-by-product", ReportsRead, analytics::rank_products_by_revenue),
        get("/api/analytics/revenue-by-category", ReportsRead, analytics::rank_categories_by_revenue),
        get("/api/analytics/bought-together", ReportsRead, analytics::rank_pairs_of_products),
        get("/api/analytics/sell-through", ReportsRead, analytics::rank_products_by_cover),
        get("/api/analytics/low-inventory", ReportsRead, analytics::rank_low_inventory),
        get("/api/analytics/unpaid-orders", ReportsRead, analytics::list_unpaid_orders),
        get("/api/analytics/funnel", ReportsRead, analytics::list_funnel),
        // Accounts
        post("/api/auth/login", Nothing, auth::log_in),
        post("/api/auth/logout", Session, auth::log_out),
        get("/api/auth/me", Caller, auth::show_caller),
        put("/api/auth/password", Session, auth::change_password),
        get("/api/auth/api-keys", Session, auth::list_keys),
        post("/api/auth/api-keys", Session, auth::create_key),
        delete("/api/auth/api-keys/{id}", Session, auth::revoke_key),
    ]
}

/// The routes, each behind what it needs.
pub(crate) fn router(app: &App) -> Router<App> {
    let all = routes().into_iter().fold(Router::new(), |router, Route { path, needs, handler, .. }| {
        router.route(path, handler.route_layer(middleware::from_fn_with_state((app.clone(), needs), admit)))
    });
    all.method_not_allowed_fallback(refuse_method).fallback(refuse_route)
}

macro_rules! methods {
    ($($function:ident $method:ident),+) => {$(
        fn $function<H: Handler<T, App>, T: 'static>(path: &'static str, needs: impl Into<Needs>, handler: H) -> Route {
            Route { method: Method::$method, path, needs: needs.into(), handler: routing::$function(handler) }
        }
    )+};
}

methods!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

async fn refuse_route(uri: Uri) -> Problem {
    Problem::new(&kinds::NO_ROUTE, format!("there is no {}; the page at / lists what there is", uri.path()))
}

async fn refuse_method(method: Method, uri: Uri) -> Problem {
    Problem::new(&kinds::METHOD_NOT_ALLOWED, format!("{} cannot be asked to {method}", uri.path()))
}

//! Every route.

use axum::Router;
use axum::handler::Handler;
use axum::http::{Method, Uri};
use axum::routing::{self, MethodRouter};

use crate::problem::{Problem, kinds};
use crate::routes::{analytics, categories, health, inventory, orders, payments, problems, products, users, welcome};
use crate::state::App;

/// Something that can be asked of the server.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    handler: MethodRouter<App>,
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        get("/", welcome::show_page),
        get("/healthz", health::show_life),
        get("/readyz", health::show_readiness),
        get("/problems/{kind}", problems::explain_problem),
        // Users
        get("/api/users", users::list_users),
        post("/api/users", users::create_user),
        get("/api/users/{id}", users::show_user),
        patch("/api/users/{id}", users::update_user),
        delete("/api/users/{id}", users::delete_user),
        get("/api/users/{id}/orders", users::list_orders_of_user),
        // Catalog
        get("/api/categories", categories::list_categories),
        post("/api/categories", categories::create_category),
        get("/api/categories/{id}", categories::show_category),
        patch("/api/categories/{id}", categories::update_category),
        delete("/api/categories/{id}", categories::delete_category),
        get("/api/products", products::list_products),
        post("/api/products", products::create_product),
        get("/api/products/{id}", products::show_product),
        patch("/api/products/{id}", products::update_product),
        delete("/api/products/{id}", products::delete_product),
        get("/api/products/{id}/price-history", products::list_price_changes),
        // Inventory
        get("/api/inventory", inventory::list_inventory),
        get("/api/products/{id}/inventory", inventory::show_inventory),
        get("/api/products/{id}/inventory/movements", inventory::list_movements),
        post("/api/products/{id}/inventory/movements", inventory::create_movement),
        // Orders
        get("/api/orders", orders::list_orders),
        post("/api/orders", orders::place_order),
        get("/api/orders/{id}", orders::show_order),
        post("/api/orders/{id}/cancel", orders::cancel_order),
        post("/api/orders/{id}/payments", orders::pay_order),
        post("/api/orders/{id}/refunds", orders::refund_order),
        // Payments
        get("/api/payments", payments::list_payments),
        get("/api/payments/{id}", payments::show_payment),
        post("/api/payments/{id}/capture", payments::capture_payment),
        post("/api/payments/{id}/fail", payments::fail_payment),
        // Analytics
        get("/api/analytics/total-revenue", analytics::show_total_revenue),
        get("/api/analytics/monthly-revenue", analytics::list_monthly_revenue),
        get("/api/analytics/revenue-trend", analytics::list_revenue_trend),
        get("/api/analytics/average-order-value", analytics::show_average_order_value),
        get("/api/analytics/top-customers", analytics::rank_customers),
        get("/api/analytics/orders-per-user", analytics::rank_customers_by_orders),
        get("/api/analytics/new-and-returning-customers", analytics::list_new_and_returning_customers),
        get("/api/analytics/cohorts", analytics::list_cohorts),
        get("/api/analytics/rfm", analytics::list_rfm_segments),
        get("/api/analytics/rfm-customers", analytics::rank_rfm_customers),
        get("/api/analytics/top-products", analytics::rank_products),
        get("/api/analytics/revenue-by-product", analytics::rank_products_by_revenue),
        get("/api/analytics/revenue-by-category", analytics::rank_categories_by_revenue),
        get("/api/analytics/bought-together", analytics::rank_pairs_of_products),
        get("/api/analytics/sell-through", analytics::rank_products_by_cover),
        get("/api/analytics/low-inventory", analytics::rank_low_inventory),
        get("/api/analytics/unpaid-orders", analytics::list_unpaid_orders),
        get("/api/analytics/funnel", analytics::list_funnel),
    ]
}

pub(crate) fn router() -> Router<App> {
    let all = routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler));
    all.method_not_allowed_fallback(refuse_method).fallback(refuse_route)
}

fn get<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::GET, path, handler: routing::get(handler) }
}

fn post<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::POST, path, handler: routing::post(handler) }
}

fn patch<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::PATCH, path, handler: routing::patch(handler) }
}

fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: Method::DELETE, path, handler: routing::delete(handler) }
}

async fn refuse_route(uri: Uri) -> Problem {
    Problem::new(&kinds::NO_ROUTE, format!("there is no {}; the page at / lists what there is", uri.path()))
}

async fn refuse_method(method: Method, uri: Uri) -> Problem {
    Problem::new(&kinds::METHOD_NOT_ALLOWED, format!("{} cannot be asked to {method}", uri.path()))
}

//! Every route.

use axum::Router;
use axum::routing::{get, post};

use crate::problem::{Problem, kinds};
use crate::routes::{analytics, categories, health, inventory, orders, payments, problems, products, users, welcome};
use crate::state::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(welcome::show_page))
        .route("/healthz", get(health::show_life))
        .route("/readyz", get(health::show_readiness))
        .route("/problems/{kind}", get(problems::explain_problem))
        // Users
        .route("/api/users", get(users::list_users).post(users::create_user))
        .route("/api/users/{id}", get(users::show_user).patch(users::update_user).delete(users::delete_user))
        .route("/api/users/{id}/orders", get(users::list_orders_of_user))
        // Catalog
        .route("/api/categories", get(categories::list_categories).post(categories::create_category))
        .route(
            "/api/categories/{id}",
            get(categories::show_category).patch(categories::update_category).delete(categories::delete_category),
        )
        .route("/api/products", get(products::list_products).post(products::create_product))
        .route(
            "/api/products/{id}",
            get(products::show_product).patch(products::update_product).delete(products::delete_product),
        )
        .route("/api/products/{id}/price-history", get(products::list_price_changes))
        // Inventory
        .route("/api/inventory", get(inventory::list_inventory))
        .route("/api/products/{id}/inventory", get(inventory::show_inventory))
        .route(
            "/api/products/{id}/inventory/movements",
            get(inventory::list_movements).post(inventory::create_movement),
        )
        // Orders
        .route("/api/orders", get(orders::list_orders).post(orders::place_order))
        .route("/api/orders/{id}", get(orders::show_order))
        .route("/api/orders/{id}/cancel", post(orders::cancel_order))
        .route("/api/orders/{id}/payments", post(orders::pay_order))
        .route("/api/orders/{id}/refunds", post(orders::refund_order))
        // Payments
        .route("/api/payments", get(payments::list_payments))
        .route("/api/payments/{id}", get(payments::show_payment))
        .route("/api/payments/{id}/capture", post(payments::capture_payment))
        .route("/api/payments/{id}/fail", post(payments::fail_payment))
        // Analytics
        .route("/api/analytics/total-revenue", get(analytics::show_total_revenue))
        .route("/api/analytics/monthly-revenue", get(analytics::list_monthly_revenue))
        .route("/api/analytics/revenue-trend", get(analytics::list_revenue_trend))
        .route("/api/analytics/average-order-value", get(analytics::show_average_order_value))
        .route("/api/analytics/top-customers", get(analytics::rank_customers))
        .route("/api/analytics/orders-per-user", get(analytics::rank_customers_by_orders))
        .route("/api/analytics/new-and-returning-customers", get(analytics::list_new_and_returning_customers))
        .route("/api/analytics/cohorts", get(analytics::list_cohorts))
        .route("/api/analytics/rfm", get(analytics::list_rfm_segments))
        .route("/api/analytics/rfm-customers", get(analytics::rank_rfm_customers))
        .route("/api/analytics/top-products", get(analytics::rank_products))
        .route("/api/analytics/revenue-by-product", get(analytics::rank_products_by_revenue))
        .route("/api/analytics/revenue-by-category", get(analytics::rank_categories_by_revenue))
        .route("/api/analytics/bought-together", get(analytics::rank_pairs_of_products))
        .route("/api/analytics/sell-through", get(analytics::rank_products_by_cover))
        .route("/api/analytics/low-inventory", get(analytics::rank_low_inventory))
        .route("/api/analytics/unpaid-orders", get(analytics::list_unpaid_orders))
        .route("/api/analytics/funnel", get(analytics::list_funnel))
        // The rest
        .method_not_allowed_fallback(refuse_method)
        .fallback(refuse_route)
}

async fn refuse_route(uri: axum::http::Uri) -> Problem {
    Problem::new(&kinds::NO_ROUTE, format!("there is no {}; the page at / lists what there is", uri.path()))
}

async fn refuse_method(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    Problem::new(&kinds::METHOD_NOT_ALLOWED, format!("{} cannot be asked to {method}", uri.path()))
}

//! Every route.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::path::Paths;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::problem::{Problem, kinds};
use crate::routes::{
    analytics, categories, documentation, health, inventory, orders, payments, problems, products, users, welcome,
};
use crate::state::App;
use crate::{guard, openapi};

/// Every operation of the API, and the document that describes them.
pub(crate) fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::head())
        .at("/healthz", routes!(health::show_life))
        .at("/readyz", routes!(health::show_readiness))
        // Users
        .at("/api/users", routes!(users::list_users, users::create_user))
        .at("/api/users/{id}", routes!(users::show_user, users::update_user, users::delete_user))
        .at("/api/users/{id}/orders", routes!(users::list_orders_of_user))
        // Catalog
        .at("/api/categories", routes!(categories::list_categories, categories::create_category))
        .at(
            "/api/categories/{id}",
            routes!(categories::show_category, categories::update_category, categories::delete_category),
        )
        .at("/api/products", routes!(products::list_products, products::create_product))
        .at("/api/products/{id}", routes!(products::show_product, products::update_product, products::delete_product))
        .at("/api/products/{id}/price-history", routes!(products::list_price_changes))
        // Inventory
        .at("/api/inventory", routes!(inventory::list_inventory))
        .at("/api/products/{id}/inventory", routes!(inventory::show_inventory))
        .at("/api/products/{id}/inventory/movements", routes!(inventory::list_movements, inventory::create_movement))
        // Orders
        .at("/api/orders", routes!(orders::list_orders, orders::place_order))
        .at("/api/orders/{id}", routes!(orders::show_order))
        .at("/api/orders/{id}/cancel", routes!(orders::cancel_order))
        .at("/api/orders/{id}/payments", routes!(orders::pay_order))
        .at("/api/orders/{id}/refunds", routes!(orders::refund_order))
        // Payments
        .at("/api/payments", routes!(payments::list_payments))
        .at("/api/payments/{id}", routes!(payments::show_payment))
        .at("/api/payments/{id}/capture", routes!(payments::capture_payment))
        .at("/api/payments/{id}/fail", routes!(payments::fail_payment))
        // Analytics
        .at("/api/analytics/total-revenue", routes!(analytics::show_total_revenue))
        .at("/api/analytics/monthly-revenue", routes!(analytics::list_monthly_revenue))
        .at("/api/analytics/revenue-trend", routes!(analytics::list_revenue_trend))
        .at("/api/analytics/average-order-value", routes!(analytics::show_average_order_value))
        .at("/api/analytics/top-customers", routes!(analytics::rank_customers))
        .at("/api/analytics/orders-per-user", routes!(analytics::rank_customers_by_orders))
        .at("/api/analytics/new-and-returning-customers", routes!(analytics::list_new_and_returning_customers))
        .at("/api/analytics/cohorts", routes!(analytics::list_cohorts))
        .at("/api/analytics/rfm", routes!(analytics::list_rfm_segments))
        .at("/api/analytics/rfm-customers", routes!(analytics::rank_rfm_customers))
        .at("/api/analytics/top-products", routes!(analytics::rank_products))
        .at("/api/analytics/revenue-by-product", routes!(analytics::rank_products_by_revenue))
        .at("/api/analytics/revenue-by-category", routes!(analytics::rank_categories_by_revenue))
        .at("/api/analytics/bought-together", routes!(analytics::rank_pairs_of_products))
        .at("/api/analytics/sell-through", routes!(analytics::rank_products_by_cover))
        .at("/api/analytics/low-inventory", routes!(analytics::rank_low_inventory))
        .at("/api/analytics/unpaid-orders", routes!(analytics::list_unpaid_orders))
        .at("/api/analytics/funnel", routes!(analytics::list_funnel))
}

/// The API, and what is there for people.
pub(crate) fn routes() -> Router<App> {
    Router::from(api())
        .route("/", get(welcome::show_page))
        .route("/docs", get(documentation::show_page))
        .route("/docs/{file}", get(documentation::show_file))
        .route("/api/openapi.json", get(documentation::show_document))
        .route("/problems/{kind}", get(problems::explain_problem))
        .method_not_allowed_fallback(refuse_method)
        .fallback(refuse_route)
}

/// Routes by their path. (Their handlers know their methods only, so that all paths stand here.)
trait At {
    fn at(self, path: &str, routes: UtoipaMethodRouter<App>) -> Self;
}

impl At for OpenApiRouter<App> {
    fn at(self, path: &str, (schemas, described, methods): UtoipaMethodRouter<App>) -> Self {
        let mut paths = Paths::new();
        paths.paths.extend(described.paths.into_values().map(|operations| (path.to_owned(), operations)));
        self.routes((schemas, paths, methods.route_layer(from_fn(guard::refuse_query))))
    }
}

async fn refuse_route(uri: Uri) -> Problem {
    Problem::new(&kinds::NO_ROUTE, format!("there is no {}; the page at / lists what there is", uri.path()))
}

/// OPTIONS is answered by the header Allow, which axum adds here.
async fn refuse_method(method: Method, uri: Uri) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let problem = Problem::new(&kinds::METHOD_NOT_ALLOWED, format!("{} cannot be asked to {method}", uri.path()));
    problem.into_response()
}

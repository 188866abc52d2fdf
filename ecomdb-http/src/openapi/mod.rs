//! The OpenAPI document. Handlers declare parameters and bodies; this module adds what follows by rule (headers,
//! errors, media types), and the examples.

mod access;
mod examples;
pub(crate) mod fields;
mod problems;
mod rules;

use axum::http::Method;
use serde_json::{Map, Value};
use utoipa::OpenApi;

use crate::auth::Needs;

/// The document's metadata.
#[derive(OpenApi)]
#[openapi(
    info(title = "ecomdb", description = include_str!("introduction.md")),
    servers((url = "/", description = "This server")),
    tags(
        (name = "shop", description = "Settings of the shop: name, currency, time zone."),
        (name = "users", description = "Customers, staff and admins."),
        (name = "categories", description = "A tree of product categories."),
        (name = "products", description = "The catalog, with prices and their history."),
        (name = "inventory", description = "Stock levels and stock ledgers."),
        (name = "orders", description = "Orders. States: pending -> completed -> refunded, or pending -> cancelled. An order of 0.00 is completed at once and can still be cancelled."),
        (name = "payments", description = "Payments and refunds of orders."),
        (name = "vouchers", description = "Codes that take a percentage or an amount off orders, with limits of their use."),
        (name = "analytics", description = "Reports, always up to date."),
        (name = "auth", description = "Sessions and API keys, on a server with authentication."),
        (name = "operations", description = "Health checks and metrics."),
    )
)]
struct Head;

pub(crate) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// Completes the document that utoipa made from the handlers, for a server with or without authentication. `rules` are
/// the method, path and requirement of each route.
pub(crate) fn document(
    described: utoipa::openapi::OpenApi,
    rules: impl Iterator<Item = (Method, &'static str, Needs)>,
    authenticates: bool,
) -> Value {
    // Serializing maps with string keys cannot fail.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let examples = examples::all();
    let needs = access::of_operations(rules, authenticates);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            access::apply(operation, needs.get(&(method.to_uppercase(), path.clone())).copied());
            rules::apply(path, method, operation);
            problems::add(path, method, operation, &examples[&id]["problems"]);
            examples::add(operation, &examples[&id]);
        }
    }
    for schema in document["components"]["schemas"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        rules::drop_null_defaults(schema);
    }
    document["components"]["schemas"]["Problem"] = problems::schema();
    document["components"]["responses"] = problems::shared();
    document["components"]["headers"] = rules::headers();
    document["components"]["parameters"] = rules::parameters();
    if authenticates {
        document["components"]["securitySchemes"] = access::schemes();
    }
    document
}

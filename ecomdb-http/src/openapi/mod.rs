//! The document that describes the API. Handlers say what they take and give; what follows from that by rule (headers,
//! errors, media types) is added here, and so are the examples.

mod access;
mod examples;
pub(crate) mod fields;
mod problems;
mod rules;

use serde_json::{Map, Value};
use utoipa::OpenApi;

/// What the document says before the first operation.
#[derive(OpenApi)]
#[openapi(
    info(title = "ecomdb", description = include_str!("introduction.md")),
    servers((url = "/", description = "This server")),
    tags(
        (name = "users", description = "Who buys."),
        (name = "categories", description = "What products are grouped by."),
        (name = "products", description = "What is sold, and at which prices."),
        (name = "inventory", description = "What is in stock, and the ledger that explains it."),
        (name = "orders", description = "What was ordered: pending -> completed -> refunded, or pending -> cancelled. One of 0.00 is completed at once, and can be cancelled."),
        (name = "payments", description = "How orders are paid, and what was given back."),
        (name = "analytics", description = "Reports over completed orders, never stale."),
        (name = "auth", description = "Who asks, and what they may do; on a server that wants to know."),
        (name = "operations", description = "For whatever watches the server."),
    )
)]
struct Head;

pub(crate) fn head() -> utoipa::openapi::OpenApi {
    Head::openapi()
}

/// The whole document, from what the routes say about themselves, for a server that asks who everybody is or not.
pub(crate) fn document(described: utoipa::openapi::OpenApi, authenticates: bool) -> Value {
    // It consists of maps with strings as keys, which can always be written.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let examples = examples::all();
    let needs = access::of_operations(authenticates);
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

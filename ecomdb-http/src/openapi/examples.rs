//! Examples of requests and responses. The tests send each request again and compare.

use serde_json::{Map, Value, json};

/// Examples by operation id: `uri`, `body` and `answer` (the response). Under `problems`, requests that are refused.
const FILES: [&str; 10] = [
    include_str!("examples/analytics.json"),
    include_str!("examples/auth.json"),
    include_str!("examples/catalog.json"),
    include_str!("examples/inventory.json"),
    include_str!("examples/operations.json"),
    include_str!("examples/orders.json"),
    include_str!("examples/payments.json"),
    include_str!("examples/shop.json"),
    include_str!("examples/users.json"),
    include_str!("examples/vouchers.json"),
];
/// Examples of the problems that operations share, by slug.
const PROBLEMS: &str = include_str!("examples/problems.json");

fn read(file: &str) -> Map<String, Value> {
    serde_json::from_str(file).unwrap_or_default()
}

/// The examples of all operations.
pub(super) fn all() -> Value {
    FILES.into_iter().flat_map(read).collect()
}

/// The example of one kind of problem.
pub(super) fn problem(slug: &str) -> Value {
    read(PROBLEMS).remove(slug).unwrap_or_default()
}

/// Adds the example of a successful request.
pub(super) fn add(operation: &mut Value, example: &Value) {
    let bodies = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
    for content in bodies.into_iter().flat_map(Map::values_mut) {
        content["example"] = example["body"].clone();
    }
    for status in ["200", "201"] {
        let answer = operation["responses"]
            .get_mut(status)
            .and_then(|response| response.pointer_mut("/content/application~1json"));
        if let Some(content) = answer {
            content["example"] = json!(example["answer"]);
        }
    }
}

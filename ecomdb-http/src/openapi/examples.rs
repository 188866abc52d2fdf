//! Examples of requests and their answers, each as it was given by the shop of the tests: they are asked again there.

use serde_json::{Map, Value, json};

/// Files of examples by operation: `uri`, `body` and `answer`; and in `problems`, what is asked instead to be refused.
const FILES: [&str; 8] = [
    include_str!("examples/analytics.json"),
    include_str!("examples/auth.json"),
    include_str!("examples/catalog.json"),
    include_str!("examples/inventory.json"),
    include_str!("examples/operations.json"),
    include_str!("examples/orders.json"),
    include_str!("examples/payments.json"),
    include_str!("examples/users.json"),
];
/// The problems that operations share, by kind.
const PROBLEMS: &str = include_str!("examples/problems.json");

fn read(file: &str) -> Map<String, Value> {
    serde_json::from_str(file).unwrap_or_default()
}

/// Those of every operation.
pub(super) fn all() -> Value {
    FILES.into_iter().flat_map(read).collect()
}

/// That of a kind of problem.
pub(super) fn problem(slug: &str) -> Value {
    read(PROBLEMS).remove(slug).unwrap_or_default()
}

/// Adds what is asked and answered when all is well.
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

//! What follows from the shape of an operation.

use serde_json::{Map, Value, json};

/// Adds the path's id, headers in both directions and the media type of merge patches.
pub(super) fn apply(path: &str, method: &str, operation: &mut Value) {
    let is_single = is_single(path, operation);
    let mut refer = |parameter: &str| {
        let parameters = operation.as_object_mut().map(|fields| fields.entry("parameters").or_insert(json!([])));
        if let Some(Value::Array(parameters)) = parameters {
            parameters.push(json!({"$ref": format!("#/components/parameters/{parameter}")}));
        }
    };
    if path.contains("{id}") {
        refer("Id");
    }
    match method {
        "get" if is_single => refer("IfNoneMatch"),
        "patch" | "delete" if !is_account(path) => refer("IfMatch"),
        "post" if takes_key(path) => refer("IdempotencyKey"),
        _ => {}
    }
    if method == "get" && is_single {
        operation["responses"]["304"] = json!({
            "description": "It is one of those in If-None-Match: the client has it already.",
            "headers": refer_to(&["ETag"]),
        });
    }
    if let Some(json) = operation.pointer("/requestBody/content/application~1json").cloned()
        && method == "patch"
    {
        operation["requestBody"]["content"]["application/merge-patch+json"] = json;
    }
    let headers: &[&str] = match method {
        "get" if is_paged(operation) => &["Link"],
        "get" if is_single => &["ETag"],
        "patch" => &["ETag"],
        "post" if operation["responses"].get("201").is_some() => &["ETag", "Location"],
        _ => &[],
    };
    for status in ["200", "201"] {
        if let Some(response) = operation["responses"].get_mut(status).filter(|_| !headers.is_empty()) {
            response["headers"] = refer_to(headers);
        }
    }
    link(operation);
}

/// What a patch does not name stays as it is: it does not become null, as serde's default would have it.
pub(super) fn drop_null_defaults(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        if property.get("default").is_some_and(Value::is_null) {
            property.shift_remove("default");
        }
    }
}

/// What can be done next with what an operation made, by its id.
const LINKS: [(&str, &[&str]); 5] = [
    ("create_user", &["show_user", "update_user", "delete_user", "list_orders_of_user"]),
    ("create_category", &["show_category", "update_category", "delete_category"]),
    ("create_product", &["show_product", "update_product", "delete_product", "show_inventory", "create_movement"]),
    ("place_order", &["show_order", "pay_order", "cancel_order", "refund_order"]),
    ("pay_order", &["show_payment", "capture_payment", "fail_payment"]),
];

fn link(operation: &mut Value) {
    let Some((_, next)) = LINKS.iter().find(|(id, _)| operation["operationId"] == **id) else { return };
    let links = next.iter().map(|id| {
        let link = json!({"operationId": id, "parameters": {"id": "$response.body#/id"}});
        ((*id).to_owned(), link)
    });
    operation["responses"]["201"]["links"] = links.collect();
}

fn refer_to(headers: &[&str]) -> Value {
    headers.iter().map(|name| (name.to_string(), json!({"$ref": format!("#/components/headers/{name}")}))).collect()
}

/// A resource with an address of its own, and not one of its lists or a report.
fn is_single(path: &str, operation: &Value) -> bool {
    path.contains("{id}") && !is_paged(operation)
}

fn is_paged(operation: &Value) -> bool {
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "cursor"))
}

/// Users and categories are neither money nor stock, and their unique fields stop repetitions. To anonymise a user twice is
/// to do it once.
pub(super) fn takes_key(path: &str) -> bool {
    !matches!(path, "/api/users" | "/api/users/{id}/anonymise" | "/api/categories") && !is_account(path)
}

/// Accounts are nothing of the shop: they have no ETags, and nothing of them is worth money.
fn is_account(path: &str) -> bool {
    path.starts_with("/api/auth/")
}

/// Parameters that operations share.
pub(super) fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    // Several can be given, with commas between them; the pattern is of one.
    let tags = json!({"type": "string", "pattern": r#"^(\*|(W/)?"[!#-~]+")$"#});
    json!({
        "Id": {
            "name": "id",
            "in": "path",
            "required": true,
            "description": "Which one.",
            "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX},
            "example": 1,
        },
        "IdempotencyKey": header(
            "Idempotency-Key",
            "Chosen by the client, for this request alone. Repeated with the same key and body, it has no second effect. A key \
             is kept for 30 days unless the server is set otherwise; those of two users do not meet.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
        ),
        "IfMatch": header(
            "If-Match",
            "The ETag that the resource was read with, or several: it is changed only if it still has one of them.",
            tags.clone(),
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "The ETags of what the client has: if the resource still has one of them, it is not sent again.",
            tags,
        ),
    })
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    let header = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "ETag": header(
            "Stands for the resource exactly as it is now; for If-Match and If-None-Match.",
            "\"c2f4b0e37d8a41f6a0c95d3be1427f68\"",
        ),
        "Link": header(
            "Where the next page is; missing on the last one.",
            "</api/products?limit=50&cursor=products-3b1f7a02-32>; rel=\"next\"",
        ),
        "Location": header("Where the new resource is.", "/api/orders/7"),
        "Retry-After": {
            "description": "After how many seconds it makes sense to try again.",
            "schema": {"type": "integer", "minimum": 0},
            "example": 1,
        },
    })
}

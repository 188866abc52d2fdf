//! Parts of the document that follow from the shape of an operation.

use serde_json::{Map, Value, json};

/// Adds the path's id, the headers of request and response, and the media type of merge patches.
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
        "patch" | "delete" if has_etag(path) => refer("IfMatch"),
        "put" if is_images(path) => refer("IfMatch"),
        "post" if takes_key(path) => refer("IdempotencyKey"),
        _ => {}
    }
    if method == "get" && is_single {
        operation["responses"]["304"] = json!({
            "description": "The ETag is one of those in If-None-Match: the client has this version.",
            "headers": refer_to(&["ETag"]),
        });
    }
    if let Some(json) = operation.pointer("/requestBody/content/application~1json").cloned()
        && method == "patch"
    {
        operation["requestBody"]["content"]["application/merge-patch+json"] = json;
    }
    let headers: &[&str] = match method {
        "get" if is_paged(operation) => &["Link", "X-Total-Count"],
        "get" if is_single => &["ETag"],
        "patch" => &["ETag"],
        "put" if is_images(path) => &["ETag"],
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

/// Removes the null defaults that serde's `default` adds: an absent field of a patch keeps its value.
pub(super) fn drop_null_defaults(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        if property.get("default").is_some_and(Value::is_null) {
            property.shift_remove("default");
        }
    }
}

/// Links from a creating operation to the operations on the created resource.
const LINKS: [(&str, &[&str]); 7] = [
    ("create_user", &["show_user", "update_user", "delete_user", "list_orders_of_user"]),
    ("create_category", &["show_category", "update_category", "delete_category"]),
    ("create_voucher", &["show_voucher", "update_voucher", "delete_voucher"]),
    ("create_product_group", &["show_product_group", "update_product_group", "delete_product_group"]),
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

/// Whether the path names a single resource, not a list or a report.
fn is_single(path: &str, operation: &Value) -> bool {
    path == "/api/shop" || path.contains("{id}") && !is_paged(operation)
}

fn is_paged(operation: &Value) -> bool {
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "cursor"))
}

/// Creating users and categories takes no key: they involve no money or stock, and their unique fields prevent
/// duplicates. Anonymising is idempotent.
pub(super) fn takes_key(path: &str) -> bool {
    !matches!(path, "/api/users" | "/api/users/{id}/anonymise" | "/api/categories") && !is_account(path)
}

/// Sessions and API keys have no ETags and take no idempotency keys.
fn is_account(path: &str) -> bool {
    path.starts_with("/api/auth/")
}

/// Whether a single resource at the path has an ETag, so that a change can be conditional.
fn has_etag(path: &str) -> bool {
    !is_account(path) && !path.ends_with("/external-ids/{source}") && !path.ends_with("-address")
}

/// Replacing the images of a product changes the product.
fn is_images(path: &str) -> bool {
    path.ends_with("/images")
}

/// Parameters that operations share, as components.
pub(super) fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    // The pattern describes a single ETag; a list of them is accepted too.
    let tags = json!({"type": "string", "pattern": r#"^(\*|(W/)?"[!#-~]+")$"#});
    json!({
        "Id": {
            "name": "id",
            "in": "path",
            "required": true,
            "description": "Id of the resource.",
            "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": i64::MAX},
            "example": 1,
        },
        "IdempotencyKey": header(
            "Idempotency-Key",
            "Unique key chosen by the client. Repeating the request with the same key and body has no second effect. \
             Keys are kept for 30 days, unless configured otherwise; each user has a key space of its own.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
        ),
        "IfMatch": header(
            "If-Match",
            "ETags; the resource is changed only if its current ETag is one of them.",
            tags.clone(),
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "ETags of the client's versions; the resource is sent only if its current ETag is none of them.",
            tags,
        ),
    })
}

/// Response headers, as components.
pub(super) fn headers() -> Value {
    let header = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "ETag": header(
            "Strong validator of the current version, for If-Match and If-None-Match.",
            "\"c2f4b0e37d8a41f6a0c95d3be1427f68\"",
        ),
        "Link": header(
            "URLs of the next and the previous page, each absent if there is none.",
            "</api/products?limit=50&cursor=products-3b1f7a02-64>; rel=\"next\", \
             </api/products?limit=50&before=products-3b1f7a02-33>; rel=\"prev\"",
        ),
        "X-Total-Count": {
            "description": "Number of rows on all pages, with `count=true`. `10000+` means more than 10,000.",
            "schema": {"type": "string", "pattern": r"^([0-9]+|10000\+)$"},
            "example": "317",
        },
        "Location": header("URL of the created resource.", "/api/orders/7"),
        "Retry-After": {
            "description": "Seconds to wait before another attempt.",
            "schema": {"type": "integer", "minimum": 0},
            "example": 1,
        },
    })
}

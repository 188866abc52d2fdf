//! The problems of each operation.

use serde_json::{Map, Value, json};

use crate::problem::{Kind, kinds};

use super::{access, examples};

/// A response that operations share: its component name, description and kinds of problems.
struct Shared {
    name: &'static str,
    about: &'static str,
    kinds: &'static [&'static Kind],
}

const MALFORMED: Shared = Shared {
    name: "Malformed",
    about: "Malformed request: `errors` names the invalid parameter or header.",
    kinds: &[&kinds::MALFORMED],
};
const CROSS_SITE: Shared = Shared { name: "CrossSite", about: "Cross-site request.", kinds: &[&kinds::CROSS_SITE] };
const UNAUTHENTICATED: Shared =
    Shared { name: "Unauthenticated", about: "Missing or invalid token.", kinds: &[&kinds::UNAUTHENTICATED] };
const WRONG_LOGIN: Shared =
    Shared { name: "WrongLogin", about: "Wrong e-mail address or password.", kinds: &[&kinds::WRONG_LOGIN] };
const FORBIDDEN: Shared = Shared { name: "Forbidden", about: "Missing permission.", kinds: &[&kinds::FORBIDDEN] };
const REFUSED: Shared = Shared {
    name: "Refused",
    about: "Missing permission, or a cross-site request.",
    kinds: &[&kinds::FORBIDDEN, &kinds::CROSS_SITE],
};
const UNPROVEN: Shared = Shared {
    name: "Unproven",
    about: "Missing or invalid token, or wrong current password.",
    kinds: &[&kinds::UNAUTHENTICATED, &kinds::WRONG_LOGIN],
};
const TOO_MANY_ATTEMPTS: Shared = Shared {
    name: "TooManyAttempts",
    about: "Too many login attempts from this address or for this account, or too many requests.",
    kinds: &[&kinds::TOO_MANY_ATTEMPTS, &kinds::TOO_MANY_REQUESTS],
};
const TOO_MANY_REQUESTS: Shared = Shared {
    name: "TooManyRequests",
    about: "The caller exceeded its rate limit.",
    kinds: &[&kinds::TOO_MANY_REQUESTS],
};
const NOT_FOUND: Shared = Shared { name: "NotFound", about: "No resource has this id.", kinds: &[&kinds::NOT_FOUND] };
const CHANGED: Shared =
    Shared { name: "Changed", about: "The resource's ETag is none of those in If-Match.", kinds: &[&kinds::CHANGED] };
const TOO_LARGE: Shared = Shared {
    name: "TooLarge",
    about: "The body exceeds the limit: 1 MiB, unless configured otherwise.",
    kinds: &[&kinds::TOO_LARGE],
};
const TOO_SLOW: Shared =
    Shared { name: "TooSlow", about: "The body did not arrive in time.", kinds: &[&kinds::TOO_SLOW] };
const NOT_JSON: Shared = Shared {
    name: "NotJson",
    about: "The Content-Type is missing or unsupported, or the body has a Content-Encoding.",
    kinds: &[&kinds::NOT_JSON],
};
const MISDIRECTED: Shared =
    Shared { name: "Misdirected", about: "The Host is not one of the server's names.", kinds: &[&kinds::MISDIRECTED] };
const INVALID: Shared = Shared {
    name: "Invalid",
    about: "Invalid values in the body: `errors` names each field and says what is allowed.",
    kinds: &[&kinds::INVALID],
};
const INTERNAL: Shared = Shared {
    name: "InternalError",
    about: "Internal error. The server's log has the cause under `request_id`.",
    kinds: &[&kinds::INTERNAL],
};
const UNAVAILABLE: Shared = Shared {
    name: "Unavailable",
    about: "The server is overloaded, or the database is unavailable.",
    kinds: &[&kinds::OVERLOADED, &kinds::UNAVAILABLE],
};
const UNCERTAIN: Shared = Shared {
    name: "UnavailableOrUncertain",
    about: "The server is overloaded, or the database is unavailable. If the connection failed during COMMIT, or \
            the request timed out, the outcome is unknown.",
    kinds: &[&kinds::OVERLOADED, &kinds::UNAVAILABLE, &kinds::UNKNOWN_OUTCOME],
};
const ALL: [&Shared; 19] = [
    &MALFORMED,
    &UNAUTHENTICATED,
    &WRONG_LOGIN,
    &UNPROVEN,
    &FORBIDDEN,
    &REFUSED,
    &TOO_MANY_ATTEMPTS,
    &TOO_MANY_REQUESTS,
    &CROSS_SITE,
    &NOT_FOUND,
    &CHANGED,
    &TOO_SLOW,
    &TOO_LARGE,
    &NOT_JSON,
    &MISDIRECTED,
    &INVALID,
    &INTERNAL,
    &UNAVAILABLE,
    &UNCERTAIN,
];

/// The only error without a body: hyper sends it before a handler sees the request.
const HEAD_TOO_LARGE: (&str, &str) =
    ("HeadTooLarge", "The request head is larger than 16 KiB or has more than 100 lines. The response has no body.");

impl Shared {
    fn status(&self) -> String {
        self.kinds[0].status().to_string()
    }
}

/// Adds the shared error responses of the operation, and the conflicts of its examples.
pub(super) fn add(path: &str, method: &str, operation: &mut Value, shown: &Value) {
    for shared in ALL.iter().filter(|shared| applies(shared, method, operation)).collect::<Vec<_>>() {
        let reference = json!({"$ref": format!("#/components/responses/{}", shared.name)});
        operation["responses"][shared.status()] = reference;
    }
    operation["responses"]["431"] = json!({"$ref": format!("#/components/responses/{}", HEAD_TOO_LARGE.0)});
    let shown = shown.as_object().into_iter().flatten();
    let mut conflicts: Map<String, Value> = shown
        .map(|(slug, example)| (slug.clone(), json!({"summary": title(slug), "value": example["answer"]})))
        .collect();
    if has_parameter(operation, "IdempotencyKey") {
        conflicts.insert(kinds::KEY_REUSED.slug().to_owned(), example(&kinds::KEY_REUSED));
    }
    if ["pay_order", "create_key"].iter().any(|limited| operation["operationId"] == *limited) {
        conflicts.insert(kinds::LIMIT_REACHED.slug().to_owned(), example(&kinds::LIMIT_REACHED));
    }
    let of_orders = ["place_order", "quote_order", "pay_order", "extend_order", "capture_payment"];
    if of_orders.iter().any(|one| operation["operationId"] == *one) || path.ends_with("-address") {
        conflicts.insert(kinds::ORDER_EXPIRED.slug().to_owned(), example(&kinds::ORDER_EXPIRED));
    }
    if path.starts_with("/api/auth/") {
        conflicts.insert(kinds::AUTHENTICATION_OFF.slug().to_owned(), example(&kinds::AUTHENTICATION_OFF));
    }
    if !conflicts.is_empty() {
        operation["responses"]["409"] = response("The current state of the shop does not allow it.", conflicts);
    }
}

fn applies(shared: &Shared, method: &str, operation: &Value) -> bool {
    let is_write = method != "get";
    let needs_the_database = operation["operationId"] != "show_life";
    let has_body = operation.get("requestBody").is_some();
    let has_condition = has_parameter(operation, "IfMatch");
    let is_asked_for = access::is_asked_for(operation);
    let (is_login, proves_again) =
        (operation["operationId"] == "log_in", operation["operationId"] == "change_password");
    match shared.name {
        "Unauthenticated" => is_asked_for && !proves_again,
        "WrongLogin" => is_login,
        "Unproven" => is_asked_for && proves_again,
        "Forbidden" => is_asked_for && !is_write && operation["operationId"] != "show_caller",
        "Refused" => is_asked_for && is_write,
        "CrossSite" => is_write && !is_asked_for,
        "TooManyAttempts" => is_login || proves_again,
        "TooManyRequests" => {
            let health_checks = ["show_life", "show_readiness"];
            !(is_login || proves_again || health_checks.iter().any(|id| operation["operationId"] == *id))
        }
        "NotFound" => {
            let filters = ["list_orders", "list_keys", "settle_payment"];
            let is_required = |parameter: &Value| parameter["in"] == "query" && parameter["required"] == true;
            let asks_for_one = operation["parameters"].as_array().is_some_and(|all| all.iter().any(is_required));
            has_parameter(operation, "Id") || asks_for_one || filters.iter().any(|id| operation["operationId"] == *id)
        }
        "Changed" => has_condition,
        "TooSlow" | "TooLarge" | "NotJson" | "Invalid" => has_body,
        "InternalError" => needs_the_database,
        "Unavailable" => needs_the_database && !is_write,
        "UnavailableOrUncertain" => is_write,
        // Every operation can get invalid parameters or a missing Host.
        _ => true,
    }
}

fn has_parameter(operation: &Value, name: &str) -> bool {
    let reference = format!("#/components/parameters/{name}");
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["$ref"] == *reference))
}

/// The error responses that operations share, as components.
pub(super) fn shared() -> Value {
    let described = ALL.iter().map(|shared| {
        let shown = shared.kinds.iter().map(|kind| (kind.slug().to_owned(), example(kind))).collect();
        let mut response = response(shared.about, shown);
        if ["429", "503"].contains(&shared.status().as_str()) {
            response["headers"] = json!({"Retry-After": {"$ref": "#/components/headers/Retry-After"}});
        }
        (shared.name.to_owned(), response)
    });
    let (name, about) = HEAD_TOO_LARGE;
    described.chain([(name.to_owned(), json!({"description": about}))]).collect()
}

fn response(about: &str, examples: Map<String, Value>) -> Value {
    let content = json!({"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples});
    json!({"description": about, "content": {"application/problem+json": content}})
}

fn example(kind: &Kind) -> Value {
    json!({"summary": kind.title(), "value": examples::problem(kind.slug())["answer"]})
}

fn title(slug: &str) -> &'static str {
    kinds::ALL.iter().find(|kind| kind.slug() == slug).map_or("", |kind| kind.title())
}

/// The schema of a problem.
pub(super) fn schema() -> Value {
    let slugs: Vec<String> = kinds::ALL.iter().map(|kind| format!("/problems/{}", kind.slug())).collect();
    json!({
        "type": "object",
        "description": "An error (RFC 9457). Some kinds have further members.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": slugs, "description": "The kind of problem, as a URL that explains it."},
            "title": {"type": "string", "description": "Short name of the kind."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "HTTP status."},
            "detail": {"type": "string", "description": "Explanation of this occurrence."},
            "errors": {
                "type": "array",
                "description": "The invalid fields.",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {
                        "field": {"type": "string", "description": "Path of the field, such as `items[0].quantity`."},
                        "message": {"type": "string", "description": "What is wrong and what is allowed."},
                    },
                },
            },
        },
    })
}

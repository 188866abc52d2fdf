//! Which problems an operation can answer.

use serde_json::{Map, Value, json};

use crate::problem::{Kind, kinds};

use super::{access, examples};

/// A status that several operations answer alike: its name in the document, what it means, and its kinds.
struct Shared {
    name: &'static str,
    about: &'static str,
    kinds: &'static [&'static Kind],
}

const MALFORMED: Shared = Shared {
    name: "Malformed",
    about: "The request cannot be read: `errors` names the parameter or header that is wrong.",
    kinds: &[&kinds::MALFORMED],
};
const CROSS_SITE: Shared =
    Shared { name: "CrossSite", about: "A page of another site sent the request.", kinds: &[&kinds::CROSS_SITE] };
const UNAUTHENTICATED: Shared = Shared {
    name: "Unauthenticated",
    about: "It is not known who asks: there is no token, or it is not valid.",
    kinds: &[&kinds::UNAUTHENTICATED],
};
const WRONG_LOGIN: Shared =
    Shared { name: "WrongLogin", about: "The address or the password is wrong.", kinds: &[&kinds::WRONG_LOGIN] };
const FORBIDDEN: Shared =
    Shared { name: "Forbidden", about: "The caller may not do this.", kinds: &[&kinds::FORBIDDEN] };
const REFUSED: Shared = Shared {
    name: "Refused",
    about: "The caller may not do this, or a page of another site sent the request.",
    kinds: &[&kinds::FORBIDDEN, &kinds::CROSS_SITE],
};
const UNPROVEN: Shared = Shared {
    name: "Unproven",
    about: "It is not known who asks, or the present password is wrong.",
    kinds: &[&kinds::UNAUTHENTICATED, &kinds::WRONG_LOGIN],
};
const TOO_MANY_ATTEMPTS: Shared = Shared {
    name: "TooManyAttempts",
    about: "Too many attempts from this address, or to this account; or too many requests.",
    kinds: &[&kinds::TOO_MANY_ATTEMPTS, &kinds::TOO_MANY_REQUESTS],
};
const TOO_MANY_REQUESTS: Shared = Shared {
    name: "TooManyRequests",
    about: "The caller makes more requests than the server allows it.",
    kinds: &[&kinds::TOO_MANY_REQUESTS],
};
const NOT_FOUND: Shared = Shared { name: "NotFound", about: "Nothing has this id.", kinds: &[&kinds::NOT_FOUND] };
const CHANGED: Shared = Shared {
    name: "Changed",
    about: "It has changed: it has none of the ETags in If-Match.",
    kinds: &[&kinds::CHANGED],
};
const TOO_LARGE: Shared = Shared {
    name: "TooLarge",
    about: "The body is larger than the server takes: 1 MiB, unless it was started with another limit.",
    kinds: &[&kinds::TOO_LARGE],
};
const TOO_SLOW: Shared =
    Shared { name: "TooSlow", about: "The body did not come in time.", kinds: &[&kinds::TOO_SLOW] };
const NOT_JSON: Shared = Shared {
    name: "NotJson",
    about: "The Content-Type is missing or is none of those that are taken, or the body has a Content-Encoding.",
    kinds: &[&kinds::NOT_JSON],
};
const MISDIRECTED: Shared = Shared {
    name: "Misdirected",
    about: "The server does not answer to the name that the request is addressed to.",
    kinds: &[&kinds::MISDIRECTED],
};
const INVALID: Shared = Shared {
    name: "Invalid",
    about: "Values of the body are not allowed: `errors` names each field, and says what is.",
    kinds: &[&kinds::INVALID],
};
const INTERNAL: Shared = Shared {
    name: "InternalError",
    about: "The server failed. Its log has the cause, under the `request_id`.",
    kinds: &[&kinds::INTERNAL],
};
const UNAVAILABLE: Shared = Shared {
    name: "Unavailable",
    about: "There is too much to do, or the database cannot be used.",
    kinds: &[&kinds::OVERLOADED, &kinds::UNAVAILABLE],
};
const UNCERTAIN: Shared = Shared {
    name: "UnavailableOrUncertain",
    about: "There is too much to do, or the database cannot be used. If it went away while the change was saved, it is \
            not known whether it was.",
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

/// The one answer without a body: it is made before there is a request.
const HEAD_TOO_LARGE: (&str, &str) =
    ("HeadTooLarge", "The head of the request is larger than 16 KiB, or has more than 100 lines. There is no body.");

impl Shared {
    fn status(&self) -> String {
        self.kinds[0].status().to_string()
    }
}

/// Adds what follows from the shape of the operation, and the conflicts that its examples show.
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
    if path.starts_with("/api/auth/") {
        conflicts.insert(kinds::AUTHENTICATION_OFF.slug().to_owned(), example(&kinds::AUTHENTICATION_OFF));
    }
    if !conflicts.is_empty() {
        operation["responses"]["409"] = response("The present state of the shop forbids it.", conflicts);
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
            let filters = ["list_orders", "list_keys"];
            has_parameter(operation, "Id") || filters.iter().any(|id| operation["operationId"] == *id)
        }
        "Changed" => has_condition,
        "TooSlow" | "TooLarge" | "NotJson" | "Invalid" => has_body,
        "InternalError" => needs_the_database,
        "Unavailable" => needs_the_database && !is_write,
        "UnavailableOrUncertain" => is_write,
        // Even what has no parameters is given wrong ones, or no Host.
        _ => true,
    }
}

fn has_parameter(operation: &Value, name: &str) -> bool {
    let reference = format!("#/components/parameters/{name}");
    operation["parameters"].as_array().is_some_and(|all| all.iter().any(|parameter| parameter["$ref"] == *reference))
}

/// The answers that operations share.
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

/// The shape of every problem.
pub(super) fn schema() -> Value {
    let slugs: Vec<String> = kinds::ALL.iter().map(|kind| format!("/problems/{}", kind.slug())).collect();
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Some kinds have further members.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": slugs, "description": "Which kind it is, and where that is explained."},
            "title": {"type": "string", "description": "The kind in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The status of the answer."},
            "detail": {"type": "string", "description": "What is wrong with this request."},
            "errors": {
                "type": "array",
                "description": "The fields that are wrong.",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {
                        "field": {"type": "string", "description": "Its path, such as `items[0].quantity`."},
                        "message": {"type": "string", "description": "What is wrong, and what is allowed."},
                    },
                },
            },
        },
    })
}

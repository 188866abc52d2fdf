//! The security requirements of operations.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use crate::auth::Needs;

/// What each operation requires, by method and path: nothing on a server without authentication.
pub(super) fn of_operations(
    rules: impl Iterator<Item = (Method, &'static str, Needs)>,
    authenticates: bool,
) -> BTreeMap<(String, String), Needs> {
    let needed = |needs| if authenticates { needs } else { Needs::Nothing };
    rules.map(|(method, path, needs)| ((method.to_string(), path.to_owned()), needed(needs))).collect()
}

/// Adds the requirement to the operation, as `security` and in its description.
pub(super) fn apply(operation: &mut Value, needs: Option<Needs>) {
    let (ways, words) = match needs.unwrap_or(Needs::Nothing) {
        Needs::Nothing => {
            operation["security"] = json!([]);
            return;
        }
        Needs::Caller => (vec![vec![]], "Requires a session or an API key.".to_owned()),
        Needs::Session => (vec![vec![]], "Requires a session; an API key is not enough.".to_owned()),
        Needs::Scope(scope) => (vec![vec![scope.as_str()]], format!("Requires the scope `{scope}`.")),
        Needs::OneOf(scopes) => {
            let words: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
            let ways = scopes.iter().map(|scope| vec![scope.as_str()]).collect();
            (ways, format!("Requires one of the scopes {}, depending on the body.", words.join(" or ")))
        }
        Needs::SessionWith(scope) => (
            vec![vec![scope.as_str()]],
            format!(
                "Requires a session with the scope `{scope}`; an API key is not \
                enough."
            ),
        ),
    };
    let with = |scheme: &str| ways.iter().map(|scopes| json!({scheme: scopes})).collect::<Vec<_>>();
    operation["security"] = json!([with("token"), with("cookie")].concat());
    let description = operation["description"].as_str().unwrap_or_default();
    operation["description"] = json!(format!("{description}\n\n{words}"));
}

/// Whether the operation requires authentication.
pub(super) fn is_asked_for(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| !ways.is_empty())
}

/// The security schemes.
pub(super) fn schemes() -> Value {
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A session token (from POST /api/auth/login) or an API key.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "ecomdb_session",
            "description": "The session cookie of a login with `cookie: true`; over TLS its name is \
             `__Host-ecomdb_session`.",
        },
    })
}

//! Who may use an operation, on a server that asks who everybody is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::auth::Needs;
use crate::router;

/// What each operation needs, by method and path; nothing, where nobody is asked.
pub(super) fn of_operations(authenticates: bool) -> BTreeMap<(String, String), Needs> {
    let needed = |needs| if authenticates { needs } else { Needs::Nothing };
    router::rules().map(|(method, path, needs)| ((method.to_string(), path.to_owned()), needed(needs))).collect()
}

/// Says so, with the scope, and in words.
pub(super) fn apply(operation: &mut Value, needs: Option<Needs>) {
    let (ways, words) = match needs.unwrap_or(Needs::Nothing) {
        Needs::Nothing => {
            operation["security"] = json!([]);
            return;
        }
        Needs::Caller => (vec![vec![]], "Needs a session or an API key.".to_owned()),
        Needs::Session => (vec![vec![]], "Needs a session; an API key is not enough.".to_owned()),
        Needs::Scope(scope) => (vec![vec![scope.as_str()]], format!("Needs the scope `{scope}`.")),
        Needs::OneOf(scopes) => {
            let words: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
            let ways = scopes.iter().map(|scope| vec![scope.as_str()]).collect();
            (ways, format!("Needs one of the scopes {}, depending on the body.", words.join(" and ")))
        }
        Needs::SessionWith(scope) => {
            (vec![vec![scope.as_str()]], format!("Needs a session with the scope `{scope}`; an API key is not enough."))
        }
    };
    let with = |scheme: &str| ways.iter().map(|scopes| json!({scheme: scopes})).collect::<Vec<_>>();
    operation["security"] = json!([with("token"), with("cookie")].concat());
    let description = operation["description"].as_str().unwrap_or_default();
    operation["description"] = json!(format!("{description}\n\n{words}"));
}

/// Whether the operation asks who it is.
pub(super) fn is_asked_for(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| !ways.is_empty())
}

/// How somebody can prove it.
pub(super) fn schemes() -> Value {
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of a session, from /api/auth/login, or an API key.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "ecomdb_session",
            "description": "The session of a browser that logged in with `cookie: true`; `__Host-ecomdb_session` over TLS.",
        },
    })
}

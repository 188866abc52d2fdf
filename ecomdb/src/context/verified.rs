//! Verifying the callers of a batch.

use std::collections::HashMap;

use super::{Caller, Context, Credential, Recognised, TokenHash, api_key, session};
use crate::engine::{Connection, Later};
use crate::error::Result;
use crate::types::Scope;
use crate::types::time::now;

/// Whether [`Context::verify`] would succeed for each request and the scopes that it needs, in at most two statements.
pub(crate) fn verified<'a>(
    conn: &mut Connection,
    requests: Vec<(&'a Context, [Scope; 3])>,
) -> Result<Later<'a, Vec<bool>>> {
    let (mut of_sessions, mut of_keys) = (Vec::new(), Vec::new());
    for (context, _) in &requests {
        let tokens = match context.caller().credential() {
            Credential::Session(_) => &mut of_sessions,
            Credential::ApiKey(_) => &mut of_keys,
            Credential::Operator => continue,
        };
        tokens.extend(context.caller().token());
    }
    let at = now();
    let sessions = (!of_sessions.is_empty()).then(|| session::find_all(conn, &of_sessions, at)).transpose()?;
    let keys = (!of_keys.is_empty()).then(|| api_key::find_all(conn, &of_keys, at)).transpose()?;
    Ok(Later::new(move |conn| {
        let mut found = Vec::new();
        for answer in [sessions, keys].into_iter().flatten() {
            found.extend(answer.get(conn)?);
        }
        Ok(allowed(&requests, &found))
    }))
}

fn allowed(requests: &[(&Context, [Scope; 3])], found: &[Recognised]) -> Vec<bool> {
    let callers: HashMap<Option<&TokenHash>, &Caller> =
        found.iter().map(|found| (found.caller.token(), &found.caller)).collect();
    let is_allowed = |(context, needed): &(&Context, [Scope; 3])| {
        let caller = context.caller();
        let now = if caller.is_operator() { Some(caller) } else { callers.get(&caller.token()).copied() };
        now.is_some_and(|now| caller.permit(now, needed).is_ok())
    };
    requests.iter().map(is_allowed).collect()
}

//! Permissions of a request, to be verified in its transaction.

#[cfg(feature = "mysql")]
use std::collections::HashMap;

use super::Caller;
#[cfg(feature = "mysql")]
use super::{Credential, TokenHash, api_key, caller::Recognised, session};
use crate::engine::Connection;
#[cfg(feature = "mysql")]
use crate::engine::Later;
use crate::error::Result;
use crate::types::Scope;
#[cfg(feature = "mysql")]
use crate::types::time::now;

/// A caller and the scopes that its request needs.
#[derive(Debug, Clone)]
#[allow(unreachable_pub, reason = "in a request, which is in the signature of a public trait that is sealed")]
pub struct Claim {
    caller: Caller,
    needed: Vec<Scope>,
}

impl Claim {
    pub(crate) fn new(caller: &Caller, needed: impl IntoIterator<Item = Scope>) -> Self {
        Self { caller: caller.clone(), needed: needed.into_iter().collect() }
    }

    /// Checks the scopes as they were at authentication, before starting a transaction.
    pub(crate) fn demand(&self) -> Result<()> {
        self.needed.iter().try_for_each(|scope| self.caller.demand(*scope))
    }

    /// Verifies the current permissions; see [`Caller::verify`].
    pub(crate) fn verify(&self, conn: &mut Connection) -> Result<()> {
        self.caller.verify(conn, &self.needed)
    }
}

/// Whether [`Claim::verify`] would succeed for each claim, in at most two statements.
#[cfg(feature = "mysql")]
pub(crate) fn verified<'a>(conn: &mut Connection, claims: Vec<Option<&'a Claim>>) -> Result<Later<'a, Vec<bool>>> {
    let (mut of_sessions, mut of_keys) = (Vec::new(), Vec::new());
    for claim in claims.iter().flatten() {
        let tokens = match claim.caller.credential() {
            Credential::Session(_) => &mut of_sessions,
            Credential::ApiKey(_) => &mut of_keys,
            Credential::Operator => continue,
        };
        tokens.extend(claim.caller.token());
    }
    let at = now();
    let sessions = (!of_sessions.is_empty()).then(|| session::find_all(conn, &of_sessions, at)).transpose()?;
    let keys = (!of_keys.is_empty()).then(|| api_key::find_all(conn, &of_keys, at)).transpose()?;
    Ok(Later::new(move |conn| {
        let mut found = Vec::new();
        for answer in [sessions, keys].into_iter().flatten() {
            found.extend(answer.get(conn)?);
        }
        Ok(allowed(&claims, &found))
    }))
}

#[cfg(feature = "mysql")]
fn allowed(claims: &[Option<&Claim>], found: &[Recognised]) -> Vec<bool> {
    let callers: HashMap<Option<&TokenHash>, &Caller> =
        found.iter().map(|found| (found.caller.token(), &found.caller)).collect();
    let is_allowed = |claim: &Claim| {
        let now =
            if claim.caller.is_operator() { Some(&claim.caller) } else { callers.get(&claim.caller.token()).copied() };
        now.is_some_and(|now| claim.caller.permit(now, &claim.needed).is_ok())
    };
    claims.iter().map(|claim| claim.is_none_or(is_allowed)).collect()
}

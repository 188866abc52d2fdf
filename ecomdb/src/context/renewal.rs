//! Reading a caller's permissions again.

use super::{Caller, Credential, api_key, session};
use crate::engine::Connection;
use crate::error::{Error, Result};
use crate::types::Scope;
use crate::types::time::now;

impl Caller {
    /// The caller with its current permissions. Call it in the transaction that depends on them.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the session or key has ended, or its user was disabled or deleted.
    pub(crate) fn renewed(&self, conn: &mut Connection) -> Result<Self> {
        let Some(token) = self.token() else { return Ok(self.clone()) };
        let found = match self.credential() {
            Credential::ApiKey(_) => api_key::find(conn, token, now())?,
            Credential::Operator | Credential::Session(_) => session::find(conn, token, now())?,
        };
        found.map(|found| found.caller).ok_or(Error::InvalidToken)
    }

    /// Checks the caller's current permissions. Call it in the transaction that depends on them.
    ///
    /// # Errors
    /// As [`Caller::renewed`]. [`Error::Forbidden`] if the caller lacks a scope, or is now limited to its own rows.
    pub(crate) fn verify(&self, conn: &mut Connection, needed: &[Scope]) -> Result<()> {
        if self.is_operator() { Ok(()) } else { self.permit(&self.renewed(conn)?, needed) }
    }
}

//! The caller of an operation and its permissions.
//!
//! [`Database::on_behalf_of`](crate::Database::on_behalf_of) limits the shop to the permissions of a [`Caller`]. The
//! limits apply to every query made through it, so request handlers need no checks of their own. Permissions are read
//! again in the transaction that needs them, by [`Caller::verify`].

mod api_key;
mod caller;
mod renewal;
mod session;
mod token;
mod verified;

pub(crate) use self::api_key::scopes;
pub(crate) use self::caller::Recognised;
pub use self::caller::{Caller, Credential};
pub(crate) use self::session::IDLE;
pub use self::token::Token;
pub(crate) use self::token::{TokenHash, TokenKind};
pub(crate) use self::verified::verified;

use chrono::{DateTime, Utc};

use crate::engine::Connection;
use crate::error::Result;
use crate::types::{IdempotencyKey, Scope, UserId};

/// The caller of an operation, and its idempotency key.
#[derive(Debug, Clone)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub struct Context {
    caller: Caller,
    key: Option<IdempotencyKey>,
}

impl Context {
    /// The program itself, without a key.
    pub(crate) const OPERATOR: Self = Self { caller: Caller::operator(), key: None };

    pub(crate) const fn new(caller: Caller, key: Option<IdempotencyKey>) -> Self {
        Self { caller, key }
    }

    pub(crate) const fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) const fn key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// User who makes the request. Idempotency keys of different users are distinct; `None` for the operator.
    pub(crate) const fn user(&self) -> Option<UserId> {
        self.caller.user()
    }

    /// Only user whose rows may be read and changed; `None` for all.
    pub(crate) fn owner(&self) -> Option<UserId> {
        self.caller.owner()
    }

    /// Whether the caller had the scope when it was authenticated, for fields that only some callers may see.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.caller.scopes().contains(&scope)
    }

    /// Verifies the current permissions; see [`Caller::verify`].
    pub(crate) fn verify(&self, conn: &mut Connection, needed: &[Scope]) -> Result<()> {
        self.caller.verify(conn, needed)
    }
}

/// The caller with this session or API key; `None` if it does not exist, has expired or was revoked.
pub(crate) fn find(
    conn: &mut Connection,
    kind: TokenKind,
    token: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<Recognised>> {
    match kind {
        TokenKind::Session => session::find(conn, token, now),
        TokenKind::ApiKey => api_key::find(conn, token, now),
    }
}

//! The caller of an operation and its permissions.
//!
//! [`Database::on_behalf_of`](crate::Database::on_behalf_of) limits the shop to the permissions of a [`Caller`]. The
//! limits apply to every query made through it, so request handlers need no checks of their own. Permissions are read
//! again in the transaction that needs them, by [`Caller::verify`].

mod api_key;
mod caller;
mod claim;
mod session;
mod token;

pub(crate) use self::api_key::scopes;
pub(crate) use self::caller::Recognised;
pub use self::caller::{Caller, Credential};
pub(crate) use self::claim::Claim;
#[cfg(feature = "mysql")]
pub(crate) use self::claim::verified;
pub(crate) use self::session::IDLE;
pub use self::token::Token;
pub(crate) use self::token::{TokenHash, TokenKind};

use chrono::{DateTime, Utc};

use crate::engine::Connection;
use crate::error::Result;

/// The caller with this session or API key, unless it has ended.
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

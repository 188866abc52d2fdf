//! Authentication and authorisation: roles, scopes, passwords, sessions and API keys.
//!
//! [`Database::on_behalf_of`](crate::Database::on_behalf_of) limits the shop to the permissions of a [`Caller`]. The
//! limits apply to every query made through it, so request handlers need no checks of their own. Permissions are read
//! again in the transaction that needs them, by [`Caller::verify`].

mod accounts;
mod api_keys;
mod behalf;
mod caller;
mod claim;
mod gate;
mod password;
mod role;
mod sessions;
mod staff;
mod token;

pub use self::accounts::{Accounts, Login};
pub use self::api_keys::{ApiKey, ApiKeyFilter, NewApiKey};
pub use self::behalf::{Guarded, OnBehalf};
pub use self::caller::{Caller, Credential};
pub(crate) use self::claim::Claim;
#[cfg(feature = "mysql")]
pub(crate) use self::claim::verified;
pub(crate) use self::gate::Gate;
pub use self::password::Password;
pub use self::role::{Role, Scope};
pub use self::sessions::Session;
pub(crate) use self::sessions::close_all as close_sessions;
pub(crate) use self::staff::admit_change;
pub use self::token::Token;

use diesel::prelude::*;

use crate::backend::Connection;
use crate::schema::{api_keys as keys, users};
use crate::types::UserId;

/// Deletes all credentials of a user: sessions, API keys and password.
pub(crate) fn forget(conn: &mut Connection, user: UserId) -> QueryResult<()> {
    close_sessions(conn, user)?;
    diesel::delete(keys::table.filter(keys::user_id.eq(user))).execute(conn)?;
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(None::<String>), users::role.eq(Role::Customer)))
        .execute(conn)?;
    Ok(())
}

//! Who may do what: roles and scopes, passwords, sessions and API keys.
//!
//! A [`Caller`] is whoever asks. [`Database::on_behalf_of`](crate::Database::on_behalf_of) gives the shop as that caller
//! may see and change it; every query that goes through it is limited there, not by those who write handlers. What the
//! caller may do is read again in the transaction that does it: [`Caller::verify`].

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

/// Takes away whatever a user could log in with, the password included.
pub(crate) fn forget(conn: &mut Connection, user: UserId) -> QueryResult<()> {
    close_sessions(conn, user)?;
    diesel::delete(keys::table.filter(keys::user_id.eq(user))).execute(conn)?;
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(None::<String>), users::role.eq(Role::Customer)))
        .execute(conn)?;
    Ok(())
}

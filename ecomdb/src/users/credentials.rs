//! Deletion of credentials.

use diesel::prelude::*;

use crate::engine::Connection;
use crate::schema::{api_keys as keys, sessions, users};
use crate::types::{Role, UserId};

/// Deletes all credentials of a user: sessions, API keys and password.
pub(crate) fn forget(conn: &mut Connection, user: UserId) -> QueryResult<()> {
    close_sessions(conn, user)?;
    diesel::delete(keys::table.filter(keys::user_id.eq(user))).execute(conn)?;
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(None::<String>), users::role.eq(Role::Customer)))
        .execute(conn)?;
    Ok(())
}

/// Ends all sessions of the user.
pub(crate) fn close_sessions(conn: &mut Connection, user: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)
}

//! Login, and changes of passwords.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::password;
use crate::context::{Context, Token};
use crate::engine::Connection;
use crate::error::{Error, Invalid, Result};
use crate::schema::users;
use crate::types::{UserId, UserStatus};
use crate::users::User;

/// A successful login.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// Secret of the session, which is not stored and cannot be shown again.
    pub token: Token,
    /// When the session expires (UTC): after 7 days, or after a day without use.
    pub expires_at: DateTime<Utc>,
    /// The user who logged in.
    pub user: User,
}

/// Stored data for checking a login.
pub(crate) struct Known {
    pub(crate) user: UserId,
    pub(crate) hash: String,
}

/// The active user who meets the condition and has a password, if any.
pub(crate) fn known<C>(conn: &mut Connection, condition: C) -> Result<Option<Known>>
where
    C: Expression<SqlType = diesel::sql_types::Bool>
        + diesel::expression::NonAggregate
        + diesel::AppearsOnTable<users::table>
        + diesel::query_builder::QueryFragment<crate::engine::MultiBackend>
        + diesel::query_builder::QueryId
        + diesel::expression::ValidGrouping<()>,
{
    let user = users::table.filter(condition).filter(users::status.eq(UserStatus::Active));
    let found: Option<(UserId, Option<String>)> =
        user.select((users::id, users::password_hash)).get_result(conn).optional()?;
    Ok(found.and_then(|(user, hash)| Some(Known { user, hash: hash? })))
}

/// Locks the user. [`Error::WrongLogin`] if the password was changed or the user disabled since the check.
pub(crate) fn expect_unchanged(conn: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    crate::users::lock_row(conn, user)?;
    match known(conn, users::id.eq(user))? {
        Some(known) if known.hash == hash => Ok(()),
        _ => Err(Error::WrongLogin),
    }
}

/// The user, and the hash of the current password if there is one.
pub(crate) fn owner_of_password(conn: &mut Connection, user: UserId) -> Result<(User, Option<String>)> {
    let owner = crate::users::get(conn, &Context::OPERATOR, user)?;
    Ok((owner, users::table.find(user).select(users::password_hash).get_result(conn)?))
}

pub(crate) fn is_present() -> Invalid {
    password::refused("is the current password: choose another one")
}

pub(crate) fn replace_password(conn: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    let changed = diesel::update(users::table.find(user)).set(users::password_hash.eq(Some(hash))).execute(conn)?;
    if changed == 0 {
        return Err(Error::not_found("user", user));
    }
    crate::users::close_sessions(conn, user)?;
    Ok(())
}

//! Sessions: who is logged in, and until when.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::token::Token;
use super::{Caller, Role};
use crate::UserStatus;
use crate::backend::{Connection, sql};
use crate::error::Result;
use crate::schema::{sessions, users};
use crate::types::time::Stamp;
use crate::types::{SessionId, UserId};

/// How long a session lasts at the most.
const LIFETIME: TimeDelta = TimeDelta::days(7);
/// How long it lasts without being used.
const IDLE: TimeDelta = TimeDelta::days(1);

/// Opens a session, and clears those away that have ended. Gives when it ends.
pub(super) fn open(conn: &mut Connection, user: UserId, token: &Token, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let ended = format!("DELETE FROM sessions WHERE expires_at < {}", conn.moment());
    sql(ended).moment(now).run(conn)?;
    let expires_at = now + LIFETIME;
    let insert = sql("INSERT INTO sessions (user_id, token_hash, created_at, expires_at, last_used_at) \
         VALUES (?, ?, ?, ?, ?)");
    insert.int(user).text(token.hash()).time(now).time(expires_at).time(now).run(conn)?;
    Ok(expires_at)
}

/// The one whose token it is, and when it was last used.
pub(super) fn find(
    conn: &mut Connection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<(Caller, Option<DateTime<Utc>>)>> {
    type Row = (SessionId, UserId, Role, Stamp, Stamp);
    let found: Option<Row> = sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(token.hash()).and(users::status.eq(UserStatus::Active)))
        .select((sessions::id, users::id, users::role, sessions::expires_at, sessions::last_used_at))
        .get_result(conn)
        .optional()?;
    let Some((id, user, role, expires_at, last_used_at)) = found else { return Ok(None) };
    let last_used_at = DateTime::from(last_used_at);
    if now >= expires_at.into() || now >= last_used_at + IDLE {
        return Ok(None);
    }
    Ok(Some((Caller::with_session(user, role, id), Some(last_used_at))))
}

/// Notes that it was used, unless a server whose clock is ahead has noted a later time.
pub(super) fn touch(conn: &mut Connection, id: SessionId, now: DateTime<Utc>) -> QueryResult<usize> {
    let now = Stamp::from(now);
    let session = sessions::table.find(id).filter(sessions::last_used_at.lt(now));
    diesel::update(session).set(sessions::last_used_at.eq(now)).execute(conn)
}

pub(super) fn close(conn: &mut Connection, id: SessionId) -> QueryResult<usize> {
    diesel::delete(sessions::table.find(id)).execute(conn)
}

/// Logs a user out everywhere.
pub(crate) fn close_all(conn: &mut Connection, user: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)
}

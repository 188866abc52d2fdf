//! Login sessions and their expiry.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::{Credential, IDLE, TokenHash};
use crate::engine::{Connection, Moment, sql};
use crate::error::{Error, Result};
use crate::schema::sessions;
use crate::types::{SessionId, UserId};

/// A session of a user, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Session {
    /// Session id.
    pub id: SessionId,
    /// When the user logged in (UTC).
    pub created_at: DateTime<Utc>,
    /// When the session was last used (UTC), to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When the session expires (UTC). It ends earlier after a day without use.
    pub expires_at: DateTime<Utc>,
    /// Whether this is the caller's own session.
    pub current: bool,
}

/// Maximum lifetime of a session.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// Maximum number of sessions per user.
const MAX_PER_USER: usize = 50;

/// Creates a session of a user, whose row must be locked. Deletes ended sessions, and the least recently used one if
/// the user has [`MAX_PER_USER`]. Returns when the new session expires.
pub(crate) fn open(
    conn: &mut Connection,
    user: UserId,
    token: &TokenHash,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let ended = format!("DELETE FROM sessions WHERE expires_at < {}", conn.moment());
    sql(ended).moment(now).run(conn)?;
    make_room(conn, user, now)?;
    let expires_at = now + LIFETIME;
    let insert = sql("INSERT INTO sessions (user_id, token_hash, created_at, expires_at, last_used_at) \
         VALUES (?, ?, ?, ?, ?)");
    insert.int(user).text(token.as_str()).time(now).time(expires_at).time(now).run(conn)?;
    Ok(expires_at)
}

/// Deletes the user's idle sessions, and the least recently used of the others until there is room for one more.
fn make_room(conn: &mut Connection, user: UserId, now: DateTime<Utc>) -> QueryResult<()> {
    let of_user = sessions::user_id.eq(user);
    diesel::delete(sessions::table.filter(of_user).filter(sessions::last_used_at.le(Moment::of(now - IDLE))))
        .execute(conn)?;
    let latest_first: Vec<SessionId> = sessions::table
        .filter(of_user)
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .select(sessions::id)
        .load(conn)?;
    for surplus in latest_first.into_iter().skip(MAX_PER_USER - 1) {
        diesel::delete(sessions::table.find(surplus)).execute(conn)?;
    }
    Ok(())
}

/// Updates `last_used_at`, unless another server stored a later time.
pub(crate) fn touch(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> QueryResult<usize> {
    let session =
        sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::last_used_at.lt(Moment::of(now))));
    diesel::update(session).set(sessions::last_used_at.eq(Moment::of(now))).execute(conn)
}

/// The user's active sessions, most recently used first. `current` is the caller's.
pub(crate) fn list(
    conn: &mut Connection,
    user: UserId,
    current: SessionId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>> {
    let mut sessions = stored(conn, user, Credential::Session(current))?;
    sessions.retain(|session| session.expires_at > now && session.last_used_at > now - IDLE);
    Ok(sessions)
}

/// The user's sessions, also those that have ended and are not deleted yet, most recently used first. `credential` is the
/// caller's.
pub(crate) fn stored(conn: &mut Connection, user: UserId, credential: Credential) -> Result<Vec<Session>> {
    type Row = (SessionId, DateTime<Utc>, DateTime<Utc>, DateTime<Utc>);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .select((sessions::id, sessions::created_at, sessions::last_used_at, sessions::expires_at))
        .load(conn)?;
    let session = |(id, created_at, last_used_at, expires_at): Row| Session {
        id,
        created_at,
        last_used_at,
        expires_at,
        current: credential == Credential::Session(id),
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends a session of the user.
pub(crate) fn end(conn: &mut Connection, user: UserId, id: SessionId) -> Result<()> {
    let own = sessions::table.filter(sessions::id.eq(id).and(sessions::user_id.eq(user)));
    if diesel::delete(own).execute(conn)? == 0 {
        return Err(Error::not_found("session", id));
    }
    Ok(())
}

/// Ends all sessions of the user except the current one. Returns their number.
pub(crate) fn end_others(conn: &mut Connection, user: UserId, current: SessionId) -> QueryResult<usize> {
    let others = sessions::table.filter(sessions::user_id.eq(user).and(sessions::id.ne(current)));
    diesel::delete(others).execute(conn)
}

/// Ends the user's session with this token.
pub(crate) fn close(conn: &mut Connection, token: &TokenHash, user: UserId) -> QueryResult<usize> {
    let session = sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::user_id.eq(user)));
    diesel::delete(session).execute(conn)
}

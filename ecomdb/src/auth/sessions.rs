//! Sessions: who is logged in, and until when.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::Caller;
use super::caller::Recognised;
use super::role::Role;
use super::token::TokenHash;
use crate::UserStatus;
use crate::backend::{Connection, fixed, sql};
#[cfg(feature = "mysql")]
use crate::backend::{Sql, marks, sql_for_rows};
use crate::error::Result;
use crate::schema::sessions;
use crate::types::time::Stamp;
use crate::types::{SessionId, UserId};

/// How long a session lasts at the most.
const LIFETIME: TimeDelta = TimeDelta::days(7);
/// How long it lasts without being used.
const IDLE: TimeDelta = TimeDelta::days(1);

/// Opens a session, and clears those away that have ended. Gives when it ends.
pub(super) fn open(
    conn: &mut Connection,
    user: UserId,
    token: &TokenHash,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let ended = format!("DELETE FROM sessions WHERE expires_at < {}", conn.moment());
    sql(ended).moment(now).run(conn)?;
    let expires_at = now + LIFETIME;
    let insert = sql("INSERT INTO sessions (user_id, token_hash, created_at, expires_at, last_used_at) \
         VALUES (?, ?, ?, ?, ?)");
    insert.int(user).text(token.as_str()).time(now).time(expires_at).time(now).run(conn)?;
    Ok(expires_at)
}

type Columns = (Text, BigInt, BigInt, Text, Timestamp, Timestamp);
type Row = (String, i64, i64, Role, Stamp, Stamp);

/// The sessions of active users. By hand, since every request of a user runs it.
macro_rules! select {
    ($hashes:literal) => {
        concat!(
            "SELECT s.token_hash, s.id, u.id, u.role, s.expires_at, s.last_used_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.status = ? AND s.token_hash ",
            $hashes
        )
    };
}

/// The one whose token it is, unless the session has ended.
pub(super) fn find(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Recognised>> {
    let select = fixed!(select!("= ?")).word(UserStatus::Active.as_str()).text(token.as_str());
    Ok(select.rows::<Columns, Row>(conn)?.pop().and_then(|row| recognised(row, now)))
}

/// The same for several tokens.
#[cfg(feature = "mysql")]
pub(super) fn find_all(conn: &mut Connection, tokens: &[&TokenHash], now: DateTime<Utc>) -> Result<Vec<Recognised>> {
    let text = select!("IN ({tokens})").replace("{tokens}", &marks(tokens.len()));
    let select = sql_for_rows(tokens.len(), text).word(UserStatus::Active.as_str());
    let select = tokens.iter().fold(select, |select: Sql, token| select.text(token.as_str()));
    Ok(select.rows::<Columns, Row>(conn)?.into_iter().filter_map(|row| recognised(row, now)).collect())
}

fn recognised((token, id, user, role, expires_at, last_used_at): Row, now: DateTime<Utc>) -> Option<Recognised> {
    let last_used_at = DateTime::from(last_used_at);
    let lasts = now < expires_at.into() && now < last_used_at + IDLE;
    lasts.then(|| Recognised {
        caller: Caller::with_session(UserId::new(user), role, SessionId::new(id), TokenHash::stored(token)),
        last_used_at: Some(last_used_at),
    })
}

/// Notes that it was used, unless a server whose clock is ahead has noted a later time.
pub(super) fn touch(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> QueryResult<usize> {
    let now = Stamp::from(now);
    let session = sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::last_used_at.lt(now)));
    diesel::update(session).set(sessions::last_used_at.eq(now)).execute(conn)
}

/// Ends the user's session with this token, and no other.
pub(super) fn close(conn: &mut Connection, token: &TokenHash, user: UserId) -> QueryResult<usize> {
    let session = sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::user_id.eq(user)));
    diesel::delete(session).execute(conn)
}

/// Logs a user out everywhere.
pub(crate) fn close_all(conn: &mut Connection, user: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)
}

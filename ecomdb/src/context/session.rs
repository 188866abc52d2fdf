//! Authentication by session.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{BigInt, Text};

use super::caller::{Caller, Recognised};
use super::token::TokenHash;
use crate::engine::{Connection, Later, Moment, fixed, sql};
use crate::error::Result;
use crate::types::{Role, SessionId, UserId, UserStatus};

/// Lifetime of an unused session.
pub(crate) const IDLE: TimeDelta = TimeDelta::days(1);

type Columns = (Text, BigInt, BigInt, Text, Moment, Moment);
type Row = (String, i64, i64, Role, DateTime<Utc>, DateTime<Utc>);

/// Query for sessions of active users. Written as SQL, because every request with a session runs it.
macro_rules! select {
    ($is_wanted:literal) => {
        concat!(
            "SELECT s.token_hash, s.id, u.id, u.role, s.expires_at, s.last_used_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.status = ? AND ",
            $is_wanted
        )
    };
}

/// The caller with this token, unless the session has ended.
pub(crate) fn find(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Recognised>> {
    let select = fixed!(select!("s.token_hash = ?")).word(UserStatus::Active.as_str()).text(token.as_str());
    Ok(select.rows::<Columns, Row>(conn)?.pop().and_then(|row| recognised(row, now)))
}

/// Like [`find`], for several tokens.
pub(crate) fn find_all(
    conn: &mut Connection,
    tokens: &[&TokenHash],
    now: DateTime<Utc>,
) -> Result<Later<'static, Vec<Recognised>>> {
    let (is_among, hashes) =
        conn.among(&["s.token_hash"], tokens.iter().fold(sql(""), |all, token| all.text(token.as_str())));
    let select = sql(select!("").to_owned() + &is_among).word(UserStatus::Active.as_str()).all(hashes);
    let rows = select.send_query::<Columns, Row>(conn)?;
    Ok(rows.map(move |rows| rows.into_iter().filter_map(|row| recognised(row, now)).collect()))
}

fn recognised((token, id, user, role, expires_at, last_used_at): Row, now: DateTime<Utc>) -> Option<Recognised> {
    let lasts = now < expires_at && now < last_used_at + IDLE;
    lasts.then(|| Recognised {
        caller: Caller::with_session(UserId::new(user), role, SessionId::new(id), TokenHash::stored(token)),
        last_used_at: Some(last_used_at),
    })
}

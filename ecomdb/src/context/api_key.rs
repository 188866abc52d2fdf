//! Authentication by API key.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text};

use super::caller::{Caller, Recognised};
use super::token::TokenHash;
use crate::engine::{Connection, Later, Moment, fixed, sql};
use crate::error::Result;
use crate::types::{ApiKeyId, Role, Scope, UserId, UserStatus};

/// Scopes as stored. Unknown words are ignored, so they grant nothing.
pub(crate) fn scopes(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(|word| word.parse().ok()).collect()
}

type Columns = (Text, BigInt, BigInt, Text, Text, SmallInt, Nullable<Moment>, Nullable<Moment>);
type Row = (String, i64, i64, Role, String, i16, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Query for unrevoked keys of active users. Written as SQL, because every request with a key runs it.
macro_rules! select {
    ($is_wanted:literal) => {
        concat!(
            "SELECT k.token_hash, k.id, u.id, u.role, k.scopes, k.own_only, k.expires_at, k.last_used_at \
             FROM api_keys k JOIN users u ON u.id = k.user_id \
             WHERE u.status = ? AND k.revoked_at IS NULL AND ",
            $is_wanted
        )
    };
}

/// The caller with this token, unless the key has expired.
pub(crate) fn find(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Recognised>> {
    let select = fixed!(select!("k.token_hash = ?")).word(UserStatus::Active.as_str()).text(token.as_str());
    Ok(select.rows::<Columns, Row>(conn)?.pop().and_then(|row| recognised(row, now)))
}

/// Like [`find`], for several tokens.
pub(crate) fn find_all(
    conn: &mut Connection,
    tokens: &[&TokenHash],
    now: DateTime<Utc>,
) -> Result<Later<'static, Vec<Recognised>>> {
    let (is_among, hashes) =
        conn.among(&["k.token_hash"], tokens.iter().fold(sql(""), |all, token| all.text(token.as_str())));
    let select = sql(select!("").to_owned() + &is_among).word(UserStatus::Active.as_str()).all(hashes);
    let rows = select.send_query::<Columns, Row>(conn)?;
    Ok(rows.map(move |rows| rows.into_iter().filter_map(|row| recognised(row, now)).collect()))
}

fn recognised(row: Row, now: DateTime<Utc>) -> Option<Recognised> {
    let (token, id, user, role, words, own_only, expires_at, last_used_at) = row;
    let lasts = expires_at.is_none_or(|end| now < end);
    let (user, id, token) = (UserId::new(user), ApiKeyId::new(id), TokenHash::stored(token));
    lasts.then(|| Recognised {
        caller: Caller::with_key(user, role, id, &scopes(&words), token).limited_to_own(own_only != 0),
        last_used_at,
    })
}

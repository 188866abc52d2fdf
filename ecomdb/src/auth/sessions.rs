//! Login sessions and their expiry.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use serde::Serialize;

use super::caller::Recognised;
use super::role::Role;
use super::token::TokenHash;
use super::{Accounts, Caller, Credential};
use crate::UserStatus;
use crate::backend::{Connection, fixed, sql};
#[cfg(feature = "mysql")]
use crate::backend::{Sql, marks, sql_for_rows};
use crate::error::{Error, Result};
use crate::schema::sessions;
use crate::types::time::{Stamp, now};
use crate::types::{SessionId, UserId};

/// A session of a user, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
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
/// Lifetime of an unused session.
const IDLE: TimeDelta = TimeDelta::days(1);

/// Maximum number of sessions per user.
const MAX_PER_USER: usize = 50;

impl Accounts<'_> {
    /// The caller's active sessions, most recently used first; at most 50.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for the operator, who has no sessions. [`Error::Forbidden`] for a caller with an API
    /// key.
    ///
    /// ```
    /// # use ecomdb::{Database, NewUser, Password, Role};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
    /// # db.accounts().create(ada, Role::Customer, &Password::new("correct horse battery")?)?;
    /// let log_in = || db.accounts().log_in("ada@example.com", "correct horse battery");
    /// let (lost_phone, here) = (log_in()?, log_in()?);
    ///
    /// let caller = db.accounts().authenticate(here.token.expose())?;
    /// let accounts = || db.on_behalf_of(&caller).accounts();
    /// assert_eq!(accounts().sessions()?.len(), 2);
    /// accounts().end_other_sessions()?;
    /// assert!(db.accounts().authenticate(lost_phone.token.expose()).is_err());
    /// assert!(accounts().sessions()?[0].current);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn sessions(self) -> Result<Vec<Session>> {
        self.caller.demand_session()?;
        self.db.snapshot(|conn| {
            let (user, current) = own_session(&self.caller.renewed(conn)?)?;
            list(conn, user, current, now())
        })
    }

    /// Ends one of the caller's sessions, for example of a lost device.
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the session is one of the caller's. As [`Accounts::sessions`].
    pub fn end_session(self, id: SessionId) -> Result<()> {
        self.caller.demand_session()?;
        let caller = self.caller;
        self.db.write(move |conn| {
            let (user, _) = own_session(&caller.renewed(conn)?)?;
            end(conn, user, id)
        })
    }

    /// Ends all of the caller's sessions except the current one. Returns their number.
    ///
    /// # Errors
    /// As [`Accounts::sessions`].
    pub fn end_other_sessions(self) -> Result<usize> {
        self.caller.demand_session()?;
        let caller = self.caller;
        self.db.write(move |conn| {
            let (user, current) = own_session(&caller.renewed(conn)?)?;
            Ok(end_others(conn, user, current)?)
        })
    }
}

/// User and session of the caller.
fn own_session(caller: &Caller) -> Result<(UserId, SessionId)> {
    match (caller.user(), caller.credential()) {
        (Some(user), Credential::Session(session)) => Ok((user, session)),
        _ => Err(Error::InvalidToken),
    }
}

/// Creates a session of a user, whose row must be locked. Deletes ended sessions, and the least recently used one if
/// the user has [`MAX_PER_USER`]. Returns when the new session expires.
pub(super) fn open(
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
    diesel::delete(sessions::table.filter(of_user).filter(sessions::last_used_at.le(Stamp::from(now - IDLE))))
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

type Columns = (Text, BigInt, BigInt, Text, Timestamp, Timestamp);
type Row = (String, i64, i64, Role, Stamp, Stamp);

/// Query for sessions of active users. Written as SQL, because every request with a session runs it.
macro_rules! select {
    ($hashes:literal) => {
        concat!(
            "SELECT s.token_hash, s.id, u.id, u.role, s.expires_at, s.last_used_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.status = ? AND s.token_hash ",
            $hashes
        )
    };
}

/// The caller with this token, unless the session has ended.
pub(super) fn find(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Recognised>> {
    let select = fixed!(select!("= ?")).word(UserStatus::Active.as_str()).text(token.as_str());
    Ok(select.rows::<Columns, Row>(conn)?.pop().and_then(|row| recognised(row, now)))
}

/// Like [`find`], for several tokens.
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

/// Updates `last_used_at`, unless another server stored a later time.
pub(super) fn touch(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> QueryResult<usize> {
    let now = Stamp::from(now);
    let session = sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::last_used_at.lt(now)));
    diesel::update(session).set(sessions::last_used_at.eq(now)).execute(conn)
}

/// The user's active sessions, most recently used first. `current` is the caller's.
pub(super) fn list(
    conn: &mut Connection,
    user: UserId,
    current: SessionId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>> {
    type Row = (SessionId, Stamp, Stamp, Stamp);
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(Stamp::from(now)).and(sessions::last_used_at.gt(Stamp::from(now - IDLE))))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .select((sessions::id, sessions::created_at, sessions::last_used_at, sessions::expires_at))
        .load(conn)?;
    let session = |(id, created_at, last_used_at, expires_at): Row| Session {
        id,
        created_at: created_at.into(),
        last_used_at: last_used_at.into(),
        expires_at: expires_at.into(),
        current: current == id,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends a session of the user.
pub(super) fn end(conn: &mut Connection, user: UserId, id: SessionId) -> Result<()> {
    let own = sessions::table.filter(sessions::id.eq(id).and(sessions::user_id.eq(user)));
    if diesel::delete(own).execute(conn)? == 0 {
        return Err(Error::not_found("session", id));
    }
    Ok(())
}

/// Ends all sessions of the user except the current one. Returns their number.
pub(super) fn end_others(conn: &mut Connection, user: UserId, current: SessionId) -> QueryResult<usize> {
    let others = sessions::table.filter(sessions::user_id.eq(user).and(sessions::id.ne(current)));
    diesel::delete(others).execute(conn)
}

/// Ends the user's session with this token.
pub(super) fn close(conn: &mut Connection, token: &TokenHash, user: UserId) -> QueryResult<usize> {
    let session = sessions::table.filter(sessions::token_hash.eq(token.as_str()).and(sessions::user_id.eq(user)));
    diesel::delete(session).execute(conn)
}

/// Ends all sessions of the user.
pub(crate) fn close_all(conn: &mut Connection, user: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)
}

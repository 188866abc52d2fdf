//! Idempotency keys: a request that is repeated with its key has one effect.
//!
//! The key is written in the transaction that it protects. Of two requests that carry it at once, the second waits
//! for the first and then finds its result.
//!
//! Keys are kept for a settable time. One request in 256 deletes some of those that are older, so that the table does not
//! grow for ever; a key that is older and still there counts as not used.

#[cfg(feature = "mysql")]
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
#[cfg(feature = "mysql")]
use diesel::sql_types::Text;

#[cfg(feature = "mysql")]
use crate::backend::rows;
use crate::backend::{Connection, Sql, marks, sql_for_rows};
use crate::error::{Conflict, Invalid, Result};
use crate::schema::idempotency_keys::dsl;
use crate::types::UserId;
use crate::types::digest::sha256;
use crate::types::settings;
use crate::types::time::{Stamp, now};

/// One request with a key in so many deletes keys that are too old, chosen by its time.
const SWEEP_EVERY: i64 = 256;
/// The most keys that it deletes: more than come in between, so that what has piled up goes away in time.
const SWEPT: i64 = 512;

/// A key that the client chose for one request: 1 to 255 visible ASCII characters.
///
/// The same key with the same request gives the result of the first time, in its present state; with another request
/// it is a [`Conflict::IdempotencyKeyReused`]. Keys of different operations do not meet, nor do those of different users
/// on whose behalf requests are made. A key is kept for 30 days unless
/// [`DatabaseBuilder::idempotency_retention`](crate::DatabaseBuilder::idempotency_retention) says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the key.
    ///
    /// # Errors
    /// [`Invalid`] (`Idempotency-Key`) when it is empty, too long or has other characters.
    ///
    /// ```
    /// use ecomdb::IdempotencyKey;
    ///
    /// assert!(IdempotencyKey::new("9f1c2b7e-checkout").is_ok());
    /// assert!(IdempotencyKey::new("").is_err());
    /// ```
    pub fn new(key: impl Into<String>) -> Result<Self, Invalid> {
        let key = key.into();
        if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key))
        } else {
            Err(Invalid::new("Idempotency-Key", "must have 1 to 255 visible ASCII characters"))
        }
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is kept of a request that carries a key.
#[derive(Debug)]
pub(crate) struct Keyed<'a> {
    /// Keys of different operations, and of different users, do not meet: what one calls a request is nothing to another.
    scope: String,
    key: &'a IdempotencyKey,
    hash: String,
}

impl<'a> Keyed<'a> {
    /// `request` is everything that makes two requests the same. Without a user it is made by the program itself.
    pub(crate) fn new(operation: &str, user: Option<UserId>, key: &'a IdempotencyKey, request: &str) -> Self {
        let scope = user.map_or_else(|| operation.to_owned(), |user| format!("{operation} of {user}"));
        Self { scope, key, hash: sha256(request) }
    }

    /// What no two requests have in common.
    #[cfg(feature = "mysql")]
    pub(crate) fn id(&self) -> (String, String) {
        (self.scope.clone(), self.key.0.clone())
    }
}

/// Runs `make` once for the key, and `find` with the id of what was made every time after that.
///
/// Keys are apart for each operation, and for each user who asks. `request` is everything that makes two requests the
/// same.
pub(crate) fn once<T>(
    conn: &mut Connection,
    operation: &'static str,
    user: Option<UserId>,
    key: Option<&IdempotencyKey>,
    request: &str,
    find: impl FnOnce(&mut Connection, i64) -> Result<T>,
    make: impl FnOnce(&mut Connection) -> Result<(i64, T)>,
) -> Result<T> {
    let Some(key) = key else { return make(conn).map(|(_, made)| made) };
    let keyed = Keyed::new(operation, user, key, request);
    let Keyed { scope, key, hash } = &keyed;
    let at = now();
    match used(conn, &keyed, at)? {
        Some((first_hash, _)) if first_hash != *hash => {
            Err(Conflict::IdempotencyKeyReused { key: key.0.clone() }.into())
        }
        Some((_, resource)) => find(conn, resource),
        None => {
            // Taken before anything else is locked: a second request with this key waits here.
            reserve(conn, &keyed, at)?;
            sweep_now_and_then(conn, at)?;
            let (resource, made) = make(conn)?;
            diesel::update(dsl::idempotency_keys.filter(dsl::scope.eq(scope).and(dsl::key.eq(key.as_str()))))
                .set(dsl::resource.eq(resource))
                .execute(conn)?;
            Ok(made)
        }
    }
}

/// What the key was used for: the hash of the request, and what was made. A row that is too old is deleted: of two
/// requests that do so at once, one has its new row refused by the constraint, runs again, and finds that of the other.
fn used(conn: &mut Connection, keyed: &Keyed<'_>, at: DateTime<Utc>) -> QueryResult<Option<(String, i64)>> {
    let row: Option<(i64, String, i64, Stamp)> = dsl::idempotency_keys
        .filter(dsl::scope.eq(&keyed.scope).and(dsl::key.eq(keyed.key.as_str())))
        .select((dsl::id, dsl::request_hash, dsl::resource, dsl::created_at))
        .get_result(conn)
        .optional()?;
    match row {
        Some((id, .., created_at)) if created_at < oldest_kept(at) => {
            diesel::delete(dsl::idempotency_keys.find(id)).execute(conn)?;
            Ok(None)
        }
        row => Ok(row.map(|(_, hash, resource, _)| (hash, resource))),
    }
}

/// Keys that were used before this time are not kept.
fn oldest_kept(at: DateTime<Utc>) -> Stamp {
    let oldest = at.checked_sub_signed(settings::current().idempotency_retention);
    // No engine has to store a time before 1970.
    oldest.unwrap_or_default().max(DateTime::UNIX_EPOCH).into()
}

/// Deletes some of the keys that are too old, if it is this request's turn. They are found first and deleted by id, which
/// locks nothing that a new key needs.
fn sweep_now_and_then(conn: &mut Connection, at: DateTime<Utc>) -> QueryResult<()> {
    if at.timestamp_micros() % SWEEP_EVERY != 0 {
        return Ok(());
    }
    let old = dsl::idempotency_keys.filter(dsl::created_at.lt(oldest_kept(at))).select(dsl::id);
    let old: Vec<i64> = old.order(dsl::created_at).limit(SWEPT).load(conn)?;
    if !old.is_empty() {
        let delete = format!("DELETE FROM idempotency_keys WHERE id IN ({})", marks(old.len()));
        old.iter().copied().fold(sql_for_rows(old.len(), delete), Sql::int).run(conn)?;
    }
    Ok(())
}

fn reserve(conn: &mut Connection, keyed: &Keyed<'_>, at: DateTime<Utc>) -> QueryResult<usize> {
    diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::scope.eq(&keyed.scope),
            dsl::key.eq(keyed.key.as_str()),
            dsl::request_hash.eq(&keyed.hash),
            dsl::resource.eq(0),
            dsl::created_at.eq(Stamp::from(at)),
        ))
        .execute(conn)
}

/// The [`Keyed::id`]s of those requests that have had their effect, however long ago.
#[cfg(feature = "mysql")]
pub(crate) fn known(conn: &mut Connection, requests: &[&Keyed<'_>]) -> Result<HashSet<(String, String)>> {
    if requests.is_empty() {
        return Ok(HashSet::new());
    }
    sweep_now_and_then(conn, now())?;
    let rows = rows(requests.len(), "(?, ?)");
    let select = format!("SELECT scope, `key` FROM idempotency_keys WHERE (scope, `key`) IN ({rows})");
    let select = sql_for_rows(requests.len(), select);
    let select = requests.iter().fold(select, |select, request| select.text(&request.scope).text(request.key.as_str()));
    Ok(select.rows::<(Text, Text), _>(conn)?.into_iter().collect())
}

/// Notes requests, none of which is known, with what was made of them.
#[cfg(feature = "mysql")]
pub(crate) fn note(conn: &mut Connection, made: &[(&Keyed<'_>, i64)]) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let (rows, now) = (rows(made.len(), "(?, ?, ?, ?, ?)"), now());
    let insert =
        format!("INSERT INTO idempotency_keys (scope, `key`, request_hash, resource, created_at) VALUES {rows}");
    let insert = made.iter().fold(sql_for_rows(made.len(), insert), |insert, (request, resource)| {
        insert.text(&request.scope).text(request.key.as_str()).text(&request.hash).int(*resource).time(now)
    });
    insert.run(conn)?;
    Ok(())
}

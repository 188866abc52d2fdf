//! Idempotency keys: a request that is repeated with its key has one effect.
//!
//! The key is written in the transaction that it protects. Of two requests that carry it at once, the second waits
//! for the first and then finds its result.

use diesel::prelude::*;

use crate::backend::Connection;
use crate::error::{Conflict, Invalid, Result};
use crate::schema::idempotency_keys::dsl;
use crate::types::UserId;
use crate::types::digest::sha256;
use crate::types::time::{Stamp, now};

/// A key that the client chose for one request: 1 to 255 visible ASCII characters.
///
/// The same key with the same request gives the result of the first time, in its present state; with another request
/// it is a [`Conflict::IdempotencyKeyReused`]. Keys of different operations do not meet.
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

/// Runs `make` once for the key, and `find` with the id of what was made every time after that.
///
/// Keys are apart for each operation, and for each owner whom the request is limited to. `request` is everything that makes two requests the same.
pub(crate) fn once<T>(
    conn: &mut Connection,
    operation: &'static str,
    owner: Option<UserId>,
    key: Option<&IdempotencyKey>,
    request: &str,
    find: impl FnOnce(&mut Connection, i64) -> Result<T>,
    make: impl FnOnce(&mut Connection) -> Result<(i64, T)>,
) -> Result<T> {
    let Some(key) = key else { return make(conn).map(|(_, made)| made) };
    let hash = sha256(request);
    // What one customer calls a request is nothing to another.
    let scope = owner.map_or_else(|| operation.to_owned(), |owner| format!("{operation} of {owner}"));
    let first: Option<(String, i64)> = dsl::idempotency_keys
        .filter(dsl::scope.eq(&scope).and(dsl::key.eq(key.as_str())))
        .select((dsl::request_hash, dsl::resource))
        .get_result(conn)
        .optional()?;
    match first {
        Some((first_hash, _)) if first_hash != hash => {
            Err(Conflict::IdempotencyKeyReused { key: key.0.clone() }.into())
        }
        Some((_, resource)) => find(conn, resource),
        None => {
            // Taken before anything else is locked: a second request with this key waits here.
            reserve(conn, &scope, key, &hash)?;
            let (resource, made) = make(conn)?;
            diesel::update(dsl::idempotency_keys.filter(dsl::scope.eq(&scope).and(dsl::key.eq(key.as_str()))))
                .set(dsl::resource.eq(resource))
                .execute(conn)?;
            Ok(made)
        }
    }
}

fn reserve(conn: &mut Connection, scope: &str, key: &IdempotencyKey, hash: &str) -> QueryResult<usize> {
    diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::scope.eq(scope),
            dsl::key.eq(key.as_str()),
            dsl::request_hash.eq(hash),
            dsl::resource.eq(0),
            dsl::created_at.eq(Stamp::from(now())),
        ))
        .execute(conn)
}

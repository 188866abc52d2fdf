//! Idempotency keys: a request that is repeated with its key has one effect.
//!
//! The key is written in the transaction that it protects. Of two requests that carry it at once, the second waits
//! for the first and then finds its result.

#[cfg(feature = "mysql")]
use std::collections::HashSet;

use diesel::prelude::*;
#[cfg(feature = "mysql")]
use diesel::sql_types::Text;

use crate::backend::Connection;
#[cfg(feature = "mysql")]
use crate::backend::{rows, sql_for_rows};
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

/// What is kept of a request that carries a key.
#[derive(Debug)]
pub(crate) struct Keyed<'a> {
    /// Keys of different operations, and of different owners whom requests are limited to, do not meet: what one customer
    /// calls a request is nothing to another.
    scope: String,
    key: &'a IdempotencyKey,
    hash: String,
}

impl<'a> Keyed<'a> {
    /// `request` is everything that makes two requests the same.
    pub(crate) fn new(operation: &str, owner: Option<UserId>, key: &'a IdempotencyKey, request: &str) -> Self {
        let scope = owner.map_or_else(|| operation.to_owned(), |owner| format!("{operation} of {owner}"));
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
/// Keys are apart for each operation, and for each owner whom the request is limited to. `request` is everything that makes
/// two requests the same.
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
    let keyed = Keyed::new(operation, owner, key, request);
    let Keyed { scope, key, hash } = &keyed;
    let first: Option<(String, i64)> = dsl::idempotency_keys
        .filter(dsl::scope.eq(scope).and(dsl::key.eq(key.as_str())))
        .select((dsl::request_hash, dsl::resource))
        .get_result(conn)
        .optional()?;
    match first {
        Some((first_hash, _)) if first_hash != *hash => {
            Err(Conflict::IdempotencyKeyReused { key: key.0.clone() }.into())
        }
        Some((_, resource)) => find(conn, resource),
        None => {
            // Taken before anything else is locked: a second request with this key waits here.
            reserve(conn, &keyed)?;
            let (resource, made) = make(conn)?;
            diesel::update(dsl::idempotency_keys.filter(dsl::scope.eq(scope).and(dsl::key.eq(key.as_str()))))
                .set(dsl::resource.eq(resource))
                .execute(conn)?;
            Ok(made)
        }
    }
}

fn reserve(conn: &mut Connection, keyed: &Keyed<'_>) -> QueryResult<usize> {
    diesel::insert_into(dsl::idempotency_keys)
        .values((
            dsl::scope.eq(&keyed.scope),
            dsl::key.eq(keyed.key.as_str()),
            dsl::request_hash.eq(&keyed.hash),
            dsl::resource.eq(0),
            dsl::created_at.eq(Stamp::from(now())),
        ))
        .execute(conn)
}

/// The [`Keyed::id`]s of those requests that have had their effect.
#[cfg(feature = "mysql")]
pub(crate) fn known(conn: &mut Connection, requests: &[&Keyed<'_>]) -> Result<HashSet<(String, String)>> {
    if requests.is_empty() {
        return Ok(HashSet::new());
    }
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

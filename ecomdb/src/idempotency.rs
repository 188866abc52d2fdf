//! Idempotency keys: a request repeated with its key takes effect once.
//!
//! The key is written in the transaction that it protects. Of two concurrent requests with the same key, the second
//! waits for the first and returns its result.
//!
//! Keys are kept for a configurable time. One request in 256 deletes some of the expired keys, which bounds the table.
//! An expired key that is still stored counts as unused.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::context::Context;
use crate::engine::{Connection, Later, Moment, Sql, marks, sql, sql_for_rows};
use crate::error::{Conflict, Result};
use crate::schema::idempotency_keys::dsl;
use crate::types::IdempotencyKey;
use crate::types::digest::sha256;
use crate::types::settings;
use crate::types::time::now;

/// One in this many requests deletes expired keys, as selected by its time.
const SWEEP_EVERY: i64 = 256;
/// Maximum number of keys deleted at a time. It exceeds `SWEEP_EVERY`, so that a backlog shrinks.
const SWEPT: i64 = 512;

/// The stored facts of a request with a key.
#[derive(Debug)]
pub(crate) struct Keyed<'a> {
    /// Operation and user. Keys of different scopes are independent.
    scope: String,
    key: &'a IdempotencyKey,
    hash: String,
}

impl<'a> Keyed<'a> {
    /// `request` holds all facts that identify the request. The scope names no user for a request by the program itself.
    pub(crate) fn new(context: &Context, operation: &str, key: &'a IdempotencyKey, request: &str) -> Self {
        let user = context.user();
        let scope = user.map_or_else(|| operation.to_owned(), |user| format!("{operation} of {user}"));
        Self { scope, key, hash: sha256(request) }
    }

    /// Scope and key, which are unique together.
    pub(crate) fn id(&self) -> (String, String) {
        (self.scope.clone(), self.key.as_str().to_owned())
    }
}

/// Runs `make` once per key. Later calls run `find` with the id of the result.
///
/// Keys are scoped to the operation and the user. `request` holds all facts that identify the request.
pub(crate) fn once<T>(
    conn: &mut Connection,
    context: &Context,
    operation: &'static str,
    request: impl FnOnce() -> String,
    find: impl FnOnce(&mut Connection, i64) -> Result<T>,
    make: impl FnOnce(&mut Connection) -> Result<(i64, T)>,
) -> Result<T> {
    let Some(key) = context.key() else { return make(conn).map(|(_, made)| made) };
    let keyed = Keyed::new(context, operation, key, &request());
    let Keyed { scope, key, hash } = &keyed;
    let at = now();
    match used(conn, &keyed, at)? {
        Some((first_hash, _)) if first_hash != *hash => {
            Err(Conflict::IdempotencyKeyReused { key: key.as_str().to_owned() }.into())
        }
        Some((_, resource)) => find(conn, resource),
        None => {
            // Insert the key before taking other locks: a concurrent request with the same key waits here. The next statement may be sent
            // without waiting for this one.
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

/// Hash of the request and id of the result, if the key was used. An expired row is deleted. If two requests do so
/// concurrently, the unique constraint rejects the key of one, which is then retried and finds the other.
fn used(conn: &mut Connection, keyed: &Keyed<'_>, at: DateTime<Utc>) -> QueryResult<Option<(String, i64)>> {
    let row: Option<(i64, String, i64, DateTime<Utc>)> = dsl::idempotency_keys
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

/// Expiry limit: keys used before this time are expired.
fn oldest_kept(at: DateTime<Utc>) -> DateTime<Utc> {
    let oldest = at.checked_sub_signed(settings::current().idempotency_retention);
    // Clamped, because not every engine stores earlier times.
    oldest.unwrap_or_default().max(DateTime::UNIX_EPOCH)
}

/// Deletes some expired keys, if it is this request's turn. Selecting first and deleting by id avoids locks that new
/// keys need.
fn sweep_now_and_then(conn: &mut Connection, at: DateTime<Utc>) -> QueryResult<()> {
    if at.timestamp_micros() % SWEEP_EVERY != 0 {
        return Ok(());
    }
    let old = dsl::idempotency_keys.filter(dsl::created_at.lt(Moment::of(oldest_kept(at)))).select(dsl::id);
    let old: Vec<i64> = old.order(dsl::created_at).limit(SWEPT).load(conn)?;
    if !old.is_empty() {
        let delete = format!("DELETE FROM idempotency_keys WHERE id IN ({})", marks(old.len()));
        old.iter().copied().fold(sql_for_rows(old.len(), delete), Sql::int).run(conn)?;
    }
    Ok(())
}

fn reserve(conn: &mut Connection, keyed: &Keyed<'_>, at: DateTime<Utc>) -> QueryResult<()> {
    let key = conn.quoted("key");
    let insert = sql(format!(
        "INSERT INTO idempotency_keys (scope, {key}, request_hash, resource, created_at) VALUES (?, ?, ?, 0, ?)"
    ));
    insert.text(&keyed.scope).text(keyed.key.as_str()).text(&keyed.hash).time(at).send(conn)
}

/// The [`Keyed::id`]s of the requests whose key is stored, including expired ones.
pub(crate) fn known(
    conn: &mut Connection,
    requests: &[&Keyed<'_>],
) -> Result<Later<'static, HashSet<(String, String)>>> {
    if requests.is_empty() {
        return Ok(Later::known(HashSet::new()));
    }
    sweep_now_and_then(conn, now())?;
    let key = conn.quoted("key");
    let ids = |values: Sql, request: &&Keyed<'_>| values.text(&request.scope).text(request.key.as_str());
    let (is_among, ids) = conn.among(&["scope", &key], requests.iter().fold(sql(""), ids));
    let select = sql(format!("SELECT scope, {key} FROM idempotency_keys WHERE {is_among}")).all(ids);
    Ok(select.send_query::<(Text, Text), (String, String)>(conn)?.map(|rows| rows.into_iter().collect()))
}

/// Inserts the keys of new requests with the ids of their results.
pub(crate) fn note(conn: &mut Connection, made: &[(&Keyed<'_>, i64)]) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let (key, now) = (conn.quoted("key"), now());
    let values = made.iter().fold(sql(""), |values, (request, resource)| {
        values.text(&request.scope).text(request.key.as_str()).text(&request.hash).int(*resource).time(now)
    });
    let into = format!("idempotency_keys (scope, {key}, request_hash, resource, created_at)");
    let insert = conn.insert_rows(&into, made.len(), values);
    Ok(insert.send(conn)?)
}

//! API keys, the credentials of programs.

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, Queryable};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

use crate::context::{Context, TokenHash, scopes};
use crate::engine::{Connection, Moment, MultiBackend, count_rows, insert_returning_id};
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::schema::{api_keys, users};
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::time::{now, now_after};
use crate::types::{ApiKeyId, Change, List, Page, PageRequest, Role, RowCount, Scope, UserId, UserStatus, text};

const MAX_NAME: usize = 100;

/// Maximum number of active keys per user.
const MAX_ACTIVE: usize = 50;
/// Number of expired and revoked keys that are kept per user, for display.
const MAX_ENDED: usize = 50;

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = api_keys)]
#[non_exhaustive]
pub struct ApiKey {
    /// API key id.
    pub id: ApiKeyId,
    /// User id of the owner.
    pub user_id: UserId,
    /// Name given by the owner.
    pub name: String,
    /// Scopes of the key; those that the owner lacks have no effect.
    #[diesel(deserialize_as = Words)]
    pub scopes: Vec<Scope>,
    /// When the key was created (UTC).
    pub created_at: DateTime<Utc>,
    /// When the key expires (UTC); `None` if never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the key was revoked (UTC).
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the key was last used (UTC), to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// An API key to create. Made by [`NewApiKey::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewApiKey {
    user: UserId,
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<DateTime<Utc>>,
}

impl NewApiKey {
    /// Starts an API key that is valid until it is revoked.
    ///
    /// ```
    /// use ecomdb::{NewApiKey, Scope, UserId};
    ///
    /// assert!(NewApiKey::builder(UserId::new(1), "warehouse", [Scope::InventoryWrite]).build().is_ok());
    /// let invalid = NewApiKey::builder(UserId::new(1), "", []).build().unwrap_err();
    /// assert_eq!(invalid.fields().len(), 2);
    /// ```
    pub fn builder(user: UserId, name: impl Into<String>, scopes: impl IntoIterator<Item = Scope>) -> ApiKeyBuilder {
        let scopes = scopes.into_iter().collect();
        ApiKeyBuilder(Self { user, name: name.into(), scopes, expires_at: None })
    }
}

/// Builder of a [`NewApiKey`]; [`ApiKeyBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct ApiKeyBuilder(NewApiKey);

impl ApiKeyBuilder {
    /// Sets when the key expires; `None` for never, the default.
    pub fn expires_at(mut self, end: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.0.expires_at = end.into();
        self
    }

    /// Validates what does not depend on the database.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `name` (1 to 100 characters), `scopes` (at least one).
    pub fn build(self) -> Result<NewApiKey, Invalid> {
        let Self(key) = self;
        let mut fields = Fields::default();
        let name = fields.check(text::name("name", &key.name, MAX_NAME));
        let scopes: Vec<_> = Scope::ALL.iter().copied().filter(|scope| key.scopes.contains(scope)).collect();
        if scopes.is_empty() {
            fields.add("scopes", format!("must have at least one of {}", words(Scope::ALL, ", ")));
        }
        fields.finish_with(|| Some(NewApiKey { name: name?, scopes, ..key }))
    }
}

/// Filter and page of a list of API keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ApiKeyFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Only keys of this user.
    pub user_id: Option<UserId>,
}

setters! {
    ApiKeyFilter { value page: PageRequest, some user_id: UserId }
}

/// The scopes as text.
fn words(scopes: &[Scope], separator: &str) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(separator)
}

/// Scopes as stored. Unknown words are ignored, so they grant nothing.
pub struct Words(Vec<Scope>);

impl Queryable<Text, MultiBackend> for Words {
    type Row = String;

    fn build(words: String) -> deserialize::Result<Self> {
        Ok(Self(scopes(&words)))
    }
}

impl From<Words> for Vec<Scope> {
    fn from(words: Words) -> Self {
        words.0
    }
}

/// [`Conflict::LimitReached`] if the user, whose row must be locked, has [`MAX_ACTIVE`] keys. Deletes the oldest
/// expired and revoked keys beyond [`MAX_ENDED`].
fn make_room(conn: &mut Connection, user: UserId, now: DateTime<Utc>) -> Result<()> {
    let keys: Vec<ApiKey> = api_keys::table
        .filter(api_keys::user_id.eq(user))
        .order(api_keys::id.desc())
        .select(ApiKey::as_select())
        .load(conn)?;
    let has_ended = |key: &&ApiKey| key.revoked_at.is_some() || key.expires_at.is_some_and(|end| end <= now);
    let (ended, active): (Vec<_>, Vec<_>) = keys.iter().partition(has_ended);
    if active.len() >= MAX_ACTIVE {
        return Err(Conflict::LimitReached {
            entity: "user",
            id: user.get(),
            of: "active API keys",
            limit: MAX_ACTIVE,
            instead: "revoke one that is not used any more",
        }
        .into());
    }
    for forgotten in ended.iter().skip(MAX_ENDED) {
        diesel::delete(api_keys::table.find(forgotten.id)).execute(conn)?;
    }
    Ok(())
}

/// Creates a key for an active user, with scopes that the user has.
pub(crate) fn create(
    conn: &mut Connection,
    key: &NewApiKey,
    token: &TokenHash,
    owner: Option<UserId>,
) -> Result<ApiKey> {
    let nobody = || Error::invalid("user_id", format!("no active user has the id {}", key.user));
    if owner.is_some_and(|owner| owner != key.user) {
        return Err(nobody());
    }
    crate::users::lock_row(conn, key.user)?;
    let user = users::table.find(key.user).filter(users::status.eq(UserStatus::Active));
    let role: Role = user.select(users::role).get_result(conn).optional()?.ok_or_else(nobody)?;
    if key.scopes.iter().any(|scope| !role.scopes().contains(scope)) {
        return Err(Error::invalid(
            "scopes",
            format!("must be among those of a {role}: {}", words(role.scopes(), ", ")),
        ));
    }
    let at = now();
    if key.expires_at.is_some_and(|end| end <= at) {
        return Err(Error::invalid("expires_at", "must lie in the future"));
    }
    make_room(conn, key.user, at)?;
    let values = (
        api_keys::user_id.eq(key.user),
        api_keys::name.eq(&key.name),
        api_keys::token_hash.eq(token.as_str()),
        api_keys::scopes.eq(words(&key.scopes, " ")),
        api_keys::created_at.eq(Moment::of(at)),
        api_keys::expires_at.eq(key.expires_at),
        api_keys::own_only.eq(i16::from(role == Role::Customer)),
    );
    let id = ApiKeyId::new(insert_returning_id!(conn, api_keys, values)?);
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).get_result(conn)?)
}

/// The keys that match the filter; for an owner, only its own.
fn matching(
    conn: &mut Connection,
    filter: &ApiKeyFilter,
    owner: Option<UserId>,
) -> Result<api_keys::BoxedQuery<'static, MultiBackend>> {
    let mut query = api_keys::table.into_boxed();
    if let Some(owner) = owner {
        query = query.filter(api_keys::user_id.eq(owner));
    }
    if let Some(user) = filter.user_id {
        if owner.is_some_and(|owner| owner != user) {
            return Err(Error::not_found("user", user));
        }
        crate::users::get(conn, &Context::OPERATOR, user)?;
        query = query.filter(api_keys::user_id.eq(user));
    }
    Ok(query)
}

/// The number of keys that match the filter.
pub(crate) fn count(conn: &mut Connection, filter: &ApiKeyFilter, owner: Option<UserId>) -> Result<RowCount> {
    let query = matching(conn, filter, owner)?;
    Ok(count_rows(conn, query.select(api_keys::id))?)
}

pub(crate) fn list(conn: &mut Connection, filter: &ApiKeyFilter, owner: Option<UserId>) -> Result<Page<ApiKey>> {
    let (page, list) = (&filter.page, List::new("api_keys", &format!("{:?}", filter.user_id)));
    let keys = matching(conn, filter, owner)?.select(ApiKey::as_select());
    let (query, direction) = sorted!(keys, page, list, descending api_keys::id);
    let rows = query.load(conn)?;
    Ok(Page::of(rows, page, list, direction, |key: &ApiKey| key.id.get()))
}

/// All keys of a user, latest first, with those that ended.
pub(crate) fn stored(conn: &mut Connection, user: UserId) -> Result<Vec<ApiKey>> {
    let keys = api_keys::table.filter(api_keys::user_id.eq(user)).order(api_keys::id.desc());
    Ok(keys.select(ApiKey::as_select()).load(conn)?)
}

/// Revokes a key, unless it is already revoked.
pub(crate) fn revoke(conn: &mut Connection, id: ApiKeyId, owner: Option<UserId>) -> Result<Change<ApiKey>> {
    let mut query = api_keys::table.filter(api_keys::id.eq(id)).select(ApiKey::as_select()).into_boxed();
    if let Some(owner) = owner {
        query = query.filter(api_keys::user_id.eq(owner));
    }
    let key: ApiKey = query.get_result(conn).optional()?.ok_or_else(|| Error::not_found("API key", id))?;
    if key.revoked_at.is_some() {
        return Ok(Change { before: key.clone(), after: key });
    }
    let at = now_after([key.created_at]);
    diesel::update(api_keys::table.find(id)).set(api_keys::revoked_at.eq(Some(at))).execute(conn)?;
    Ok(Change { after: ApiKey { revoked_at: Some(at), ..key.clone() }, before: key })
}

/// Updates `last_used_at`, unless another server stored a later time.
pub(crate) fn touch(conn: &mut Connection, token: &TokenHash, now: DateTime<Utc>) -> QueryResult<usize> {
    let earlier = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(Some(now)));
    let key = api_keys::table.filter(api_keys::token_hash.eq(token.as_str())).filter(earlier);
    diesel::update(key).set(api_keys::last_used_at.eq(Some(now))).execute(conn)
}

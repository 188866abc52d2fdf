//! Who buys.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::Serialize;

use crate::auth::{self, Role, Scope};
use crate::backend::{Connection, insert_returning_id, sql};
use crate::database::Access;
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::ordering::OrderUser;
use crate::schema::{orders, users};
use crate::types::keyset::sorted;
use crate::types::text_enum::text_enum;
use crate::types::time::{Stamp, now};
use crate::types::{Email, List, Page, PageRequest, UserId, text};

text_enum! {
    /// Whether a user may order.
    UserStatus {
        /// May order.
        Active = "active",
        /// May not order any more; the past orders stay.
        Disabled = "disabled",
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = users)]
pub struct User {
    /// Which one.
    pub id: UserId,
    /// The address, normalised; no two users have the same.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Whether the user may order.
    pub status: UserStatus,
    /// What the user may do here: see [`Accounts::set_role`](crate::Accounts::set_role).
    pub role: Role,
    /// When the user was created.
    #[diesel(deserialize_as = Stamp)]
    pub created_at: DateTime<Utc>,
    /// When the user was last changed.
    #[diesel(deserialize_as = Stamp)]
    pub updated_at: DateTime<Utc>,
}

/// A user to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    email: Email,
    first_name: String,
    last_name: String,
}

impl NewUser {
    /// The longest first or last name, in characters.
    pub const MAX_NAME: usize = 100;

    /// Checks and normalises what somebody typed.
    ///
    /// # Errors
    /// [`Invalid`] with every field that is wrong: `email`, `first_name` (1 to 100 characters), `last_name` (likewise).
    ///
    /// ```
    /// use ecomdb::NewUser;
    ///
    /// assert!(NewUser::new("Ada@Example.com", "Ada", "Lovelace").is_ok());
    /// let invalid = NewUser::new("ada", "", "Lovelace").unwrap_err();
    /// let fields: Vec<_> = invalid.fields().iter().map(|error| error.field.as_str()).collect();
    /// assert_eq!(fields, ["email", "first_name"]);
    /// ```
    pub fn new(email: &str, first_name: &str, last_name: &str) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let email = fields.check(Email::new("email", email));
        let first_name = fields.check(text::required("first_name", first_name, Self::MAX_NAME));
        let last_name = fields.check(text::required("last_name", last_name, Self::MAX_NAME));
        fields.finish_with(|| Some(Self { email: email?, first_name: first_name?, last_name: last_name? }))
    }
}

/// Changes to a user; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// The new address.
    pub email: Option<String>,
    /// The new given name.
    pub first_name: Option<String>,
    /// The new family name.
    pub last_name: Option<String>,
    /// The new status.
    pub status: Option<UserStatus>,
}

text_enum! {
    #[derive(Default)]
    /// What users are sorted by.
    UserSort {
        /// By id: who was created first comes first. Users are listed so unless told otherwise.
        #[default]
        Id = "id",
        /// By id, the last one first.
        IdDescending = "-id",
        /// By e-mail address.
        Email = "email",
        /// By e-mail address, backwards.
        EmailDescending = "-email",
    }
}

/// Which users to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Which page.
    pub page: PageRequest,
    /// In which order.
    pub sort: UserSort,
    /// Only users of this status.
    pub status: Option<UserStatus>,
    /// Only users whose e-mail address, first name or last name contains this text of at most 254 characters. Upper and
    /// lower case of the ASCII letters are the same (MariaDB takes all letters so); all else is literal, also `%` and `_`.
    /// Spaces around it do not count.
    pub text: Option<String>,
}

impl UserFilter {
    /// The list that cursors belong to: what decides about its rows and their order.
    fn identity(&self) -> List {
        let Self { page: _, sort, status, text } = self;
        List::new("users", &format!("{sort} {:?}", (status, text)))
    }
}

/// The users of a shop: [`Database::users`](crate::Database::users).
#[derive(Debug)]
pub struct Users<A>(pub(crate) A);

impl<A: Access> Users<A> {
    /// Creates a user.
    ///
    /// # Errors
    /// [`Conflict::Duplicate`] (`email`) when another user has the address.
    pub fn create(self, user: NewUser) -> Result<User> {
        self.0.needing(Scope::UsersManage).write(move |conn| create(conn, &user))
    }

    /// The user with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: UserId) -> Result<User> {
        let owner = self.0.owner();
        self.0.read(|conn| get(conn, id, owner))
    }

    /// The user with this e-mail address, in whatever spelling, if there is one.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn find(self, email: &str) -> Result<Option<User>> {
        let Ok(email) = Email::new("email", email) else { return Ok(None) };
        let owner = self.0.owner();
        let user = self.0.read(|conn| {
            let user = users::table.filter(users::email.eq(email.as_str()));
            Ok(user.select(User::as_select()).get_result::<User>(conn).optional()?)
        })?;
        Ok(user.filter(|user| owner.is_none_or(|owner| owner == user.id)))
    }

    /// A page of the users that the filter lets through, in its order.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for the cursor of another list, or of this one with another filter or sort;
    /// (`text`) for one that no user can have.
    pub fn list(self, filter: &UserFilter) -> Result<Page<User>> {
        let owner = self.0.owner();
        self.0.read(|conn| list(conn, filter, owner))
    }

    /// Changes a user. A patch of nothing changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Conflict::Duplicate`] (`email`).
    pub fn update(self, id: UserId, patch: UserPatch) -> Result<User> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Users::update`], but only if the user is as expected: asked in the transaction that makes the change. See
    /// [`Products::update_if`](crate::Products::update_if).
    ///
    /// # Errors
    /// As [`Users::update`]; [`Conflict::Changed`] if the user is not as expected.
    pub fn update_if(
        self,
        id: UserId,
        patch: UserPatch,
        is_expected: impl Fn(&User) -> bool + Send + 'static,
    ) -> Result<User> {
        let checked = CheckedPatch::new(&patch)?;
        let owner = self.0.owner();
        if patch == UserPatch::default() {
            return self.0.read(|conn| expected(get(conn, id, owner)?, &is_expected));
        }
        // The address is what the user logs in with, and whether somebody else has it is nobody's business.
        let is_account = patch.status.is_some() || patch.email.is_some();
        let needed = if is_account { Scope::UsersManage } else { Scope::UsersWrite };
        self.0.needing(needed).write(move |conn| {
            expected(lock(conn, id, owner)?, &is_expected)?;
            update(conn, id, &checked, owner)
        })
    }

    /// Deletes a user who has never ordered.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Conflict::InUse`] for a user with orders, which can be anonymised instead.
    pub fn delete(self, id: UserId) -> Result<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Users::delete`], but only if the user is as expected: asked in the transaction that deletes.
    ///
    /// # Errors
    /// As [`Users::delete`]; [`Conflict::Changed`] if the user is not as expected.
    pub fn delete_if(self, id: UserId, is_expected: impl Fn(&User) -> bool + Send + 'static) -> Result<()> {
        self.0.needing(Scope::UsersManage).write(move |conn| {
            expected(lock(conn, id, None)?, &is_expected)?;
            delete(conn, id)
        })
    }

    /// Replaces a user's name and address by ones that tell nothing, and disables the user. The orders stay.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn anonymise(self, id: UserId) -> Result<User> {
        self.0.needing(Scope::UsersManage).write(move |conn| anonymise(conn, id))
    }
}

pub(crate) fn create(conn: &mut Connection, user: &NewUser) -> Result<User> {
    refuse_taken_email(conn, user.email.as_str(), None)?;
    let now = Stamp::from(now());
    let values = (
        users::email.eq(user.email.as_str()),
        users::first_name.eq(&user.first_name),
        users::last_name.eq(&user.last_name),
        users::status.eq(UserStatus::Active),
        users::role.eq(Role::Customer),
        users::created_at.eq(now),
        users::updated_at.eq(now),
    );
    let id = insert_returning_id!(conn, users, values)?;
    Ok(User {
        id: UserId::new(id),
        email: user.email.to_string(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        status: UserStatus::Active,
        role: Role::Customer,
        created_at: now.into(),
        updated_at: now.into(),
    })
}

/// Asks before the insert, so that the answer names the address on every engine; the constraint stands behind it.
fn refuse_taken_email(conn: &mut Connection, email: &str, except: Option<UserId>) -> Result<()> {
    let owner: Option<UserId> =
        users::table.filter(users::email.eq(email)).select(users::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "user", field: "email", value: format!("{email:?}") }.into())
        }
        _ => Ok(()),
    }
}

/// The user. For an owner, there is no other.
pub(crate) fn get(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<User> {
    let user = users::table.find(id).select(User::as_select());
    let user = match owner {
        Some(owner) => user.filter(users::id.eq(owner)).get_result(conn),
        None => user.get_result(conn),
    };
    user.optional()?.ok_or_else(|| Error::not_found("user", id))
}

fn list(conn: &mut Connection, filter: &UserFilter, owner: Option<UserId>) -> Result<Page<User>> {
    let mut query = users::table.select(User::as_select()).into_boxed();
    if let Some(owner) = owner {
        query = query.filter(users::id.eq(owner));
    }
    if let Some(status) = filter.status {
        query = query.filter(users::status.eq(status));
    }
    if let Some(text) = &filter.text {
        let pattern = text::contains(conn, "text", text)?;
        query = query.filter(
            text::lower(users::email)
                .like(pattern.clone())
                .escape('!')
                .or(text::lower(users::first_name).like(pattern.clone()).escape('!'))
                .or(text::lower(users::last_name).like(pattern).escape('!')),
        );
    }
    let (page, list) = (&filter.page, filter.identity());
    query = match filter.sort {
        UserSort::Id => sorted!(query, page, list, ascending users::id),
        UserSort::IdDescending => sorted!(query, page, list, descending users::id),
        UserSort::Email => sorted!(query, page, list, ascending users::email => String, users::id),
        UserSort::EmailDescending => sorted!(query, page, list, descending users::email => String, users::id),
    };
    let rows = query.limit(page.limit.get() + 1).load(conn)?;
    let key = |user: &User| match filter.sort {
        UserSort::Id | UserSort::IdDescending => None,
        UserSort::Email | UserSort::EmailDescending => Some(user.email.clone()),
    };
    Ok(Page::sorted(rows, page, list, |user| (key(user), user.id.get())))
}

/// The valid form of a [`UserPatch`].
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = users)]
struct CheckedPatch {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    status: Option<UserStatus>,
}

impl CheckedPatch {
    fn new(patch: &UserPatch) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let email = patch.email.as_ref().and_then(|email| fields.check(Email::new("email", email)));
        let mut name = |field, value: &Option<String>| {
            value.as_ref().and_then(|value| fields.check(text::required(field, value, NewUser::MAX_NAME)))
        };
        let first_name = name("first_name", &patch.first_name);
        let last_name = name("last_name", &patch.last_name);
        let checked = Self { email: email.map(|email| email.to_string()), first_name, last_name, status: patch.status };
        fields.finish_with(|| Some(checked))
    }
}

/// The user, locked until the end of the transaction.
fn lock(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<User> {
    conn.lock_rows("SELECT id FROM users WHERE id = ?", id.get())?;
    get(conn, id, owner)
}

fn expected(user: User, is_expected: impl Fn(&User) -> bool) -> Result<User> {
    if is_expected(&user) {
        return Ok(user);
    }
    Err(Conflict::Changed { entity: "user", id: user.id.get() }.into())
}

fn update(conn: &mut Connection, id: UserId, patch: &CheckedPatch, owner: Option<UserId>) -> Result<User> {
    if let Some(email) = &patch.email {
        refuse_taken_email(conn, email, Some(id))?;
    }
    diesel::update(users::table.find(id)).set((patch, users::updated_at.eq(Stamp::from(now())))).execute(conn)?;
    if patch.status == Some(UserStatus::Disabled) {
        auth::close_sessions(conn, id)?;
    }
    get(conn, id, owner)
}

fn delete(conn: &mut Connection, id: UserId) -> Result<()> {
    let order: Option<i64> = orders::table.filter(orders::user_id.eq(id)).select(orders::id).first(conn).optional()?;
    if order.is_some() {
        return Err(Conflict::InUse {
            entity: "user",
            id: id.get(),
            by: "orders",
            instead: "anonymise or disable the user instead",
        }
        .into());
    }
    auth::forget(conn, id)?;
    diesel::delete(users::table.find(id)).execute(conn)?;
    Ok(())
}

fn anonymise(conn: &mut Connection, id: UserId) -> Result<User> {
    get(conn, id, None)?;
    auth::forget(conn, id)?;
    diesel::update(users::table.find(id))
        .set((
            // The domain is reserved (RFC 2606): no such address can ever exist.
            users::email.eq(format!("deleted-{id}@anonymous.invalid")),
            users::first_name.eq("Deleted"),
            users::last_name.eq("User"),
            users::status.eq(UserStatus::Disabled),
            users::updated_at.eq(Stamp::from(now())),
        ))
        .execute(conn)?;
    get(conn, id, None)
}

/// The user who orders: one that exists and is active. For an owner, there is no other.
pub(crate) fn get_active(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<OrderUser> {
    type Row = (String, String, String, UserStatus);
    let user = sql("SELECT email, first_name, last_name, status FROM users WHERE id = ?").int(id);
    let user = user.rows::<(Text, Text, Text, Text), Row>(conn)?.pop();
    match user.filter(|_| owner.is_none_or(|owner| owner == id)) {
        Some((email, first_name, last_name, UserStatus::Active)) => Ok(OrderUser { id, email, first_name, last_name }),
        Some(_) => Err(Conflict::Inactive { entity: "user", id: id.get(), status: "disabled" }.into()),
        None => Err(Error::invalid("user_id", format!("no user has the id {id}"))),
    }
}

//! Users: customers, staff and admins.

mod listing;
mod user;

#[cfg(feature = "mysql")]
use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
#[cfg(feature = "mysql")]
use diesel::sql_types::BigInt;
use diesel::sql_types::Text;

pub use self::listing::{UserFilter, UserSort};
pub use self::user::{NewUser, User, UserPatch, UserStatus};

use self::user::CheckedPatch;
use crate::auth::{self, Role, Scope};
use crate::backend::{Connection, fixed, insert_returning_id};
#[cfg(feature = "mysql")]
use crate::backend::{Sql, marks, sql_for_rows};
use crate::database::Access;
use crate::error::{Conflict, Error, Result};
use crate::ordering::OrderUser;
use crate::schema::{orders, users};
use crate::types::time::{Stamp, now, now_after};
use crate::types::{Change, Email, Page, UserId, quoted};

/// Users of a shop, from [`Database::users`](crate::Database::users).
#[derive(Debug)]
pub struct Users<A>(pub(crate) A);

impl<A: Access> Users<A> {
    /// Creates a user.
    ///
    /// # Errors
    /// [`Conflict::Duplicate`] (`email`) if another user has the address.
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

    /// The user with this e-mail address in any spelling, or `None`.
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

    /// A page of the users that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for a cursor of another list, or of this one with another filter or sort; (`text`)
    /// for a text that no user can contain.
    pub fn list(self, filter: &UserFilter) -> Result<Page<User>> {
        let owner = self.0.owner();
        self.0.read(|conn| listing::list(conn, filter, owner))
    }

    /// Changes a user. A patch without differences changes nothing, not even `updated_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Conflict::Duplicate`] (`email`). [`Conflict::LastAdmin`] if a caller
    /// other than the operator disables the last active admin. [`Error::Forbidden`] for an API key that changes the
    /// address or status of staff or admins.
    pub fn update(self, id: UserId, patch: UserPatch) -> Result<User> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Users::update`], but only if `is_expected` is true of the user, evaluated in the transaction that makes
    /// the change. See [`Products::update_if`](crate::Products::update_if).
    ///
    /// # Errors
    /// As [`Users::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(
        self,
        id: UserId,
        patch: UserPatch,
        is_expected: impl Fn(&User) -> bool + Send + 'static,
    ) -> Result<User> {
        Ok(self.change_if(id, patch, is_expected)?.after)
    }

    /// Like [`Users::update_if`], but also returns the user as it was before.
    ///
    /// # Errors
    /// As [`Users::update_if`].
    pub fn change_if(
        self,
        id: UserId,
        patch: UserPatch,
        is_expected: impl Fn(&User) -> bool + Send + 'static,
    ) -> Result<Change<User>> {
        let checked = CheckedPatch::new(&patch)?;
        let owner = self.0.owner();
        if patch == UserPatch::default() {
            let user = self.0.read(|conn| expected(get(conn, id, owner)?, &is_expected))?;
            return Ok(Change { before: user.clone(), after: user });
        }
        // The address is part of the login. Checking it for duplicates would also reveal other users' addresses.
        let is_account = patch.status.is_some() || patch.email.is_some();
        let needed = if is_account { Scope::UsersManage } else { Scope::UsersWrite };
        let by = self.0.caller();
        self.0.needing(needed).write(move |conn| {
            let before = expected(lock(conn, id, owner)?, &is_expected)?;
            if is_account {
                auth::admit_change(conn, &by, &before, checked.status != Some(UserStatus::Disabled))?;
            }
            let after = update(conn, &before, &checked, owner)?;
            Ok(Change { before, after })
        })
    }

    /// Deletes a user without orders.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a user with orders, who can be anonymised instead.
    /// [`Conflict::LastAdmin`] and [`Error::Forbidden`] as for [`Users::update`].
    pub fn delete(self, id: UserId) -> Result<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Users::delete`], but only if `is_expected` is true of the user, evaluated in the transaction that deletes
    /// it.
    ///
    /// # Errors
    /// As [`Users::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: UserId, is_expected: impl Fn(&User) -> bool + Send + 'static) -> Result<()> {
        let by = self.0.caller();
        self.0.needing(Scope::UsersManage).write(move |conn| {
            let user = expected(lock(conn, id, None)?, &is_expected)?;
            auth::admit_change(conn, &by, &user, false)?;
            delete(conn, id)
        })
    }

    /// Replaces a user's name and address by placeholders, and disables the user. The orders are kept.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::LastAdmin`] and [`Error::Forbidden`] as for [`Users::update`].
    pub fn anonymise(self, id: UserId) -> Result<User> {
        let by = self.0.caller();
        self.0.needing(Scope::UsersManage).write(move |conn| {
            let before = lock(conn, id, None)?;
            auth::admit_change(conn, &by, &before, false)?;
            anonymise(conn, &before)
        })
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

/// Checked before the insert, so that every engine gives the same error with the address. The unique constraint covers
/// races.
fn refuse_taken_email(conn: &mut Connection, email: &str, except: Option<UserId>) -> Result<()> {
    let owner: Option<UserId> =
        users::table.filter(users::email.eq(email)).select(users::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "user", field: "email", value: quoted(email).to_string() }.into())
        }
        _ => Ok(()),
    }
}

/// The user. An owner can read only itself.
pub(crate) fn get(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<User> {
    let user = users::table.find(id).select(User::as_select());
    let user = match owner {
        Some(owner) => user.filter(users::id.eq(owner)).get_result(conn),
        None => user.get_result(conn),
    };
    user.optional()?.ok_or_else(|| Error::not_found("user", id))
}

/// The user, locked until the end of the transaction. An owner can lock only itself.
pub(crate) fn lock(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<User> {
    lock_row(conn, id)?;
    get(conn, id, owner)
}

/// Locks the user by a write if it exists, because decisions also depend on its sessions and API keys.
pub(crate) fn lock_row(conn: &mut Connection, id: UserId) -> Result<()> {
    conn.lock_by_writing("UPDATE users SET revision = revision + 1 WHERE id = ?", id.get())
}

fn expected(user: User, is_expected: impl Fn(&User) -> bool) -> Result<User> {
    if is_expected(&user) {
        return Ok(user);
    }
    Err(Conflict::Changed { entity: "user", id: user.id.get() }.into())
}

fn update(conn: &mut Connection, before: &User, patch: &CheckedPatch, owner: Option<UserId>) -> Result<User> {
    let id = before.id;
    if !patch.changes(before) {
        return Ok(before.clone());
    }
    if let Some(email) = &patch.email {
        refuse_taken_email(conn, email, Some(id))?;
    }
    let at = Stamp::from(now_after([before.updated_at]));
    diesel::update(users::table.find(id)).set((patch, users::updated_at.eq(at))).execute(conn)?;
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

fn anonymise(conn: &mut Connection, before: &User) -> Result<User> {
    let id = before.id;
    auth::forget(conn, id)?;
    diesel::update(users::table.find(id))
        .set((
            // The domain is reserved (RFC 2606), so the address cannot exist.
            users::email.eq(format!("deleted-{id}@anonymous.invalid")),
            users::first_name.eq("Deleted"),
            users::last_name.eq("User"),
            users::status.eq(UserStatus::Disabled),
            users::updated_at.eq(Stamp::from(now_after([before.updated_at]))),
        ))
        .execute(conn)?;
    get(conn, id, None)
}

/// The active users among `ids`.
#[cfg(feature = "mysql")]
pub(crate) fn active(conn: &mut Connection, ids: &BTreeSet<UserId>) -> Result<HashMap<UserId, OrderUser>> {
    let marks = marks(ids.len());
    let users = format!("SELECT id, email, first_name, last_name, status FROM users WHERE id IN ({marks})");
    let users = sql_for_rows(ids.len(), users);
    type Row = (i64, String, String, String, UserStatus);
    let users = ids.iter().copied().fold(users, Sql::int).rows::<(BigInt, Text, Text, Text, Text), Row>(conn)?;
    let active = users.into_iter().filter(|(.., status)| *status == UserStatus::Active);
    let user = |(id, email, first_name, last_name, _)| OrderUser { id: UserId::new(id), email, first_name, last_name };
    Ok(active.map(user).map(|user| (user.id, user)).collect())
}

/// The buyer of an order, who must exist and be active. An owner can buy only for itself.
pub(crate) fn get_active(conn: &mut Connection, id: UserId, owner: Option<UserId>) -> Result<OrderUser> {
    type Row = (String, String, String, UserStatus);
    let user = fixed!("SELECT email, first_name, last_name, status FROM users WHERE id = ?").int(id);
    let user = user.rows::<(Text, Text, Text, Text), Row>(conn)?.pop();
    match user.filter(|_| owner.is_none_or(|owner| owner == id)) {
        Some((email, first_name, last_name, UserStatus::Active)) => Ok(OrderUser { id, email, first_name, last_name }),
        Some(_) => Err(Conflict::Inactive { entity: "user", id: id.get(), status: "disabled" }.into()),
        None => Err(Error::invalid("user_id", format!("no user has the id {id}"))),
    }
}

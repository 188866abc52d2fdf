//! Users: customers, staff and admins.

mod addresses;
mod credentials;
mod listing;
mod names;
mod staff;
mod user;

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sql_types::Text;

pub(crate) use self::credentials::close_sessions;
pub use self::listing::{UserFilter, UserSort};
pub(crate) use self::listing::{count, list};
pub(crate) use self::names::{former as former_names, stored as stored_revision};
pub(crate) use self::staff::{admit_change, admit_role};
pub(crate) use self::user::ActiveUser;
pub use self::user::{Buyer, NewUser, OrderUser, User, UserPatch};

use crate::context::Context;
use crate::engine::{ColumnsOf, Connection, Later, Moment, Sql, fixed, insert_returning_id, sql};
use crate::error::{Conflict, Error, Result};
use crate::schema::{orders, users};
use crate::search::{self, Index};
use crate::types::time::{now, now_after};
use crate::types::{Change, Email, Role, UserId, UserStatus, quoted};

pub(crate) fn create(conn: &mut Connection, user: &NewUser) -> Result<User> {
    refuse_taken_email(conn, user.email.as_str(), None)?;
    let now = now();
    let values = (
        users::email.eq(user.email.as_str()),
        users::first_name.eq(&user.first_name),
        users::last_name.eq(&user.last_name),
        users::status.eq(UserStatus::Active),
        users::role.eq(Role::Customer),
        users::created_at.eq(Moment::of(now)),
        users::updated_at.eq(Moment::of(now)),
    );
    let id = insert_returning_id!(conn, users, values)?;
    let terms = search::of_user(&user.first_name, &user.last_name, user.email.as_str());
    search::write(conn, Index::Users, id, &terms)?;
    Ok(User {
        id: UserId::new(id),
        email: user.email.to_string(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        status: UserStatus::Active,
        role: Role::Customer,
        created_at: now,
        updated_at: now,
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

/// The user with this address, or `None`. An owner can find only itself.
pub(crate) fn find(conn: &mut Connection, context: &Context, email: &Email) -> Result<Option<User>> {
    let user = users::table.filter(users::email.eq(email.as_str()));
    let user = user.select(User::as_select()).get_result::<User>(conn).optional()?;
    Ok(user.filter(|user| context.owner().is_none_or(|owner| owner == user.id)))
}

/// The user. An owner can read only itself.
pub(crate) fn get(conn: &mut Connection, context: &Context, id: UserId) -> Result<User> {
    let user = users::table.find(id).select(User::as_select());
    let user = match context.owner() {
        Some(owner) => user.filter(users::id.eq(owner)).get_result(conn),
        None => user.get_result(conn),
    };
    user.optional()?.ok_or_else(|| Error::not_found("user", id))
}

/// The user, locked until the end of the transaction. An owner can lock only itself.
pub(crate) fn lock(conn: &mut Connection, context: &Context, id: UserId) -> Result<User> {
    lock_row(conn, id)?;
    get(conn, context, id)
}

/// Locks the user by a write if it exists, because decisions also depend on its sessions and API keys.
pub(crate) fn lock_row(conn: &mut Connection, id: UserId) -> Result<()> {
    conn.lock_by_writing("UPDATE users SET revision = revision + 1 WHERE id = ?", id.get())
}

/// Locks these users by a write, so that anonymising them waits, and returns how many of them are active. SQLite has one
/// writer, so it needs no lock: the users were found to be active in the same transaction.
pub(crate) fn lock_active(conn: &mut Connection, ids: &BTreeSet<UserId>) -> Result<Later<'static, usize>> {
    if conn.for_update().is_empty() {
        return Ok(Later::known(ids.len()));
    }
    let (is_among, values) = conn.among(&["id"], ids.iter().copied().fold(sql(""), Sql::int));
    let update = format!("UPDATE users SET revision = revision + 1 WHERE status = 'active' AND {is_among}");
    Ok(sql(update).all(values).send_counted(conn)?)
}

fn expected(user: User, is_expected: impl Fn(&User) -> bool) -> Result<User> {
    if is_expected(&user) {
        return Ok(user);
    }
    Err(Conflict::Changed { entity: "user", id: user.id.get() }.into())
}

/// Changes a user, if it is as expected and the caller may.
pub(crate) fn update(
    conn: &mut Connection,
    context: &Context,
    id: UserId,
    patch: &UserPatch,
    is_expected: impl Fn(&User) -> bool,
) -> Result<Change<User>> {
    let before = expected(lock(conn, context, id)?, is_expected)?;
    if patch.is_account() {
        let stays_admin = patch.status != Some(UserStatus::Disabled);
        admit_change(conn, context.caller(), &before, stays_admin)?;
    }
    let after = write(conn, context, &before, patch)?;
    Ok(Change { before, after })
}

/// Deletes a user without orders, if it is as expected and the caller may.
pub(crate) fn delete(
    conn: &mut Connection,
    context: &Context,
    id: UserId,
    is_expected: impl Fn(&User) -> bool,
) -> Result<()> {
    let user = expected(lock(conn, &Context::OPERATOR, id)?, is_expected)?;
    admit_change(conn, context.caller(), &user, false)?;
    remove(conn, id)
}

/// Makes a user anonymous, if the caller may.
pub(crate) fn anonymise(conn: &mut Connection, context: &Context, id: UserId) -> Result<User> {
    let before = lock(conn, &Context::OPERATOR, id)?;
    admit_change(conn, context.caller(), &before, false)?;
    make_anonymous(conn, &before)
}

/// The user, if it is as expected.
pub(crate) fn get_if(
    conn: &mut Connection,
    context: &Context,
    id: UserId,
    is_expected: impl Fn(&User) -> bool,
) -> Result<User> {
    expected(get(conn, context, id)?, is_expected)
}

fn write(conn: &mut Connection, context: &Context, before: &User, patch: &UserPatch) -> Result<User> {
    let id = before.id;
    if !patch.changes(before) {
        return Ok(before.clone());
    }
    if let Some(email) = &patch.email {
        refuse_taken_email(conn, email, Some(id))?;
    }
    let renames = patch.renames(before);
    if renames {
        names::keep(conn, id)?;
    }
    let at = now_after([before.updated_at]);
    diesel::update(users::table.find(id)).set((patch, users::updated_at.eq(Moment::of(at)))).execute(conn)?;
    if patch.status == Some(UserStatus::Disabled) {
        close_sessions(conn, id)?;
    }
    let after = get(conn, context, id)?;
    if renames {
        index(conn, &after)?;
    }
    Ok(after)
}

/// Replaces the search terms of a user who was changed.
fn index(conn: &mut Connection, user: &User) -> Result<()> {
    let terms = search::of_user(&user.first_name, &user.last_name, &user.email);
    search::rewrite(conn, Index::Users, user.id.get(), &terms)
}

fn remove(conn: &mut Connection, id: UserId) -> Result<()> {
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
    credentials::forget(conn, id)?;
    diesel::delete(users::table.find(id)).execute(conn)?;
    Ok(())
}

fn make_anonymous(conn: &mut Connection, before: &User) -> Result<User> {
    let id = before.id;
    credentials::forget(conn, id)?;
    addresses::forget(conn, id)?;
    diesel::update(users::table.find(id))
        .set((
            // The domain is reserved (RFC 2606), so the address cannot exist.
            users::email.eq(format!("deleted-{id}@anonymous.invalid")),
            users::first_name.eq("Deleted"),
            users::last_name.eq("User"),
            users::status.eq(UserStatus::Disabled),
            users::updated_at.eq(Moment::of(now_after([before.updated_at]))),
        ))
        .execute(conn)?;
    let after = get(conn, &Context::OPERATOR, id)?;
    names::overwrite(conn, &after)?;
    index(conn, &after)?;
    Ok(after)
}

/// The active users among `ids`.
pub(crate) fn active(
    conn: &mut Connection,
    ids: &BTreeSet<UserId>,
) -> Result<Later<'static, HashMap<UserId, ActiveUser>>> {
    let (is_among, ids) = conn.among(&["id"], ids.iter().copied().fold(sql(""), Sql::int));
    let columns = "id, email, first_name, last_name, status, name_revision";
    let users = sql(format!("SELECT {columns} FROM users WHERE {is_among}")).all(ids);
    type Row = (i64, Buyer, UserStatus, i64);
    let user = |(id, buyer, status, revision): Row| {
        let user = ActiveUser { id: UserId::new(id), buyer, revision: names::stored(revision) };
        (status == UserStatus::Active).then_some((user.id, user))
    };
    let rows = users.send_query::<(BigInt, ColumnsOf<Buyer>, Text, BigInt), Row>(conn)?;
    Ok(rows.map(move |rows| rows.into_iter().filter_map(user).collect()))
}

/// The buyer of an order, who must exist and be active. An owner can buy only for itself.
pub(crate) fn get_active(conn: &mut Connection, context: &Context, id: UserId) -> Result<ActiveUser> {
    type Row = (Buyer, UserStatus, i64);
    let user = fixed!("SELECT email, first_name, last_name, status, name_revision FROM users WHERE id = ?").int(id);
    let user = user.rows::<(ColumnsOf<Buyer>, Text, BigInt), Row>(conn)?.pop();
    match user.filter(|_| context.owner().is_none_or(|owner| owner == id)) {
        Some((buyer, UserStatus::Active, revision)) => Ok(ActiveUser { id, buyer, revision: names::stored(revision) }),
        Some(_) => Err(Conflict::UserDisabled { user_id: id }.into()),
        None => Err(Error::invalid("user_id", format!("no user has the id {id}"))),
    }
}

//! Changes to those who work in the shop: who may make them, and that an admin is left who can log in.

use diesel::prelude::*;

use super::{Caller, Role};
use crate::backend::{Connection, fixed};
use crate::error::{Conflict, Result};
use crate::schema::users;
use crate::types::UserId;
use crate::{User, UserStatus};

/// Admits a change of the role, status, address or password of a user, or its end, in the transaction that makes it.
/// `stays_admin` says whether an active admin is one afterwards.
///
/// Everybody with the scope may manage customers. Changes of staff and admins come one after the other, each verifying its
/// caller once more when it is its turn, and only somebody who logged in makes them. The last active admin stays one: without
/// it, nobody could manage users any more. The operator may end that one too, and can make another.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden); [`Error::InvalidToken`](crate::Error::InvalidToken);
/// [`Conflict::LastAdmin`].
pub(crate) fn admit_change(conn: &mut Connection, by: &Caller, user: &User, stays_admin: bool) -> Result<()> {
    if user.role == Role::Customer {
        return Ok(());
    }
    take_turn(conn, by)?;
    let is_admin = user.role == Role::Admin && user.status == UserStatus::Active;
    if is_admin && !stays_admin && !by.is_operator() && !has_other_admin(conn, user.id)? {
        return Err(Conflict::LastAdmin { id: user.id.get() }.into());
    }
    Ok(())
}

/// Admits that a user gets this role, in the transaction that gives it. A customer who becomes staff or admin is a change of
/// staff too: its caller may have been demoted while it waited for the row of the customer.
///
/// # Errors
/// As [`admit_change`].
pub(super) fn admit_role(conn: &mut Connection, by: &Caller, user: &User, role: Role) -> Result<()> {
    if user.role == Role::Customer && role != Role::Customer {
        return take_turn(conn, by);
    }
    admit_change(conn, by, user, role == Role::Admin)
}

/// Waits for the other changes of staff and admins, then verifies the caller once more.
fn take_turn(conn: &mut Connection, by: &Caller) -> Result<()> {
    by.demand_session()?;
    fixed!("UPDATE staff_changes SET changes = changes + 1 WHERE id = 1").run(conn)?;
    by.verify(conn, &[super::Scope::UsersManage])
}

/// Whether an active admin besides this one could log in.
fn has_other_admin(conn: &mut Connection, user: UserId) -> Result<bool> {
    // The role is part of the text, so that the index of admins is used.
    let is_admin = diesel::dsl::sql::<diesel::sql_types::Bool>("role = 'admin'");
    let other = users::table
        .filter(is_admin)
        .filter(users::status.eq(UserStatus::Active).and(users::password_hash.is_not_null()).and(users::id.ne(user)))
        .select(users::id);
    Ok(other.first::<UserId>(conn).optional()?.is_some())
}

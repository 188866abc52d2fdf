//! Changes of staff and admins, which keep at least one admin who can log in.

use diesel::prelude::*;

use super::User;
use crate::context::Caller;
use crate::engine::{Connection, fixed};
use crate::error::{Conflict, Result};
use crate::schema::users;
use crate::types::{Role, Scope, UserId, UserStatus};

/// Checks a change of a user's role, status, address or password, or a deletion, in the transaction that makes it.
/// `stays_admin` tells whether an active admin remains one.
///
/// The scope suffices for changes of customers. Changes of staff and admins require a session; they are serialised by a
/// lock, after which the caller is verified again. They cannot remove the last active admin, because no one could
/// manage users any more. The operator can, because it can create another.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::InvalidToken`](crate::Error::InvalidToken),
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

/// Checks a change of role, in the transaction that makes it. Promoting a customer counts as a change of staff, because
/// the caller may have been demoted while it waited for the lock of the customer.
///
/// # Errors
/// As [`admit_change`].
pub(crate) fn admit_role(conn: &mut Connection, by: &Caller, user: &User, role: Role) -> Result<()> {
    if user.role == Role::Customer && role != Role::Customer {
        return take_turn(conn, by);
    }
    admit_change(conn, by, user, role == Role::Admin)
}

/// Locks changes of staff and admins, then verifies the caller again.
fn take_turn(conn: &mut Connection, by: &Caller) -> Result<()> {
    by.demand_session()?;
    fixed!("UPDATE staff_changes SET changes = changes + 1 WHERE id = 1").run(conn)?;
    by.verify(conn, &[Scope::UsersManage])
}

/// Whether another active admin has a password.
fn has_other_admin(conn: &mut Connection, user: UserId) -> Result<bool> {
    // A literal role lets the engines use the index of admins.
    let is_admin = diesel::dsl::sql::<diesel::sql_types::Bool>("role = 'admin'");
    let other = users::table
        .filter(is_admin)
        .filter(users::status.eq(UserStatus::Active).and(users::password_hash.is_not_null()).and(users::id.ne(user)))
        .select(users::id);
    Ok(other.first::<UserId>(conn).optional()?.is_some())
}

//! Former names and addresses of users, which their orders keep.
//!
//! An order has the revision of its buyer that it read, and no copy of the name. A revision means one name for ever, so an
//! order that reads while the user is changed needs no lock to be right. Anonymising overwrites every revision, also for
//! orders that are being placed at the same time.

use super::{Buyer, User};
use crate::engine::{ColumnsOf, Connection, fixed};
use crate::error::Result;
use crate::types::UserId;

/// The revision as orders and their items store it: `None` for the first one, 0.
pub(crate) fn stored(revision: i64) -> Option<i64> {
    Some(revision).filter(|revision| *revision > 0)
}

/// Keeps name and address of a user, and begins the next revision. The user must be locked, and is changed afterwards.
pub(super) fn keep(conn: &mut Connection, id: UserId) -> Result<()> {
    let keep = fixed!(
        "INSERT INTO user_revisions (user_id, revision, email, first_name, last_name) \
         SELECT id, name_revision, email, first_name, last_name FROM users WHERE id = ?"
    );
    keep.int(id).run(conn)?;
    fixed!("UPDATE users SET name_revision = name_revision + 1 WHERE id = ?").int(id).run(conn)?;
    Ok(())
}

/// The former names and addresses of a user, the oldest first.
pub(crate) fn former(conn: &mut Connection, id: UserId) -> Result<Vec<Buyer>> {
    let select = fixed!("SELECT email, first_name, last_name FROM user_revisions WHERE user_id = ? ORDER BY revision");
    Ok(select.int(id).rows::<ColumnsOf<Buyer>, Buyer>(conn)?)
}

/// Gives all former revisions the present name and address.
pub(super) fn overwrite(conn: &mut Connection, user: &User) -> Result<()> {
    let update = fixed!("UPDATE user_revisions SET email = ?, first_name = ?, last_name = ? WHERE user_id = ?");
    let update = update.text(user.email.clone()).text(user.first_name.clone()).text(user.last_name.clone());
    update.int(user.id).run(conn)?;
    Ok(())
}

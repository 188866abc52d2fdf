//! Forgetting the addresses of a user's orders.

use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::UserId;

/// Overwrites all addresses of the user's orders, except for their countries, which reports count. The user must be locked:
/// whoever writes an address locks the user too.
pub(super) fn forget(conn: &mut Connection, user: UserId) -> Result<()> {
    let update = "UPDATE order_addresses SET recipient = 'Deleted User', street = 'Deleted', city = 'Deleted', \
                  region = NULL, postcode = NULL, phone = NULL \
                  WHERE order_id IN (SELECT id FROM orders WHERE user_id = ? AND country IS NOT NULL)";
    sql(update).int(user).run(conn)?;
    Ok(())
}

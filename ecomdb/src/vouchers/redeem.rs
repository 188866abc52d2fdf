//! Using a voucher for an order, and returning the use.

use diesel::sql_types::BigInt;

use super::terms::Refusal;
use super::{Terms, terms};
use crate::context::Context;
use crate::engine::{Connection, Engine, Merge, fixed, sql};
use crate::error::{Error, Result};
use crate::types::{OrderId, UserId, VoucherId};

/// Uses a voucher for one order of each of these users. Call it after the stock was taken.
///
/// # Errors
/// [`Error::Invalid`] (`voucher`) if a limit would be exceeded. [`Error::Contention`] if the terms have changed since
/// they were read, so that the transaction must be retried.
pub(crate) fn redeem(conn: &mut Connection, context: &Context, voucher: &Terms, users: &[UserId]) -> Result<()> {
    let is_as_read = match voucher.usage_limit {
        Some(_) => count(conn, voucher, users.len() as i64)?,
        None => share(conn, voucher)?,
    };
    if !is_as_read {
        return Err(changed(conn, context, voucher)?);
    }
    users.iter().try_for_each(|user| count_for_user(conn, context, voucher, *user))
}

/// Adds uses, unless that would exceed the limit. Returns whether they were added.
fn count(conn: &mut Connection, voucher: &Terms, uses: i64) -> Result<bool> {
    let update =
        fixed!("UPDATE vouchers SET used = used + ? WHERE id = ? AND revision = ? AND used + ? <= usage_limit");
    Ok(update.int(uses).int(voucher.id).int(voucher.revision).int(uses).run(conn)? == 1)
}

/// Locks the terms against changes until the transaction ends; many orders can do so at the same time. Returns whether
/// they are as they were read. SQLite has one writer, so the terms that it read in this transaction cannot have changed.
fn share(conn: &mut Connection, voucher: &Terms) -> Result<bool> {
    let lock = match conn.engine() {
        Engine::Sqlite => return Ok(true),
        Engine::Mysql => "LOCK IN SHARE MODE",
        Engine::Postgres => "FOR KEY SHARE",
    };
    let select = sql(format!("SELECT id FROM vouchers WHERE id = ? AND revision = ? {lock}"));
    Ok(!select.int(voucher.id).int(voucher.revision).rows::<BigInt, i64>(conn)?.is_empty())
}

/// The error for a voucher that is used up, or whose terms have changed since they were read.
fn changed(conn: &mut Connection, context: &Context, voucher: &Terms) -> Result<Error> {
    let now = terms(conn, std::iter::once(voucher.code.as_str()))?.pop();
    let limit =
        now.filter(|now| now.id == voucher.id && now.revision == voucher.revision).and_then(|now| now.usage_limit);
    Ok(match limit {
        Some(limit) => Refusal::UsedUp(limit).for_caller(context, &voucher.code),
        None => Error::Contention { attempts: 1, source: diesel::result::Error::RollbackTransaction },
    })
}

/// Counts a use in the user's own row, which this locks.
fn count_for_user(conn: &mut Connection, context: &Context, voucher: &Terms, user: UserId) -> Result<()> {
    let add = conn.on_conflict("voucher_uses", &["voucher_id", "user_id"], &["used"], Merge::Add);
    let insert = sql(format!("INSERT INTO voucher_uses (voucher_id, user_id, used) VALUES (?, ?, 1) {add}"));
    insert.int(voucher.id).int(user).send(conn)?;
    let Some(limit) = voucher.per_user_limit else { return Ok(()) };
    let used = fixed!("SELECT used FROM voucher_uses WHERE voucher_id = ? AND user_id = ?");
    if used.int(voucher.id).int(user).one::<BigInt, i64>(conn)? > limit {
        return Err(Refusal::UsedUpByUser(limit).for_caller(context, &voucher.code));
    }
    Ok(())
}

/// Fails as [`redeem`] does if a user has used a voucher as often as is allowed. `given_back` uses are not counted.
pub(crate) fn refuse_used_up_by(
    conn: &mut Connection,
    context: &Context,
    voucher: &Terms,
    user: UserId,
    given_back: i64,
) -> Result<()> {
    let Some(limit) = voucher.per_user_limit else { return Ok(()) };
    let used = sql("SELECT used FROM voucher_uses WHERE voucher_id = ? AND user_id = ?").int(voucher.id).int(user);
    let used = used.rows::<BigInt, i64>(conn)?.first().copied().unwrap_or(0) - given_back;
    if used >= limit { Err(Refusal::UsedUpByUser(limit).for_caller(context, &voucher.code)) } else { Ok(()) }
}

/// Returns the use of the voucher of an order of this user, if it has one. The order must be locked, and its stock
/// returned before.
pub(crate) fn give_back(conn: &mut Connection, order: OrderId, user: UserId) -> Result<()> {
    let used = fixed!("SELECT voucher_id FROM order_adjustments WHERE order_id = ? AND voucher_id IS NOT NULL");
    let Some(voucher) = used.int(order).rows::<BigInt, i64>(conn)?.pop().map(VoucherId::new) else { return Ok(()) };
    // Also writes to a voucher without a limit, so that a concurrent change of the limit waits, or fails if it is made on
    // another node of a Galera cluster, which does not replicate an update that changes nothing.
    let update = fixed!(
        "UPDATE vouchers SET used = used - CASE WHEN usage_limit IS NULL THEN 0 ELSE 1 END, \
         revision = revision + CASE WHEN usage_limit IS NULL THEN 1 ELSE 0 END WHERE id = ?"
    );
    update.int(voucher).send(conn)?;
    let update = fixed!("UPDATE voucher_uses SET used = used - 1 WHERE voucher_id = ? AND user_id = ?");
    Ok(update.int(voucher).int(user).send(conn)?)
}

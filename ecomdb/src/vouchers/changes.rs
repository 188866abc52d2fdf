//! Creating, changing and deleting vouchers.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::listing::{count_uses, count_uses_of_locked};
use super::{NewVoucher, Voucher, VoucherPatch};
use crate::context::Context;
use crate::engine::{Connection, sql};
use crate::error::{Conflict, Error, Fields, Result};
use crate::idempotency;
use crate::schema::{order_adjustments, vouchers};
use crate::types::time::{now, now_after};
use crate::types::{VoucherId, quoted};

/// Creates a voucher.
pub(crate) fn create(conn: &mut Connection, context: &Context, voucher: &NewVoucher) -> Result<Voucher> {
    let find = |conn: &mut Connection, id| get(conn, VoucherId::new(id));
    let make = |conn: &mut Connection| make(conn, voucher).map(|made| (made.id.get(), made));
    idempotency::once(conn, context, "vouchers.create", || voucher.fingerprint(), find, make)
}

fn make(conn: &mut Connection, NewVoucher(voucher): &NewVoucher) -> Result<Voucher> {
    refuse_taken_code(conn, &voucher.code, None)?;
    let at = now();
    let insert = sql(
        "INSERT INTO vouchers (code, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit, created_at, \
         updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.text(&voucher.code).word(voucher.kind.as_str()).int(voucher.value.minor());
    let insert = insert.int(voucher.minimum.minor()).maybe_time(voucher.starts_at).maybe_time(voucher.ends_at);
    let insert = insert.maybe_int(voucher.usage_limit).maybe_int(voucher.per_user_limit).time(at).time(at);
    let id = insert.insert(conn)?;
    get(conn, VoucherId::new(id))
}

/// The voucher with this id.
pub(crate) fn get(conn: &mut Connection, id: VoucherId) -> Result<Voucher> {
    let mut voucher = row(conn, id)?;
    count_uses(conn, std::slice::from_mut(&mut voucher))?;
    Ok(voucher)
}

/// Like [`get`], but with the stored number of uses, which is 0 without a usage limit.
fn row(conn: &mut Connection, id: VoucherId) -> Result<Voucher> {
    let voucher = vouchers::table.find(id).select(Voucher::as_select()).get_result(conn).optional()?;
    voucher.ok_or_else(|| Error::not_found("voucher", id))
}

/// The voucher, if it is still as expected.
pub(crate) fn get_if(conn: &mut Connection, id: VoucherId, is_expected: impl Fn(&Voucher) -> bool) -> Result<Voucher> {
    expected(get(conn, id)?, is_expected)
}

fn refuse_taken_code(conn: &mut Connection, code: &str, except: Option<VoucherId>) -> Result<()> {
    let owner: Option<VoucherId> =
        vouchers::table.filter(vouchers::code.eq(code)).select(vouchers::id).get_result(conn).optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "voucher", field: "code", value: quoted(code).to_string() }.into())
        }
        _ => Ok(()),
    }
}

/// The voucher, locked until the end of the transaction, also against orders that only read its terms.
fn lock(conn: &mut Connection, id: VoucherId) -> Result<Voucher> {
    conn.lock_rows("SELECT id FROM vouchers WHERE id = ?", id.get())?;
    let mut voucher = row(conn, id)?;
    count_uses_of_locked(conn, &mut voucher)?;
    Ok(voucher)
}

fn expected(voucher: Voucher, is_expected: impl Fn(&Voucher) -> bool) -> Result<Voucher> {
    if is_expected(&voucher) {
        return Ok(voucher);
    }
    Err(Conflict::Changed { entity: "voucher", id: voucher.id.get() }.into())
}

/// Changes a voucher that is still as expected.
pub(crate) fn update(
    conn: &mut Connection,
    id: VoucherId,
    patch: &VoucherPatch,
    is_expected: impl Fn(&Voucher) -> bool,
) -> Result<Voucher> {
    let before = expected(lock(conn, id)?, is_expected)?;
    if !patch.changes(&before) {
        return Ok(before);
    }
    let after = patch.applied(&before)?;
    refuse_taken_code(conn, &after.code, Some(id))?;
    refuse_lower_limits(conn, &before, &after)?;
    let at = now_after([before.updated_at]);
    // Without a limit nothing is counted here, so that orders need not write to the voucher.
    let used = if after.usage_limit.is_some() { before.used } else { 0 };
    let update =
        sql("UPDATE vouchers SET code = ?, value = ?, minimum = ?, starts_at = ?, ends_at = ?, usage_limit = ?, \
         per_user_limit = ?, used = ?, updated_at = ?, revision = revision + 1 WHERE id = ?");
    let update = update.text(after.code).int(after.value.minor()).int(after.minimum.minor());
    let update = update.maybe_time(after.starts_at).maybe_time(after.ends_at);
    let update = update.maybe_int(after.usage_limit).maybe_int(after.per_user_limit);
    update.int(used).time(at).int(id).run(conn)?;
    get(conn, id)
}

/// Limits must not be below the number of uses.
fn refuse_lower_limits(conn: &mut Connection, before: &Voucher, after: &Voucher) -> Result<()> {
    let mut fields = Fields::default();
    let too_low = |used: i64| format!("must be at least {used}, as often as it was used");
    if after.usage_limit.is_some_and(|limit| limit < before.used) {
        fields.add("usage_limit", too_low(before.used));
    }
    if let Some(limit) = after.per_user_limit.filter(|limit| Some(*limit) != before.per_user_limit) {
        let most = sql("SELECT COALESCE(MAX(used), 0) FROM voucher_uses WHERE voucher_id = ?").int(before.id);
        let most = most.one::<BigInt, i64>(conn)?;
        if limit < most {
            fields.add("per_user_limit", too_low(most) + " by one customer");
        }
    }
    Ok(fields.finish_with(|| Some(()))?)
}

/// Deletes a voucher that no order has used, if it is still as expected.
pub(crate) fn delete(conn: &mut Connection, id: VoucherId, is_expected: impl Fn(&Voucher) -> bool) -> Result<()> {
    expected(lock(conn, id)?, is_expected)?;
    let order: Option<i64> = order_adjustments::table
        .filter(order_adjustments::voucher_id.eq(id))
        .select(order_adjustments::order_id)
        .first(conn)
        .optional()?;
    if order.is_some() {
        let instead = "set its end instead";
        return Err(Conflict::InUse { entity: "voucher", id: id.get(), by: "orders", instead }.into());
    }
    diesel::delete(vouchers::table.find(id)).execute(conn)?;
    Ok(())
}

//! Lists of vouchers.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Voucher, code};
use crate::engine::{Connection, Engine, MultiBackend, Sql, count_rows, sql};
use crate::error::Result;
use crate::schema::vouchers;
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::{Invalid, List, Page, PageRequest, RowCount};

/// Filter and page of a list of vouchers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct VoucherFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Only the voucher with this code, in any case.
    pub code: Option<String>,
}

setters! {
    VoucherFilter { value page: PageRequest, text code: String }
}

/// The vouchers that match the filter.
fn matching(filter: &VoucherFilter) -> Result<vouchers::BoxedQuery<'static, MultiBackend>, Invalid> {
    let query = vouchers::table.into_boxed();
    Ok(match &filter.code {
        Some(code) => query.filter(vouchers::code.eq(code::of_text("code", code)?)),
        None => query,
    })
}

/// The number of vouchers that match the filter.
pub(crate) fn count(conn: &mut Connection, filter: &VoucherFilter) -> Result<RowCount> {
    Ok(count_rows(conn, matching(filter)?.select(vouchers::id))?)
}

/// A page of vouchers, the latest first.
pub(crate) fn list(conn: &mut Connection, filter: &VoucherFilter) -> Result<Page<Voucher>> {
    let (page, list) = (&filter.page, List::new("vouchers", &format!("{:?}", filter.code)));
    let vouchers = matching(filter)?.select(Voucher::as_select());
    let (query, direction) = sorted!(vouchers, page, list, descending vouchers::id);
    let mut rows = query.load(conn)?;
    count_uses(conn, &mut rows)?;
    Ok(Page::of(rows, page, list, direction, |voucher: &Voucher| voucher.id.get()))
}

/// Sets the number of uses of vouchers without a limit, whose rows do not contain it.
pub(super) fn count_uses(conn: &mut Connection, vouchers: &mut [Voucher]) -> Result<()> {
    add_up(conn, vouchers, "")
}

/// Like [`count_uses`], for a locked voucher, so that its uses cannot change. On MariaDB the uses are read with a lock:
/// such a read sees the latest commits, whatever was read before in the transaction.
pub(super) fn count_uses_of_locked(conn: &mut Connection, voucher: &mut Voucher) -> Result<()> {
    let lock = match conn.engine() {
        Engine::Mysql => " LOCK IN SHARE MODE",
        Engine::Sqlite | Engine::Postgres => "",
    };
    add_up(conn, std::slice::from_mut(voucher), lock)
}

fn add_up(conn: &mut Connection, vouchers: &mut [Voucher], lock: &str) -> Result<()> {
    let unlimited = vouchers.iter().filter(|voucher| voucher.usage_limit.is_none());
    let ids = unlimited.fold(sql(""), |ids, voucher| ids.int(voucher.id));
    if vouchers.iter().all(|voucher| voucher.usage_limit.is_some()) {
        return Ok(());
    }
    let (is_among, ids): (String, Sql) = conn.among(&["voucher_id"], ids);
    let int = conn.int_type();
    let sums = sql(format!(
        "SELECT voucher_id, CAST(SUM(used) AS {int}) FROM voucher_uses WHERE {is_among} GROUP BY voucher_id{lock}"
    ));
    let sums: HashMap<i64, i64> = sums.all(ids).rows::<(BigInt, BigInt), (i64, i64)>(conn)?.into_iter().collect();
    for voucher in vouchers.iter_mut().filter(|voucher| voucher.usage_limit.is_none()) {
        voucher.used = sums.get(&voucher.id.get()).copied().unwrap_or(0);
    }
    Ok(())
}

//! The row that admits one folder at a time.

use diesel::sql_types::BigInt;

use crate::engine::{Connection, sql};
use crate::error::Result;

/// Excludes other folders until the end of the transaction. It writes the row instead of only locking it, because locks
/// are local to one node of a cluster; a conflicting write makes the second folder fail and retry.
pub(crate) fn lock(conn: &mut Connection) -> Result<()> {
    sql("UPDATE sales_folds SET folds = folds + 1 WHERE id = 1").run(conn)?;
    Ok(())
}

/// Reads the row that [`lock`] writes, to probe whether the shop can be read.
pub(crate) fn read_lock(conn: &mut Connection) -> Result<()> {
    sql("SELECT id FROM sales_folds").rows::<BigInt, i64>(conn)?;
    Ok(())
}

/// A write that changes no row and waits for no lock, to probe whether the shop can be written.
pub(crate) fn touch_lock(conn: &mut Connection) -> Result<()> {
    sql("UPDATE sales_folds SET folds = folds + 1 WHERE 1 = 0").run(conn)?;
    Ok(())
}
